"""How payment learns of one capture: webhooks and a page that ask the provider, and lists that are read in windows.

The payment fails at first and is captured later, or is captured at once. A question is answered with what the provider
knew when it was put. Which of several captures wins, and what goes back, is the money model's.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

# Every safeguard of the protocol. A world that lacks one of them must show a breach.
SAFEGUARDS: Final = (
    "what is recorded is not asked for",
    "who comes together asks once",
    "an answer from before is not enough",
    "a webhook is stored until it is settled",
    "the windows of new entries overlap",
    "a window that fails is read again",
    "older entries are read again",
)


class World(NamedTuple):
    """`webhooks` are sent of each state of the payment; `pages` confirm it; `lists`: they are read."""

    name: str
    late: bool = False
    webhooks: int = 1
    pages: int = 0
    lists: bool = True
    lags: int = 0
    breaks: int = 0
    losses: int = 0
    crashes: int = 0
    lacks: str = ""

    @property
    def start(self) -> "State":
        return State(pages=self.pages, lags=self.lags, breaks=self.breaks, losses=self.losses, crashes=self.crashes)

    def has(self, safeguard: str) -> bool:
        return self.lacks != safeguard


class Flight(NamedTuple):
    """A question under way: what the provider knew when it was put, and what those who wait for it wait to hear."""

    saw: str
    waiting: tuple[str, ...] = ()


class State(NamedTuple):
    """`paid` is the payment's state at the provider, `listed` whether its list shows it, `passed` whether the watermark
    is behind it, `old` whether it is too old for windows of new ones. `on_time`: it was captured before it was passed.
    `sent` are webhooks on their way, `stored` those in the inbox, each by the state that it tells of."""

    pages: int
    lags: int
    breaks: int
    losses: int
    crashes: int
    paid: str = ""
    listed: bool = False
    passed: bool = False
    on_time: bool = False
    old: bool = False
    recorded: frozenset[str] = frozenset()
    sent: tuple[str, ...] = ()
    stored: tuple[str, ...] = ()
    flights: tuple[Flight, ...] = ()


class Step(NamedTuple):
    says: str
    state: State


def steps(world: World, state: State) -> Iterator[Step]:
    """All atomic steps possible in a state. One step is one write, one call or one message."""
    yield from _provider(world, state)
    yield from _callers(world, state)
    yield from _answers(world, state)
    if world.lists and state.paid:
        yield from _lists(world, state)


def _provider(world: World, state: State) -> Iterator[Step]:
    if not state.paid or (state.paid == "failed" and world.late):
        paid = "captured" if state.paid or not world.late else "failed"
        told = (paid,) * world.webhooks
        on_time = paid == "captured" and not state.passed
        sent = tuple(sorted((*state.sent, *told)))
        shown = state._replace(paid=paid, on_time=on_time, sent=sent, listed=True)
        yield Step(f"the payment is {paid}", shown)
        if state.lags and not state.paid:
            yield Step(f"the payment is {paid}, its list lags", shown._replace(listed=False, lags=state.lags - 1))
    if state.paid and not state.listed:
        yield Step("the list shows it", state._replace(listed=True))


def _callers(world: World, state: State) -> Iterator[Step]:
    """Webhooks come in and are worked off; a page confirms what was captured."""
    for told in sorted(set(state.sent)):
        rest = state._replace(sent=_without(state.sent, told))
        if world.has("a webhook is stored until it is settled"):
            yield Step(f"a webhook of {told} is stored", rest._replace(stored=tuple(sorted((*state.stored, told)))))
        else:
            yield _looked_up(world, rest, told)
        if state.losses:
            yield Step(f"a webhook of {told} is lost", rest._replace(losses=state.losses - 1))
    waiting = [told for flight in state.flights for told in flight.waiting]
    for told in sorted(set(state.stored)):
        if state.stored.count(told) > waiting.count(told):
            yield _looked_up(world, state, told)
    if state.pages and state.paid == "captured":
        yield _looked_up(world, state._replace(pages=state.pages - 1), "captured")


def _looked_up(world: World, state: State, told: str) -> Step:
    """A caller's books have it, or it joins a question that is under way, or puts one."""
    if told in state.recorded and world.has("what is recorded is not asked for"):
        return Step(f"{told} is known", state._replace(stored=_without(state.stored, told)))
    if state.flights and world.has("who comes together asks once"):
        flight = state.flights[0]
        joined = flight._replace(waiting=tuple(sorted((*flight.waiting, told))))
        return Step(f"who wants to hear of {told} joins a question", state._replace(flights=(joined,)))
    return Step(f"the provider is asked for {told}", _asked(state, told))


