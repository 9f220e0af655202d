"""The pace at which a provider takes refunds, found by asking: a cancelled show has hundreds of them at once."""

import time
from collections.abc import Callable

_FIRST_SECONDS = 0.05
_LONGEST_SECONDS = 1.0
_PAUSE_SECONDS = 0.5  # after "too many": most limits are counted by the second
_FASTER = 0.98  # after each one that was taken
_NONE_SECONDS = 0.005  # an interval so short is none


class Pace:
    """Asks go out one interval apart; there is none until the provider says that they are too many. Then it is twice as
    long, and with each one that is taken a little shorter again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._interval = 0.0
        self._next = 0.0
        self._slowed_until = 0.0

    def wait(self) -> float:
        """After how many seconds the caller may ask; the next one may an interval later."""
        now = self._clock()
        at = max(now, self._next)
        self._next = at + self._interval
        return at - now

    def taken(self) -> None:
        """The provider had time for an ask."""
        shorter = self._interval * _FASTER
        self._interval = shorter if shorter > _NONE_SECONDS else 0.0

    def refused(self) -> None:
        """The provider had no time. What was under way when the pace was slowed does not slow it again."""
        now = self._clock()
        if now >= self._slowed_until:
            self._interval = min(_LONGEST_SECONDS, max(_FIRST_SECONDS, 2 * self._interval))
            self._slowed_until = now + _PAUSE_SECONDS
            self._next = max(self._next, self._slowed_until)
