"""Cancelling some seats of a booking: what goes back, what is said, and the ticket of those that stay."""

from itertools import permutations

import pytest
from services.booking.tests.factories import TICKET_SEED, capture_of
from services.booking.tests.facts import SALE, back_by_hand, events_of, facts_after, paid, recorded, show, sold
from services.booking.tests.unit.harness import GUEST, Harness
from services.booking.tests.unit.test_cancelling import HALF, a_caller, a_sale_under
from tests.factories import a_quote_of, at

from booking.domain.advance import EventKind, advance
from booking.domain.cancelling import RefundChoice
from booking.domain.facts import Facts, Grant, RefundOutcome, refund_key
from booking.errors import NotCancellable, RefundChanged, UnknownSeats
from contracts.sale import Sale
from tickets.code import Ticket, TicketSigner, verify

QUOTE = a_quote_of({"C7": (1000, 50), "C8": (1001, 50), "C9": (1000, 50)}, fees=300, fee_taxes=54)
KEYS = [TicketSigner(TICKET_SEED).key]


def a_sale_of_three(**more: object) -> Sale:
    return a_sale_under(HALF, seat_ids=("C7", "C8", "C9"), quote=QUOTE, **more)


async def test_some_seats_go_and_the_others_stay_booked_with_a_new_ticket() -> None:
    harness, sale = Harness(), a_sale_of_three()
    first = await harness.confirm(sale)
    booking = await harness.cancellation.cancel(sale.booking_id, GUEST, 526, ["C8"])
    assert (booking.state.status, booking.state.refund, booking.state.refund_status) == ("confirmed", 526, "due")
    assert (booking.facts.booked_seats, booking.facts.ticket_version) == (("C7", "C9"), 2)
    assert booking.valid_ticket != first.valid_ticket
    assert [verify(ticket.code, KEYS) for ticket in booking.tickets] == [
        Ticket(sale.booking_id, sale.showtime_id, ("C7", "C8", "C9"), 1),
        Ticket(sale.booking_id, sale.showtime_id, ("C7", "C9"), 2),
    ]


async def test_what_is_said_of_some_seats_names_them_and_the_ticket_of_the_others() -> None:
    harness, sale = Harness(), a_sale_of_three()
    await harness.confirm(sale)
    booking = await harness.cancellation.cancel(sale.booking_id, GUEST, None, ["C8"])
    events = harness.events(sale)
    assert list(events)[2:] == ["seats_cancelled:1", "ticket_issued:1", "refund_due:1"]
    cancelled, ticket, due = (events[key] for key in list(events)[2:])
    assert (cancelled.seat_ids, cancelled.remaining_seat_ids, cancelled.refund) == (("C8",), ("C7", "C9"), 526)
    assert (cancelled.ticket_version, cancelled.reason, cancelled.number) == (2, "by_guest", 1)
    assert (ticket.ticket_version, ticket.seat_ids, ticket.qr_text) == (2, ("C7", "C9"), booking.valid_ticket)
    assert (ticket.cancelled.seat_ids, ticket.cancelled.refund) == (("C8",), 526)
    assert (due.refund_key, due.amount) == (f"refund_{capture_of(sale)}_1", 526)
    assert (events["ticket_issued"].ticket_version, events["ticket_issued"].cancelled) == (1, None)
    assert events["ticket_issued"].seat_ids == ("C7", "C8", "C9")


async def test_seats_cancelled_one_after_the_other_bring_what_they_bring_together_and_end_the_booking() -> None:
    harness, sale = Harness(), a_sale_of_three()
    await harness.confirm(sale)
    whole = await harness.cancellation.quote(sale.booking_id, GUEST, [])
    for seat in ("C9", "C7"):
        quote = await harness.cancellation.quote(sale.booking_id, GUEST, [seat])
        assert quote.money.paid == 1050 + 118
        booking = await harness.cancellation.cancel(sale.booking_id, GUEST, quote.money.refund, [seat])
        assert booking.state.status == "confirmed"
    booking = await harness.cancellation.cancel(sale.booking_id, GUEST, None, ["C8"])
    assert (booking.state.status, booking.state.reason) == ("cancelled", "by_guest")
    assert booking.state.refund == whole.money.refund == 525 + 526 + 525
    events = harness.events(sale)
    assert (events["cancelled"].seat_ids, events["cancelled"].refund) == (("C8",), whole.money.refund)
    assert [events[key].amount for key in ("refund_due:1", "refund_due:2", "refund_due")] == [525, 525, 526]


async def test_a_seat_that_is_cancelled_counts_nothing_and_again_is_the_same_answer() -> None:
    harness, sale = Harness(), a_sale_of_three()
    await harness.confirm(sale)
    booking = await harness.cancellation.cancel(sale.booking_id, GUEST, 525, ["C7"])
    again = await harness.cancellation.cancel(sale.booking_id, GUEST, 525, ["C7", "C7"])
    assert again == booking
    quote = await harness.cancellation.quote(sale.booking_id, GUEST, ["C7"])
    assert (quote.seat_ids, quote.money.paid, quote.money.kept, quote.money.refund) == ((), 0, 0, 0)
    both = await harness.cancellation.quote(sale.booking_id, GUEST, ["C7", "C9"])
    assert (both.seat_ids, both.money.refund) == (("C9",), 525)
    rest = await harness.cancellation.quote(sale.booking_id, GUEST, [])
    assert rest.seat_ids == ("C8", "C9")


