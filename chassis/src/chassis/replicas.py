"""The replicas of a service: least outstanding requests first, round robin among equals, and a rest for a replica that
refused a connection, let a deadline pass, or said that it is about to end. Those behind one name are found by DNS,
which is asked again and again."""

import itertools
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

from chassis.addresses import is_named, looked_up

REST_AFTER_REFUSAL_SECONDS = 1.0
REST_AFTER_TIMEOUT_SECONDS = 10.0
REST_OF_LEAVING_SECONDS = 2.0
LOOKUP_EVERY_SECONDS = 1.0


class Replicas:
    """Origins such as `http://127.0.0.1:41001`; `urls` separates them by commas. An origin by name stands for as many
    replicas as it has addresses, once `look_up` has asked."""

    def __init__(
        self,
        urls: str,
        clock: Callable[[], float] = time.monotonic,
        lookup: Callable[[Sequence[str]], Awaitable[list[str]]] = looked_up,
    ) -> None:
        self._given = [url.strip().rstrip("/") for url in urls.split(",")]
        self.are_named = any(map(is_named, self._given))
        """Whether there is anything to look up."""
        self.origins = self._given
        self._turn = itertools.count()
        self._rests_until: dict[str, float] = {}
        self._under_way = Counter[str]()
        self._clock, self._lookup = clock, lookup
        self._looked_up_at = float("-inf")

    async def look_up(self) -> None:
        """Ask DNS who the replicas are, once a second at most; where it does not answer those that are known stay."""
        now = self._clock()
        if not self.are_named or now - self._looked_up_at < LOOKUP_EVERY_SECONDS:
            return
        self._looked_up_at = now  # whoever comes meanwhile goes by what is known
        try:
            self.origins = await self._lookup(self._given) or self.origins
        except OSError:  # a TimeoutError too
            return
        self._rests_until = {origin: until for origin, until in self._rests_until.items() if origin in self.origins}
        self._under_way = +self._under_way  # addresses come and go: those without a call are forgotten

    def in_turn(self) -> list[str]:
        """Every replica once, the best first. Those that rest come last: they are tried where no other is left."""
        if len(self.origins) == 1:
            return self.origins
        first = next(self._turn) % len(self.origins)
        rotated = self.origins[first:] + self.origins[:first]
        now = self._clock()
        return sorted(rotated, key=lambda origin: (self._rests_until.get(origin, now) > now, self._under_way[origin]))

    @contextmanager
    def call_under_way(self, origin: str) -> Iterator[None]:
        """Count a call as outstanding during the block: one that hangs keeps others from following it."""
        self.begin(origin)
        try:
            yield
        finally:
            self.end(origin)

    def begin(self, origin: str) -> None:
        """Count a call as outstanding; `end` must follow."""
        self._under_way[origin] += 1

    def end(self, origin: str) -> None:
        """The replica has answered, or will not."""
        self._under_way[origin] -= 1

    def note_refusal(self, origin: str) -> None:
        """A replica did not take the connection: it rests for a second."""
        self._rest(origin, REST_AFTER_REFUSAL_SECONDS)

    def note_timeout(self, origin: str) -> None:
        """A replica let a deadline pass: it rests for ten seconds."""
        self._rest(origin, REST_AFTER_TIMEOUT_SECONDS)

    def note_leaving(self, origin: str) -> None:
        """A replica is about to end: it rests for two seconds."""
        self._rest(origin, REST_OF_LEAVING_SECONDS)

    def _rest(self, origin: str, seconds: float) -> None:
        until = self._clock() + seconds
        self._rests_until[origin] = max(until, self._rests_until.get(origin, until))