def _asked(state: State, *waiting: str) -> State:
    return state._replace(flights=tuple(sorted((*state.flights, Flight(state.paid, waiting)))))


def _answers(world: World, state: State) -> Iterator[Step]:
    for flight in sorted(set(state.flights)):
        rest = state._replace(flights=_without(state.flights, flight))
        recorded = rest._replace(recorded=_with(rest.recorded, flight.saw))
        unheard = [told for told in flight.waiting if told not in recorded.recorded]
        for told in flight.waiting:
            if told not in unheard or not world.has("an answer from before is not enough"):
                recorded = recorded._replace(stored=_without(recorded.stored, told))
        if unheard and world.has("an answer from before is not enough"):
            recorded = _asked(recorded, *unheard)
        yield Step(f"the answer is {flight.saw}, and recorded", recorded)
        if state.crashes:
            yield Step("the process dies with its question", rest._replace(crashes=state.crashes - 1, flights=()))


def _lists(world: World, state: State) -> Iterator[Step]:
    if not state.passed:
        is_behind = state.listed or not world.has("the windows of new entries overlap")
        yield Step("a window is read", _seen(state)._replace(passed=is_behind))
        if state.breaks:
            failed = state._replace(breaks=state.breaks - 1)
            is_behind = not world.has("a window that fails is read again")
            yield Step("a window breaks off before it", failed._replace(passed=is_behind))
    elif not state.old:
        yield Step("it is old", state._replace(old=True))
    elif world.has("older entries are read again"):
        yield Step("it is read again when it is older", _seen(state))


def _seen(state: State) -> State:
    """A list tells, and nobody is asked."""
    return state._replace(recorded=_with(state.recorded, state.paid)) if state.listed else state


def _with(recorded: frozenset[str], paid: str) -> frozenset[str]:
    """Who was captured is beyond failing: what tells of that is known, too."""
    return recorded | ({"failed", "captured"} if paid == "captured" else {paid})


def _without(items: tuple, item: object) -> tuple:  # type: ignore[type-arg]  # of whatever they are
    if item not in items:
        return items
    place = items.index(item)
    return items[:place] + items[place + 1 :]


# --- what must hold --------------------------------------------------------------------------------------------------


def breach(world: World, before: State, after: State) -> str:
    """The first invariant that a step breaks, by name."""
    begun = len(after.flights) > len(before.flights)
    if begun and any(told in before.recorded for flight in after.flights for told in flight.waiting):
        return "what_is_known_is_not_asked_for"
    if len(after.flights) > 1:
        return "one_question_at_a_time"
    if after.old and after.on_time and "captured" not in after.recorded:
        return "a_new_capture_is_found_while_it_is_new"
    if quiet(world, after) and (after.paid == "captured") != ("captured" in after.recorded):
        return "every_capture_is_recorded"
    return ""


def quiet(world: World, state: State) -> bool:
    """Nothing is under way, and no work of ours is due."""
    if state.sent or state.stored or state.flights or state.pages or not state.paid or not state.listed:
        return False
    if state.paid == "failed" and world.late:
        return False
    is_read = state.old and (state.paid in state.recorded or not world.has("older entries are read again"))
    return is_read or not world.lists


WORLDS: Final = {
    world.name: world
    for world in (
        World("all at once", webhooks=3, pages=1, crashes=1),
        World("by webhooks alone", late=True, webhooks=2, lists=False, crashes=1),
        World("a page and no list", webhooks=1, pages=2, lists=False, crashes=1),
        World("webhooks are lost", webhooks=2, losses=2, breaks=1, crashes=1),
        World("the list lags", webhooks=1, losses=1, lags=1, breaks=1),
        World("captured late", late=True, webhooks=1, losses=2, lags=1, breaks=1, crashes=1),
    )
}
