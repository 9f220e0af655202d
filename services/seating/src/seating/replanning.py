"""What a change of a showtime's seats by its theater does: seats taken out, or another screen. Pure: from the present
ledger to one write of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from contracts.ids import BookingId, UserId, booking_of
from contracts.layout import Layout, ScreenDetails, Seat
from contracts.seating import SeatMove, SeatsMoved, SeatsRefused, ShowtimeReplanned
from seating.domain import Ledger, MovedSeats, Plan, SeatCheckout, Showtime, Verdict
from seating.ledger import KeyedEvent
from seating.placement import Group, Placement, place

PlanKind = Literal["seat_blocked", "screen_changed"]


@dataclass(frozen=True, slots=True)
class BookingMove:
    """The seats that a booking leaves and those it gets, in the same order; none where nothing is equal or nobody is to
    be moved."""

    booking_id: BookingId
    from_seat_ids: tuple[str, ...]
    to_seat_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanOutcome:
    """What came of the plan with this number: by it a repeat of the wish is answered alike."""

    number: int
    kind: PlanKind
    reseat: bool
    placed: int
    moves: Sequence[BookingMove]


@dataclass(frozen=True, slots=True)
class Wish:
    """Which layout, with what is blocked in it, on which screen; `reseat` has those moved whose seats are taken out.
    `repeats` is what came of the same wish before, if nothing was changed since."""

    layout: Layout
    screen: ScreenDetails
    reseat: bool = False
    wished_by: UserId | None = None
    repeats: PlanOutcome | None = None


@dataclass(frozen=True, slots=True)
class PlanChange:
    """One write of the ledger: the new plan, what came of it, all that is sold, in checkout and moved by it, verdicts
    and events."""

    plan: Plan
    outcome: PlanOutcome
    at: datetime
    changes_screen: bool
    sold: Mapping[str, BookingId]
    checkouts: Mapping[str, SeatCheckout]
    moved: Mapping[str, MovedSeats]
    verdicts: Mapping[str, Verdict]
    events: Sequence[KeyedEvent]


@dataclass(frozen=True, slots=True)
class Replanning:
    """What would come of a wish. `placed` counts the bookings that have their seats after it; `change` is None where
    nothing changes, or nothing may because of the `unplaced`."""

    kind: PlanKind
    placed: int
    moved: Sequence[BookingMove]
    unplaced: Sequence[BookingMove]
    change: PlanChange | None


@dataclass(slots=True)
class _Parties:
    """By booking the seats that it has: sold ones, and those of a hold in checkout that is not over."""

    sold: dict[str, tuple[Seat, ...]] = field(default_factory=dict)
    in_checkout: dict[str, tuple[Seat, ...]] = field(default_factory=dict)
    checkouts: dict[str, SeatCheckout] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Planning:
    """What was decided: a plan and what comes of it, who sits where, and which bookings are refused."""

    plan: Plan
    outcome: PlanOutcome
    placement: Placement
    refused: Sequence[str]
    wished_by: UserId | None


def replan(ledger: Ledger, showtime: Showtime, wish: Wish, now: datetime, held: Collection[str] = ()) -> Replanning:
    """Decide on a wish. `held` are seats that browsers hold: while others are free, nobody is moved there."""
    if wish.screen.screen_id != showtime.snapshot.screen.screen_id:
        return _change_screen(ledger, showtime, wish, now)
    if wish.repeats is not None and wish.repeats.kind == "screen_changed":
        return Replanning("screen_changed", wish.repeats.placed, wish.repeats.moves, [], None)
    return _block(ledger, showtime, wish, now, held)


def _block(ledger: Ledger, showtime: Showtime, wish: Wish, now: datetime, held: Collection[str]) -> Replanning:
    """Seats are taken out; who has paid for one stays there, or is moved where the theater wishes it. Nobody pays for
    one any more: who is in checkout there, and is not moved, is refused."""
    parties, blocked = _parties(ledger, showtime, now), frozenset(wish.layout.blocked)
    everyone = parties.sold | parties.in_checkout
    hit = {key: seats for key, seats in everyone.items() if any(seat.seat_id in blocked for seat in seats)}
    placement = Placement({}, ())
    if wish.reseat:
        taken = blocked.union(seat.seat_id for seats in everyone.values() for seat in seats)
        free = set(showtime.index) - taken
        groups = [Group(k, s, frozenset(seat.seat_id for seat in s) - blocked) for k, s in hit.items()]
        layout = showtime.snapshot.layout
        placement = place(groups, layout, layout, free - set(held))
        missed = [group for group in groups if group.key in placement.unplaced]
        if missed:
            left = free - {new for places in placement.places.values() for new in places.values()}
            second = place(missed, layout, layout, left)
            placement = Placement({**placement.places, **second.places}, second.unplaced)
    refused = [key for key in hit if key in parties.in_checkout and key not in placement.places]
    moves = [_move(key, seats, placement, blocked) for key, seats in hit.items()]
    unplaced = [move for move in moves if move.booking_id in placement.unplaced]
    if wish.repeats is not None:
        moves = [*(move for move in wish.repeats.moves if move.booking_id not in hit), *moves]
    plan = Plan(ledger.plan_number + 1, ledger.screen_number, wish.layout, wish.screen)
    placed = len(everyone) - len(refused)
    outcome = PlanOutcome(plan.number, "seat_blocked", wish.reseat, placed, moves)
    is_same = not placement.places and not refused and wish.layout == showtime.snapshot.layout
    planning = _Planning(plan, outcome, placement, refused, wish.wished_by)
    return Replanning(
        "seat_blocked", placed, moves, unplaced, None if is_same else _change(ledger, parties, planning, now)
    )


def _change_screen(ledger: Ledger, showtime: Showtime, wish: Wish, now: datetime) -> Replanning:
    """Everybody gets the same seats on the new screen or the nearest equal ones, those who have paid first."""
    parties, old = _parties(ledger, showtime, now), showtime.snapshot.layout
    free = {seat.seat_id for seat in wish.layout.seats() if not seat.blocked}
    sold = place([Group(key, seats) for key, seats in parties.sold.items()], old, wish.layout, free)
    free -= {new for places in sold.places.values() for new in places.values()}
    buying = place([Group(key, seats) for key, seats in parties.in_checkout.items()], old, wish.layout, free)
    placement = Placement({**sold.places, **buying.places}, [*sold.unplaced, *buying.unplaced])
    moves = [_move(key, seats, placement) for key, seats in (parties.sold | parties.in_checkout).items()]
    unplaced = [move for move in moves if move.booking_id in sold.unplaced]
    plan = Plan(ledger.plan_number + 1, ledger.screen_number + 1, wish.layout, wish.screen)
    moved = [move for move in moves if move.to_seat_ids and move.to_seat_ids != move.from_seat_ids]
    outcome = PlanOutcome(plan.number, "screen_changed", wish.reseat, len(placement.places), moved)
    refused = [key for key in placement.unplaced if key in parties.in_checkout]
    planning = _Planning(plan, outcome, placement, refused, wish.wished_by)
    change = None if unplaced else _change(ledger, parties, planning, now)
    return Replanning("screen_changed", outcome.placed, moved, unplaced, change)


def _parties(ledger: Ledger, showtime: Showtime, now: datetime) -> _Parties:
    parties = _Parties()
    for seat in showtime.seats:
        owner, checkout = ledger.sold.get(seat.seat_id), ledger.checkouts.get(seat.seat_id)
        if owner is not None:
            parties.sold[owner] = (*parties.sold.get(owner, ()), seat)
        elif checkout is not None and checkout.until > now:
            buyer = booking_of(checkout.hold_id)
            parties.in_checkout[buyer] = (*parties.in_checkout.get(buyer, ()), seat)
            parties.checkouts[buyer] = checkout
    return parties


def _move(key: str, seats: Sequence[Seat], placement: Placement, blocked: Collection[str] = ()) -> BookingMove:
    """The seats that change, or where the booking stays the ones that are taken out, all where its screen is."""
    places = placement.places.get(key)
    if places is None:
        hit = tuple(seat.seat_id for seat in seats if not blocked or seat.seat_id in blocked)
        return BookingMove(BookingId(key), hit)
    moving = [seat.seat_id for seat in seats if places[seat.seat_id] != seat.seat_id or not blocked]
    return BookingMove(BookingId(key), tuple(moving), tuple(places[seat] for seat in moving))


def _change(ledger: Ledger, parties: _Parties, planning: _Planning, now: datetime) -> PlanChange:
    """The write: every party where it is placed, or where it was; those refused have no seats any more."""
    plan, placement, refused = planning.plan, planning.placement, planning.refused
    changes_screen = plan.screen_number > ledger.screen_number
    stay = {} if changes_screen else ledger.checkouts
    sold = {seat.seat_id: BookingId(key) for key, seats in parties.sold.items() for seat in seats}
    for key in parties.sold.keys() & placement.places.keys():
        sold = {seat: owner for seat, owner in sold.items() if owner != key}
    gone = {*placement.places, *refused}
    checkouts = {seat: there for seat, there in stay.items() if booking_of(there.hold_id) not in gone}
    earlier = {} if changes_screen else ledger.moved  # who has no place on the new screen has no seats there
    moved = {**earlier, **{key: _moved(ledger, key, places) for key, places in placement.places.items()}}
    for key, places in placement.places.items():
        if key in parties.sold:
            sold |= dict.fromkeys(places.values(), BookingId(key))
        else:
            checkouts |= dict.fromkeys(places.values(), parties.checkouts[key])
    checkouts = {seat: there for seat, there in checkouts.items() if seat not in sold}
    verdicts = {key: _refusal(ledger, key, parties.in_checkout[key], now) for key in refused}
    events: list[KeyedEvent] = [
        (f"{key}:seats_moved:{moved[key].number}", _moved_event(ledger, plan, key, places, now))
        for key, places in placement.places.items()
    ]
    events += [_refused_event(ledger, key, verdict) for key, verdict in verdicts.items()]
    events.append(_replanned_event(ledger, plan, now, planning.wished_by))
    return PlanChange(
        plan=plan,
        outcome=planning.outcome,
        at=now,
        changes_screen=changes_screen,
        sold=sold,
        checkouts=checkouts,
        moved=moved,
        verdicts=verdicts,
        events=events,
    )


def _sold_as(ledger: Ledger, key: str) -> Mapping[str, str]:
    """What the seats of a booking that was moved were sold as, by where they are; empty for one that was not."""
    moved = ledger.moved.get(key)
    return {now: sold_as for sold_as, now in moved.seats.items()} if moved else {}


def _moved(ledger: Ledger, key: str, places: Mapping[str, str]) -> MovedSeats:
    earlier, sold_as = ledger.moved.get(key), _sold_as(ledger, key)
    seats = {sold_as.get(before, before): after for before, after in places.items()}
    return MovedSeats(earlier.number + 1 if earlier else 1, seats)


def _refusal(ledger: Ledger, key: str, seats: Sequence[Seat], now: datetime) -> Verdict:
    sold_as = _sold_as(ledger, key)
    return Verdict("refused", tuple(sold_as.get(seat.seat_id, seat.seat_id) for seat in seats), now, "seats_lost")


def _moved_event(ledger: Ledger, plan: Plan, key: str, places: Mapping[str, str], now: datetime) -> SeatsMoved:
    """After a change of the screen every seat is named, else those that are elsewhere now."""
    sold_as, there = _sold_as(ledger, key), {seat.seat_id: seat for seat in plan.layout.seats()}
    changes_screen = plan.screen_number > ledger.screen_number
    moves = [
        SeatMove(
            sold_as=sold_as.get(before, before),
            from_seat_id=before,
            to_seat_id=after,
            label=there[after].label,
            type=there[after].type,
        )
        for before, after in places.items()
        if changes_screen or before != after
    ]
    return SeatsMoved(
        booking_id=BookingId(key),
        showtime_id=ledger.showtime_id,
        number=_moved(ledger, key, places).number,
        moves=tuple(moves),
        reason="screen_changed" if changes_screen else "seat_blocked",
        screen=plan.screen if changes_screen else None,
        at=now,
    )


def _refused_event(ledger: Ledger, key: str, verdict: Verdict) -> KeyedEvent:
    event = SeatsRefused(
        booking_id=BookingId(key), showtime_id=ledger.showtime_id, seat_ids=verdict.seat_ids, reason="seats_lost"
    )
    return f"{key}:seats_refused", event


def _replanned_event(ledger: Ledger, plan: Plan, now: datetime, by: UserId | None) -> KeyedEvent:
    event = ShowtimeReplanned(
        showtime_id=ledger.showtime_id,
        number=plan.number,
        layout=plan.layout,
        screen=plan.screen,
        at=now,
        changed_by=by,
    )
    return f"{ledger.showtime_id}:showtime_replanned:{plan.number}", event


def applied(ledger: Ledger, change: PlanChange) -> Ledger:
    """The ledger after the write of a change."""
    return replace(
        ledger,
        rev=ledger.rev + 1,
        sold=change.sold,
        checkouts=change.checkouts,
        verdicts={**ledger.verdicts, **change.verdicts},
        plan_number=change.plan.number,
        screen_number=change.plan.screen_number,
        screen_changed_at=change.at if change.changes_screen else ledger.screen_changed_at,
        blocked=frozenset(change.plan.layout.blocked),
        moved=change.moved,
        fenced_until=None,
    )
