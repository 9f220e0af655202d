"""Facts of one sale, each by the name of what happened, and a booking's record after some of them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from services.booking.tests.factories import TICKET_SEED, capture_of
from tests.factories import a_sale, a_snapshot, at

from booking.domain.facts import Ended, Extended, Facts, HandRefund, Move, Paid, RefundOutcome, refund_key
from booking.domain.record import Record, Step
from booking.domain.scans import RecordedOutcome, Scan
from booking.domain.shows import show_of
from contracts.event import Event
from contracts.ids import UserId
from contracts.payment import Tender
from contracts.sale import Contact, Sale
from tickets.code import TicketSigner
from tickets.references import References

NOW = datetime(2030, 1, 1, tzinfo=UTC)
SALE = a_sale()
TOTAL = SALE.quote.total
ORDER_ID = "order_1"
sign, refer = TicketSigner(TICKET_SEED).sign, References(TICKET_SEED).of


def money_of(sale: Sale, amount: int | None = None) -> Facts:
    """The sale was paid: as much as was quoted, or `amount`."""
    captured = sale.quote.total if amount is None else amount
    paid = Paid(
        payment_id=sale.payment_id, capture_id=capture_of(sale), provider="razorpay", amount=captured, currency="INR"
    )
    return Facts(ordered=sale, paid=paid)


def back_by_hand(number: int, amount: int, *, failed: bool = False) -> Facts:
    """Somebody gave so much back at the provider."""
    return Facts(by_hand=(HandRefund(key=f"hand_rfnd_{number}", amount=amount, failed=failed),))


def a_move(revision: int) -> Move:
    """From one day to the next; revision 2 moves the show from `NOW`."""
    start_at = NOW + timedelta(days=revision - 1)
    return Move(
        revision=revision,
        previous_start_at=start_at - timedelta(days=1),
        start_at=start_at,
        end_at=start_at + timedelta(hours=2),
    )


def a_scan(number: int, outcome: RecordedOutcome = "checked_in", *, at: datetime = NOW) -> Scan:
    """At gate 1."""
    by = UserId("usr_7")
    return Scan(number=number, at=at, by=by, outcome=outcome, recorded_at=NOW, device_id="gate-1", ticket_version=1)


def money_at_counter(tender: Tender, *, has_contact: bool = False, sale: Sale = SALE) -> Facts:
    """The sale was paid at the counter."""
    paid = money_of(sale, 0 if tender == "complimentary" else None).paid
    assert paid is not None
    at_counter = {"tender": tender, "sold_by": UserId("usr_8"), "has_contact": has_contact}
    return Facts(ordered=sale, paid=paid.model_copy(update=at_counter))


ordered = Facts(ordered=SALE)
paid = money_of(SALE)
free = money_of(SALE, 0)
sold = Facts(sold=True)
seats_lost = Facts(refused="seats_lost")
too_late = Facts(refused="too_late")
show_closed = Facts(refused="showtime_cancelled")
lapsed = Facts(lapsed=True)
checked_in = Facts(scans=(a_scan(1),))
scanned_again = Facts(scans=(a_scan(2, "already_checked_in"),))

later_ends = [SALE.hold_expires_at + timedelta(minutes=minutes) for minutes in (5, 10)]
extended, extended_again = (Facts(extended=Extended(until=end)) for end in later_ends)

show, new_show, newest_show = (
    Facts(show=show_of(a_snapshot(SALE.showtime_id, revision=revision, start_at=at(revision * 3600))))
    for revision in (1, 2, 3)
)
moves = [a_move(revision) for revision in (2, 3, 4)]
move_2, move_3, move_4 = (Facts(moves=(move,)) for move in moves)

contact_given = Facts(contact=Contact(name="Asha", email="asha@example.org"))

show_cancelled = Facts(ended=Ended(by="showtime_cancelled", at=NOW))
guest_cancelled = Facts(ended=Ended(by="by_guest", at=NOW, refund=TOTAL // 2))
guest_cancelled_late = Facts(ended=Ended(by="by_guest", at=NOW, refund=0))
theater_cancelled = Facts(ended=Ended(by="by_theater", at=NOW, user_id=UserId("usr_9"), note="flooded"))
theater_cancelled_after_hand = Facts(ended=Ended(by="by_theater", at=NOW, refund=0, returned_by_hand=TOTAL))

KEY = refund_key(capture_of(SALE))
refund_refused = Facts(refund_outcomes=(RefundOutcome(refund_key=KEY, has_failed=True),))
refunded, refunded_again = (
    Facts(refund_outcomes=(RefundOutcome(refund_key=KEY, accepted=number),)) for number in (1, 2)
)
refund_pending = Facts(refund_outcomes=(RefundOutcome(refund_key=KEY, accepted=1, pending=1),))
refund_completed = Facts(refund_outcomes=(RefundOutcome(refund_key=KEY, accepted=1, completed=1),))
refund_failed, failed_again = (
    Facts(refund_outcomes=(RefundOutcome(refund_key=KEY, failed=number, has_failed=True),)) for number in (1, 2)
)
some_by_hand, more_by_hand, all_by_hand = (
    back_by_hand(number, amount) for number, amount in enumerate((TOTAL // 4, TOTAL // 5, TOTAL))
)
waiting_by_hand, made_by_hand = (
    Facts(by_hand=(HandRefund(key="hand_rfnd_0", amount=TOTAL // 4, **{how: True}),))
    for how in ("pending", "completed")
)
some_by_hand_failed, all_by_hand_failed = (
    back_by_hand(0, TOTAL // 4, failed=True),
    back_by_hand(2, TOTAL, failed=True),
)


def facts_after(news: Iterable[Facts]) -> Facts:
    known = Facts()
    for facts in news:
        known = known.with_news(facts)
    return known


def recorded(news: Iterable[Facts], record: Record | None = None, *, now: datetime = NOW) -> Record:
    """The record after each of `news` was recorded by itself; of `SALE`, where no earlier record is given."""
    record = record or Record(SALE.booking_id)
    for facts in news:
        record = record.with_news(facts, step=Step(now, sign, refer, {ORDER_ID})) or record
    return record


def events_of(record: Record) -> dict[str, Event]:
    """Its events, by their keys."""
    return {event_id.removeprefix(f"{record.id}:"): event for event_id, event in record.events()}
