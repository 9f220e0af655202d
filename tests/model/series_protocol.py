"""How invoices get their numbers: one series, two bookings, processes that die. One step is one read or one write.

The process that confirms bookings remembers the series from one number to the next.
It looks at a booking again, to write something else or because its number is due, and numbers it once more where it
saw none; it takes one number at a time, and may record several.
Those that do due work are others too, and remember nothing.
"""

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
    "a booking whose writing began before the series was remembered is read",
    "once another has given a number all is read anew",
    "a booking that was seen before an open paper was forgotten is read",
)


class Series(NamedTuple):
    """The document: the last number, and what was given and may not be recorded: (booking, number)."""

    last: int = 0
    open: tuple[tuple[int, int], ...] = ()


class Worker(NamedTuple):
    """A process that numbers one booking. `does` is its next step; `series` and `has` are what it has read. The `own`
    process of the booking has it from a write that began when the series was remembered for the `since`-th time."""

    does: str
    booking: int
    series: Series = Series()
    has: int = 0
    number: int = 0
    own: bool = False
    since: int = 0


class Memory(NamedTuple):
    """What the own process remembers: the series, None at first and after another has given a number, and how often it
    has begun to remember or has forgotten an open paper."""

    series: Series | None = None
    times: int = 0

    def begun(self, series: Series) -> "Memory":
        return Memory(series, self.times + 1)


class State(NamedTuple):
    crashes: int
    starts: int
    series: Series = Series()
    looks: int = 0
    numbers: tuple[int, ...] = (0, 0)  # what the bookings have recorded; 0 is nothing
    given: tuple[int, ...] = ()  # every number that was ever given
    forgettable: tuple[tuple[int, int], ...] = ()  # what some process has seen recorded
    unsold: tuple[int, ...] = BOOKINGS  # bookings that their own process has not begun to confirm
    confirming: tuple[tuple[int, int], ...] = ()  # those that it is confirming, and since which memory
    looking: tuple[tuple[int, int], ...] = ()  # those that it looks at again, and since which memory
    noted: tuple[tuple[int, int], ...] = ()  # those that it is about to number
    memory: Memory = Memory()
    workers: tuple[Worker, ...] = ()


class World(NamedTuple):
    """What is searched, with its bounds."""

    name: str
    crashes: int
    starts: int
    looks: int = 0
    lacks: str = ""

    @property
    def start(self) -> State:
        return State(self.crashes, self.starts, looks=self.looks)

    def has(self, safeguard: str) -> bool:
        return self.lacks != safeguard


WORLDS: Final = {
    world.name: world
    for world in (
        World("two at once", 0, 2),
        World("a crash", 1, 1),
        World("two crashes", 2, 0),
        World("looked at again", 0, 0, looks=2),
        World("looked at again beside another", 0, 1, looks=1),
        World("looked at again by one that dies", 1, 0, looks=1),
    )
}


class Step(NamedTuple):
    says: str
    state: State


def steps(world: World, state: State) -> Iterator[Step]:
    """All atomic steps possible in a state."""
    for booking in BOOKINGS:
        yield from _confirms(world, state, booking)
        yield from _looks(state, booking)
        yield from _begins(world, state, booking)
    for place, worker in enumerate(state.workers):
        rest = state._replace(workers=state.workers[:place] + state.workers[place + 1 :])
        yield _next(world, rest, worker)
        if state.crashes:
            memory = Memory(None, rest.memory.times) if worker.own else rest.memory
            died = rest._replace(crashes=state.crashes - 1, memory=memory)
            yield Step(f"{worker.booking}'s process dies before: {worker.does}", died)


def _confirms(world: World, state: State, booking: int) -> Iterator[Step]:
    """Its own process writes a booking, and learns a moment later that it has no number yet."""
    if booking in state.unsold:
        unsold = tuple(each for each in state.unsold if each != booking)
        writing = (*state.confirming, (booking, state.memory.times if state.memory.series else 0))
        yield Step(f"{booking} is confirmed", state._replace(unsold=unsold, confirming=tuple(sorted(writing))))
    for which, since in state.confirming:
        if which == booking:
            is_late = not world.has("a booking whose writing began before the series was remembered is read")
            known = (state.memory.times if state.memory.series else 0) if is_late else since
            confirming = tuple(each for each in state.confirming if each[0] != booking)
            noted = tuple(sorted((*state.noted, (booking, known))))
            yield Step(f"{booking} is noted", state._replace(confirming=confirming, noted=noted))


