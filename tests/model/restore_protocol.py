"""One seat, two sales of it by the same provider, a backup at any moment, and once everything of ours is lost and made
from it. What the provider has is never lost.

How payment learns of money, and who wins a seat, are models of their own: here each is one step.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

# Every safeguard of the protocol. A world that lacks one of them must show a breach.
SAFEGUARDS: Final = (
    "a sale is written into its order",
    "a sealed order without its sale goes back",
    "what went back is not sold again",
    "guests come when the lists are read",
    "a refund that nobody wished is a case",
)
BUYERS: Final = (0, 1)


class World(NamedTuple):
    """`unreadable`: the sale did not fit into the notes of its order. `cancels`: so many confirmed bookings are
    cancelled."""

    name: str
    cancels: int = 0
    unreadable: bool = False
    lacks: str = ""

    @property
    def start(self) -> "State":
        return State(cancels=self.cancels)

    def has(self, safeguard: str) -> bool:
        return self.lacks != safeguard


class Ours(NamedTuple):
    """A sale in our books. `payment` is "", open, paid, gone (it had gone back when it was first seen) or stray (its
    sale is unknown); `said`: its announcement is on its way. `due`: its money is to go back. `case`: somebody looks at
    a refund."""

    payment: str = ""
    said: bool = False
    verdict: str = ""
    booking: str = ""
    due: bool = False
    case: bool = False


Books = tuple[Ours, ...]
NOTHING: Final[Books] = (Ours(), Ours())


class State(NamedTuple):
    """`provider` is what the provider has of each sale: "", open, paid, back. `promised`: whose booking was confirmed
    when all was lost, unless the backup has the seat for the other, or the other has an order that may be paid or was,
    and nobody knows who was first. `known`: whose payment the backup has."""

    cancels: int
    provider: tuple[str, ...] = ("", "")
    books: Books = NOTHING
    backup: Books | None = None
    lost: bool = False
    is_open: bool = True
    promised: tuple[bool, ...] = (False, False)
    known: tuple[bool, ...] = (False, False)


class Step(NamedTuple):
    says: str
    state: State


def steps(world: World, state: State) -> Iterator[Step]:
    """All atomic steps possible in a state."""
    for who in BUYERS:
        yield from _guest(world, state, who)
        yield from _payment(world, state, who)
        yield from _others(state, who)
    if state.backup is None and not state.lost:
        yield Step("a backup is taken", state._replace(backup=state.books))
    if state.backup is not None and not state.lost:
        yield Step("all is lost and restored", _restored(state, state.backup))
    if not state.is_open and (_are_read(state) or not world.has("guests come when the lists are read")):
        yield Step("guests come", state._replace(is_open=True))


def _guest(world: World, state: State, who: int) -> Iterator[Step]:
    own, at_provider = state.books[who], state.provider[who]
    if state.is_open and not at_provider and _owner(state.books) is None:
        yield Step(f"{who} opens an order", _with(state, who, at_provider="open", payment="open"))
    if at_provider == "open":
        yield Step(f"{who} pays", _with(state, who, at_provider="paid"))
    if own.booking == "confirmed" and state.cancels and state.is_open:
        cancelled = _with(state, who, booking="cancelled", verdict="released", due=True)
        promised = tuple(promised and at != who for at, promised in enumerate(state.promised))
        yield Step(f"{who} cancels", cancelled._replace(cancels=state.cancels - 1, promised=promised))


def _payment(world: World, state: State, who: int) -> Iterator[Step]:
    own, at_provider = state.books[who], state.provider[who]
    if at_provider in {"paid", "back"} and own.payment in {"", "open"}:
        yield from _settled(world, state, who)
    if own.payment == "paid" and not own.booking and not own.said:
        yield Step(f"{who} is announced again", _with(state, who, said=True))
    if own.due:
        yield Step(f"{who} is given the money back", _with(state, who, at_provider="back", due=False))
    unseen = own.payment == "paid" and at_provider == "back" and own.booking == "confirmed" and not own.case
    if unseen and world.has("a refund that nobody wished is a case"):
        yield Step(f"the refund of {who} is a case", _with(state, who, case=True))


def _settled(world: World, state: State, who: int) -> Iterator[Step]:
    """A webhook or a list tells of it."""
    own, at_provider = state.books[who], state.provider[who]
    if own.payment == "" and not world.has("a sale is written into its order"):
        return
    if own.payment == "" and world.unreadable:
        if at_provider == "paid" and world.has("a sealed order without its sale goes back"):
            yield Step(f"the sale of {who} cannot be read", _with(state, who, payment="stray", due=True))
        else:
            yield Step(f"the sale of {who} cannot be read", _with(state, who, payment="stray"))
    elif at_provider == "back" and world.has("what went back is not sold again"):
        yield Step(f"the money of {who} was given back", _with(state, who, payment="gone"))
    else:
        yield Step(f"{who} is settled", _with(state, who, payment="paid", said=True))


def _others(state: State, who: int) -> Iterator[Step]:
    """Seating decides once, booking follows."""
    own = state.books[who]
    if not own.said:
        return
    verdict = own.verdict or ("sold" if _owner(state.books) is None else "refused")
    is_sold = verdict == "sold"
    booking = own.booking or ("confirmed" if is_sold else "refused")
    due = own.due or (booking == "refused" and state.provider[who] == "paid")
    yield Step(f"{who} is {verdict}", _with(state, who, said=False, verdict=verdict, booking=booking, due=due))


def _restored(state: State, backup: Books) -> State:
    """Messages are lost with the broker; what payment has still to say it says again."""
    owner = _owner(backup)
    promised = tuple(
        own.booking == "confirmed"
        and (owner == who or (owner is None and backup[1 - who].payment != "paid"))
        and state.provider[1 - who] in {"", "back"}
        for who, own in enumerate(state.books)
    )
    known = tuple(own.payment == "paid" for own in backup)
    books = tuple(own._replace(said=False) for own in backup)
    return state._replace(books=books, lost=True, is_open=False, promised=promised, known=known)


def _owner(books: Books) -> int | None:
    return next((who for who in BUYERS if books[who].verdict == "sold"), None)


def _with(state: State, who: int, *, at_provider: str = "", **changed: Any) -> State:
    books = tuple(own._replace(**changed) if at == who else own for at, own in enumerate(state.books))
    provider = tuple(at_provider or has if at == who else has for at, has in enumerate(state.provider))
    return state._replace(books=books, provider=provider)


def _are_read(state: State) -> bool:
    """Nothing paid is left without an answer."""
    return all(
        has in {"", "open"} or own.payment in {"gone", "stray"} or (own.payment == "paid" and own.booking != "")
        for own, has in zip(state.books, state.provider, strict=True)
    )


# --- what must hold --------------------------------------------------------------------------------------------------


def breach(world: World, _before: State, after: State) -> str:
    """The first invariant that a step breaks, by name."""
    if all(own.verdict == "sold" for own in after.books):
        return "a_seat_has_one_owner"
    if not quiet(world, after):
        return ""
    return next(filter(None, (_breach_of(world, after, who) for who in BUYERS)), "")


def _breach_of(world: World, state: State, who: int) -> str:
    own, has = state.books[who], state.provider[who]
    is_confirmed = own.booking == "confirmed"
    if has == "paid" and not is_confirmed:
        return "what_is_paid_is_confirmed_or_goes_back"
    if has == "back" and is_confirmed and not state.known[who]:
        return "who_was_given_back_has_no_seat"
    if has == "back" and is_confirmed and not own.case:
        return "a_seat_without_money_is_a_case"
    if state.promised[who] and not is_confirmed and not world.unreadable:
        return "what_was_confirmed_is_confirmed_again"
    return ""


def quiet(world: World, state: State) -> bool:
    """No work of ours is due."""
    if any(own.said or own.due for own in state.books):
        return False
    if not state.is_open:
        return False
    return not any(step for who in BUYERS for step in _payment(world, state, who))


WORLDS: Final = {
    world.name: world
    for world in (
        World("sold and sold again", cancels=1),
        World("nobody cancels"),
        World("sales that do not fit", unreadable=True),
    )
}
