"""A seat that is withheld for those who need it, until an instant: what Redis shows of it, and who may have it.

A needs it and B does not. The snapshot of the show says until when; a new one may say otherwise. One step is one
script.
"""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

Letter = Literal["a", "w", "h", "s"]

# Every safeguard of the protocol. A world that lacks one of them must show a breach.
SAFEGUARDS: Final = (
    "a hold asks who needs the seat",
    "a load withholds",
    "what is let go is withheld again",
    "a claim passes over withholding",
    "the clock releases",
    "an older snapshot withholds nothing",
    "a newer snapshot releases",
    "a restart is told the newest snapshot",
)


class Redis(NamedTuple):
    """The seat's letter, who holds it, and whether it is withheld by the newest snapshot (`revision`) that was told."""

    known: bool = False
    letter: Letter = "a"
    holder: str = ""
    withheld: bool = False
    revision: int = 0


class State(NamedTuple):
    restarts: int
    redis: Redis = Redis()
    saved: Redis = Redis()  # what a restart brings back
    stale: bool = False  # not told everything since
    newest: int = 1  # the snapshot that is stored: the second withholds nothing
    followed: int = 1  # the newest whose event was handled
    behind: bool = True  # some replica has only the first one at hand
    released: bool = False  # the instant has passed
    holding: str = ""  # whose hold is live
    paid: bool = False  # A's money came after the hold's end
    verdict: str = ""


class World(NamedTuple):
    """What is searched, with its bounds. `withholds` says of each snapshot whether it withholds the seat."""

    name: str
    restarts: int = 0
    withholds: tuple[bool, ...] = (True, False)
    lacks: str = ""

    @property
    def start(self) -> State:
        return State(self.restarts)

    def has(self, safeguard: str) -> bool:
        return self.lacks != safeguard


WORLDS: Final = {
    world.name: world
    for world in (
        World("released early"),
        World("withheld late", withholds=(False, True)),
        World("restarts", restarts=2),
        World("restarts, withheld late", restarts=2, withholds=(False, True)),
    )
}


class Step(NamedTuple):
    says: str
    state: State


def is_withheld(world: World, state: State, redis: Redis) -> bool:
    return redis.withheld and not (state.released and world.has("the clock releases"))


def _unowned(world: World, state: State, redis: Redis) -> Redis:
    """The seat as nobody's."""
    again = world.has("what is let go is withheld again")
    return redis._replace(letter="w" if again and is_withheld(world, state, redis) else "a", holder="")


def _told(world: World, state: State, redis: Redis, revision: int, *, loads: bool = False) -> Redis:
    """What the snapshot of this revision says of withholding, unless one as new was told."""
    if not loads and revision <= redis.revision and world.has("an older snapshot withholds nothing"):
        return redis
    if loads and not world.has("a load withholds"):
        return redis._replace(revision=revision)
    redis = redis._replace(withheld=world.withholds[revision - 1], revision=max(revision, redis.revision))
    if redis.letter == "a" and is_withheld(world, state, redis):
        return redis._replace(letter="w")
    if redis.letter == "w" and not is_withheld(world, state, redis) and world.has("a newer snapshot releases"):
        return redis._replace(letter="a")
    return redis


def steps(world: World, state: State) -> Iterator[Step]:
    """All atomic steps possible in a state."""
    redis = state.redis
    if not redis.known:
        loaded = _told(world, state, Redis(known=True), state.newest, loads=True)
        if state.verdict == "sold":
            loaded = loaded._replace(letter="s")
        yield Step("a load tells the newest snapshot", state._replace(redis=loaded, stale=False))
    else:
        yield from _guests(world, state)
        yield from _told_by_replicas(world, state)
    if not state.released:
        passed = state._replace(released=True)
        yield Step("the instant comes", passed._replace(redis=_by_the_clock(world, passed, redis)))
    if state.newest == 1:
        yield Step("the theater changes it", state._replace(newest=2))
    if state.restarts:
        yield Step("Redis saves what it has", state._replace(saved=redis, restarts=state.restarts - 1))
        saved = _by_the_clock(world, state, state.saved)
        back = state._replace(redis=saved, restarts=state.restarts - 1, stale=True, holding="")
        yield Step("Redis comes back with what was saved", back)


def _by_the_clock(world: World, state: State, redis: Redis) -> Redis:
    """Whatever is asked of Redis, what is released by then is released first."""
    is_due = redis.letter == "w" and state.released and world.has("the clock releases")
    return redis._replace(letter="a") if is_due else redis


def _guests(world: World, state: State) -> Iterator[Step]:
    redis = state.redis
    for who in "AB":
        may = who == "A" or not world.has("a hold asks who needs the seat")
        if redis.letter == "a" or (redis.letter == "w" and may):
            yield Step(f"{who} holds it", state._replace(redis=redis._replace(letter="h", holder=who), holding=who))
    if redis.holder:
        ended = state._replace(redis=_unowned(world, state, redis), holding="")
        yield Step(f"{redis.holder}'s hold ends", ended)
        if redis.holder == "A" and not state.verdict:
            yield Step("A's hold ends, and A's money comes", ended._replace(paid=True))
    if state.paid and not state.verdict:
        barred = redis.letter == "w" and not world.has("a claim passes over withholding")
        verdict = "refused" if redis.holder or barred else "sold"
        sold = redis._replace(letter="s") if verdict == "sold" else redis
        yield Step(f"A's late money is {verdict}", state._replace(redis=sold, verdict=verdict))


def _told_by_replicas(world: World, state: State) -> Iterator[Step]:
    """Each tells what it has at hand; who watches restarts tells the newest."""
    redis = state.redis
    if state.behind and state.newest == 2:
        told = state._replace(redis=_told(world, state, redis, 1))
        yield Step("a replica that is behind tells the first snapshot", told._replace(behind=False))
    if state.followed < state.newest:
        followed = state._replace(redis=_told(world, state, redis, state.newest), followed=state.newest)
        yield Step("the newest snapshot is told", followed)
    if state.stale:
        newest = _told(world, state, redis, state.newest)
        if state.verdict == "sold":
            newest = newest._replace(letter="s", holder="")
        healed = newest if world.has("a restart is told the newest snapshot") else redis
        yield Step("the restart is noticed", state._replace(redis=healed, stale=False))


def quiet(_: World, state: State) -> bool:
    """Nothing is under way."""
    return state.released


def breach(world: World, before: State, after: State) -> str:
    """The first invariant that a step breaks, by name."""
    redis = after.redis
    told = redis.known and not after.stale and after.followed == after.newest
    for_all = after.released or not world.withholds[after.newest - 1]
    newly = after.holding == "B" and before.holding != "B"
    if newly and not before.stale and before.followed == before.newest and not _is_for_all(world, before):
        return "who_does_not_need_it_waits"
    if after.verdict == "refused" != before.verdict and not before.redis.holder:
        return "late_money_gets_a_seat_that_nobody_has"
    if told and redis.letter in {"a", "w"} and (redis.letter == "a") != for_all:
        return "the_map_shows_what_the_newest_snapshot_says"
    return ""


def _is_for_all(world: World, state: State) -> bool:
    return state.released or not world.withholds[state.newest - 1]
