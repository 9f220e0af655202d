"""What may happen next when the theater moves seats, and what must hold."""

from collections.abc import Iterator
from typing import Any, Final

from .moves_protocol import (
    NAMES,
    NOBODY,
    Event,
    Ledger,
    Stage,
    State,
    Step,
    Worker,
    World,
    cancelled_seat,
    enter_checkout,
    exists,
    owners,
    places,
    planned,
    put,
    sale,
    told,
)

# --- what may happen next --------------------------------------------------------------------------------------------


def steps(world: World, state: State) -> Iterator[Step]:
    """All atomic steps possible in a state."""
    if state.ledger.fence and world.has("a fence ends by itself"):
        is_early = any(worker.does == "plan" for worker in state.workers)
        if not is_early or state.early_ends:
            ended = state._replace(ledger=state.ledger._replace(fence=False))
            yield Step("the time of the fence ends", ended._replace(early_ends=state.early_ends - is_early))
    if state.plans:
        wish = Worker("plan", NOBODY, "read", state.ledger)
        yield Step("the theater wishes", _working(state._replace(plans=0), wish))
    for booking in (0, 1):
        yield from _client(world, state, booking)
    for at, (event, booking) in enumerate(state.queue):
        rest = state._replace(queue=state.queue[:at] + state.queue[at + 1 :])
        yield Step(f"{event} {NAMES[booking]} is delivered", _working(rest, Worker(event, booking, "read", Ledger())))
        if state.duplicates:
            again = _working(state, Worker(event, booking, "read", Ledger()))
            yield Step(f"{event} {NAMES[booking]} is delivered, and will be again", again._replace(duplicates=0))
    for at, worker in enumerate(state.workers):
        rest = state._replace(workers=state.workers[:at] + state.workers[at + 1 :])
        yield from _plan(world, rest, worker) if worker.does == "plan" else _handle(world, rest, worker)
        if state.crashes:
            yield from _die(world, rest._replace(crashes=state.crashes - 1), worker)


def _working(state: State, worker: Worker) -> State:
    return state._replace(workers=tuple(sorted((*state.workers, worker))))


def _die(world: World, rest: State, worker: Worker) -> Iterator[Step]:
    """A message comes again, and so does a wish: by whoever wished, or by what the ledger says of it."""
    says = f"{worker.does} dies before: {worker.at}"
    if worker.does != "plan":
        event: Event = "paid" if worker.does == "paid" else "seat cancelled"
        yield Step(says, rest._replace(queue=tuple(sorted((*rest.queue, (event, worker.booking))))))
    elif world.has("what a crash left is finished"):
        yield Step(says, _working(rest, worker._replace(at="read", overtaken=False)))
        if not rest.ledger.plans:
            yield Step(f"{says}, and nobody repeats the wish", rest._replace(forgotten=True))
    else:
        yield Step(says, rest)


def _plan(world: World, rest: State, worker: Worker) -> Iterator[Step]:
    match worker.at:
        case "read":
            then, says = "save" if rest.ledger.plans else "write", "the plan reads the ledger"
            if worker.overtaken and world.has("a plan that was overtaken fences the ledger"):
                rest, says = rest._replace(ledger=rest.ledger._replace(fence=True)), "the plan fences the ledger"
            yield Step(says, _working(rest, worker._replace(at=then, read=rest.ledger)))
        case "write":
            is_other = worker.read.rev != rest.ledger.rev
            if is_other and world.has("a plan is written on the very state that it was made of"):
                if worker.overtaken and worker.read.fence == rest.ledger.fence:
                    yield Step("the plan is overtaken again, and given up", rest)
                else:
                    again = worker._replace(at="read", overtaken=True)
                    yield Step("the plan finds another ledger", _working(rest, again))
                return
            ledger = planned(world, worker.read)
            if is_other:
                ledger = ledger._replace(rev=rest.ledger.rev + 1, verdict=rest.ledger.verdict)
            written = rest._replace(ledger=ledger)
            yield Step("the plan is written", _working(written, worker._replace(at="save", read=ledger)))
        case "save":
            saved = rest._replace(known=rest.ledger.screen)
            yield Step("the snapshot is saved", _working(saved, worker._replace(at="tell")))
        case _:
            yield Step("the plan tells Redis", rest._replace(redis=told(world, rest.redis, rest.ledger)))


def _waits(world: World, state: State) -> bool:
    """Whether nobody but a plan may write the ledger."""
    return state.ledger.fence and world.has("who writes seats waits for the fence")


def _client(world: World, state: State, booking: int) -> Iterator[Step]:
    name, stage, seats = NAMES[booking], state.stage[booking], world.wants[booking]

    def to(stage: Stage, **changes: Any) -> State:
        return state._replace(stage=put(state.stage, booking, stage), **changes)

    match stage:
        case "idle":
            redis, other = state.redis, state.redis.holds[1 - booking]
            is_free = all(redis.sold[s] == NOBODY and s not in other for s in seats)
            known = state.known == redis.screen or not world.has("Redis takes no map of another screen")
            if is_free and known and all(exists(Ledger(screen=state.known), s) for s in seats):
                held = redis._replace(holds=put(redis.holds, booking, seats))
                screens = put(state.screen_of, booking, state.known)
                yield Step(f"{name} holds", to("holding", redis=held, screen_of=screens))
        case "holding":
            stage_after: Stage = "stretched" if state.redis.holds[booking] else "gone"
            yield Step(f"checkout of {name}: {stage_after}", to(stage_after))
        case "stretched" if not _waits(world, state):
            ledger = enter_checkout(world, state, booking)
            if ledger is None:
                yield Step(f"checkout of {name} is refused", to("gone"))
            else:
                redis = state.redis
                if redis.screen == ledger.screen or not world.has("Redis takes no map of another screen"):
                    redis = told(world, redis, ledger._replace(screen=redis.screen))
                yield Step(f"{name} is in checkout", to("in checkout", ledger=ledger, redis=redis))
        case "in checkout":
            paid = tuple(sorted((*state.queue, ("paid", booking))))
            yield Step(f"{name}'s money is captured", to("paid", queue=paid))
            if booking == 0 and booking in state.ledger.checkouts and not _waits(world, state):
                left = tuple(NOBODY if h == booking else h for h in state.ledger.checkouts)
                ledger = state.ledger._replace(rev=state.ledger.rev + 1, checkouts=left)
                redis = told(world, state.redis, ledger)
                yield Step(
                    f"{name}'s money is captured as its time ends", to("paid", queue=paid, ledger=ledger, redis=redis)
                )
        case "paid" if booking == 1 and state.part == "may" and state.ledger.verdict[1] == "sold":
            asked = (*state.queue, ("seat cancelled", 1))
            yield Step("seat 1 of B is cancelled", state._replace(part="asked", queue=tuple(sorted(asked))))


