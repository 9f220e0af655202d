"""What may happen next to a waiting list: a worker's steps and death, those who wait, outsiders, time, Redis lost."""

from collections.abc import Iterator

from .protocol import put
from .waitlist_protocol import (
    FREE,
    NAMES,
    OPEN,
    PUBLIC,
    RESERVED,
    TAKEN,
    WAITERS,
    Entry,
    Hold,
    Redis,
    State,
    Step,
    Worker,
    World,
    available,
    choice,
    under_offer,
)


def steps(world: World, state: State) -> Iterator[Step]:
    """All atomic steps possible in a state."""
    for step in _steps(world, state):
        came = step.state.redis.came
        yield Step(step.says, _seen_by_workers(step.state)) if came else step


def _seen_by_workers(state: State) -> State:
    """Something came for the list: what workers have read is not the newest any more."""
    workers = tuple(sorted(worker._replace(newest=False) for worker in state.workers))
    return state._replace(workers=workers, redis=state.redis._replace(came=False))


def _steps(world: World, state: State) -> Iterator[Step]:
    yield from _begins(world, state)
    for at, worker in enumerate(state.workers):
        if at and worker == state.workers[at - 1]:
            continue
        rest = state._replace(workers=state.workers[:at] + state.workers[at + 1 :])
        yield from _next(world, rest, worker)
        if state.left.crashes:
            yield Step(f"a worker dies before: {worker.does}", _less(rest, "crashes"))
    for waiter in WAITERS:
        yield from _waiter(world, state, waiter)
        yield from _due(world, state, waiter)
    yield from _outside(world, state)


def _less(state: State, what: str) -> State:
    return state._replace(left=state.left._replace(**{what: getattr(state.left, what) - 1}))


def _with(state: State, worker: Worker) -> State:
    return state._replace(workers=tuple(sorted((*state.workers, worker))))


def _entry(state: State, waiter: int, **values: object) -> State:
    return state._replace(entries=put(state.entries, waiter, state.entries[waiter]._replace(**values)))  # type: ignore[arg-type]


# --- Redis: one script each ------------------------------------------------------------------------------------------


def _freed(world: World, redis: Redis, seats: tuple[int, ...]) -> Redis:
    """Nobody has these seats any more: they are reserved while somebody waits, for a worker to look at."""
    reserves = redis.flag and world.has("what comes free is reserved while the flag is set")
    for seat in seats:
        redis = redis._replace(seats=put(redis.seats, seat, RESERVED if reserves else FREE))
    return redis._replace(came=True, listed=True) if redis.flag else redis


def _flagged(redis: Redis) -> Redis:
    return redis._replace(flag=True, came=True, listed=True)


def _ended(world: World, redis: Redis, waiter: int) -> Redis:
    """The hold of an offer ends, and its seats come free."""
    theirs = tuple(at for at, seat in enumerate(redis.seats) if seat == NAMES[waiter])
    redis = redis._replace(holds=put(redis.holds, waiter, redis.holds[waiter]._replace(live=False)))
    if not world.has("a hold of the list that ends is told"):
        for seat in theirs:
            redis = redis._replace(seats=put(redis.seats, seat, RESERVED))
        return redis
    return _freed(world, redis, theirs)


# --- a worker --------------------------------------------------------------------------------------------------------


def _begins(world: World, state: State) -> Iterator[Step]:
    loads = sum(worker.does == "load" for worker in state.workers)
    if state.redis.known and state.redis.listed and len(state.workers) - loads < world.workers:
        looking = Worker("read", seats=state.redis.seats)
        yield Step("a worker looks at Redis", _with(state, looking))
    if not state.redis.known and not loads:
        flag = any(entry.status in OPEN for entry in state.entries) and world.has("a load sets the flag")
        yield Step("a load reads who waits", _with(state, Worker("load", run=state.run, flag=flag)))


def _next(world: World, rest: State, worker: Worker) -> Iterator[Step]:
    match worker.does:
        case "read":
            yield Step("a worker reads who waits", _with(rest, worker._replace(does="choose", entries=rest.entries)))
        case "choose":
            yield from _choose(world, rest, worker)
        case "make":
            yield from _make(world, rest, worker)
        case "record":
            yield _record(world, rest, worker)
        case "let go":
            yield from _let_go(world, rest, worker)
        case "load":
            yield _load(rest, worker)


