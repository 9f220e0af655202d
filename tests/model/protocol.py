"""The state of one showtime as plain hashable data: two bookings, 0 and 1 ("A" and "B"), want overlapping seats."""

from typing import Final, Literal, NamedTuple, TypeVar

T = TypeVar("T")
NOBODY: Final = -1
Booking = int
Seat = int
Verdict = Literal["", "sold", "refused", "released"]
Event = Literal["paid", "cancelled", "seats cancelled"]
At = Literal["sell", "claim", "reread", "retell", "claim again", "write", "write refused", "tell", "ack"]
Stage = Literal["idle", "holding", "stretched", "stored", "in checkout", "dropping", "dropped", "paid", "gone"]

# Every safeguard of the protocol. A world that lacks one of them must show a breach.
SAFEGUARDS: Final = (
    "claim before the ledger",
    "without a claim only the seats of its own checkout are sold",
    "without a claim a checkout whose time is over sells nothing",
    "a verdict is written once",
    "no seat is sold twice",
    "no seat in another's checkout is sold",
    "a tell compares revs",
    "acknowledge after Redis was told",
    "a cancel without a verdict writes released",
    "a load tells the whole ledger",
    "a load tells the holds in checkout",
    "a load is bound to the run it began in",
    "a load leaves a known showtime alone",
    "an unknown showtime answers nothing",
    "a tell to an unknown showtime is said again",
    "a new run is told every ledger",
    "a refusal is checked against the ledger",
    "the ledger write has a deadline",
    "a closed ledger sells nothing",
    "checkout asks Redis for the hold",
    "checkout reads what is sold",
    "checkout excludes another's",
    "the ledger beats a hold",
    "a checkout whose time is over beats nothing",
    "the whole ledger ends the holds that have a verdict",
    "seats that were cancelled are freed where they are still the booking's",
)


class Ledger(NamedTuple):
    """The one document of the showtime in Mongo; every change of it raises `rev`."""

    rev: int = 0
    open: bool = True
    sold: tuple[Booking, ...] = (NOBODY, NOBODY, NOBODY)
    in_checkout: tuple[bool, ...] = (False, False)  # a hold nobody has paid yet, until its instant
    verdict: tuple[Verdict, ...] = ("", "")


class Told(NamedTuple):
    """What Redis was last told of one seat."""

    sold: Booking = NOBODY
    in_checkout: Booking = NOBODY
    rev: int = -1


class Holds(NamedTuple):
    """What Redis itself decided for one booking: the hold it gave out, the claim before a ledger write."""

    hold: bool = False
    claim: bool = False


class Redis(NamedTuple):
    """The showtime's keys; `known` is false until a load made them."""

    known: bool = False
    told: tuple[Told, ...] = (Told(), Told(), Told())
    holds: tuple[Holds, ...] = (Holds(), Holds())


class SeatStates(NamedTuple):
    """States of seats as one version of the ledger has them: the only thing Redis is ever told."""

    rev: int
    seats: tuple[tuple[Seat, Booking, Booking], ...]  # seat, sold to, in checkout of
    decided: tuple[Booking, ...] = ()  # whose holds have ended: they have a verdict


class Handler(NamedTuple):
    """One delivery being handled. `at` is the step it will do next."""

    event: Event
    booking: Booking
    at: At
    states: SeatStates | tuple[()] = ()


class Reader(NamedTuple):
    """Somebody who has read the ledger and has yet to tell it: a load, or the watcher of run ids."""

    who: Literal["load", "watcher"]
    server_run: int
    states: SeatStates


class Left(NamedTuple):
    """How often trouble may still come."""

    duplicates: int = 0
    crashes: int = 0
    snapshots: int = 0
    restarts: int = 0
    closings: int = 0


class State(NamedTuple):
    ledger: Ledger
    redis: Redis
    left: Left
    snapshot: Redis = Redis()  # what a restart of Redis brings back
    server_run: int = 0
    seen_run: int = 0  # the run the watcher has finished with
    stale: bool = False  # Redis came back with old data, and the watcher has not told it yet
    stage: tuple[Stage, ...] = ("idle", "idle")
    over: tuple[bool, ...] = (False, False)  # the hold's time has passed
    carry: tuple[SeatStates | tuple[()], ...] = ((), ())  # what a client's call is about to tell
    promised: tuple[bool, ...] = (False, False)  # checkout was answered: the hold may be paid for
    acked: tuple[bool, ...] = (False, False)  # a payment of the booking was acknowledged
    cancelled: tuple[bool, ...] = (False, False)
    parted: tuple[bool, ...] = (False, False)  # some seats of the booking were cancelled
    queue: tuple[tuple[Event, Booking], ...] = ()
    handlers: tuple[Handler, ...] = ()
    readers: tuple[Reader, ...] = ()


class World(NamedTuple):
    """What is searched: who wants what, where it begins, and how much trouble there may be."""

    name: str
    start: State
    seats: tuple[frozenset[Seat], ...] = (frozenset({0, 1}), frozenset({1, 2}))
    cancels: frozenset[Booking] = frozenset()
    gives_up: frozenset[Booking] = frozenset()
    parts: tuple[frozenset[Seat], ...] = (frozenset(), frozenset())  # seats that may be cancelled alone
    handlers: int = 2
    loads: int = 1
    lacks: str = ""

    def has(self, safeguard: str) -> bool:
        return self.lacks != safeguard


class Step(NamedTuple):
    says: str
    state: State


NAMES: Final = "AB"


def put(items: tuple[T, ...], at: int, item: T) -> tuple[T, ...]:
    return (*items[:at], item, *items[at + 1 :])