async def test_strange_seats_and_another_refund_change_nothing() -> None:
    harness, sale = Harness(), a_sale_of_three()
    await harness.confirm(sale)
    with pytest.raises(UnknownSeats):
        await harness.cancellation.cancel(sale.booking_id, GUEST, None, ["C7", "D1"])
    with pytest.raises(RefundChanged) as changed:
        await harness.cancellation.cancel(sale.booking_id, GUEST, 524, ["C7"])
    assert changed.value.members["refund"] == 525
    assert (await harness.booking(sale)).facts.grants == ()
    await harness.cancellation.cancel(sale.booking_id, GUEST)
    with pytest.raises(UnknownSeats):
        await harness.cancellation.cancel(sale.booking_id, GUEST, None, ["D1"])
    with pytest.raises(NotCancellable):
        await harness.cancellation.quote(sale.booking_id, GUEST, ["C7"])


async def test_what_was_refunded_already_is_taken_from_the_seats_in_their_order() -> None:
    harness, sale = Harness(), a_sale_of_three()
    await harness.confirm(sale)
    await harness.record(back_by_hand(1, 1000), sale)
    quote = await harness.cancellation.quote(sale.booking_id, GUEST, ["C7"])
    assert (quote.money.paid, quote.money.refund) == (168, 168)
    await harness.cancellation.cancel(sale.booking_id, GUEST, 168, ["C7"])
    assert (await harness.cancellation.quote(sale.booking_id, GUEST, ["C8"])).money.refund == 526


@pytest.mark.parametrize(("choice", "due"), [("full", QUOTE.total - 525), ("policy", 1051), ("none", 0)])
async def test_the_theater_gives_back_what_is_left_beside_the_seats_cancelled_before(
    choice: RefundChoice, due: int
) -> None:
    harness, sale = Harness(), a_sale_of_three()
    await harness.confirm(sale)
    await harness.cancellation.cancel(sale.booking_id, GUEST, 525, ["C7"])
    booking = await harness.cancellation.cancel_by_theater(sale.booking_id, a_caller(harness), "flooded", choice)
    assert (booking.state.refund, booking.state.refund_due) == (525 + due, due)
    assert harness.events(sale)["cancelled"].seat_ids == ("C8", "C9")


async def test_a_cancelled_show_gives_back_all_that_is_left() -> None:
    harness, sale = Harness(), a_sale_of_three()
    await harness.confirm(sale)
    await harness.cancellation.cancel(sale.booking_id, GUEST, 525, ["C7"])
    harness.cancel_show()
    booking = await harness.cancellation.cancel(sale.booking_id, GUEST, None, ["C8"])
    assert (booking.state.reason, booking.state.refund) == ("showtime_cancelled", QUOTE.total)
    assert harness.events(sale)["refund_due"].amount == QUOTE.total - 525


def grant(number: int, amount: int, *seat_ids: str) -> Facts:
    terms = {"amount": amount, "seat_ids": seat_ids, "ticket_version": number + 1}
    return Facts(grants=(Grant(number=number, by="by_guest", at=at(0), **terms),))


def outcome(number: int | None, **how: int) -> Facts:
    key = refund_key(capture_of(SALE), number)
    return Facts(refund_outcomes=(RefundOutcome(refund_key=key, has_failed="failed" in how, **how),))


def test_facts_of_several_refunds_end_the_same_in_every_order() -> None:
    first, failed, support = grant(1, 100, "C7"), outcome(1, failed=1), grant(2, 50)
    news = [facts_after([paid, sold, show]), first, failed, outcome(1, accepted=1), support]
    ends = {(record := recorded(order)).facts: set(record.event_versions) for order in permutations(news)}
    assert len(ends) == 1
    of_grants = {"seats_cancelled:1", "ticket_issued:1", "refund_due:1", "refund_due:2"}
    assert ends.popitem()[1] == {"confirmed", "ticket_issued", *of_grants}


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        ([], "due"),
        ([outcome(1, accepted=1)], "due"),
        ([outcome(1, accepted=1), outcome(2, accepted=1)], "done"),
        ([outcome(1, accepted=1, pending=1), outcome(2, accepted=1)], "pending"),
        ([outcome(1, accepted=1, pending=1)], "due"),
        ([outcome(1, failed=1), outcome(2, accepted=1)], "failed"),
        ([outcome(1, failed=1), outcome(1, accepted=2), outcome(2, accepted=1)], "done"),
        ([outcome(None, accepted=1)], "due"),
    ],
)
def test_the_worst_of_several_refunds_shows(outcomes: list[Facts], status: str) -> None:
    state = advance(facts_after([paid, sold, show, grant(1, 100, "C7"), grant(2, 50), *outcomes]))
    assert (state.status, state.refund, state.refund_status) == ("confirmed", 150, status)


def test_a_refund_that_leaves_the_seats_leaves_the_ticket_too() -> None:
    record = recorded([paid, sold, show, grant(1, 100)])
    assert (record.facts.ticket_version, len(record.tickets)) == (1, 1)
    assert list(events_of(record)) == ["confirmed", "ticket_issued", "refund_due:1"]
    assert EventKind.SEATS_CANCELLED not in advance(record.facts).events


def test_a_seat_given_back_for_nothing_is_cancelled_without_a_refund() -> None:
    record = recorded([paid, sold, show, grant(1, 0, "C7")])
    assert list(events_of(record)) == ["confirmed", "ticket_issued", "seats_cancelled:1", "ticket_issued:1"]
    state = advance(record.facts)
    assert (state.refund, state.refund_status) == (0, "done")
