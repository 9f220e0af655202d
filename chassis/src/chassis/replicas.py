"""The replicas of a service: least outstanding requests first, round robin among equals, and a rest for a replica that
refused a connection or let a deadline pass."""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

REST_AFTER_REFUSAL_SECONDS = 1.0
REST_AFTER_TIMEOUT_SECONDS = 10.0


class Replicas:
    """Origins such as `http://127.0.0.1:41001`; `urls` separates them by commas."""

    def __init__(self, urls: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.origins = [url.strip().rstrip("/") for url in urls.split(",")]
        self._turn = itertools.cycle(range(len(self.origins)))
        self._rests_until = dict.fromkeys(self.origins, 0.0)
        self._under_way = Counter[str]()
        self._clock = clock

    def in_turn(self) -> list[str]:
        """Every replica once, the best first. Those that rest come last: they are tried where no other is left."""
        if len(self.origins) == 1:
            return self.origins
        first = next(self._turn)
        rotated = self.origins[first:] + self.origins[:first]
        now = self._clock()
        return sorted(rotated, key=lambda origin: (self._rests_until[origin] > now, self._under_way[origin]))

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
        self._rests_until[origin] = self._clock() + REST_AFTER_REFUSAL_SECONDS

    def note_timeout(self, origin: str) -> None:
        """A replica let a deadline pass: it rests for ten seconds."""
        self._rests_until[origin] = self._clock() + REST_AFTER_TIMEOUT_SECONDS
