"""The order of a line and its pace: who is admitted at an instant follows from a turn and the paces alone.

A turn is a number on the line's own clock, which shows 0 at the opening and goes on by one whenever one more is
admitted. Early comers have the turns 0, 1, 2, … in the order of their lots; who comes later has the turn after the last
one, or the present one where nobody waits. So the line is not served faster after a quiet time. Times are microseconds
of Redis' clock.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

SECOND = 1_000_000
MINUTE = 60 * SECOND


@dataclass(frozen=True, slots=True)
class Pace:
    """From the instant `since`, at which the line's clock shows `turn`, one is admitted every `interval`."""

    turn: float
    since: int
    interval: float


Paces = Sequence[Pace]
"""One after another: the first begins with the opening."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """The line opens at `opens_at`; `is_in` says whether one has a lot."""

    opens_at: int
    is_in: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """`ahead` are admitted before, and the turn comes after `wait`; None where one has no place in the line."""

    ahead: int | None = None
    wait: int | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """The turn has come, and counts until `until`."""

    until: int


Standing = Drawing | Waiting | Admitted


def opened(opens_at: int, per_minute: int) -> Paces:
    """The pace of a line that opens then."""
    return (Pace(0.0, opens_at, MINUTE / per_minute),)


def with_pace(paces: Paces, now: int, per_minute: int) -> Paces:
    """The paces with another one from now on: nobody's turn changes, and whoever was admitted stays so."""
    interval = MINUTE / per_minute
    last = paces[-1]
    if interval == last.interval:
        return paces
    if now <= paces[0].since:
        return (Pace(0.0, paces[0].since, interval),)
    return (*paces, Pace(turn_at(paces, now), max(now, last.since), interval))


def turn_at(paces: Paces, now: int) -> float:
    """What the line's clock shows: all turns up to it have come. Negative before the opening."""
    pace = next((pace for pace in reversed(paces) if pace.since <= now), paces[0])
    return pace.turn + (now - pace.since) / pace.interval


def instant_of(paces: Paces, turn: float) -> int:
    """When a turn comes."""
    pace = next((pace for pace in reversed(paces) if pace.turn <= turn), paces[0])
    return pace.since + round((turn - pace.turn) * pace.interval)


def next_turn(paces: Paces, last: float, now: int) -> float:
    """The turn of one who comes now; `last` is the turn after the last one of the line."""
    return max(last, turn_at(paces, now))


def standing(paces: Paces, turn: float | None, now: int, pass_seconds: int) -> Standing:
    """How one stands who has a turn, or none. A turn that was not taken for `pass_seconds` has lapsed."""
    opens_at = paces[0].since
    if now < opens_at:
        return Drawing(opens_at, turn is not None)
    if turn is None:
        return Waiting()
    comes_at = instant_of(paces, turn)
    if comes_at > now:
        return Waiting(max(math.ceil(turn - turn_at(paces, now)) - 1, 0), comes_at - now)
    until = comes_at + pass_seconds * SECOND
    return Admitted(until) if until > now else Waiting()


def lapsed_turn(paces: Paces, now: int, pass_seconds: int) -> float:
    """Turns up to this one have lapsed; negative while none has."""
    since = now - pass_seconds * SECOND
    return turn_at(paces, since) if since >= paces[0].since else -1.0
