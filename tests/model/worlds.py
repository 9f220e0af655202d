"""The worlds that are searched: each has the trouble of one kind, bounded so that it can be seen whole.

In all of them: two bookings, at most two messages in handling at once; a message comes again whenever its
handler dies or misses its deadline (the latter without bound). In one world at most: one message published
again, one crash, one closing, one snapshot and one restart of Redis, one watcher and two loads at once.
"""

from typing import Final

from .protocol import Holds, Ledger, Left, Redis, State, Told, World

KNOWN: Final = Redis(known=True, told=(Told(rev=0),) * 3)
BOTH: Final = frozenset({0, 1})
A: Final = frozenset({0})
ONE_SEAT: Final = (frozenset({0}), frozenset({0}))


def _at_first(redis: Redis = KNOWN, **trouble: int) -> State:
    return State(Ledger(), redis, Left(**trouble))


def _a_pays(**trouble: int) -> State:
    """A's hold is under payment; Redis and the ledger know it, and B is yet to come."""
    told = (Told(pays=0, rev=1), Told(pays=0, rev=1), Told(rev=0))
    redis = KNOWN._replace(told=told, holds=(Holds(hold=True), Holds()))
    ledger = Ledger(rev=1, pays=(True, False))
    return State(ledger, redis, Left(**trouble), stage=("paying", "idle"), promised=(True, False))


def _a_pays_one_seat(**trouble: int) -> State:
    state = _a_pays(**trouble)
    return state._replace(redis=state.redis._replace(told=(Told(pays=0, rev=1), Told(rev=0), Told(rev=0))))


WORLDS: Final = {
    world.name: world
    for world in (
        World("two sales", _at_first(duplicates=1, crashes=1)),
        World("one seat", _a_pays_one_seat(duplicates=1), seats=ONE_SEAT),
        World("cancel", _a_pays(duplicates=1), cancels=A),
        World("cancel and crash", _a_pays_one_seat(crashes=1), seats=ONE_SEAT, cancels=A),
        World("close", _a_pays(closings=1, crashes=1)),
        World("gives up", _a_pays(restarts=1), gives_up=A),
        World("unknown", _at_first(Redis(), restarts=1), loads=2, handlers=1),
        World("lost", _a_pays(restarts=1), loads=2),
        World("lost early", _at_first(restarts=1)),
        World("stale", _a_pays(snapshots=1, restarts=1)),
    )
}
