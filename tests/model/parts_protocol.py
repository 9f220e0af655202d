"""Seats cancelled one by one and together: one booking of two seats, its refunds at payment, and a refund by hand."""

from collections.abc import Iterator
from typing import Final, NamedTuple

SEATS: Final = frozenset({0, 1})
PRICE: Final = 2  # of a seat; a guest who cancels gets half of it back
ALL: Final = "all"

# Every safeguard of the protocol. A world that lacks one of them must show a breach.
SAFEGUARDS: Final = (
    "a decision is written on condition of the version it was made of",
    "a seat that is cancelled counts nothing",
    "what the end gives back is beside the grants",
    "each grant has a key of its own",
    "a refund has a key",
    "no more goes back than is left of the capture",
)


class Grant(NamedTuple):
    """Money that booking asks payment to give back under a key, and the seats that end by it."""

    key: str
    amount: int
    seats: frozenset[int]


class Booking(NamedTuple):
    version: int = 0
    grants: tuple[Grant, ...] = ()

    @property
    def cancelled(self) -> frozenset[int]:
        return frozenset().union(*(grant.seats for grant in self.grants))


class Decider(NamedTuple):
    """A process between its read and its write: who wants what, of the booking as it was read."""

    wants: str
    read: Booking


class State(NamedTuple):
    crashes: int
    duplicates: int
    hands: int
    wants: tuple[str, ...]  # "0", "1": the guest cancels a seat; "all": the theater cancels, and gives all back
    booking: Booking = Booking()
    deciders: tuple[Decider, ...] = ()
    queue: tuple[Grant, ...] = ()
    asked: tuple[Grant, ...] = ()  # what payment has recorded
    made: tuple[tuple[str, int], ...] = ()  # the provider's books: refunds by key
    recorded: frozenset[str] = frozenset()  # keys whose refund payment knows to be made
    hand: int = 0


class World(NamedTuple):
    """What is searched, with its bounds."""

    name: str
    wants: tuple[str, ...]
    crashes: int = 0
    duplicates: int = 0
    hands: int = 0
    lacks: str = ""

    @property
    def start(self) -> State:
        return State(self.crashes, self.duplicates, self.hands, self.wants)

    def has(self, safeguard: str) -> bool:
        return self.lacks != safeguard


WORLDS: Final = {
    world.name: world
    for world in (
        World("one by one", ("0", "1", "0"), crashes=1, duplicates=1),
        World("and together", ("0", ALL, "1"), crashes=1, duplicates=1),
        World("by hand", ("0", ALL), crashes=1, hands=1),
    )
}


class Step(NamedTuple):
    says: str
    state: State


def steps(world: World, state: State) -> Iterator[Step]:
    """All atomic steps possible in a state."""
    for place, wants in enumerate(state.wants):
        rest = state._replace(wants=state.wants[:place] + state.wants[place + 1 :])
        yield Step(f"{wants} is to be cancelled", _deciding(rest, Decider(wants, state.booking)))
    for place, decider in enumerate(state.deciders):
        rest = state._replace(deciders=state.deciders[:place] + state.deciders[place + 1 :])
        yield _decided(world, rest, decider)
    for place, grant in enumerate(state.queue):
        rest = state._replace(queue=state.queue[:place] + state.queue[place + 1 :])
        known = {each.key for each in state.asked}
        asked = state.asked if grant.key in known else tuple(sorted((*state.asked, grant)))
        yield Step(f"payment hears of {grant.key}", rest._replace(asked=asked))
        if state.duplicates:
            yield Step(
                f"{grant.key} comes twice", state._replace(queue=(*state.queue, grant), duplicates=state.duplicates - 1)
            )
    yield from _refunds(world, state)
    if state.hands and sum(amount for _, amount in state.made) + state.hand < PRICE * len(SEATS):
        yield Step("1 goes back by hand", state._replace(hand=1, hands=0))


