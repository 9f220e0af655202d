"""Seats of one booking that the theater moves: the ledger's moves in any order, the sale, a guest who cancels a seat,
and the ticket that each of them leads to."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

SEATS: Final = (0, 1)  # as they were sold; at first each is at the place of the same number

# Every safeguard of the protocol. A world that lacks one of them must show a breach.
SAFEGUARDS: Final = (
    "a write is conditional on the version it was decided on",
    "a decision that a conflict undid is made again",
    "news are acknowledged once they are written",
    "of several moves of a seat the highest number counts",
    "a move counts from the newest ticket on",
    "a ticket of a cancelled seat is not issued again",
    "a place where a seat was before names it too",
)


class Move(NamedTuple):
    """The ledger's: a seat, named as it was sold, is at another place."""

    number: int
    seat: int
    place: int


class Recorded(NamedTuple):
    """A move in the booking: the first version of the ticket that shows it, and whether it was issued because of it."""

    move: Move
    since: int
    issued: bool = False


class Grant(NamedTuple):
    """A seat that the guest cancelled, and the version of the ticket without it."""

    seat: int
    since: int


Content = frozenset[tuple[int, int]]  # the seats that a ticket admits to, each with its place


class Booking(NamedTuple):
    """One document. `tickets` were signed by the write that issued them, from version 1."""

    version: int = 0
    sold: bool = False
    moves: tuple[Recorded, ...] = ()
    grants: tuple[Grant, ...] = ()
    tickets: tuple[Content, ...] = ()

    def places(self, world: "World", version: int) -> dict[int, int]:
        """Where each seat is, as the ticket of a version shows it."""
        shown = [recorded.move for recorded in self.moves if recorded.since <= version]
        if world.has("of several moves of a seat the highest number counts"):
            shown.sort()
        return dict(zip(SEATS, SEATS, strict=True)) | {move.seat: move.place for move in shown}

    def content(self, world: "World", version: int) -> Content:
        ended = {grant.seat for grant in self.grants if grant.since <= version}
        return frozenset((seat, at) for seat, at in self.places(world, version).items() if seat not in ended)

    @property
    def newest(self) -> int:
        since = [recorded.since for recorded in self.moves if recorded.issued]
        return max([1, *since, *(grant.since for grant in self.grants)])


class Handler(NamedTuple):
    """A process between its read and its write. `news` is a message, or what the guest asks for."""

    news: "Move | str | Wish"
    read: Booking


class Wish(NamedTuple):
    """The guest cancels a seat, and names the place where it was on the page."""

    seat: int
    place: int


class State(NamedTuple):
    queue: tuple["Move | str", ...]
    wishes: int
    crashes: int
    duplicates: int
    ledger: tuple[Move, ...]
    booking: Booking = Booking()
    handlers: tuple[Handler, ...] = ()
    wished: tuple[int, ...] = ()


class World(NamedTuple):
    """What is searched, with its bounds."""

    name: str
    moves: tuple[Move, ...]
    wishes: int = 0
    crashes: int = 0
    duplicates: int = 0
    lacks: str = ""

    @property
    def start(self) -> State:
        return State(("sold", *self.moves), self.wishes, self.crashes, self.duplicates, self.moves)

    def has(self, safeguard: str) -> bool:
        return self.lacks != safeguard


WORLDS: Final = {
    world.name: world
    for world in (
        World("one seat twice", (Move(1, 0, 2), Move(2, 0, 3)), crashes=1, duplicates=1),
        World("both seats", (Move(1, 0, 2), Move(2, 1, 3)), wishes=1, crashes=1),
        World("and one again", (Move(1, 0, 2), Move(2, 1, 3), Move(3, 0, 4)), wishes=2),
    )
}


class Step(NamedTuple):
    says: str
    state: State


def steps(world: World, state: State) -> Iterator[Step]:
    """All atomic steps possible in a state."""
    if len(state.handlers) < 2:
        for place, news in enumerate(state.queue):
            rest = state._replace(queue=state.queue[:place] + state.queue[place + 1 :])
            yield Step(f"{news} comes", _reading(rest, news))
            if state.duplicates:
                yield Step(f"{news} comes, and again", _reading(state._replace(duplicates=0), news))
        if state.wishes and state.booking.sold:
            for seat, at in sorted(state.booking.content(world, state.booking.newest)):
                wish, rest = Wish(seat, at), state._replace(wishes=state.wishes - 1)
                yield Step(f"the guest cancels what is at {at}", _reading(rest, wish))
    for place, handler in enumerate(state.handlers):
        rest = state._replace(handlers=state.handlers[:place] + state.handlers[place + 1 :])
        yield _written(world, rest, handler)
        if state.crashes and not isinstance(handler.news, Wish):
            again = (handler.news,) if world.has("news are acknowledged once they are written") else ()
            yield Step(f"the process dies with {handler.news}", rest._replace(crashes=0, queue=(*rest.queue, *again)))