def _choose(world: World, rest: State, worker: Worker) -> Iterator[Step]:
    """The first whom something suits is offered it, where the entry is still as it was read."""
    free = available(world, worker.seats, worker.entries)
    for waiter, entry in enumerate(worker.entries):
        seats = choice(world, waiter, free) if entry.status == "waiting" else ()
        if not seats:
            continue
        same = rest.entries[waiter] == entry or not world.has("an entry is offered once at a time")
        if not same:
            yield Step(f"{NAMES[waiter]}'s entry has changed", rest)
            return
        number = rest.entries[waiter].number + 1 if world.has("an offer has its own hold") else 1
        offer = Entry("offering", number, seats, rest.entries[waiter].late)
        after = rest._replace(entries=put(rest.entries, waiter, offer))
        making = Worker("make", waiter=waiter, offer=offer)
        yield Step(f"a worker writes that {seats} are offered to {NAMES[waiter]}", _with(after, making))
        return
    yield Step("nothing suits anybody else", _with(rest, worker._replace(does="let go", seats=())))


def _make(world: World, rest: State, worker: Worker) -> Iterator[Step]:
    """The hold, where its seats are free or reserved and the offer's time is not over."""
    if not rest.redis.known:
        return  # a load comes first
    redis, name, present = rest.redis, NAMES[worker.waiter], rest.redis.holds[worker.waiter]
    late = rest.entries[worker.waiter].late >= worker.offer.number and world.has(
        "an offer may be made until an instant alone"
    )
    recorded = worker._replace(does="record")
    if present.number >= worker.offer.number:
        yield Step(f"{name}'s hold is there already", _with(rest, recorded._replace(made=present.live)))
    elif late or any(redis.seats[seat] not in (FREE, RESERVED) for seat in worker.offer.seats):
        yield Step(f"no hold is made for {name}", _with(rest, recorded._replace(made=False)))
    else:
        for seat in worker.offer.seats:
            redis = redis._replace(seats=put(redis.seats, seat, name))
        redis = redis._replace(holds=put(redis.holds, worker.waiter, Hold(worker.offer.number, live=True)))
        yield Step(
            f"{worker.offer.seats} are held for {name}", _with(rest._replace(redis=redis), recorded._replace(made=True))
        )


def _record(world: World, rest: State, worker: Worker) -> Step:
    """Offered, with its announcement in the same write; else waiting again. Whoever left meanwhile gets nothing."""
    waiter, entry = worker.waiter, rest.entries[worker.waiter]
    same = (entry.status, entry.number) == ("offering", worker.offer.number)
    if not same and world.has("an offer is recorded where it is still under way"):
        return Step(f"{NAMES[waiter]}'s offer is over", rest)
    return Step(f"{NAMES[waiter]}'s offer is recorded", _recorded(rest, waiter, worker.offer.number, worker.made))


def _recorded(rest: State, waiter: int, number: int, made: bool) -> State:
    if not made:
        return _entry(rest, waiter, status="waiting", seats=(), due=True)
    said = (*rest.said, (waiter, number))
    return _entry(rest, waiter, status="offered", due=False)._replace(said=said)


def _let_go(world: World, rest: State, worker: Worker) -> Iterator[Step]:
    """What suits nobody is free for all; the flag goes with the last who waits."""
    redis = rest.redis
    same = worker.newest or not world.has("seats are let go only where nothing has come since")
    if not redis.known or not same:
        yield Step("something has come since", rest)
        return
    if under_offer(worker.entries) and world.has("nothing is let go while an offer is under way"):
        yield Step("an offer is under way", rest)
        return
    seats = tuple(FREE if seat == RESERVED else seat for seat in redis.seats)
    flag = redis.flag and any(entry.status in OPEN for entry in worker.entries)
    yield Step(
        "a worker lets go of what suits nobody",
        rest._replace(redis=redis._replace(seats=seats, flag=flag, listed=False)),
    )


def _load(rest: State, worker: Worker) -> Step:
    if rest.redis.known or rest.run != worker.run:
        return Step("a load comes too late", rest)
    redis = rest.redis._replace(known=True)
    return Step("a load tells Redis", rest._replace(redis=_flagged(redis) if worker.flag else redis))


# --- who waits, and due work -----------------------------------------------------------------------------------------


