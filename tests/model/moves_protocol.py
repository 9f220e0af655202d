"""Seats moved by the theater: one showtime of four seats, bookings A (seat 0) and B (seats 1 and 2), a seat that breaks
or another screen, money, a seat cancelled, messages that come twice, processes that die between any two steps."""

from typing import Final, Literal, NamedTuple, TypeVar

T = TypeVar("T")
NOBODY: Final = -1
SEATS: Final = (0, 1, 2, 3)
NAMES: Final = "AB"

# Every safeguard of the protocol. A world that lacks one of them must show a breach.
SAFEGUARDS: Final = (
    "a plan is written on the very state that it was made of",
    "a sale takes the seats where they are now",
    "a cancelled seat is looked for where it is now",
    "a moved booking names the seats that it still has",
    "a hold of the old screen is not checked out on the new one",
    "money for a hold of the old screen that was not placed is refused",
    "Redis takes no map of another screen",
    "a new screen ends the holds of browsers",
    "a blocked seat is not sold",
    "what a crash left is finished",
    "who is in checkout on a blocked seat without another is refused",
    "a plan that was overtaken fences the ledger",
    "who writes seats waits for the fence",
    "a fence ends by itself",
)
Stage = Literal["idle", "holding", "stretched", "in checkout", "paid", "gone"]
Event = Literal["paid", "seat cancelled"]


class Ledger(NamedTuple):
    """The one document in Mongo. `seats` are where the seats of a booking are that the theater has moved, by the ids
    that they were sold as; `screen` counts the screens. While the `fence` stands only a plan is written; it is no
    lock: the plan's own condition is the `rev`."""

    rev: int = 0
    screen: int = 0
    plans: int = 0
    blocked: int = NOBODY
    sold: tuple[int, ...] = (NOBODY,) * 4
    checkouts: tuple[int, ...] = (NOBODY,) * 4
    verdict: tuple[str, ...] = ("", "")
    moved: tuple[tuple[tuple[int, int], ...] | None, ...] = (None, None)
    fence: bool = False

    def owned(self, booking: int) -> list[int]:
        return [seat for seat in SEATS if self.sold[seat] == booking]


class Redis(NamedTuple):
    """A byte a seat, on a screen: whose it is, as told or held; `rev` is that of the last telling of all."""

    screen: int = 0
    rev: int = 0
    sold: tuple[int, ...] = (NOBODY,) * 4
    holds: tuple[tuple[int, ...], ...] = ((), ())


class Worker(NamedTuple):
    """A process between two steps. `read` is the ledger that it decided on, or is to tell; `overtaken` a plan before
    which another write came."""

    does: str
    booking: int
    at: str
    read: Ledger
    overtaken: bool = False


class State(NamedTuple):
    ledger: Ledger
    redis: Redis
    crashes: int
    duplicates: int
    plans: int  # that are still to be wished for
    early_ends: int = 0  # of a fence whose plan still works
    forgotten: bool = False  # the wish of a plan that died, which nobody repeats
    known: int = 0  # the screen by the newest stored snapshot
    stage: tuple[Stage, ...] = ("idle", "idle")
    screen_of: tuple[int, ...] = (0, 0)  # the screen that a hold was made on
    part: Literal["no", "may", "asked"] = "no"  # B's seat 1 may be cancelled alone
    queue: tuple[tuple[Event, int], ...] = ()
    workers: tuple[Worker, ...] = ()


class World(NamedTuple):
    """What is searched. A plan to "block" takes a seat out, and where it `reseats` moves who has it; "screen" is
    another screen, where seat 0 is no more."""

    name: str
    kind: Literal["block", "screen"]
    start: State
    wants: tuple[tuple[int, ...], ...] = ((0,), (1, 2))
    blocks: int = 1
    reseats: bool = True
    lacks: str = ""

    def has(self, safeguard: str) -> bool:
        return self.lacks != safeguard