def _handle(world: World, rest: State, worker: Worker) -> Iterator[Step]:
    """One message: its write, then Redis is told what the ledger says by then of all its seats."""
    name = NAMES[worker.booking]
    if worker.at == "tell":
        if rest.known != rest.ledger.screen and world.has("Redis takes no map of another screen"):
            return  # waits for whoever finishes the plan
        yield Step(f"{worker.does} {name} tells Redis", rest._replace(redis=told(world, rest.redis, rest.ledger)))
        return
    if _waits(world, rest):
        return
    if worker.does == "paid":
        seats = places(world, rest.ledger, worker.booking)
        others = rest.redis.holds[1 - worker.booking]
        claimed = not any(rest.redis.sold[s] not in (NOBODY, worker.booking) or s in others for s in seats)
        ledger = sale(world, rest, worker.booking, claimed=claimed)
    else:
        ledger = cancelled_seat(world, rest.ledger)
    written = rest._replace(ledger=ledger)
    yield Step(f"{worker.does} {name} writes", _working(written, worker._replace(at="tell", read=Ledger())))


# --- what must hold --------------------------------------------------------------------------------------------------


def quiet(_: World, state: State) -> bool:
    """Nothing is under way; nobody stands in the middle of a checkout."""
    return not (state.queue or state.workers) and "stretched" not in state.stage


def a_sold_booking_has_its_seats(world: World, _: State, after: State) -> bool:
    """As many as it bought, but the one that was cancelled, on the screen that is there."""
    ledger = after.ledger
    for booking, verdict in enumerate(ledger.verdict):
        owned, bought = ledger.owned(booking), len(world.wants[booking])
        least = bought - (booking == 1 and after.part == "asked")
        if verdict == "sold" and not least <= len(owned) <= bought:
            return False
        if any(not exists(ledger, seat) for seat in owned):
            return False
    return True


def a_seat_in_checkout_is_nobody_elses(_: World, __: State, after: State) -> bool:
    pairs = zip(after.ledger.sold, after.ledger.checkouts, strict=True)
    return not any(owner != NOBODY and holder not in (NOBODY, owner) for owner, holder in pairs)


def a_blocked_seat_is_not_sold_anew(_: World, before: State, after: State) -> bool:
    seat = after.ledger.blocked
    return seat == NOBODY or after.ledger.sold[seat] in (NOBODY, before.ledger.sold[seat])


def nobody_gets_a_seat_of_a_screen_they_did_not_choose(_: World, before: State, after: State) -> bool:
    """A hold that was not placed ends with its screen: neither checkout nor late money has a seat for it."""
    for booking in (0, 1):
        old = after.screen_of[booking] != after.ledger.screen and after.ledger.moved[booking] is None
        had = booking in before.ledger.sold or booking in before.ledger.checkouts
        if old and not had and (booking in after.ledger.sold or booking in after.ledger.checkouts):
            return False
    return True


def a_cancelled_seat_is_given_back_once(_: World, __: State, after: State) -> bool:
    return after.part != "asked" or len(after.ledger.owned(1)) == 1


def redis_shows_the_ledger(_: World, __: State, after: State) -> bool:
    redis, ledger = after.redis, after.ledger
    if not ledger.plans:
        return True
    same = redis.screen == ledger.screen == after.known and redis.sold == owners(ledger)
    return same and not any(owners(ledger)[s] not in (NOBODY, b) for b, seats in enumerate(redis.holds) for s in seats)


def a_wish_comes_true(_: World, __: State, after: State) -> bool:
    return after.plans == 1 or after.forgotten or after.ledger.plans == 1


def no_hold_is_of_another_screen(_: World, __: State, after: State) -> bool:
    holds = enumerate(after.redis.holds)
    return not any(seats and after.screen_of[b] != after.redis.screen for b, seats in holds)


ALWAYS: Final = (
    a_seat_in_checkout_is_nobody_elses,
    a_blocked_seat_is_not_sold_anew,
    nobody_gets_a_seat_of_a_screen_they_did_not_choose,
    no_hold_is_of_another_screen,
)
WHEN_QUIET: Final = (
    a_sold_booking_has_its_seats,
    a_cancelled_seat_is_given_back_once,
    redis_shows_the_ledger,
    a_wish_comes_true,
)


def breach(world: World, before: State, after: State) -> str:
    """The first invariant that a step breaks, by name."""
    asked = (*ALWAYS, a_sold_booking_has_its_seats, *(WHEN_QUIET if quiet(world, after) else ()))
    return next((holds.__name__ for holds in asked if not holds(world, before, after)), "")
