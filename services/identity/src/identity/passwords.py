"""Passwords: brought into one form however they are typed (RFC 8265, OpaqueString), then hashed by argon2id.

argon2id takes 19 MiB, t = 2, p = 1 (OWASP's first choice), off the event loop and a few at a time.
"""

import asyncio
from pathlib import Path
from typing import Annotated

from precis_i18n import get_profile
from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import AfterValidator, Field, SecretStr, WithJsonSchema
from zxcvbn.frequency_lists import FREQUENCY_LISTS

_CONCURRENCY = 4
_OPAQUE = get_profile("OpaqueString")
_SHORTEST, _LONGEST = 8, 128  # characters of that form
_HERE = Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").split()
_COMMON = frozenset(word for word in (*FREQUENCY_LISTS["passwords"], *_HERE) if len(word) >= _SHORTEST)
"""What is tried first of all passwords of that length, case folded: those of zxcvbn's list, and what it lacks, such as
words of India."""


def opaque(password: str) -> str:
    """The form in which passwords are compared: NFC, and every kind of space as U+0020.

    Raises `ValueError` when the password is empty or has characters that RFC 8265 forbids, such as control characters.
    """
    if not password:
        raise ValueError("a password is not empty")
    try:
        return _OPAQUE.enforce(password)
    except UnicodeEncodeError as error:
        raise ValueError(f"characters such as U+{ord(error.object[error.start]):04X} are not allowed") from None


def _in_one_form(password: SecretStr) -> SecretStr:
    form = opaque(password.get_secret_value())
    if not _SHORTEST <= len(form) <= _LONGEST:
        raise ValueError(f"a password has {_SHORTEST} to {_LONGEST} characters")
    if form.casefold() in _COMMON:
        raise ValueError(
            "this password is one that everybody tries first; a few words that only you would put together are stronger"
        )
    return SecretStr(form)


_SCHEMA = {"type": "string", "format": "password", "writeOnly": True, "minLength": _SHORTEST, "maxLength": _LONGEST}
NewPassword = Annotated[
    SecretStr, Field(max_length=4 * _LONGEST), AfterValidator(_in_one_form), WithJsonSchema(_SCHEMA, mode="validation")
]
"""A password that a user chooses, in one form; its length is counted in that form."""


class Passwords:
    """Hashes and verifies passwords."""

    def __init__(self) -> None:
        self._hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
        self._dummy = self._hasher.hash("nobody has this password")
        self._slots = asyncio.Semaphore(_CONCURRENCY)

    async def hash(self, password: str) -> str:
        """A new salted hash of the password; raises `ValueError` as `opaque` does."""
        form = opaque(password)
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, form)

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether the hash is that of the password. False when there is no hash, as of an unknown user, or `opaque`
        refuses the password; then a dummy is verified, so that the answer takes as long."""
        try:
            form = opaque(password)
        except ValueError:
            form, password_hash = password, None
        async with self._slots:
            matches = await asyncio.to_thread(self._verify, form, password_hash or self._dummy)
        return matches and password_hash is not None

    def _verify(self, password: str, password_hash: str) -> bool:
        try:
            return self._hasher.verify(password, password_hash)
        except PwdlibError:
            return False