B_SOLD: Final = Ledger(rev=1, sold=(NOBODY, 1, 1, NOBODY), verdict=("", "sold"))
_TOLD: Final = Redis(rev=1, sold=B_SOLD.sold)
_PAID: Final[tuple[Stage, ...]] = ("idle", "paid")
WORLDS: Final = {
    world.name: world
    for world in (
        World("block", "block", State(B_SOLD, _TOLD, crashes=1, duplicates=1, plans=1, stage=_PAID)),
        World("block and cancel", "block", State(B_SOLD, _TOLD, 0, 1, 1, stage=("gone", "paid"), part="may")),
        World("cancel and block", "block", State(B_SOLD, _TOLD, 0, 1, 1, stage=("gone", "paid"), part="may"), blocks=2),
        World("block what is bought", "block", State(Ledger(), Redis(), 0, 1, 1), wants=((1,), (2,))),
        World("block and move nobody", "block", State(Ledger(), Redis(), 0, 0, 1), reseats=False),
        World("block what is all taken", "block", State(Ledger(), Redis(), 0, 0, 1), wants=((0, 3), (1, 2))),
        World("block in great demand", "block", State(Ledger(), Redis(), 1, 0, 1, early_ends=1), wants=((0,), (1,))),
        World("screen", "screen", State(Ledger(), Redis(), crashes=1, duplicates=0, plans=1), wants=((0,), (1,))),
        World("screen and cancel", "screen", State(B_SOLD, _TOLD, 0, 1, 1, stage=_PAID, part="may")),
    )
}


class Step(NamedTuple):
    says: str
    state: State


# --- the ledger ------------------------------------------------------------------------------------------------------


def places(world: World, ledger: Ledger, booking: int) -> tuple[int, ...]:
    """Where the seats of a booking are now."""
    moved = ledger.moved[booking]
    if moved is None or not world.has("a sale takes the seats where they are now"):
        return world.wants[booking]
    return tuple(now for _, now in moved)


def exists(ledger: Ledger, seat: int) -> bool:
    return not (ledger.screen and seat == 0)


def planned(world: World, ledger: Ledger) -> Ledger:
    """Whoever has a seat that is taken out, or all after a change of the screen, gets the nearest that is free; who is
    in checkout and gets none is refused."""
    sold, checkouts, moved = list(ledger.sold), list(ledger.checkouts), list(ledger.moved)
    blocked = world.blocks if world.kind == "block" else NOBODY
    screen = ledger.screen + (world.kind == "screen")
    after = ledger._replace(screen=screen, blocked=blocked)
    verdict = list(ledger.verdict)
    for booking in (0, 1):
        names = world.has("a moved booking names the seats that it still has")
        before = ledger.moved[booking] or tuple((seat, seat) for seat in world.wants[booking])
        for seats in (sold, checkouts):
            own = [(as_, now) for as_, now in before if seats[now] == booking]
            hit = [now for _, now in own if now == blocked or not exists(after, now)]
            if not own or not (hit or world.kind == "screen"):
                continue
            now_at = dict(own if names else before)
            free = [s for s in SEATS if exists(after, s) and s != blocked and sold[s] == checkouts[s] == NOBODY]
            if hit and (len(free) < len(hit) or not world.reseats):
                if seats is checkouts and world.has("who is in checkout on a blocked seat without another is refused"):
                    verdict[booking] = "refused"
                    checkouts = [NOBODY if holder == booking else holder for holder in checkouts]
                continue
            for as_, now in own:
                if now in hit:
                    free = [s for s in SEATS if exists(after, s) and s != blocked and sold[s] == checkouts[s] == NOBODY]
                    seats[now] = NOBODY
                    now_at[as_] = min((abs(s - now), s) for s in free)[1]
                    seats[now_at[as_]] = booking
            moved[booking] = tuple(sorted(now_at.items()))
    return after._replace(
        rev=ledger.rev + 1,
        plans=ledger.plans + 1,
        sold=tuple(sold),
        checkouts=tuple(checkouts),
        moved=tuple(moved),
        verdict=tuple(verdict),
        fence=False,
    )


