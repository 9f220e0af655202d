"""Cancelling by guest and theater: the quote is what cancelling does, decided once, by the terms that hold then."""

from datetime import timedelta
from typing import Any

import pytest
from services.booking.tests.factories import DAY, HOUR
from services.booking.tests.facts import SALE, TOTAL, a_scan, back_by_hand, paid
from services.booking.tests.unit.harness import GUEST, Harness
from tests.factories import START, a_sale, a_snapshot, at

from booking.domain.cancelling import CannotCancel, RefundChoice, cancel_quote
from booking.domain.facts import Dispute, Facts
from booking.errors import BookingNotFound, NotCancellable, RefundChanged, UnknownSeats
from chassis.auth import Caller
from chassis.problems import Problem
from contracts.payment import DisputeStatus
from contracts.policy import CancellationPolicy, CancellationTier
from contracts.sale import Sale

TIERS = (CancellationTier(hours_before=48, refund_percent=100), CancellationTier(hours_before=2, refund_percent=50))
HALF = CancellationPolicy(tiers=TIERS, fees_refunded=False)


def a_sale_under(policy: CancellationPolicy, **more: Any) -> Sale:
    return a_sale(showtime_id=SALE.showtime_id, cancellation_policy=policy, **more)


def a_caller(harness: Harness, role: str = "admin", *, of_theater: bool = True) -> Caller:
    theater_id = harness.snapshot.theater.theater_id if of_theater else "thr_another"
    roles, grants = ({"admin"}, {}) if role == "admin" else (set(), {theater_id: frozenset({role})})
    return Caller("usr_9", frozenset(roles), grants, token="t", expires_at=0)


async def test_the_quote_is_what_cancelling_does() -> None:
    harness, sale = Harness(), a_sale_under(HALF)
    await harness.confirm(sale)
    quote = await harness.cancellation.quote(sale.booking_id, GUEST, [])
    assert (quote.seat_ids, quote.money.paid, quote.money.refund) == (("C7", "C8"), TOTAL, 25_000)
    assert (quote.terms.tier, quote.terms.fees_refunded) == (TIERS[1], False)
    assert quote.terms.ends_at == at(DAY - 2 * HOUR)
    booking = await harness.cancellation.cancel(sale.booking_id, GUEST, 25_000)
    assert booking.state.refund == harness.events(sale)["refund_due"].amount == 25_000
    assert booking.facts.ended is not None
    assert booking.facts.ended.terms == quote.terms
    assert (await harness.cancellation.cancel(sale.booking_id, GUEST, 1)).version == booking.version


