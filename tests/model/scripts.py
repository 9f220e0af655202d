"""What each Lua script and each ledger update does, as pure functions of one atomic step."""

from .protocol import NOBODY, Booking, Holds, Ledger, Redis, State, Told, Verdict, Word, World, put


def word(world: World, ledger: Ledger, booking: Booking | None = None) -> Word:
    """What one version of the ledger says of a booking's seats, or of all seats and of every verdict."""
    seats = range(len(ledger.sold)) if booking is None else sorted(world.seats[booking])
    said = tuple((seat, ledger.sold[seat], _payer(world, ledger, seat)) for seat in seats)
    return Word(ledger.rev, said, tuple(b for b, verdict in enumerate(ledger.verdict) if verdict and booking is None))


def _payer(world: World, ledger: Ledger, seat: int) -> Booking:
    return next((b for b, pays in enumerate(ledger.pays) if pays and seat in world.seats[b]), NOBODY)


# --- Redis -----------------------------------------------------------------------------------------------------------


def live(state: State, redis: Redis, booking: Booking) -> bool:
    """A hold until its instant, a claim for its 60 s, whichever is longer."""
    holds = redis.holds[booking]
    return holds.claim or (holds.hold and not state.over[booking])


def taken(world: World, state: State, booking: Booking) -> bool:
    """Whether Redis refuses the booking any of its seats: sold, under payment, or held by another."""
    redis = state.redis
    for seat in world.seats[booking]:
        told = redis.told[seat]
        if told.sold not in (NOBODY, booking):
            return True
        if told.pays not in (NOBODY, booking) and not state.over[told.pays]:
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


def tell(world: World, state: State, redis: Redis, said: Word) -> Redis:
    """Set each seat to the state said unless something as new is known; a hold that loses a seat ends as a whole."""
    for seat, sold, pays in said.seats:
        if said.rev <= redis.told[seat].rev and world.has("a tell compares revs"):
            continue
        redis = redis._replace(told=put(redis.told, seat, Told(sold, pays, said.rev)))
        over = pays != NOBODY and state.over[pays] and world.has("a payment whose time is over beats nothing")
        owner = sold if sold != NOBODY or over else pays
        if owner != NOBODY and world.has("the ledger beats a hold"):
            for loser in range(len(redis.holds)):
                if loser != owner and seat in world.seats[loser] and redis.holds[loser] != Holds():
                    redis = let_go(redis, loser)
    if world.has("the whole ledger ends the holds that have a verdict"):
        for booking in said.decided:
            redis = let_go(redis, booking)
    return redis


def load(world: World, state: State, said: Word) -> Redis:
    """Make the keys of an unknown showtime and tell them everything, in one script."""
    if not world.has("a load tells the whole ledger"):
        said = Word(said.rev, tuple((seat, NOBODY, NOBODY) for seat, _, _ in said.seats))
    if not world.has("a load tells the holds under payment"):
        said = Word(said.rev, tuple((seat, sold, NOBODY) for seat, sold, _ in said.seats))
    return tell(world, state, Redis(known=True), said)


# --- Mongo -----------------------------------------------------------------------------------------------------------


def sell(world: World, state: State, booking: Booking, claimed: bool) -> Ledger:
    """The verdict on a payment: sold when every condition of the one update holds, else refused; never a second one."""
    ledger = state.ledger
    if ledger.verdict[booking] and world.has("a verdict is written once"):
        return ledger
    if not claimed or not _open(world, ledger) or _sold_or_paid_for(world, state, booking):
        return _verdict(world, ledger, booking, "refused")
    return _verdict(world, ledger, booking, "sold")


def _open(world: World, ledger: Ledger) -> bool:
    return ledger.open or not world.has("a closed ledger sells nothing")


def _sold_or_paid_for(world: World, state: State, booking: Booking) -> bool:
    sold = world.has("no seat is sold twice") and _sold_to_another(world, state.ledger, booking)
    pays = world.has("no seat under another's payment is sold") and _paid_for_by_another(world, state, booking)
    return sold or pays


def _sold_to_another(world: World, ledger: Ledger, booking: Booking) -> bool:
    return any(ledger.sold[seat] not in (NOBODY, booking) for seat in world.seats[booking])


def _paid_for_by_another(world: World, state: State, booking: Booking) -> bool:
    return any(
        pays and not state.over[b] and world.seats[b] & world.seats[booking]
        for b, pays in enumerate(state.ledger.pays)
        if b != booking
    )


def cancel(world: World, ledger: Ledger, booking: Booking) -> Ledger:
    """`released` for what was sold, and for what has no verdict, so that money after it is refused."""
    verdict = ledger.verdict[booking]
    unsaid = verdict == "" and world.has("a cancel without a verdict writes released")
    return _verdict(world, ledger, booking, "released") if verdict == "sold" or unsaid else ledger


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
        pays=put(ledger.pays, booking, False),
        verdict=put(ledger.verdict, booking, verdict),
    )


def store_payment(world: World, state: State, booking: Booking) -> Ledger | None:
    """Checkout's update: the hold goes under payment if it lives and no seat is sold or under another's payment."""
    ledger = state.ledger
    late = state.over[booking] and world.has("checkout asks Redis for the hold")
    if not _open(world, ledger) or ledger.verdict[booking] or late:
        return None
    if world.has("checkout reads what is sold") and _sold_to_another(world, ledger, booking):
        return None
    if world.has("checkout excludes another's payment") and _paid_for_by_another(world, state, booking):
        return None
    pays = tuple(p and not world.seats[b] & world.seats[booking] for b, p in enumerate(ledger.pays))
    return ledger._replace(rev=ledger.rev + 1, pays=put(pays, booking, True))


def drop_payment(ledger: Ledger, booking: Booking) -> Ledger | None:
    """A hold under payment is given up, unless its booking has a verdict."""
    if ledger.verdict[booking] or not ledger.pays[booking]:
        return None
    return ledger._replace(rev=ledger.rev + 1, pays=put(ledger.pays, booking, False))
