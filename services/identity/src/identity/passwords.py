"""Passwords: argon2id at 19 MiB, t = 2, p = 1 (OWASP's first choice), off the event loop and a few at a time."""

import asyncio

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher

_AT_ONCE = 4


class Passwords:
    """Hashes and verifies; an unknown user's password is verified against a dummy, so that both take as long."""

    def __init__(self) -> None:
        self._hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
        self._dummy = self._hasher.hash("nobody has this password")
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def hash(self, password: str) -> str:
        """A new salted hash."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, password: str, stored: str | None) -> bool:
        """Whether the password is the one stored; never for None, in the same time."""
        async with self._turns:
            same = await asyncio.to_thread(self._verify, password, stored or self._dummy)
        return same and stored is not None

    def _verify(self, password: str, stored: str) -> bool:
        try:
            return self._hasher.verify(password, stored)
        except PwdlibError:
            return False
