"""Everything that can happen next: handlers and their crashes, clients, time, loads, Redis lost or stale.

Time is not counted: what it can do (a hold ends, a claim ends, a write misses its deadline) is a step that may come at
any moment at which the clocks allow it.
"""

from collections.abc import Iterator

from . import scripts
from .protocol import (
    NAMES,
    At,
    Booking,
    Event,
    Handler,
    Left,
    Reader,
    Redis,
    SeatStates,
    Stage,
    State,
    Step,
    World,
    put,
)


def steps(world: World, state: State) -> Iterator[Step]:
    """All atomic steps possible in a state."""
    yield from _deliveries(world, state)
    for at, handler in enumerate(state.handlers):
        if at and handler == state.handlers[at - 1]:
            continue
        rest = state._replace(handlers=state.handlers[:at] + state.handlers[at + 1 :])
        yield from _handle(world, rest, handler)
        yield from _fail(world, rest, handler)
    for booking in range(len(world.seats)):
        yield from _client(world, state, booking)
        yield from _time(world, state, booking)
    yield from _readers(world, state)
    yield from _redis(state)
    if state.left.closings:
        ledger = state.ledger._replace(open=False, rev=state.ledger.rev + 1)
        yield Step("the showtime is closed", state._replace(ledger=ledger, left=_less(state, "closings")))


def _less(state: State, what: str) -> Left:
    return state.left._replace(**{what: getattr(state.left, what) - 1})


def _named(handler: Handler) -> str:
    return f"{NAMES[handler.booking]} {handler.event}"


def _rev(handler: Handler) -> str:
    return f"rev {handler.states.rev}" if handler.states else "nothing"


# --- the bus ---------------------------------------------------------------------------------------------------------


def _send(state: State, event: Event, booking: Booking) -> State:
    return state._replace(queue=tuple(sorted((*state.queue, (event, booking)))))


def _deliveries(world: World, state: State) -> Iterator[Step]:
    for at, (event, booking) in enumerate(state.queue):
        if (at and state.queue[at] == state.queue[at - 1]) or len(state.handlers) == world.handlers:
            continue
        first: At = "sell" if event == "paid" and world.has("claim before the ledger") else "write"
        rest = state._replace(queue=state.queue[:at] + state.queue[at + 1 :])
        yield Step(f"{NAMES[booking]} {event} is delivered", _on(rest, Handler(event, booking, first)))
    if state.left.duplicates:
        for booking, stage in enumerate(state.stage):
            sent: tuple[tuple[Event, bool], ...] = (
                ("paid", stage == "paid"),
                ("cancelled", state.cancelled[booking]),
                ("seats cancelled", state.parted[booking]),
            )
            for event in (event for event, was in sent if was and (event, booking) not in state.queue):
                again = state._replace(left=_less(state, "duplicates"))
                yield Step(f"{NAMES[booking]} {event} is published again", _send(again, event, booking))


def _on(state: State, handler: Handler) -> State:
    return state._replace(handlers=tuple(sorted((*state.handlers, handler))))


def _fail(world: World, rest: State, handler: Handler) -> Iterator[Step]:
    """A handler dies and its message comes back; a write past its deadline fails and its message comes back."""
    acked_early = handler.at == "tell" and not world.has("acknowledge after Redis was told")
    back = rest if acked_early else _send(rest, handler.event, handler.booking)
    if rest.left.crashes:
        died = back._replace(left=_less(rest, "crashes"))
        yield Step(f"handler of {_named(handler)} dies before: {handler.at}", died)
    if handler.at == "write" and handler.event == "paid" and world.has("the ledger write has a deadline"):
        yield Step(f"handler of {_named(handler)} misses the deadline of its write", back)


# --- handlers --------------------------------------------------------------------------------------------------------


def _handle(world: World, rest: State, handler: Handler) -> Iterator[Step]:
    match handler.at:
        case "sell":
            yield from _sell(world, rest, handler)
        case "claim" | "claim again":
            yield from _claim(world, rest, handler)
        case "reread":
            reading = handler._replace(at="retell", states=scripts.seat_states(world, rest.ledger))
            yield Step(f"handler of {_named(handler)} reads the ledger", _on(rest, reading))
        case "retell":
            told = _told(world, rest, handler.states)
            again = _on(rest._replace(redis=told), handler._replace(at="claim again", states=()))
            yield Step(f"handler of {_named(handler)} tells Redis the ledger as read", again)
        case "write" | "write refused":
            yield from _write(world, rest, handler)
        case "tell":
            yield from _tell(world, rest, handler)
        case "ack":
            acked = put(rest.acked, handler.booking, True) if handler.event == "paid" else rest.acked
            yield Step(f"handler of {_named(handler)} acknowledges", rest._replace(acked=acked))


def _sell(world: World, rest: State, handler: Handler) -> Iterator[Step]:
    """Sell without a claim what the ledger itself keeps for the hold; else, or where its time is nearly over, claim."""
    ledger = scripts.sell_in_checkout(world, rest, handler.booking)
    if ledger is not None:
        telling = handler._replace(at="tell", states=scripts.seat_states(world, ledger, handler.booking))
        says = f"handler of {_named(handler)} sells what is in its checkout (rev {ledger.rev})"
        yield Step(says, _on(rest._replace(ledger=ledger), telling))
    yield Step(f"handler of {_named(handler)} sells nothing without a claim", _on(rest, handler._replace(at="claim")))


