"""Access tokens that are void before they expire: those of sessions that ended, and of rights that were taken away.

Every copy of a process hears of both over a queue of its own, and reads identity's list of the last minutes whenever
that queue is new. While it has none it reads the list again and again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from cachetools import TTLCache

from chassis.auth import Caller, Revoked
from chassis.loops import forever
from chassis.problems import Unavailable
from chassis.transient import Handlers, TransientQueue
from chassis.unavailable import is_unavailable
from contracts.identity import GrantsChanged, SessionEnded

REACH_SECONDS = 20 * 60.0  # tokens live 15 minutes, and clocks differ
_READ_SECONDS = 2.0  # without a queue, the list is read so often
_FRESH_SECONDS = 5.0  # and good for so long
_MOST = 1_000_000  # sessions, and users, that a process remembers


class Revocations:
    """What this copy knows. `read` gets identity's list."""

    def __init__(self, broker_url: str, service: str, read: Callable[[], Awaitable[Revoked]]) -> None:
        self._read = read
        self._sessions: TTLCache[str, bool] = TTLCache(_MOST, REACH_SECONDS)
        self._versions: TTLCache[str, int] = TTLCache(_MOST, REACH_SECONDS)
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()
        handlers: Handlers = {SessionEnded: self.note_session, GrantsChanged: self.note_grants}
        self._queue = TransientQueue(broker_url, service, handlers, self.read_list, self._note_loss)

    @property
    def is_current(self) -> bool:
        """Whether this copy knows all that was revoked, up to a few seconds ago."""
        return self._queue.is_current or time.monotonic() - self._read_at < _FRESH_SECONDS

    def refuses(self, caller: Caller) -> bool:
        """Whether the caller's token is void."""
        return caller.session_id in self._sessions or caller.grants_version < self._versions.get(caller.user_id, 0)

    async def require_current(self) -> None:
        """Read the list where this copy may have missed something; raises `Unavailable` while that fails."""
        if self.is_current:
            return
        async with self._reading:
            try:
                if not self.is_current:
                    await self.read_list()
            except Exception as error:
                if is_unavailable(error):
                    raise Unavailable("which sessions have ended cannot be known at the moment") from None
                raise

    async def read_list(self) -> None:
        """Take up identity's list; raises where it cannot be had."""
        asked_at = time.monotonic()
        revoked = await self._read()
        for session_id in revoked.sessions:
            self._sessions[session_id] = True
        for user_id, version in revoked.versions.items():
            self._raise(user_id, version)
        self._read_at = asked_at

    async def listen(self) -> None:
        """For ever: hear what is revoked."""
        await self._queue.listen()

    async def watch(self) -> None:
        """For ever: read the list while the queue is away."""
        await forever("revocations", self._read_without_queue, pause=_READ_SECONDS)

    async def _read_without_queue(self) -> None:
        if not self._queue.is_current:
            await self.read_list()

    def _note_loss(self) -> None:
        """The queue is lost: what was said just before may not have come."""
        self._read_at = float("-inf")

    def note_session(self, event: SessionEnded) -> None:
        """A session has ended."""
        self._sessions[event.session_id] = True

    def note_grants(self, event: GrantsChanged) -> None:
        """Something was taken away from a user."""
        self._raise(event.user_id, event.version)

    def _raise(self, user_id: str, version: int) -> None:
        self._versions[user_id] = max(version, self._versions.get(user_id, 0))
