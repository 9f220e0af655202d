"""A waiting list: two who wait, A before B, two seats that outsiders have, and workers that offer what comes free.

Entries are documents in Mongo. Redis has the seats, a flag that says that somebody waits, and counts what
came for the list (its generation). What may happen next stands in `waitlist_steps.py`.
"""

from typing import Final, Literal, NamedTuple

Status = Literal["idle", "waiting", "offering", "offered", "lapsed", "left"]
WAITERS: Final = (0, 1)
NAMES: Final = "AB"
TAKEN, FREE, RESERVED, PUBLIC = "taken", "free", "reserved", "public"
OPEN: Final = ("waiting", "offering")

# Every safeguard of the protocol. A world that lacks one of them must show a breach.
SAFEGUARDS: Final = (
    "what comes free is reserved while the flag is set",
    "the flag is set once the entry is stored",
    "an entry whose flag is in doubt is due",
    "a load sets the flag",
    "seats are let go only where nothing has come since",
    "seats under offer are offered to nobody else",
    "nothing is let go while an offer is under way",
    "an entry is offered once at a time",
    "an offer has its own hold",
    "an offer may be made until an instant alone",
    "an offer that a crash left is due",
    "an offer is recorded where it is still under way",
    "a hold of the list that ends is told",
    "who leaves lets go of the offer",
    "a lost offer is no lapsed one",
)


class Entry(NamedTuple):
    """One who waits, as Mongo has it. `number` counts the offers, `seats` are those of the newest one. Each may be made
    until an instant: it has passed for that of number `late`. `due`: somebody has yet to see to it."""

    status: Status = "idle"
    number: int = 0
    seats: tuple[int, ...] = ()
    late: int = 0
    due: bool = False


class Hold(NamedTuple):
    """The newest hold that Redis made for somebody on the list; `number` is the offer's, 0 before the first."""

    number: int = 0
    live: bool = False


class Redis(NamedTuple):
    """The showtime's keys. `seats`: taken, free, reserved for the list, had by the public, or the name of a waiter."""

    known: bool = True
    seats: tuple[str, ...] = (TAKEN, TAKEN)
    flag: bool = False
    came: bool = False  # in this very step: the generation rises
    listed: bool = False  # for a worker to look at
    holds: tuple[Hold, ...] = (Hold(), Hold())


class Worker(NamedTuple):
    """A process that serves the list. `does` is its next step; the rest is what it has read and decided. `newest`: the
    generation is still the one that it has read."""

    does: Literal["read", "choose", "make", "record", "let go", "load"]
    newest: bool = True
    seats: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    waiter: int = 0
    offer: Entry = Entry()
    made: bool = False
    run: int = 0
    flag: bool = False


class Left(NamedTuple):
    """How often these may still happen."""

    frees: int = 0
    publics: int = 0
    crashes: int = 0
    restarts: int = 0
    leaves: int = 0
    lets_go: int = 0
    claims: int = 0
    lates: int = 0  # an offer's time passes while its worker is at it


class State(NamedTuple):
    left: Left
    entries: tuple[Entry, ...] = (Entry(), Entry())
    redis: Redis = Redis()
    run: int = 0
    answered: tuple[bool, ...] = (False, False)  # that they wait: from then on they come before the public
    said: tuple[tuple[int, int], ...] = ()  # offers that were announced: (waiter, number)
    workers: tuple[Worker, ...] = ()


class World(NamedTuple):
    """What is searched: how many seats each wants, and how much trouble there may be."""

    name: str
    left: Left
    wants: tuple[int, ...] = (1, 1)
    workers: int = 1
    joins: bool = True  # else both wait already
    lacks: str = ""

    @property
    def start(self) -> State:
        if self.joins:
            return State(self.left)
        waiting = (Entry("waiting"),) * len(WAITERS)
        return State(self.left, waiting, Redis(flag=True), answered=(True,) * len(WAITERS))

    def has(self, safeguard: str) -> bool:
        return self.lacks != safeguard


class Step(NamedTuple):
    says: str
    state: State


WORLDS: Final = {
    world.name: world
    for world in (
        World("one seat", Left(frees=1, publics=1, lets_go=1)),
        World("leaves", Left(frees=1, leaves=1)),
        World("two together", Left(frees=2, publics=1), wants=(2, 1)),
        World("a crash", Left(frees=1, crashes=1, lates=1), joins=False),
        World("two workers", Left(frees=1), workers=2, joins=False),
        World("lost", Left(frees=1, restarts=1)),
        World("late money", Left(frees=1, claims=1, lates=1), joins=False),
    )
}


def choice(world: World, waiter: int, available: tuple[int, ...]) -> tuple[int, ...]:
    """The seats that suit the waiter, all adjacent; none where nothing does."""
    return available[: world.wants[waiter]] if len(available) >= world.wants[waiter] else ()


def under_offer(entries: tuple[Entry, ...]) -> set[int]:
    return {seat for entry in entries if entry.status == "offering" for seat in entry.seats}


def available(world: World, seats: tuple[str, ...], entries: tuple[Entry, ...]) -> tuple[int, ...]:
    """What may be offered: free or reserved, and under offer to nobody."""
    offered = under_offer(entries) if world.has("seats under offer are offered to nobody else") else set()
    return tuple(at for at, seat in enumerate(seats) if seat in (FREE, RESERVED) and at not in offered)