def _looks(state: State, booking: int) -> Iterator[Step]:
    """Its own process looks at a booking again, and notes it where it has no number at that moment."""
    if state.looks and booking not in state.unsold:
        looking = (*state.looking, (booking, state.memory.times if state.memory.series else 0))
        began = state._replace(looks=state.looks - 1, looking=tuple(sorted(looking)))
        yield Step(f"{booking} is looked at again", began)
    for place, (which, since) in enumerate(state.looking):
        if which == booking:
            seen = state._replace(looking=state.looking[:place] + state.looking[place + 1 :])
            if state.numbers[booking]:
                yield Step(f"{booking} is seen with its number", seen)
            else:
                noted = tuple(sorted((*seen.noted, (booking, since))))
                yield Step(f"{booking} is seen without a number", seen._replace(noted=noted))


def _begins(world: World, state: State, booking: int) -> Iterator[Step]:
    """The process that confirmed it numbers a booking; due work does while it has no number, also beside it."""
    if booking in state.unsold:
        return
    waits = booking in [which for which, _ in (*state.noted, *state.confirming)]
    for place, (which, since) in enumerate(state.noted):
        is_taking = any(worker.own and worker.does not in {"record", "note"} for worker in state.workers)
        if which == booking and not is_taking:
            noted = state.noted[:place] + state.noted[place + 1 :]
            worker = _own(world, state.memory, booking, since)
            yield Step(f"{booking} has its turn", _with(state._replace(noted=noted), worker))
    busy = any(worker.booking == booking for worker in state.workers)
    is_due = not state.numbers[booking] and world.has("what a crash left behind is due")
    if is_due and (state.starts or not (busy or waits)) and len(state.workers) < 3:
        started = state._replace(starts=max(0, state.starts - 1))
        yield Step(f"{booking} is due", _with(started, Worker(_first(world), booking)))


def _first(world: World) -> str:
    return "series" if world.has("the booking is read after the series") else "booking"


def _own(world: World, memory: Memory, booking: int, since: int) -> Worker:
    """What is remembered is not read: of the series, and of a booking that was written since without a number."""
    if memory.series is None:
        return Worker(_first(world), booking, own=True, since=since)
    does = "take" if since == memory.times else "booking"
    return Worker(does, booking, memory.series, own=True, since=since)


def _with(state: State, worker: Worker) -> State:
    return state._replace(workers=tuple(sorted((*state.workers, worker))))


def _next(world: World, rest: State, worker: Worker) -> Step:
    who, is_late = worker.booking, not world.has("the booking is read after the series")
    match worker.does:
        case "series":
            if worker.own:
                rest = rest._replace(memory=rest.memory.begun(rest.series))
            does = "take" if is_late or _is_known(world, worker) else "booking"
            return Step(f"{who}: the series is read", _with(rest, worker._replace(does=does, series=rest.series)))
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


def _is_known(world: World, worker: Worker) -> bool:
    """Without the safeguard a booking that was once known to have no number is taken to have none still."""
    return bool(worker.since) and not world.has("once another has given a number all is read anew")


def _take(world: World, rest: State, worker: Worker) -> Step:
    """The number that is open for it, or that the booking has; else the next one, by one conditional write."""
    who, known = worker.booking, worker.series
    given = dict(known.open).get(who, 0) if world.has("a number of an open paper is given again") else 0
    if given or worker.has:
        return Step(
            f"{who} has {given or worker.has}", _with(rest, worker._replace(does="record", number=given or worker.has))
        )
    if rest.series != known and world.has("a number is taken on condition of the last one"):
        if worker.own:
            rest = rest._replace(memory=Memory(None, rest.memory.times))
        again = Worker(_first(world), who, own=worker.own, since=worker.since)
        return Step(f"{who}: another was first", _with(rest, again))
    number = known.last + 1
    keeps = world.has("it stays open until its booking has it")
    stay = tuple(entry for entry in known.open if keeps and entry not in rest.forgettable)
    opened = (*stay, (who, number)) if world.has("what was given stays open") else stay
    series = Series(number, tuple(sorted(opened)))
    after = rest._replace(series=series, given=(*rest.given, number))
    if worker.own:
        forgets = len(stay) < len(known.open)
        counts = forgets and world.has("a booking that was seen before an open paper was forgotten is read")
        after = after._replace(memory=Memory(series, rest.memory.times + counts))
    return Step(f"{who} takes {number}", _with(after, worker._replace(does="record", number=number)))


def quiet(_: World, state: State) -> bool:
    """Nothing is under way."""
    return not (state.workers or state.looking or state.noted or state.confirming or state.unsold)


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
