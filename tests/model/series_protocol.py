"""How invoices get their numbers: one series, two bookings, processes that die. One step is one read or one write."""

from collections.abc import Iterator
from typing import Final, NamedTuple

BOOKINGS: Final = (0, 1)

# Every safeguard of the protocol. A world that lacks one of them must show a breach.
SAFEGUARDS: Final = (
    "a number is taken on condition of the last one",
    "what was given stays open",
    "it stays open until its booking has it",
    "the booking is read after the series",
    "a number of an open paper is given again",
    "what a crash left behind is due",
)


class Series(NamedTuple):
    """The document: the last number, and what was given and may not be recorded: (booking, number)."""

    last: int = 0
    open: tuple[tuple[int, int], ...] = ()


class Worker(NamedTuple):
    """A process that numbers one booking. `does` is its next step; `series` and `has` are what it has read."""

    does: str
    booking: int
    series: Series = Series()
    has: int = 0
    number: int = 0


class State(NamedTuple):
    crashes: int
    starts: int
    series: Series = Series()
    numbers: tuple[int, ...] = (0, 0)  # what the bookings have recorded; 0 is nothing
    given: tuple[int, ...] = ()  # every number that was ever given
    forgettable: tuple[tuple[int, int], ...] = ()  # what some process has seen recorded
    noted: tuple[int, ...] = BOOKINGS  # bookings that their own process is about to number
    workers: tuple[Worker, ...] = ()


class World(NamedTuple):
    """What is searched, with its bounds."""

    name: str
    crashes: int
    starts: int
    lacks: str = ""

    @property
    def start(self) -> State:
        return State(self.crashes, self.starts)

    def has(self, safeguard: str) -> bool:
        return self.lacks != safeguard


WORLDS: Final = {
    world.name: world for world in (World("two at once", 0, 2), World("a crash", 1, 1), World("two crashes", 2, 0))
}


class Step(NamedTuple):
    says: str
    state: State


def steps(world: World, state: State) -> Iterator[Step]:
    """All atomic steps possible in a state."""
    for booking in BOOKINGS:
        yield from _begins(world, state, booking)
    for place, worker in enumerate(state.workers):
        rest = state._replace(workers=state.workers[:place] + state.workers[place + 1 :])
        yield _next(world, rest, worker)
        if state.crashes:
            yield Step(
                f"{worker.booking}'s process dies before: {worker.does}", rest._replace(crashes=state.crashes - 1)
            )


def _begins(world: World, state: State, booking: int) -> Iterator[Step]:
    """The process that confirmed it numbers a booking; due work does while it has no number, also beside it."""
    first = "booking" if not world.has("the booking is read after the series") else "series"
    if booking in state.noted:
        noted = tuple(each for each in state.noted if each != booking)
        yield Step(f"{booking} is noted", _with(state._replace(noted=noted), Worker(first, booking)))
    busy = any(worker.booking == booking for worker in state.workers)
    is_due = not state.numbers[booking] and world.has("what a crash left behind is due")
    if is_due and (state.starts or not (busy or booking in state.noted)) and len(state.workers) < 3:
        started = state._replace(starts=max(0, state.starts - 1))
        yield Step(f"{booking} is due", _with(started, Worker(first, booking)))


def _with(state: State, worker: Worker) -> State:
    return state._replace(workers=tuple(sorted((*state.workers, worker))))


def _next(world: World, rest: State, worker: Worker) -> Step:
    who, is_late = worker.booking, not world.has("the booking is read after the series")
    match worker.does:
        case "series":
            read = worker._replace(does="take" if is_late else "booking", series=rest.series)
            return Step(f"{who}: the series is read", _with(rest, read))
        case "booking":
            read = worker._replace(does="series" if is_late else "take", has=rest.numbers[who])
            return Step(f"{who}: the booking is read", _with(rest, read))
        case "take":
            return _take(world, rest, worker)
        case "record":
            number = rest.numbers[who] or worker.number
            numbers = (*rest.numbers[:who], number, *rest.numbers[who + 1 :])
            return Step(
                f"{who} records {worker.number}", _with(rest._replace(numbers=numbers), worker._replace(does="note"))
            )
        case _:
            entry = (who, worker.number)
            noted = tuple(sorted({*rest.forgettable, entry}))
            return Step(f"{who}: its number need not stay open", rest._replace(forgettable=noted))


def _take(world: World, rest: State, worker: Worker) -> Step:
    """The number that is open for it, or that the booking has; else the next one, by one conditional write."""
    who, known = worker.booking, worker.series
    given = dict(known.open).get(who, 0) if world.has("a number of an open paper is given again") else 0
    if given or worker.has:
        return Step(
            f"{who} has {given or worker.has}", _with(rest, worker._replace(does="record", number=given or worker.has))
        )
    if rest.series != known and world.has("a number is taken on condition of the last one"):
        first = "booking" if not world.has("the booking is read after the series") else "series"
        return Step(f"{who}: another was first", _with(rest, Worker(first, who)))
    number = known.last + 1
    keeps = world.has("it stays open until its booking has it")
    stay = tuple(entry for entry in known.open if keeps and entry not in rest.forgettable)
    opened = (*stay, (who, number)) if world.has("what was given stays open") else stay
    series = Series(number, tuple(sorted(opened)))
    after = rest._replace(series=series, given=(*rest.given, number))
    return Step(f"{who} takes {number}", _with(after, worker._replace(does="record", number=number)))


def quiet(_: World, state: State) -> bool:
    """Nothing is under way."""
    return not state.workers and not state.noted


def no_number_is_given_twice(state: State) -> bool:
    return len(set(state.given)) == len(state.given)


def every_number_has_its_booking(state: State) -> bool:
    return sorted(state.given) == sorted(number for number in state.numbers if number)


def every_booking_has_a_number(state: State) -> bool:
    return all(state.numbers)


def breach(world: World, _: State, after: State) -> str:
    """The first invariant that a step breaks, by name."""
    if not no_number_is_given_twice(after):
        return no_number_is_given_twice.__name__
    if not quiet(world, after):
        return ""
    if not all(after.numbers) and world.has("what a crash left behind is due"):
        return ""  # due work is still to come
    asked = (every_number_has_its_booking, every_booking_has_a_number)
    return next((holds.__name__ for holds in asked if not holds(after)), "")
