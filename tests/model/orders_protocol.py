"""The orders of one hold at a provider that can close them: pages ask for one, somebody cancels it, the hold ends,
money comes, and processes die between any two steps."""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

# Every safeguard of the protocol. A world that lacks one of them must show a breach.
SAFEGUARDS: Final = (
    "an open order is given again",
    "the key is that of the order's number",
    "the number is in the key",
    "a page's order is looked at",
    "the orders of an ended hold are closed",
    "closing is tried until it is done",
    "what cannot be closed is looked at",
)
_PATIENCE: Final = 3
Status = Literal["open", "canceled", "paid"]


class Intent(NamedTuple):
    """An order at the provider, and the idempotency key that it was asked for with."""

    key: int
    status: Status = "open"


class Document(NamedTuple):
    """Payment's document: orders by their place at the provider, which are closed or paid, and the number of the one
    that somebody has begun to open."""

    orders: tuple[int, ...] = ()
    closed: frozenset[int] = frozenset()
    paid: frozenset[int] = frozenset()
    opening: int = 0

    @property
    def open_orders(self) -> list[int]:
        return [order for order in self.orders if order not in self.closed]


class Handler(NamedTuple):
    """A process between two steps. A page's: `ask` the provider, `record` the answer, `show` it (`fresh`: just opened);
    due work's: `close` at the provider, `note` that it is done."""

    does: str
    which: int = 0
    fresh: bool = False
    asked: int = 0


class Left(NamedTuple):
    """How often what people do, or trouble, may still come."""

    calls: int = 1
    cancels: int = 0
    pays: int = 0
    crashes: int = 0


class State(NamedTuple):
    left: Left
    over: bool = False
    intents: tuple[Intent, ...] = ()
    document: Document = Document()
    handlers: tuple[Handler, ...] = ()
    shown: frozenset[int] = frozenset()
    begun: frozenset[int] = frozenset()  # closing was tried once
    refused: bool = False  # a page got no order
    dead: bool = False  # a page got one that was canceled before it was looked at


class World(NamedTuple):
    name: str
    left: Left
    lacks: str = ""

    @property
    def start(self) -> State:
        return State(self.left)

    def has(self, safeguard: str) -> bool:
        return self.lacks != safeguard


WORLDS: Final = {
    world.name: world
    for world in (
        World("two pages", Left(calls=3, crashes=1, pays=1)),
        World("canceled at the dashboard", Left(calls=3, cancels=1, pays=1)),
        World("canceled, and a crash", Left(calls=2, cancels=2, crashes=1)),
        World("money and the end", Left(calls=1, pays=1, crashes=2)),
    )
}


class Step(NamedTuple):
    says: str
    state: State


def _less(state: State, what: str) -> State:
    return state._replace(left=state.left._replace(**{what: getattr(state.left, what) - 1}))


def _busy(state: State, *handlers: Handler) -> State:
    return state._replace(handlers=tuple(sorted((*state.handlers, *handlers))))


def _fact(state: State, **facts: object) -> State:
    return state._replace(document=state.document._replace(**facts))  # type: ignore[arg-type]  # names and values fit


def _with_status(state: State, which: int, status: Status) -> State:
    changed = state.intents[which]._replace(status=status)
    return state._replace(intents=(*state.intents[:which], changed, *state.intents[which + 1 :]))


def steps(world: World, state: State) -> Iterator[Step]:
    """All atomic steps possible in a state."""
    if state.left.calls and not state.over:
        yield from _asked(world, _less(state, "calls"), 0)
    for place, handler in enumerate(state.handlers):
        rest = state._replace(handlers=state.handlers[:place] + state.handlers[place + 1 :])
        if state.left.crashes:
            yield Step(f"a process dies before: {handler.does}", _less(rest, "crashes"))
        yield from _handled(world, rest, handler)
    yield from _people(state)
    yield from _due_work(world, state)


def _asked(world: World, state: State, asked: int) -> Iterator[Step]:
    """A page asks: the open order is shown, or the next one is asked for, by one caller at a time."""
    document = state.document
    if asked == _PATIENCE:
        yield Step("the page is told to ask again", state._replace(refused=True))
    elif document.open_orders and world.has("an open order is given again"):
        yield Step(
            "a page asks: there is an open order", _busy(state, Handler("show", document.open_orders[0], asked=asked))
        )
    elif not any(handler.does in {"ask", "record"} for handler in state.handlers):
        number = len(document.orders) + 1
        yield Step(
            f"a page asks: order {number} is begun", _busy(_fact(state, opening=number), Handler("ask", asked=asked))
        )


