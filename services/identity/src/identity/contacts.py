"""Which e-mail addresses are one mailbox."""

import string

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def email_key(email: str) -> str:
    """The same for addresses that mail systems take for one, which differ in the case of ASCII alone.

    Other letters that Unicode unites (`ß` and `ss`) are different mailboxes. `email` is from
    `chassis.contacts.email_address`, so its domain is in one form already.
    """
    return email.translate(_LOWER)
