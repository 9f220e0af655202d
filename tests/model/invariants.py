"""What must hold, as questions to one step: the state before it and the state after."""

from typing import Protocol

from . import scripts
from .protocol import NOBODY, Booking, State, World


class Invariant(Protocol):
    """A question with a name."""

    __name__: str

    def __call__(self, world: World, before: State, after: State, /) -> bool: ...


def _newly(before: State, after: State, booking: Booking, verdict: str) -> bool:
    return after.ledger.verdict[booking] == verdict != before.ledger.verdict[booking]


def one_owner_per_seat(world: World, _: State, after: State) -> bool:
    sold = [b for b, verdict in enumerate(after.ledger.verdict) if verdict == "sold"]
    mine = all(after.ledger.sold[seat] == b for b in sold for seat in _booked(world, after, b))
    booked = [_booked(world, after, b) for b in sold]
    return mine and not any(one & other for at, one in enumerate(booked) for other in booked[:at])


def _booked(world: World, state: State, booking: Booking) -> frozenset[int]:
    """The seats of the booking that were not cancelled."""
    return world.seats[booking] - (world.parts[booking] if state.parted[booking] else frozenset())


def verdicts_never_contradict(_: World, before: State, after: State) -> bool:
    changes = zip(before.ledger.verdict, after.ledger.verdict, strict=True)
    return all(old in ("", new) or (old, new) == ("sold", "released") for old, new in changes)


def nothing_is_sold_after_closing(_: World, before: State, after: State) -> bool:
    return before.ledger.open or not any(_newly(before, after, b, "sold") for b in range(len(after.stage)))


def a_live_hold_is_not_overrun(world: World, before: State, after: State) -> bool:
    """No ledger write takes seats that Redis holds for another without a verdict, while Redis has all its data."""
    if before.server_run:
        return True
    winners = [
        b
        for b in range(len(after.stage))
        if _newly(before, after, b, "sold") or (after.ledger.in_checkout[b] and not before.ledger.in_checkout[b])
    ]
    holders = [
        b for b in range(len(after.stage)) if scripts.live(before, before.redis, b) and not before.ledger.verdict[b]
    ]
    return not any(world.seats[h] & world.seats[w] for w in winners for h in holders if h != w)


def a_hold_in_checkout_gets_its_seats(world: World, before: State, after: State) -> bool:
    """Money that comes while its hold in checkout lives is refused only by a closed ledger, whatever Redis lost."""
    return not any(
        _newly(before, after, b, "refused") and before.promised[b] and not before.over[b] and before.ledger.open
        for b in range(len(world.seats))
    )


def nobody_is_asked_to_pay_for_a_sold_seat(world: World, before: State, after: State) -> bool:
    stored = [b for b, stage in enumerate(after.stage) if stage == "stored" != before.stage[b]]
    return not any(after.ledger.sold[seat] not in (NOBODY, b) for b in stored for seat in world.seats[b])


def what_was_told_is_not_given_out_as_free(world: World, before: State, after: State) -> bool:
    """Once a sale is acknowledged or a checkout answered, no hold is given on its seats (a stale Redis apart)."""
    if after.stale:
        return True
    held = [b for b, stage in enumerate(after.stage) if stage == "holding" != before.stage[b]]
    return not any(_settled(world, before, seat, b) for b in held for seat in world.seats[b])


def _settled(world: World, state: State, seat: int, but: Booking) -> bool:
    sold = state.ledger.sold[seat]
    answered = any(
        promised and not state.ledger.verdict[b] and not state.over[b] and seat in world.seats[b]
        for b, promised in enumerate(state.promised)
        if b != but
    )
    return answered or (sold != NOBODY and state.acked[sold])


# --- when all is quiet -----------------------------------------------------------------------------------------------


def quiet(state: State) -> bool:
    """All messages handled, nobody in the middle of a call, the watcher done."""
    if state.queue or state.handlers or state.readers or state.server_run != state.seen_run:
        return False
    return not any(stage in ("stretched", "stored", "dropping") for stage in state.stage)


def every_payment_has_a_verdict(_: World, __: State, after: State) -> bool:
    return all(after.ledger.verdict[b] for b, stage in enumerate(after.stage) if stage == "paid")


def a_cancelled_booking_keeps_no_seat(_: World, __: State, after: State) -> bool:
    return all(b == NOBODY or not after.cancelled[b] for b in after.ledger.sold)


def a_cancelled_seat_is_not_its_bookings(world: World, _: State, after: State) -> bool:
    return not any(after.ledger.sold[seat] == b for b, was in enumerate(after.parted) if was for seat in world.parts[b])


def redis_agrees_with_the_ledger(world: World, _: State, after: State) -> bool:
    """Sold seats, and those of a checkout whose time is not over, are the same in both."""
    if not after.redis.known:
        return True
    ledger = scripts.seat_states(world, after.ledger).seats
    shown = [_owners(after, told.sold, told.in_checkout) for told in after.redis.told]
    return shown == [_owners(after, sold, in_checkout) for _, sold, in_checkout in ledger]


def _owners(state: State, sold: Booking, in_checkout: Booking) -> tuple[Booking, Booking]:
    return sold, (NOBODY if in_checkout == NOBODY or state.over[in_checkout] else in_checkout)


def a_sold_seat_is_held_by_nobody(world: World, _: State, after: State) -> bool:
    if not after.redis.known:
        return True
    held = [b for b in range(len(after.stage)) if scripts.live(after, after.redis, b)]
    return not any(after.ledger.sold[seat] not in (NOBODY, b) for b in held for seat in world.seats[b])


def a_booking_with_a_verdict_holds_nothing(_: World, __: State, after: State) -> bool:
    if not after.redis.known:
        return True
    return not any(v and scripts.live(after, after.redis, b) for b, v in enumerate(after.ledger.verdict))


OF_THE_LEDGER: tuple[Invariant, ...] = (
    one_owner_per_seat,
    verdicts_never_contradict,
    nothing_is_sold_after_closing,
    a_live_hold_is_not_overrun,
    a_hold_in_checkout_gets_its_seats,
)
OF_A_CLIENT: tuple[Invariant, ...] = (nobody_is_asked_to_pay_for_a_sold_seat, what_was_told_is_not_given_out_as_free)
WHEN_QUIET: tuple[Invariant, ...] = (
    every_payment_has_a_verdict,
    a_cancelled_booking_keeps_no_seat,
    a_cancelled_seat_is_not_its_bookings,
    redis_agrees_with_the_ledger,
    a_sold_seat_is_held_by_nobody,
    a_booking_with_a_verdict_holds_nothing,
)


def breach(world: World, before: State, after: State) -> str:
    """The first invariant that a step breaks, by name; only those are asked that the step can touch."""
    touched: tuple[Invariant, ...] = ()
    if after.ledger is not before.ledger:
        touched += OF_THE_LEDGER
    if after.stage is not before.stage:
        touched += OF_A_CLIENT
    if quiet(after):
        touched += WHEN_QUIET
    return next((holds.__name__ for holds in touched if not holds(world, before, after)), "")