def _handled(world: World, rest: State, handler: Handler) -> Iterator[Step]:
    match handler.does:
        case "ask":
            yield from _opened(world, rest, handler)
        case "record":
            orders = rest.document.orders
            known = orders if handler.which in orders else (*orders, handler.which)
            yield Step("the order is recorded", _busy(_fact(rest, orders=known), handler._replace(does="show")))
        case "show":
            yield from _shown(world, rest, handler)
        case "close":
            yield from _closed(world, rest, handler)
        case "note":
            yield Step("that it is closed is noted", _note(rest, handler.which))


def _note(state: State, which: int) -> State:
    return _fact(state, closed=state.document.closed | {which})


def _opened(world: World, rest: State, handler: Handler) -> Iterator[Step]:
    """The provider answers a key that it knows with what it made then, whatever has become of that."""
    key = rest.document.opening if world.has("the number is in the key") else 1
    if not world.has("the key is that of the order's number"):
        key = len(rest.intents) + 1
    known = [which for which, intent in enumerate(rest.intents) if intent.key == key]
    if known:
        yield Step("the provider replays an order", _busy(rest, handler._replace(does="record", which=known[0])))
        return
    made = rest._replace(intents=(*rest.intents, Intent(key)))
    yield Step(
        "the provider opens an order", _busy(made, handler._replace(does="record", which=len(rest.intents), fresh=True))
    )


def _shown(world: World, rest: State, handler: Handler) -> Iterator[Step]:
    is_canceled = rest.intents[handler.which].status == "canceled" and not handler.fresh
    if is_canceled and world.has("a page's order is looked at"):
        noted = _note(rest, handler.which)
        if rest.over:
            yield Step("the page is told that the hold is over", noted)
        else:
            yield from _asked(world, noted, handler.asked + 1)
        return
    shown = rest._replace(shown=rest.shown | {handler.which}, dead=rest.dead or is_canceled)
    yield Step("the page has its order", shown)


def _closed(world: World, rest: State, handler: Handler) -> Iterator[Step]:
    is_paid = rest.intents[handler.which].status == "paid"
    if is_paid and world.has("what cannot be closed is looked at"):
        yield Step("it cannot be closed: it is paid", _paid(rest, handler.which))
        return
    canceled = rest if is_paid else _with_status(rest, handler.which, "canceled")
    yield Step("the provider closes it", _busy(canceled, handler._replace(does="note")))


def _paid(state: State, which: int) -> State:
    return _fact(state, paid=state.document.paid | {which})


def _people(state: State) -> Iterator[Step]:
    if not state.over:
        yield Step("the hold ends", state._replace(over=True))
    for which, intent in enumerate(state.intents):
        if intent.status != "open":
            continue
        if state.left.cancels:
            yield Step("somebody cancels it at the dashboard", _with_status(_less(state, "cancels"), which, "canceled"))
        if state.left.pays and which in state.shown:
            yield Step("it is paid, and the webhook lost", _with_status(_less(state, "pays"), which, "paid"))


def _due_work(world: World, state: State) -> Iterator[Step]:
    """The lists are read, and what is open is closed when the hold is over."""
    for which, intent in enumerate(state.intents):
        if intent.status == "paid" and which not in state.document.paid and which in state.document.orders:
            yield Step("the list tells of money", _paid(state, which))
    if not state.over or not world.has("the orders of an ended hold are closed"):
        return
    for which in state.document.open_orders:
        is_at_it = any(one.does in {"close", "note"} and one.which == which for one in state.handlers)
        is_given_up = which in state.begun and not world.has("closing is tried until it is done")
        if which not in state.document.paid and not is_at_it and not is_given_up:
            yield Step("closing begins", _busy(state._replace(begun=state.begun | {which}), Handler("close", which)))


def quiet(_: World, state: State) -> bool:
    """The hold is over, and nobody is at it."""
    return state.over and not state.handlers


def breach(world: World, before: State, after: State) -> str:
    """The first invariant that a step breaks, by name."""
    del before
    asked = ALWAYS + (WHEN_QUIET if quiet(world, after) and not list(_due_work(world, after)) else ())
    return next((name for name, holds in asked if not holds(after)), "")


ALWAYS: Final = (
    ("a_hold_has_one_open_order", lambda state: sum(intent.status == "open" for intent in state.intents) <= 1),
    ("no_page_gets_an_order_that_was_canceled", lambda state: not state.dead),
    ("a_page_gets_an_order", lambda state: not state.refused),
    (
        "no_order_that_is_paid_is_closed",
        lambda state: not any(state.intents[which].status == "paid" for which in state.document.closed),
    ),
)
WHEN_QUIET: Final = (
    (
        "nobody_can_pay_for_an_ended_hold",
        lambda state: all(state.intents[which].status != "open" for which in state.shown),
    ),
    (
        "money_is_recorded",
        lambda state: all(
            which in state.document.paid for which in state.shown if state.intents[which].status == "paid"
        ),
    ),
)
