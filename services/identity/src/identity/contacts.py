"""Which e-mail addresses are one mailbox."""

import string

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def email_key(email: str) -> str:
    """A key that two addresses share exactly when mail systems deliver both to one mailbox.

    Such addresses differ in the case of ASCII letters alone; others that Unicode counts as equal (`ß` and `ss`) are two
    mailboxes. `email` must come from `chassis.contacts.email_address`, which brings the domain into one form.
    """
    return email.translate(_LOWER)
