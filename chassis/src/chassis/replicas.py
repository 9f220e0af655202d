"""The replicas of a service: the one with the fewest calls under way is asked, among equals the next in turn."""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

REFUSED_SECONDS = 1.0
SILENT_SECONDS = 10.0


class Replicas:
    """Origins such as `http://127.0.0.1:41001`; `urls` separates them by commas."""

    def __init__(self, urls: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.origins = [url.strip().rstrip("/") for url in urls.split(",")]
        self._turn = itertools.cycle(range(len(self.origins)))
        self._rests_until = dict.fromkeys(self.origins, 0.0)
        self._under_way = Counter[str]()
        self._clock = clock

    def in_turn(self) -> list[str]:
        """Every replica once, the best first; those that rest come last, so they are only tried in need."""
        if len(self.origins) == 1:
            return self.origins
        first = next(self._turn)
        turned = self.origins[first:] + self.origins[:first]
        now = self._clock()
        return sorted(turned, key=lambda origin: (self._rests_until[origin] > now, self._under_way[origin]))

    @contextmanager
    def call_under_way(self, origin: str) -> Iterator[None]:
        """A call is under way: one that hangs keeps others from following it."""
        self._under_way[origin] += 1
        try:
            yield
        finally:
            self._under_way[origin] -= 1

    def refused(self, origin: str) -> None:
        """Note that a replica did not take the connection; it rests for a moment."""
        self._rests_until[origin] = self._clock() + REFUSED_SECONDS

    def silent(self, origin: str) -> None:
        """Note that a replica let a deadline pass; it rests for a while."""
        self._rests_until[origin] = self._clock() + SILENT_SECONDS
