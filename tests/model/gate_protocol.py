"""Check-in: one booking, gates with and without a network that scan its ticket, a guest and a theater that cancel."""

from collections.abc import Iterator
from typing import Final, NamedTuple

GUEST, THEATER = "guest", "theater"
IN, ALREADY, REFUSED = "checked_in", "already_checked_in", "not_admitted"

# Every safeguard of the protocol. A world that lacks one of them must show a breach.
SAFEGUARDS: Final = (
    "a decision is written on condition of the version it was made of",
    "the scan that arrives first counts",
    "a scan that was recorded has the result that was recorded",
    "an uploaded scan that is refused is recorded too",
    "an answer follows its write",
    "who is inside cannot cancel",
)


class Scan(NamedTuple):
    """At a gate, at a time. A gate without a network uploads it, and may do so again."""

    gate: str
    time: int
    is_uploaded: bool


class Booking(NamedTuple):
    version: int = 0
    ended: str = ""  # by whom
    scans: tuple[tuple[Scan, str], ...] = ()  # with what came of each, in the order in which they were recorded

    @property
    def is_inside(self) -> bool:
        return any(outcome == IN for _, outcome in self.scans)


class Decider(NamedTuple):
    """A process between its read and its write: a scan, or who cancels."""

    wants: Scan | str
    read: Booking


class State(NamedTuple):
    crashes: int
    repeats: int
    wants: tuple[Scan | str, ...]
    booking: Booking = Booking()
    deciders: tuple[Decider, ...] = ()
    answers: tuple[tuple[Scan, str], ...] = ()  # what gates were told, each once


class World(NamedTuple):
    """What is searched, with its bounds."""

    name: str
    wants: tuple[Scan | str, ...]
    crashes: int = 0
    repeats: int = 0
    lacks: str = ""

    @property
    def start(self) -> State:
        return State(self.crashes, self.repeats, self.wants)

    def has(self, safeguard: str) -> bool:
        return self.lacks != safeguard


ONE, TWO = Scan("gate-1", 2, is_uploaded=False), Scan("gate-2", 3, is_uploaded=False)
EARLY, LATE = Scan("cellar", 1, is_uploaded=True), Scan("attic", 4, is_uploaded=True)

WORLDS: Final = {
    world.name: world
    for world in (
        World("two gates", (ONE, TWO, GUEST), crashes=1),
        World("two uploads", (EARLY, LATE, GUEST), crashes=1, repeats=2),
        World("all of it", (ONE, EARLY, GUEST, THEATER), crashes=1, repeats=2),
    )
}


class Step(NamedTuple):
    says: str
    state: State


def steps(world: World, state: State) -> Iterator[Step]:
    """All atomic steps possible in a state."""
    for place, wants in enumerate(state.wants):
        rest = state._replace(wants=state.wants[:place] + state.wants[place + 1 :])
        yield Step(f"{_name(wants)} arrives", _deciding(rest, wants))
    for place, decider in enumerate(state.deciders):
        rest = state._replace(deciders=state.deciders[:place] + state.deciders[place + 1 :])
        yield from _decided(world, rest, decider)
    if state.repeats:
        for scan in {scan for scan, _ in state.answers if scan.is_uploaded}:
            yield Step(f"{scan.gate} is sent again", _deciding(state._replace(repeats=state.repeats - 1), scan))


def _name(wants: Scan | str) -> str:
    return wants.gate if isinstance(wants, Scan) else wants


def _deciding(state: State, wants: Scan | str) -> State:
    deciders = (*state.deciders, Decider(wants, state.booking))
    return state._replace(deciders=tuple(sorted(deciders, key=repr)))


def _decided(world: World, rest: State, decider: Decider) -> Iterator[Step]:
    """One write, and the answer; on a newer booking the decision is made again. A process may die between the two, and
    then a gate without a network sends its scan again."""
    name, wants = _name(decider.wants), decider.wants
    if rest.booking != decider.read and world.has("a decision is written on condition of the version it was made of"):
        yield Step(f"{name} is decided again", _deciding(rest, wants))
        return
    if isinstance(wants, str):
        yield Step(f"{name} cancels", rest._replace(booking=_cancelled(world, decider.read, rest.booking, wants)))
        return
    outcome, is_known = _outcome(world, decider.read, wants)
    written = rest if is_known else rest._replace(booking=_recorded(world, rest.booking, wants, outcome))
    told = tuple(sorted({*rest.answers, (wants, outcome)}))
    yield Step(f"{name}: {outcome}", written._replace(answers=told))
    if rest.crashes:
        dies = written if world.has("an answer follows its write") else rest._replace(answers=told)
        lost = _deciding(dies, wants) if wants.is_uploaded else dies
        yield Step(f"{name}: {outcome}, the process dies", lost._replace(crashes=rest.crashes - 1))


def _cancelled(world: World, read: Booking, booking: Booking, by: str) -> Booking:
    may = not read.ended and (by == THEATER or not read.is_inside or not world.has("who is inside cannot cancel"))
    return booking._replace(version=booking.version + 1, ended=by) if may else booking


def _outcome(world: World, read: Booking, scan: Scan) -> tuple[str, bool]:
    """What comes of a scan, and whether it was recorded before."""
    recorded = dict(read.scans).get(scan)
    if recorded and scan.is_uploaded and world.has("a scan that was recorded has the result that was recorded"):
        return recorded, True
    if read.ended:
        return REFUSED, False
    inside = [each for each, outcome in read.scans if outcome == IN]
    if not world.has("the scan that arrives first counts"):
        inside = [each for each in inside if each.time < scan.time]
    return (ALREADY if inside else IN), False


def _recorded(world: World, booking: Booking, scan: Scan, outcome: str) -> Booking:
    is_recorded = outcome == IN or (scan.is_uploaded and world.has("an uploaded scan that is refused is recorded too"))
    if not is_recorded:
        return booking
    return booking._replace(version=booking.version + 1, scans=(*booking.scans, (scan, outcome)))


def quiet(_: World, state: State) -> bool:
    """Nothing is under way; what might be sent again need not be."""
    return not (state.wants or state.deciders)


def one_is_let_in(state: State) -> bool:
    told = {scan for scan, outcome in state.answers if outcome == IN}
    recorded = [scan for scan, outcome in state.booking.scans if outcome == IN]
    return len(told) <= 1 and len(recorded) <= 1


def who_was_let_in_is_recorded(state: State) -> bool:
    recorded = dict(state.booking.scans)
    return all(recorded.get(scan) == IN for scan, outcome in state.answers if outcome == IN)


def a_scan_has_one_result(state: State) -> bool:
    return len({scan for scan, _ in state.answers}) == len(state.answers)


def who_is_inside_did_not_cancel(state: State) -> bool:
    return not (state.booking.is_inside and state.booking.ended == GUEST)


def breach(_world: World, _: State, after: State) -> str:
    """The first invariant that a step breaks, by name."""
    always = (one_is_let_in, who_was_let_in_is_recorded, a_scan_has_one_result, who_is_inside_did_not_cancel)
    return next((holds.__name__ for holds in always if not holds(after)), "")