def _waiter(world: World, state: State, waiter: int) -> Iterator[Step]:
    name, entry, hold = NAMES[waiter], state.entries[waiter], state.redis.holds[waiter]
    comes = waiter == 0 or state.entries[0].status != "idle"  # B comes after A
    if entry.status == "idle" and comes and TAKEN in state.redis.seats:
        joined = state
        if not world.has("the flag is set once the entry is stored") and state.redis.known:
            joined = joined._replace(redis=_flagged(joined.redis))
        doubtful = world.has("an entry whose flag is in doubt is due")
        yield Step(f"{name} joins the list", _entry(joined, waiter, status="waiting", due=doubtful))
    if entry.status in ("waiting", "offering", "offered") and state.left.leaves:
        made = entry.status != "waiting" and world.has("who leaves lets go of the offer")
        yield Step(f"{name} leaves the list", _entry(_less(state, "leaves"), waiter, status="left", due=made))
    if hold.live and state.left.lets_go:
        yield Step(
            f"{name} lets the offer go", _less(state, "lets_go")._replace(redis=_ended(world, state.redis, waiter))
        )
    if hold.live and entry.status in ("offered", "left"):
        yield Step(f"the time of {name}'s offer ends", state._replace(redis=_ended(world, state.redis, waiter)))
    if entry.status == "offered" and not hold.live and state.redis.known:
        yield Step(f"{name}'s offer has ended", _over(world, state, waiter))
    if entry.status in ("offering", "left") and entry.late < entry.number:
        is_at_it = any(w.does in ("make", "record") and w.waiter == waiter for w in state.workers)
        if not is_at_it or state.left.lates:
            passed = _less(state, "lates") if is_at_it else state
            yield Step(f"an offer to {name} may not be made any more", _entry(passed, waiter, late=entry.number))


def _over(world: World, state: State, waiter: int) -> State:
    """Lapsed, save where Redis has lost the hold: then they wait again."""
    entry, hold = state.entries[waiter], state.redis.holds[waiter]
    if hold.number != entry.number and world.has("a lost offer is no lapsed one"):
        return _entry(state, waiter, status="waiting", seats=(), due=True)
    return _entry(state, waiter, status="lapsed", due=False)


def _due(world: World, state: State, waiter: int) -> Iterator[Step]:
    entry, hold, name = state.entries[waiter], state.redis.holds[waiter], NAMES[waiter]
    if not state.redis.known:
        return
    if entry.status == "waiting" and entry.due:
        flagged = world.has("the flag is set once the entry is stored")
        seen = _entry(state, waiter, due=False)._replace(answered=put(state.answered, waiter, True))
        yield Step(f"that {name} waits is told Redis", seen._replace(redis=_flagged(state.redis)) if flagged else seen)
    if entry.status == "offering" and entry.late == entry.number and world.has("an offer that a crash left is due"):
        made = hold.number == entry.number and hold.live
        yield Step(f"{name}'s offer is looked up", _recorded(state, waiter, entry.number, made))
    if entry.status == "left" and entry.due and entry.late == entry.number:
        after = _entry(state, waiter, due=False)
        yield Step(f"what {name} was offered is let go", after._replace(redis=_ended(world, state.redis, waiter)))


# --- outside ---------------------------------------------------------------------------------------------------------


def _outside(world: World, state: State) -> Iterator[Step]:
    redis = state.redis
    for at, seat in enumerate(redis.seats):
        if seat == TAKEN and state.left.frees and redis.known:
            yield Step(f"seat {at} comes free", _less(state, "frees")._replace(redis=_freed(world, redis, (at,))))
        if seat == FREE and state.left.publics and redis.known:
            taken = redis._replace(seats=put(redis.seats, at, PUBLIC))
            yield Step(f"somebody else holds seat {at}", _less(state, "publics")._replace(redis=taken))
        if seat in (FREE, RESERVED) and state.left.claims and redis.known:
            taken = redis._replace(seats=put(redis.seats, at, TAKEN))
            yield Step(f"late money claims seat {at}", _less(state, "claims")._replace(redis=taken))
        if seat == RESERVED:
            over = redis._replace(seats=put(redis.seats, at, FREE))
            yield Step(f"the time of the reserved seat {at} ends", state._replace(redis=over))
    if state.left.restarts:
        sold = tuple(TAKEN if seat == TAKEN else FREE for seat in redis.seats)
        lost = _less(state, "restarts")._replace(redis=Redis(known=False, seats=sold), run=state.run + 1)
        yield Step("Redis comes back empty", lost)