def sale(world: World, state: State, booking: int, *, claimed: bool) -> Ledger:
    """The verdict on a payment: in its own checkout, or with a claim where the seats are free."""
    ledger = state.ledger
    if ledger.verdict[booking]:
        return ledger
    seats = places(world, ledger, booking)
    own = all(ledger.checkouts[seat] == booking for seat in seats)
    free = all(ledger.sold[s] == NOBODY and ledger.checkouts[s] in (NOBODY, booking) for s in seats)
    if not own and world.has("a blocked seat is not sold"):
        free = free and ledger.blocked not in seats
    old = state.screen_of[booking] != ledger.screen and ledger.moved[booking] is None
    if not own and world.has("money for a hold of the old screen that was not placed is refused"):
        free = free and not old
    is_sold = own or (free and claimed)
    sold = tuple(booking if is_sold and seat in seats else owner for seat, owner in enumerate(ledger.sold))
    checkouts = tuple(NOBODY if holder == booking else holder for holder in ledger.checkouts)
    verdict = put(ledger.verdict, booking, "sold" if is_sold else "refused")
    return ledger._replace(rev=ledger.rev + 1, sold=sold, checkouts=checkouts, verdict=verdict)


def cancelled_seat(world: World, ledger: Ledger) -> Ledger:
    """B's seat 1 goes free, where it is now and while it is B's."""
    moved = ledger.moved[1]
    looks = moved is not None and world.has("a cancelled seat is looked for where it is now")
    seat = dict(moved or ()).get(1, NOBODY) if looks else 1
    if seat == NOBODY or ledger.sold[seat] != 1:
        return ledger
    left = tuple(pair for pair in moved if pair[0] != 1) if moved is not None else None
    if not world.has("a moved booking names the seats that it still has"):
        left = moved
    return ledger._replace(rev=ledger.rev + 1, sold=put(ledger.sold, seat, NOBODY), moved=put(ledger.moved, 1, left))


def enter_checkout(world: World, state: State, booking: int) -> Ledger | None:
    ledger, seats = state.ledger, world.wants[booking]
    same_screen = state.screen_of[booking] == ledger.screen
    if not same_screen and world.has("a hold of the old screen is not checked out on the new one"):
        return None
    taken = any(ledger.sold[s] != NOBODY or ledger.checkouts[s] not in (NOBODY, booking) for s in seats)
    if ledger.verdict[booking] or taken or ledger.blocked in seats:
        return None
    checkouts = tuple(booking if seat in seats else holder for seat, holder in enumerate(ledger.checkouts))
    return ledger._replace(rev=ledger.rev + 1, checkouts=checkouts)


def put(items: tuple[T, ...], at: int, item: T) -> tuple[T, ...]:
    return (*items[:at], item, *items[at + 1 :])


# --- Redis -----------------------------------------------------------------------------------------------------------


def owners(ledger: Ledger) -> tuple[int, ...]:
    """Whose each seat is by the ledger; a booking in checkout counts as one that has it."""
    return tuple(o if o != NOBODY else ledger.checkouts[s] for s, o in enumerate(ledger.sold))


def told(world: World, redis: Redis, ledger: Ledger) -> Redis:
    """Tell all that this version of the ledger says, unless one as new was told; a new screen is an empty map first."""
    if ledger.rev <= redis.rev:
        return redis
    holds = redis.holds
    if ledger.screen != redis.screen and world.has("a new screen ends the holds of browsers"):
        holds = ((), ())
    now = owners(ledger)
    blocked = ledger.blocked
    holds = tuple(
        () if any(now[s] not in (NOBODY, b) or s == blocked for s in seats) else seats for b, seats in enumerate(holds)
    )
    return Redis(ledger.screen, ledger.rev, now, holds)