def _claim(world: World, rest: State, handler: Handler) -> Iterator[Step]:
    if not rest.redis.known:
        return  # a load comes first
    if not scripts.taken(world, rest, handler.booking):
        claimed = rest._replace(redis=scripts.claim(rest, handler.booking))
        yield Step(f"handler of {_named(handler)} claims the seats", _on(claimed, handler._replace(at="write")))
        return
    checked = handler.at == "claim again" or not world.has("a refusal is checked against the ledger")
    then = handler._replace(at="write refused" if checked else "reread")
    yield Step(f"handler of {_named(handler)} is refused the claim", _on(rest, then))


def _write(world: World, rest: State, handler: Handler) -> Iterator[Step]:
    if handler.event == "paid":
        ledger = scripts.sell(world, rest, handler.booking, claimed=handler.at == "write")
    elif handler.event == "cancelled":
        ledger = scripts.cancel(world, rest.ledger, handler.booking)
    else:
        ledger = scripts.cancel_some(world, rest.ledger, handler.booking)
    wrote = "writes" if ledger != rest.ledger else "finds"
    verdict = ledger.verdict[handler.booking] or "no verdict"
    telling = handler._replace(at="tell", states=scripts.seat_states(world, ledger, handler.booking))
    says = f"handler of {_named(handler)} {wrote} {verdict} (rev {ledger.rev})"
    yield Step(says, _on(rest._replace(ledger=ledger), telling))


def _tell(world: World, rest: State, handler: Handler) -> Iterator[Step]:
    done = handler._replace(at="ack", states=())
    if rest.redis.known:
        told = _told(world, rest, handler.states)
        if rest.ledger.verdict[handler.booking]:
            told = scripts.let_go(told, handler.booking)
        yield Step(f"handler of {_named(handler)} tells Redis {_rev(handler)}", _on(rest._replace(redis=told), done))
    elif not world.has("a tell to an unknown showtime is said again"):
        yield Step(f"handler of {_named(handler)} tells a Redis that does not know the showtime", _on(rest, done))


# --- clients ---------------------------------------------------------------------------------------------------------


def _to(state: State, booking: Booking, stage: Stage) -> State:
    return state._replace(stage=put(state.stage, booking, stage))


def _client(world: World, state: State, booking: Booking) -> Iterator[Step]:
    name, stage, redis = NAMES[booking], state.stage[booking], state.redis
    answers = redis.known or not world.has("an unknown showtime answers nothing")
    if stage == "idle" and answers and not scripts.taken(world, state, booking):
        holding = _to(state, booking, "holding")._replace(redis=scripts.hold(state, booking))
        yield Step(f"{name} holds the seats", holding)
    if stage == "holding":
        yield from _checkout_begins(world, state, booking)
    if stage == "stretched":
        yield from _checkout_stores(world, state, booking)
    if stage in ("stored", "dropping") and redis.known:
        yield from _client_tells(world, state, booking)
    if stage in ("in checkout", "dropped"):
        yield Step(f"{name}'s money is captured", _send(_to(state, booking, "paid"), "paid", booking))
    if (
        stage == "in checkout"
        and booking in world.gives_up
        and (ledger := scripts.leave_checkout(state.ledger, booking))
    ):
        carry = put(state.carry, booking, scripts.seat_states(world, ledger, booking))
        dropping = _to(state, booking, "dropping")._replace(
            ledger=ledger, carry=carry, promised=put(state.promised, booking, False)
        )
        yield Step(f"{name} gives up the checkout (rev {ledger.rev})", dropping)
    if booking in world.cancels and stage == "paid" and not state.cancelled[booking]:
        cancelled = state._replace(cancelled=put(state.cancelled, booking, True))
        yield Step(f"{name} is cancelled", _send(cancelled, "cancelled", booking))
    if _may_part(world, state, booking):
        parted = state._replace(parted=put(state.parted, booking, True))
        yield Step(f"some seats of {name} are cancelled", _send(parted, "seats cancelled", booking))


def _may_part(world: World, state: State, booking: Booking) -> bool:
    """Some seats are cancelled of a booking that has them, and has not ended."""
    is_sold = state.stage[booking] == "paid" and state.ledger.verdict[booking] == "sold"
    return bool(world.parts[booking]) and is_sold and not state.parted[booking] and not state.cancelled[booking]


def _checkout_begins(world: World, state: State, booking: Booking) -> Iterator[Step]:
    if not world.has("checkout asks Redis for the hold"):
        yield Step(f"checkout of {NAMES[booking]} asks nobody", _to(state, booking, "stretched"))
    elif state.redis.known:
        held = state.redis.holds[booking].hold and not state.over[booking]
        says = "finds the hold and stretches it" if held else "finds no hold"
        yield Step(f"checkout of {NAMES[booking]} {says}", _to(state, booking, "stretched" if held else "gone"))