def _reading(state: State, news: "Move | str | Wish") -> State:
    return state._replace(handlers=(*state.handlers, Handler(news, state.booking)))


def _written(world: World, rest: State, handler: Handler) -> Step:
    """One write: the fact, and the ticket that it leads to."""
    booking, news = handler.read, handler.news
    if booking != rest.booking and world.has("a write is conditional on the version it was decided on"):
        if world.has("a decision that a conflict undid is made again"):
            return Step(f"{news} is decided again", _reading(rest, news))
        return Step(f"{news} is lost", rest)
    match news:
        case Move():
            after = _moved(world, booking, news)
        case Wish():
            after = _cancelled(world, booking, news)
            rest = rest._replace(wished=(*rest.wished, news.seat))
        case _:
            after = booking if booking.sold else booking._replace(sold=True)
    if after.sold and len(after.tickets) < after.newest:
        issued = (after.content(world, version) for version in range(len(after.tickets) + 1, after.newest + 1))
        after = after._replace(tickets=(*after.tickets, *issued))
    if after != booking:
        after = after._replace(version=rest.booking.version + 1)
        rest = rest._replace(booking=after)
    return Step(f"{news} is written", rest)


def _moved(world: World, booking: Booking, move: Move) -> Booking:
    if any(recorded.move.number == move.number for recorded in booking.moves):
        return booking
    if not booking.sold:
        return booking._replace(moves=(*booking.moves, Recorded(move, 1)))
    newest = booking.newest if world.has("a move counts from the newest ticket on") else 0
    with_move = booking._replace(moves=(*booking.moves, Recorded(move, newest)))
    skips = world.has("a ticket of a cancelled seat is not issued again")
    before, after = (each.content(world, booking.newest) for each in (booking, with_move))
    if skips and before == after:
        return with_move
    return booking._replace(moves=(*booking.moves, Recorded(move, newest + 1, issued=True)))


def _cancelled(world: World, booking: Booking, wish: Wish) -> Booking:
    """What the guest names is where the seat is now, or else where it was before."""
    now = booking.places(world, booking.newest)
    seats = [seat for seat in SEATS if now[seat] == wish.place]
    if not seats and world.has("a place where a seat was before names it too"):
        before = {recorded.move.seat: wish.place for recorded in booking.moves if recorded.move.place == wish.place}
        seats = list(before) or [seat for seat in SEATS if seat == wish.place]
    if not seats or seats[0] in {grant.seat for grant in booking.grants}:
        return booking
    return booking._replace(grants=(*booking.grants, Grant(seats[0], booking.newest + 1)))


def quiet(_: World, state: State) -> bool:
    """Nothing is under way."""
    return not (state.queue or state.handlers)


def a_ticket_never_changes(world: World, after: State) -> bool:
    """What the facts say of a version is what was signed: its events are made from the facts, whenever that is."""
    booking = after.booking
    return all(booking.content(world, version) == content for version, content in enumerate(booking.tickets, 1))


def each_version_has_one_cause(_: World, after: State) -> bool:
    booking = after.booking
    causes = [*(grant.since for grant in booking.grants), *(each.since for each in booking.moves if each.issued)]
    return sorted(causes) == list(range(2, len(booking.tickets) + 1))


def a_new_version_shows_something_new(_: World, after: State) -> bool:
    tickets = after.booking.tickets
    return all(before != content for before, content in pairwise(tickets))


def the_newest_ticket_is_what_the_ledger_has(world: World, after: State) -> bool:
    ledger = dict(zip(SEATS, SEATS, strict=True)) | {move.seat: move.place for move in sorted(after.ledger)}
    ended = {grant.seat for grant in after.booking.grants}
    return after.booking.tickets[-1] == {(seat, at) for seat, at in ledger.items() if seat not in ended}


def what_the_guest_meant_is_cancelled(_: World, after: State) -> bool:
    return set(after.wished) == {grant.seat for grant in after.booking.grants}


def breach(world: World, _: State, after: State) -> str:
    """The first invariant that a step breaks, by name."""
    always = (a_ticket_never_changes, each_version_has_one_cause, a_new_version_shows_something_new)
    finally_ = (the_newest_ticket_is_what_the_ledger_has, what_the_guest_meant_is_cancelled)
    asked = (*always, *finally_) if quiet(world, after) else always
    return next((holds.__name__ for holds in asked if not holds(world, after)), "")
