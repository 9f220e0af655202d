"""What each Lua script and each ledger update does, as pure functions of one atomic step."""

from .protocol import NOBODY, Booking, Holds, Ledger, Redis, SeatStates, State, Told, Verdict, World, put


def seat_states(world: World, ledger: Ledger, booking: Booking | None = None) -> SeatStates:
    """What one version of the ledger says of a booking's seats, or of all seats and of every verdict."""
    seats = range(len(ledger.sold)) if booking is None else sorted(world.seats[booking])
    owners = tuple((seat, ledger.sold[seat], _in_checkout_of(world, ledger, seat)) for seat in seats)
    decided = tuple(b for b, verdict in enumerate(ledger.verdict) if verdict and booking is None)
    return SeatStates(ledger.rev, owners, decided)


def _in_checkout_of(world: World, ledger: Ledger, seat: int) -> Booking:
    buyers = (b for b, in_checkout in enumerate(ledger.in_checkout) if in_checkout and seat in world.seats[b])
    return next(buyers, NOBODY)


# --- Redis -----------------------------------------------------------------------------------------------------------


def live(state: State, redis: Redis, booking: Booking) -> bool:
    """A hold until its instant, a claim for its 60 s, whichever is longer."""
    holds = redis.holds[booking]
    return holds.claim or (holds.hold and not state.over[booking])


def taken(world: World, state: State, booking: Booking) -> bool:
    """Whether Redis refuses the booking any of its seats: sold, in checkout, or held by another."""
    redis = state.redis
    for seat in world.seats[booking]:
        told = redis.told[seat]
        if told.sold not in (NOBODY, booking):
            return True
        if told.in_checkout not in (NOBODY, booking) and not state.over[told.in_checkout]:
            return True
    others = (b for b in range(len(redis.holds)) if b != booking)
    return any(live(state, redis, b) and world.seats[b] & world.seats[booking] for b in others)


def hold(state: State, booking: Booking) -> Redis:
    return _holding(state.redis, booking, Holds(hold=True))


def claim(state: State, booking: Booking) -> Redis:
    return _holding(state.redis, booking, state.redis.holds[booking]._replace(claim=True))


def let_go(redis: Redis, booking: Booking) -> Redis:
    return _holding(redis, booking, Holds())


def _holding(redis: Redis, booking: Booking, holds: Holds) -> Redis:
    return redis._replace(holds=put(redis.holds, booking, holds))


def tell(world: World, state: State, redis: Redis, states: SeatStates) -> Redis:
    """Set each seat to its state unless one as new is known; a hold that loses a seat ends as a whole."""
    for seat, sold, in_checkout in states.seats:
        if states.rev <= redis.told[seat].rev and world.has("a tell compares revs"):
            continue
        redis = redis._replace(told=put(redis.told, seat, Told(sold, in_checkout, states.rev)))
        over = (
            in_checkout != NOBODY
            and state.over[in_checkout]
            and world.has("a checkout whose time is over beats nothing")
        )
        owner = sold if sold != NOBODY or over else in_checkout
        if owner != NOBODY and world.has("the ledger beats a hold"):
            for loser in range(len(redis.holds)):
                if loser != owner and seat in world.seats[loser] and redis.holds[loser] != Holds():
                    redis = let_go(redis, loser)
    if world.has("the whole ledger ends the holds that have a verdict"):
        for booking in states.decided:
            redis = let_go(redis, booking)
    return redis


def load(world: World, state: State, states: SeatStates) -> Redis:
    """Make the keys of an unknown showtime and tell them everything, in one script."""
    if not world.has("a load tells the whole ledger"):
        states = SeatStates(states.rev, tuple((seat, NOBODY, NOBODY) for seat, _, _ in states.seats))
    if not world.has("a load tells the holds in checkout"):
        states = SeatStates(states.rev, tuple((seat, sold, NOBODY) for seat, sold, _ in states.seats))
    return tell(world, state, Redis(known=True), states)


# --- Mongo -----------------------------------------------------------------------------------------------------------


def sell(world: World, state: State, booking: Booking, claimed: bool) -> Ledger:
    """The verdict on a payment: sold when every condition of the one update holds, else refused; never a second one."""
    ledger = state.ledger
    if ledger.verdict[booking] and world.has("a verdict is written once"):
        return ledger
    if not claimed or not _open(world, ledger) or _sold_or_in_checkout(world, state, booking):
        return _verdict(world, ledger, booking, "refused")
    return _verdict(world, ledger, booking, "sold")


