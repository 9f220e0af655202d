"""Passwords: one form for all ways to type one (RFC 8265, OpaqueString), then argon2id at 19 MiB, t = 2, p = 1 (OWASP's
first choice), off the event loop and a few at a time."""

import asyncio
from typing import Annotated

from precis_i18n import get_profile
from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import AfterValidator, Field, SecretStr, WithJsonSchema

_AT_ONCE = 4
_OPAQUE = get_profile("OpaqueString")
_SHORTEST, _LONGEST = 8, 128  # characters of that form


def opaque(password: str) -> str:
    """The password as RFC 8265 compares it: in NFC, all spaces alike; raises `ValueError` for what no password has."""
    if not password:
        raise ValueError("a password is not empty")
    try:
        return _OPAQUE.enforce(password)
    except UnicodeEncodeError as error:
        raise ValueError(f"characters such as U+{ord(error.object[error.start]):04X} are not allowed") from None


def _new(password: SecretStr) -> SecretStr:
    form = opaque(password.get_secret_value())
    if not _SHORTEST <= len(form) <= _LONGEST:
        raise ValueError(f"a password has {_SHORTEST} to {_LONGEST} characters")
    return SecretStr(form)


_SCHEMA = {"type": "string", "format": "password", "writeOnly": True, "minLength": _SHORTEST, "maxLength": _LONGEST}
NewPassword = Annotated[
    SecretStr, Field(max_length=4 * _LONGEST), AfterValidator(_new), WithJsonSchema(_SCHEMA, mode="validation")
]
"""A password that is chosen, in the form in which it is counted and stored."""


class Passwords:
    """Hashes and verifies; an unknown user's password is verified against a dummy, so that both take as long."""

    def __init__(self) -> None:
        self._hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
        self._dummy = self._hasher.hash("nobody has this password")
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def hash(self, password: str) -> str:
        """A new salted hash; raises `ValueError` for what no password has."""
        form = opaque(password)
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, form)

    async def matches(self, password: str, stored: str | None) -> bool:
        """Whether the password is the one stored; never for None or for what no password has, in the same time."""
        try:
            form = opaque(password)
        except ValueError:
            form, stored = password, None
        async with self._turns:
            same = await asyncio.to_thread(self._verify, form, stored or self._dummy)
        return same and stored is not None

    def _verify(self, password: str, stored: str) -> bool:
        try:
            return self._hasher.verify(password, stored)
        except PwdlibError:
            return False