def _checkout_stores(world: World, state: State, booking: Booking) -> Iterator[Step]:
    ledger = scripts.enter_checkout(world, state, booking)
    if ledger is None:
        yield Step(f"checkout of {NAMES[booking]} is refused by the ledger", _to(state, booking, "gone"))
        return
    carry = put(state.carry, booking, scripts.seat_states(world, ledger, booking))
    stored = _to(state, booking, "stored")._replace(ledger=ledger, carry=carry)
    yield Step(f"checkout of {NAMES[booking]} stores the hold in checkout (rev {ledger.rev})", stored)


def _client_tells(world: World, state: State, booking: Booking) -> Iterator[Step]:
    states = state.carry[booking]
    if not states:
        return
    redis = scripts.tell(world, state, state.redis, states)
    carry = put(state.carry, booking, ())
    says = f"{NAMES[booking]}'s call tells Redis rev {states.rev} and answers"
    if state.stage[booking] == "stored":
        promised = put(state.promised, booking, True)
        yield Step(says, _to(state, booking, "in checkout")._replace(redis=redis, carry=carry, promised=promised))
    else:
        yield Step(says, _to(state, booking, "dropped")._replace(redis=scripts.let_go(redis, booking), carry=carry))


# --- time ------------------------------------------------------------------------------------------------------------


def _time(world: World, state: State, booking: Booking) -> Iterator[Step]:
    if state.stage[booking] != "idle" and not state.over[booking]:
        ended = state._replace(over=put(state.over, booking, True))
        yield Step(f"the time of {NAMES[booking]}'s hold ends", _without(ended, booking, "hold"))
    writing = Handler("paid", booking, "write") in state.handlers and world.has("the ledger write has a deadline")
    if (state.redis.holds[booking].claim or state.snapshot.holds[booking].claim) and not writing:
        yield Step(f"the 60 s of {NAMES[booking]}'s claim end", _without(state, booking, "claim"))


def _without(state: State, booking: Booking, what: str) -> State:
    """Instants are absolute: what is over here is over in a snapshot too."""

    def end(redis: Redis) -> Redis:
        return redis._replace(holds=put(redis.holds, booking, redis.holds[booking]._replace(**{what: False})))

    return state._replace(redis=end(state.redis), snapshot=end(state.snapshot))


# --- Redis, its loads and its watcher --------------------------------------------------------------------------------


def _redis(state: State) -> Iterator[Step]:
    if state.left.snapshots and state.redis != state.snapshot:
        saved = state._replace(snapshot=state.redis, left=_less(state, "snapshots"))
        yield Step("Redis saves what it has", saved)
    if state.left.restarts and state.redis != state.snapshot:
        stale = state.snapshot.known
        back = state._replace(
            redis=state.snapshot, server_run=state.server_run + 1, stale=stale, left=_less(state, "restarts")
        )
        yield Step("Redis comes back with what was saved" if stale else "Redis comes back empty", back)


def _readers(world: World, state: State) -> Iterator[Step]:
    states = scripts.seat_states(world, state.ledger)
    loads = sum(reader.who == "load" for reader in state.readers)
    if not state.redis.known and loads < world.loads:
        yield Step(
            f"a load reads the ledger (rev {states.rev})", _reading(state, Reader("load", state.server_run, states))
        )
    watching = len(state.readers) > loads
    if state.server_run != state.seen_run and not watching:
        watcher = _reading(state, Reader("watcher", state.server_run, states))
        yield Step(f"the watcher sees a new run and reads the ledger (rev {states.rev})", watcher)
    for at, reader in enumerate(state.readers):
        rest = state._replace(readers=state.readers[:at] + state.readers[at + 1 :])
        yield _load_lands(world, rest, reader) if reader.who == "load" else _watcher_lands(world, rest, reader)


def _reading(state: State, reader: Reader) -> State:
    return state._replace(readers=tuple(sorted((*state.readers, reader))))


def _load_lands(world: World, rest: State, reader: Reader) -> Step:
    if rest.redis.known and world.has("a load leaves a known showtime alone"):
        return Step("a load finds the showtime known", rest)
    if reader.server_run != rest.server_run and world.has("a load is bound to the run it began in"):
        return Step("a load finds another run and begins anew", rest)
    loaded = rest._replace(redis=scripts.load(world, rest, reader.states))
    return Step(f"a load tells Redis rev {reader.states.rev}", loaded)


def _watcher_lands(world: World, rest: State, reader: Reader) -> Step:
    retold = world.has("a new run is told every ledger")
    redis = _told(world, rest, reader.states) if retold else rest.redis
    after = rest._replace(
        redis=redis, seen_run=reader.server_run, stale=rest.stale and reader.server_run != rest.server_run
    )
    says = f"tells Redis rev {reader.states.rev}" if retold and rest.redis.known else "tells nothing"
    return Step(f"the watcher {says}", after)


def _told(world: World, state: State, states: SeatStates | tuple[()]) -> Redis:
    """Telling never makes a showtime known: only a load does."""
    return scripts.tell(world, state, state.redis, states) if state.redis.known and states else state.redis
