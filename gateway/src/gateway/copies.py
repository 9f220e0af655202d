"""The copies of a service, taken in turn; one that refused the connection rests for a moment."""

import itertools
import time
from collections.abc import Callable

REST_SECONDS = 1.0


class Copies:
    """Origins such as `http://127.0.0.1:41001`; `urls` separates them by commas."""

    def __init__(self, urls: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.origins = [url.strip().rstrip("/") for url in urls.split(",")]
        self._turn = itertools.cycle(range(len(self.origins)))
        self._rests_until = dict.fromkeys(self.origins, 0.0)
        self._clock = clock

    def in_turn(self) -> list[str]:
        """Every copy once, the next in turn first; those that rest come last, so they are only tried in need."""
        first = next(self._turn)
        turned = self.origins[first:] + self.origins[:first]
        now = self._clock()
        return sorted(turned, key=lambda origin: self._rests_until[origin] > now)

    def refused(self, origin: str) -> None:
        """Note that a copy did not take the connection."""
        self._rests_until[origin] = self._clock() + REST_SECONDS
