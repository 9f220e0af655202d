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


def _a_in_checkout(**trouble: int) -> State:
    """A's hold is in checkout; Redis and the ledger know it, and B is yet to come."""
    told = (Told(in_checkout=0, rev=1), Told(in_checkout=0, rev=1), Told(rev=0))
    redis = KNOWN._replace(told=told, holds=(Holds(hold=True), Holds()))
    ledger = Ledger(rev=1, in_checkout=(True, False))
    return State(ledger, redis, Left(**trouble), stage=("in checkout", "idle"), promised=(True, False))


def _a_in_checkout_of_one_seat(**trouble: int) -> State:
    state = _a_in_checkout(**trouble)
    return state._replace(redis=state.redis._replace(told=(Told(in_checkout=0, rev=1), Told(rev=0), Told(rev=0))))


WORLDS: Final = {
    world.name: world
    for world in (
        World("two sales", _at_first(duplicates=1, crashes=1)),
        World("one seat", _a_in_checkout_of_one_seat(duplicates=1), seats=ONE_SEAT),
        World("cancel", _a_in_checkout(duplicates=1), cancels=A),
        World("cancel and crash", _a_in_checkout_of_one_seat(crashes=1), seats=ONE_SEAT, cancels=A),
        World("some seats", _a_in_checkout(duplicates=1), cancels=A, parts=(frozenset({1}), frozenset())),
        World("close", _a_in_checkout(closings=1, crashes=1)),
        World("gives up", _a_in_checkout(restarts=1), gives_up=A),
        World("unknown", _at_first(Redis(), restarts=1), loads=2, handlers=1),
        World("lost", _a_in_checkout(restarts=1), loads=2),
        World("lost early", _at_first(restarts=1)),
        World("stale", _a_in_checkout(snapshots=1, restarts=1)),
    )
}