async def test_some_seats_are_quoted_and_strange_ones_refused() -> None:
    harness = Harness()
    await harness.confirm()
    quote = await harness.cancellation.quote(SALE.booking_id, GUEST, ["C8", "C8"])
    assert (quote.seat_ids, quote.money.paid) == (("C8",), TOTAL // 2)
    with pytest.raises(UnknownSeats) as unknown:
        await harness.cancellation.quote(SALE.booking_id, GUEST, ["C8", "Z9"])
    assert unknown.value.members == {"seatIds": ["Z9"]}


async def test_another_refund_than_the_expected_one_changes_nothing() -> None:
    harness = Harness()
    await harness.confirm()
    with pytest.raises(RefundChanged) as changed:
        await harness.cancellation.cancel(SALE.booking_id, GUEST, TOTAL - 1)
    assert changed.value.members == {"refund": TOTAL, "currency": "INR"}
    assert (await harness.booking()).state.status == "confirmed"


async def test_the_policy_of_the_sale_counts_and_not_what_the_theater_says_since() -> None:
    harness, sale = Harness(), a_sale_under(HALF)
    harness.snapshot = a_snapshot(SALE.showtime_id, theater={"cancellation_policy": CancellationPolicy()})
    await harness.confirm(sale)
    assert (await harness.cancellation.cancel(sale.booking_id, GUEST)).state.refund == 25_000


async def test_a_moved_show_gives_all_back_until_its_old_start_before_it_has_reached_the_booking() -> None:
    harness, sale = Harness(), a_sale_under(HALF)
    await harness.confirm(sale)
    await harness.recording.save_snapshot(a_snapshot(SALE.showtime_id, revision=2, start_at=at(3 * DAY)))
    quote = await harness.cancellation.quote(sale.booking_id, GUEST, [])
    assert (quote.money.refund, quote.money.kept) == (TOTAL, 0)
    assert (quote.terms.tier.hours_before, quote.terms.tier.refund_percent) == (0, 100)
    assert (quote.terms.fees_refunded, quote.terms.ends_at) == (True, START)
    assert (await harness.cancellation.cancel(sale.booking_id, GUEST)).state.refund == TOTAL
    assert harness.events(sale)["cancelled"].show.start_at == at(3 * DAY)


async def test_a_right_that_was_announced_lasts_although_the_show_is_moved_again_or_back() -> None:
    harness, sale = Harness(), a_sale_under(HALF)
    await harness.confirm(sale)
    for revision, starts_in in ((2, 2 * DAY), (3, DAY / 2), (4, DAY)):
        await harness.hear(a_snapshot(SALE.showtime_id, revision=revision, start_at=at(starts_in)))
    booking, show = await harness.booking(sale), harness.snapshot
    last = cancel_quote(booking, show, at(2 * DAY) - timedelta(microseconds=1))
    assert (last.money.refund, last.terms.ends_at) == (TOTAL, at(2 * DAY))
    with pytest.raises(CannotCancel) as late:
        cancel_quote(booking, show, at(2 * DAY))
    assert late.value.obstacle == "too_late"


async def test_when_the_old_start_is_past_the_policy_counts_with_the_new_one() -> None:
    sale = a_sale_under(HALF, start_at=at(-60))
    harness = Harness()
    harness.snapshot = a_snapshot(SALE.showtime_id, start_at=at(-60))
    await harness.confirm(sale)
    await harness.hear(a_snapshot(SALE.showtime_id, revision=2, start_at=at(DAY)))
    assert "rescheduled:2" in harness.events(sale)
    assert (await harness.cancellation.quote(sale.booking_id, GUEST, [])).money.refund == 25_000


@pytest.mark.parametrize(
    ("returned", "paid_now", "refund"),
    [
        (10_000, TOTAL - 10_000, 25_000),
        (40_000, TOTAL - 40_000, 12_360),
        (TOTAL, 0, 0),
    ],
)
async def test_what_went_back_by_hand_is_not_given_back_again(returned: int, paid_now: int, refund: int) -> None:
    harness, sale = Harness(), a_sale_under(HALF)
    await harness.confirm(sale)
    await harness.record(back_by_hand(1, returned), sale)
    assert (await harness.booking(sale)).state.refund == returned
    quote = await harness.cancellation.quote(sale.booking_id, GUEST, [])
    assert (quote.money.paid, quote.money.refund) == (paid_now, refund)
    booking = await harness.cancellation.cancel(sale.booking_id, GUEST)
    assert (booking.state.refund, booking.state.refund_due) == (returned + refund, refund)
    assert ("refund_due" in harness.events(sale)) == bool(refund)
    assert harness.events(sale)["cancelled"].refund == returned + refund


@pytest.mark.parametrize(("captured", "refund"), [(TOTAL - 500, TOTAL - 500), (TOTAL + 1_180, TOTAL)])
async def test_a_capture_that_differs_from_the_quote_bounds_the_refund(captured: int, refund: int) -> None:
    harness = Harness()
    await harness.confirm(amount=captured)
    assert (await harness.cancellation.cancel(SALE.booking_id, GUEST)).state.refund == refund


async def test_a_free_booking_is_cancelled_without_a_word_to_payment() -> None:
    harness = Harness()
    await harness.confirm(amount=0)
    booking = await harness.cancellation.cancel(SALE.booking_id, GUEST, 0)
    assert (booking.state.refund, booking.state.refund_status) == (0, "done")
    assert list(harness.events()) == ["confirmed", "ticket_issued", "cancelled"]


async def test_who_cancels_while_a_cancelled_show_is_on_its_way_gets_all_back() -> None:
    harness, sale = Harness(), a_sale_under(HALF)
    await harness.confirm(sale)
    harness.cancel_show()
    with pytest.raises(NotCancellable) as cancelled:
        await harness.cancellation.quote(sale.booking_id, GUEST, [])
    assert cancelled.value.members == {"reason": "cancelled"}
    booking = await harness.cancellation.cancel(sale.booking_id, GUEST, 25_000)
    assert (booking.state.reason, booking.state.refund) == ("showtime_cancelled", TOTAL)


@pytest.mark.parametrize(
    ("choice", "returned", "refund", "due"),
    [
        ("full", 0, TOTAL, TOTAL),
        ("full", 30_000, TOTAL, TOTAL),
        ("policy", 0, 25_000, 25_000),
        ("policy", 40_000, 52_360, 12_360),
        ("none", 0, 0, 0),
        ("none", TOTAL, TOTAL, 0),
    ],
)
async def test_the_theater_cancels_with_the_refund_it_chooses(
    choice: RefundChoice, returned: int, refund: int, due: int
) -> None:
    harness, sale = Harness(), a_sale_under(HALF)
    await harness.confirm(sale)
    if returned:
        await harness.record(back_by_hand(1, returned), sale)
    booking = await harness.cancellation.cancel_by_theater(
        sale.booking_id, a_caller(harness, "manager"), "flooded", choice
    )
    assert (booking.state.status, booking.state.reason) == ("cancelled", "by_theater")
    assert (booking.state.refund, booking.state.refund_due) == (refund, due)
    ended = booking.facts.ended
    assert ended is not None
    assert (ended.user_id, ended.note, ended.terms is not None) == ("usr_9", "flooded", choice == "policy")
    again = await harness.cancellation.cancel_by_theater(sale.booking_id, a_caller(harness), "again", "full")
    assert (again.version, again.facts.ended) == (booking.version, ended)


async def test_the_theater_cancels_also_when_it_is_too_late_for_a_guest_and_who_is_inside() -> None:
    harness = Harness()
    harness.snapshot = a_snapshot(SALE.showtime_id, start_at=at(-60))
    await harness.confirm()
    await harness.record(Facts(scans=(a_scan(1),)))
    with pytest.raises(NotCancellable) as inside:
        await harness.cancellation.cancel(SALE.booking_id, GUEST)
    assert inside.value.members == {"reason": "checked_in"}
    booking = await harness.cancellation.cancel_by_theater(SALE.booking_id, a_caller(harness), "sent home", "policy")
    assert (booking.state.status, booking.state.refund) == ("cancelled", 0)


@pytest.mark.parametrize("what", ["pending", "expired", "refunded", "by_guest", "unknown", "another theater's"])
async def test_what_a_theater_cannot_cancel(what: str) -> None:
    harness = Harness()
    known = {
        "pending": Facts(ordered=SALE),
        "expired": Facts(ordered=SALE, lapsed=True),
        "refunded": paid.with_news(Facts(refused="seats_lost")),
    }
    if what in known:
        await harness.record(known[what])
    elif what != "unknown":
        await harness.confirm()
    if what == "by_guest":
        await harness.cancellation.cancel(SALE.booking_id, GUEST)
    caller = a_caller(harness, "manager", of_theater=what != "another theater's")
    with pytest.raises(Problem) as refused:
        await harness.cancellation.cancel_by_theater(SALE.booking_id, caller, "flooded", "full")
    if what in {"unknown", "another theater's"}:
        assert isinstance(refused.value, BookingNotFound)
    else:
        assert refused.value.members == {"reason": {"by_guest": "cancelled"}.get(what, what)}


def disputed(status: DisputeStatus) -> Facts:
    """The guest asked their bank for the money, and so far it has got."""
    return Facts(disputes=(Dispute(key="disp_1", status=status),))


@pytest.mark.parametrize("seen", [["open"], ["lost"], ["open", "lost"], ["lost", "open"]])
async def test_what_the_guest_disputes_at_the_bank_is_not_cancelled_by_the_guest(seen: list[DisputeStatus]) -> None:
    harness = Harness()
    await harness.confirm()
    for status in seen:
        await harness.record(disputed(status))
    for asked in (
        harness.cancellation.quote(SALE.booking_id, GUEST, []),
        harness.cancellation.quote(SALE.booking_id, GUEST, ["C8"]),
        harness.cancellation.cancel(SALE.booking_id, GUEST),
    ):
        with pytest.raises(NotCancellable) as refused:
            await asked
        assert refused.value.members == {"reason": "disputed"}
    assert (await harness.booking()).state.status == "confirmed"


@pytest.mark.parametrize("seen", [["open", "won"], ["won", "open"], ["lost", "won"]])
async def test_a_dispute_that_was_won_hinders_nobody(seen: list[DisputeStatus]) -> None:
    harness = Harness()
    await harness.confirm()
    for status in seen:
        await harness.record(disputed(status))
    assert (await harness.cancellation.cancel(SALE.booking_id, GUEST)).state.refund == TOTAL


async def test_the_theater_and_the_end_of_the_show_cancel_what_is_disputed_and_payment_holds_the_refund_back() -> None:
    harness = Harness()
    await harness.confirm()
    await harness.record(disputed("open"))
    booking = await harness.cancellation.cancel_by_theater(SALE.booking_id, a_caller(harness), "a fire", "full")
    assert (booking.state.status, booking.state.refund) == ("cancelled", TOTAL)
    assert "refund_due" in harness.events(SALE)