def sell_in_checkout(world: World, state: State, booking: Booking) -> Ledger | None:
    """Sold by the one update that asks for no claim: the open ledger has the seats in the hold's own live checkout."""
    ledger = state.ledger
    own = ledger.in_checkout[booking] or not world.has("without a claim only the seats of its own checkout are sold")
    over = state.over[booking] and world.has("without a claim a checkout whose time is over sells nothing")
    if not own or over or not _open(world, ledger) or ledger.verdict[booking]:
        return None
    return None if _sold_or_in_checkout(world, state, booking) else _verdict(world, ledger, booking, "sold")


def _open(world: World, ledger: Ledger) -> bool:
    return ledger.open or not world.has("a closed ledger sells nothing")


def _sold_or_in_checkout(world: World, state: State, booking: Booking) -> bool:
    sold = world.has("no seat is sold twice") and _sold_to_another(world, state.ledger, booking)
    in_checkout = world.has("no seat in another's checkout is sold") and _in_checkout_by_another(world, state, booking)
    return sold or in_checkout


def _sold_to_another(world: World, ledger: Ledger, booking: Booking) -> bool:
    return any(ledger.sold[seat] not in (NOBODY, booking) for seat in world.seats[booking])


def _in_checkout_by_another(world: World, state: State, booking: Booking) -> bool:
    return any(
        in_checkout and not state.over[b] and world.seats[b] & world.seats[booking]
        for b, in_checkout in enumerate(state.ledger.in_checkout)
        if b != booking
    )


def cancel(world: World, ledger: Ledger, booking: Booking) -> Ledger:
    """`released` for what was sold, and for what has no verdict, so that money after it is refused."""
    verdict = ledger.verdict[booking]
    unsaid = verdict == "" and world.has("a cancel without a verdict writes released")
    return _verdict(world, ledger, booking, "released") if verdict == "sold" or unsaid else ledger


def cancel_some(world: World, ledger: Ledger, booking: Booking) -> Ledger:
    """Seats of a sold booking go free; those that are another's by now stay, and so does the verdict."""
    if ledger.verdict[booking] != "sold":
        return ledger
    anyones = not world.has("seats that were cancelled are freed where they are still the booking's")
    free = [seat for seat in world.parts[booking] if anyones or ledger.sold[seat] == booking]
    sold = tuple(NOBODY if seat in free else owner for seat, owner in enumerate(ledger.sold))
    return ledger._replace(rev=ledger.rev + 1, sold=sold) if sold != ledger.sold else ledger


def _verdict(world: World, ledger: Ledger, booking: Booking, verdict: Verdict) -> Ledger:
    sold = list(ledger.sold)
    for seat in world.seats[booking]:
        if verdict == "sold":
            sold[seat] = booking
        elif sold[seat] == booking:
            sold[seat] = NOBODY
    return ledger._replace(
        rev=ledger.rev + 1,
        sold=tuple(sold),
        in_checkout=put(ledger.in_checkout, booking, False),
        verdict=put(ledger.verdict, booking, verdict),
    )


def enter_checkout(world: World, state: State, booking: Booking) -> Ledger | None:
    """Checkout's update: the hold goes into checkout if it lives and no seat is sold or in another's checkout."""
    ledger = state.ledger
    late = state.over[booking] and world.has("checkout asks Redis for the hold")
    if not _open(world, ledger) or ledger.verdict[booking] or late:
        return None
    if world.has("checkout reads what is sold") and _sold_to_another(world, ledger, booking):
        return None
    if world.has("checkout excludes another's") and _in_checkout_by_another(world, state, booking):
        return None
    others = (was and not world.seats[b] & world.seats[booking] for b, was in enumerate(ledger.in_checkout))
    return ledger._replace(rev=ledger.rev + 1, in_checkout=put(tuple(others), booking, True))


def leave_checkout(ledger: Ledger, booking: Booking) -> Ledger | None:
    """A hold in checkout is given up, unless its booking has a verdict."""
    if ledger.verdict[booking] or not ledger.in_checkout[booking]:
        return None
    return ledger._replace(rev=ledger.rev + 1, in_checkout=put(ledger.in_checkout, booking, False))