def _deciding(state: State, decider: Decider) -> State:
    return state._replace(deciders=(*state.deciders, decider))


def _decided(world: World, rest: State, decider: Decider) -> Step:
    """One write: the decision and the event that follows. On a newer booking it is made again."""
    grant, booking = _grant(world, decider.wants, decider.read), rest.booking
    if booking != decider.read and world.has("a decision is written on condition of the version it was made of"):
        return Step(f"{decider.wants} is decided again", _deciding(rest, Decider(decider.wants, booking)))
    if grant is None:
        return Step(f"{decider.wants} changes nothing", rest)
    written = Booking(booking.version + 1, (*booking.grants, grant))
    return Step(f"{decider.wants}: {grant.amount} granted", rest._replace(booking=written, queue=(*rest.queue, grant)))


def _grant(world: World, wants: str, booking: Booking) -> Grant | None:
    left = SEATS - booking.cancelled
    if wants == ALL:
        if not left:
            return None
        before = sum(grant.amount for grant in booking.grants)
        beside = before if world.has("what the end gives back is beside the grants") else 0
        return Grant("end", PRICE * len(SEATS) - beside, left)
    seats = frozenset({int(wants)})
    if not (seats & left) and world.has("a seat that is cancelled counts nothing"):
        return None
    key = str(len(booking.grants) + 1) if world.has("each grant has a key of its own") else "end"
    return Grant(key, PRICE // 2, seats)


def _refunds(world: World, state: State) -> Iterator[Step]:
    """The provider is asked for what is owed under a key, then it is recorded; a process may die between the two."""
    for grant in state.asked:
        if grant.key in state.recorded:
            continue
        gone = sum(amount for _, amount in state.made) + state.hand
        elsewhere = sum(amount for key, amount in state.made if key != grant.key) + state.hand
        cut = world.has("no more goes back than is left of the capture")
        amount = min(grant.amount, PRICE * len(SEATS) - elsewhere) if cut else grant.amount
        again = grant.key in dict(state.made) and world.has("a refund has a key")
        is_refused = cut and not again and gone + amount > PRICE * len(SEATS)
        made = state.made if again or is_refused or amount <= 0 else (*state.made, (grant.key, amount))
        refunded = state._replace(made=tuple(sorted(made)))
        if not is_refused:
            yield Step(f"{grant.key} goes back", refunded._replace(recorded=state.recorded | {grant.key}))
        if state.crashes and refunded != state:
            yield Step(f"{grant.key} goes back, the process dies", refunded._replace(crashes=state.crashes - 1))


def quiet(_: World, state: State) -> bool:
    """Nothing is under way."""
    return not (state.wants or state.deciders or state.queue) and len(state.recorded) == len(state.asked)


def never_more_goes_back_than_came(state: State) -> bool:
    return sum(amount for _, amount in state.made) + state.hand <= PRICE * len(SEATS)


def a_seat_is_given_back_once(state: State) -> bool:
    return sum(len(grant.seats) for grant in state.booking.grants) == len(state.booking.cancelled)


def no_more_is_granted_than_came(state: State) -> bool:
    return sum(grant.amount for grant in state.booking.grants) <= PRICE * len(SEATS)


def what_was_granted_goes_back(state: State) -> bool:
    granted = sum(grant.amount for grant in state.booking.grants)
    gone = sum(amount for _, amount in state.made)
    return gone == min(granted, PRICE * len(SEATS) - state.hand) or (
        state.hand > 0 and gone <= granted <= gone + state.hand
    )


def breach(world: World, _: State, after: State) -> str:
    """The first invariant that a step breaks, by name."""
    always = (never_more_goes_back_than_came, a_seat_is_given_back_once, no_more_is_granted_than_came)
    asked = (*always, what_was_granted_goes_back) if quiet(world, after) else always
    return next((holds.__name__ for holds in asked if not holds(after)), "")