def _is_known_to_wait(state: State, waiter: int) -> bool:
    """Waits, was told so, and nothing of that is in doubt."""
    entry = state.entries[waiter]
    return state.answered[waiter] and entry.status == "waiting" and not entry.due


# --- what must hold --------------------------------------------------------------------------------------------------


def freed_seats_go_to_the_list_before_the_public(_: World, before: State, after: State) -> bool:
    """A seat that comes free while somebody was told that they wait is not free for anybody; a load knows it too."""
    waits = any(_is_known_to_wait(before, waiter) for waiter in WAITERS)
    freed = [now for was, now in zip(before.redis.seats, after.redis.seats, strict=True) if was not in (FREE, RESERVED)]
    return not (waits and before.redis.known and after.run == before.run and FREE in freed)


def what_is_let_go_suits_nobody(world: World, before: State, after: State) -> bool:
    """A worker lets go what suits nobody who was told that they wait."""
    if not any(worker.does == "let go" for worker in before.workers) or len(after.workers) == len(before.workers):
        return True
    let_go = [at for at, seat in enumerate(after.redis.seats) if seat == FREE and before.redis.seats[at] == RESERVED]
    free = available(world, after.redis.seats, after.entries)
    return not any(_is_known_to_wait(after, w) and set(choice(world, w, free)) & set(let_go) for w in WAITERS)


def nobody_on_the_list_takes_anothers_offer(_: World, before: State, after: State) -> bool:
    """No offer is made of seats that are under offer to an other, within the time of that."""
    made = [w for w in WAITERS if after.redis.holds[w].number > before.redis.holds[w].number]
    return not any(
        set(before.entries[w].seats) & set(before.entries[other].seats)
        for w in made
        for other in WAITERS
        if other != w
        and before.entries[other].status == "offering"
        and before.entries[other].late < before.entries[other].number
    )


def the_first_whom_it_suits_comes_first(world: World, before: State, after: State) -> bool:
    """Seats that suit A, who waits as the worker has read, are not offered to B."""
    was, now = before.entries[1], after.entries[1]
    if now.status != "offering" or (was.status, was.number) == (now.status, now.number):
        return True
    readers = [
        worker for worker in before.workers if worker.does == "choose" and worker.entries[0] == before.entries[0]
    ]
    waits = before.entries[0].status == "waiting" and bool(readers)
    return not (waits and choice(world, 0, now.seats))


def an_offer_is_announced_once(_: World, __: State, after: State) -> bool:
    return len(set(after.said)) == len(after.said)


def who_left_is_offered_nothing(_: World, before: State, after: State) -> bool:
    """No offer is announced of one who has left."""
    new = after.said[len(before.said) :]
    return not any(before.entries[waiter].status == "left" for waiter, _ in new)


def nobody_has_two_offers(_: World, __: State, after: State) -> bool:
    """A hold that lives is that of the newest offer."""
    return not any(hold.live and hold.number > after.entries[w].number for w, hold in enumerate(after.redis.holds))


def quiet(world: World, state: State) -> bool:
    """No worker is under way, nothing is listed or due, and no seat is reserved."""
    under_way = any(entry.status == "offering" for entry in state.entries)
    due = any(entry.due for entry in state.entries)
    due |= under_way and world.has("an offer that a crash left is due")
    listed = (state.redis.listed and not under_way) or not state.redis.known
    return not (state.workers or due or listed or RESERVED in state.redis.seats)


def who_waits_is_seen_by_the_flag(_: World, __: State, after: State) -> bool:
    return after.redis.flag or not any(entry.status in OPEN for entry in after.entries)


def nobody_waits_beside_seats_that_suit(world: World, _: State, after: State) -> bool:
    free = tuple(at for at, seat in enumerate(after.redis.seats) if seat == FREE)
    return not any(entry.status == "waiting" and choice(world, w, free) for w, entry in enumerate(after.entries))


def every_offer_that_lives_was_announced(_: World, __: State, after: State) -> bool:
    pairs = zip(WAITERS, after.redis.holds, after.entries, strict=True)
    return all(not h.live or ((w, h.number) in after.said and e.status == "offered") for w, h, e in pairs)


def nobody_loses_a_turn(_: World, before: State, after: State) -> bool:
    """Who lapses had a hold of that offer, which ended."""
    lapsed = [w for w in WAITERS if after.entries[w].status == "lapsed" != before.entries[w].status]
    return all(before.redis.holds[w].number == before.entries[w].number for w in lapsed)


def no_offer_stays_under_way(_: World, __: State, after: State) -> bool:
    return all(entry.status != "offering" for entry in after.entries)


ALWAYS: Final = (
    freed_seats_go_to_the_list_before_the_public,
    what_is_let_go_suits_nobody,
    nobody_on_the_list_takes_anothers_offer,
    the_first_whom_it_suits_comes_first,
    an_offer_is_announced_once,
    who_left_is_offered_nothing,
    nobody_has_two_offers,
    nobody_loses_a_turn,
)
WHEN_QUIET: Final = (
    who_waits_is_seen_by_the_flag,
    nobody_waits_beside_seats_that_suit,
    every_offer_that_lives_was_announced,
    no_offer_stays_under_way,
)


def breach(world: World, before: State, after: State) -> str:
    """The first invariant that a step breaks, by name."""
    asked = ALWAYS + (WHEN_QUIET if quiet(world, after) else ())
    return next((holds.__name__ for holds in asked if not holds(world, before, after)), "")
