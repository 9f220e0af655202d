"""Seats that the theater moves: where they are shown, the tickets that follow, and what the guest may do then."""

from itertools import permutations

import pytest
from services.booking.tests.factories import TICKET_SEED
from services.booking.tests.facts import money_of
from services.booking.tests.unit.harness import GUEST, Harness
from services.booking.tests.unit.test_cancelling import HALF, a_sale_under
from services.booking.tests.unit.test_some_seats import QUOTE, a_sale_of_three
from tests.factories import START, a_snapshot, at

from booking.documents import update_of
from booking.domain.facts import Facts
from booking.domain.record import Record
from booking.domain.reseating import LedgerMove
from booking.errors import UnknownSeats
from booking.papers import calendar_entry, ticket_page
from booking.schemas import BookingView
from contracts.layout import ScreenDetails, SeatLabel
from contracts.sale import Sale
from contracts.seating import SeatMove
from tickets.code import Ticket, TicketSigner, verify

KEYS = [TicketSigner(TICKET_SEED).key]
SCREEN = ScreenDetails(screen_id="scr_2", name="Screen 2")


def a_move(sold_as: str, to: str, since: str = "") -> SeatMove:
    label = SeatLabel(row=to[0], number=to[1:])
    return SeatMove(sold_as=sold_as, from_seat_id=since or sold_as, to_seat_id=to, label=label, type="recliner")


def a_reseating(number: int, *moves: SeatMove, screen: ScreenDetails | None = None) -> LedgerMove:
    reason = "screen_changed" if screen else "seat_blocked"
    return LedgerMove(number, moves, reason, screen, at(number))  # type: ignore[arg-type]  # either of its words


async def shown(harness: Harness, sale: Sale) -> BookingView:
    return BookingView.of(await harness.lookup.with_show(await harness.booking(sale)))


def admitted(harness: Harness, sale: Sale) -> list[Ticket]:
    """What each ticket says, from the first on."""
    return [verify(ticket.code, KEYS) for ticket in harness.bookings.records[sale.booking_id].tickets]


async def test_a_moved_seat_is_shown_where_it_is_with_a_new_ticket_and_the_price_that_was_paid() -> None:
    harness, sale = Harness(), a_sale_of_three()
    before = await harness.confirm(sale)
    await harness.recording.record_reseating(sale.booking_id, a_reseating(1, a_move("C8", "E2")))
    booking = await harness.booking(sale)
    assert [(ticket.seat_ids, ticket.version) for ticket in admitted(harness, sale)] == [
        (("C7", "C8", "C9"), 1),
        (("C7", "E2", "C9"), 2),
    ]
    assert not booking.is_opened_by(before.tickets[0].link_token)
    view = await shown(harness, sale)
    assert [(seat.seat_id, str(seat.label), seat.type) for seat in view.seats][1] == ("E2", "E2", "recliner")
    assert [seat.moved_from and seat.moved_from.seat_id for seat in view.seats] == [None, "C8", None]
    assert ([seat.price for seat in view.seats], view.amount) == ([line.price for line in QUOTE.lines], QUOTE.total)
    assert booking.facts.show is not None
    page = ticket_page(booking, booking.facts.show, "code")
    assert ([seat.label for seat in page.seats], page.version, page.total) == (["C7", "E2", "C9"], 2, QUOTE.total)
    entry = calendar_entry(booking, booking.facts.show)
    assert (entry.seats, entry.version) == (("C7", "E2", "C9"), 2)
    record = harness.bookings.records[sale.booking_id]
    assert update_of(Record(sale.booking_id), record, at(0))["$set"]["seat_ids"] == ["C7", "E2", "C9"]


async def test_the_ticket_of_a_move_says_what_was_bought_and_what_it_is_now() -> None:
    harness, sale = Harness(), a_sale_of_three()
    await harness.confirm(sale)
    await harness.recording.record_reseating(sale.booking_id, a_reseating(1, a_move("C8", "E2")))
    await harness.recording.record_reseating(sale.booking_id, a_reseating(1, a_move("C8", "E2")))
    events = harness.events(sale)
    assert list(events) == ["confirmed", "ticket_issued", "ticket_issued:moved_1"]
    first, ticket = events["ticket_issued"], events["ticket_issued:moved_1"]
    assert (first.moved, first.ticket_version) == (None, 1)
    assert (ticket.ticket_version, ticket.seat_ids) == (2, ("C7", "C8", "C9"))
    assert [str(line.label) for line in ticket.quote.lines] == ["C7", "E2", "C9"]
    assert (ticket.moved.number, ticket.moved.reason) == (1, "seat_blocked")
    assert [str(label) for label in (*ticket.moved.sold_labels, *ticket.moved.seat_labels)] == ["C8", "E2"]
    assert ticket.link_token != first.link_token


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_moves_in_any_order_and_beside_the_sale_end_where_the_ledger_has_the_seats(order: tuple[int]) -> None:
    """Whatever was said is what would be said again."""
    harness, sale = Harness(), a_sale_of_three()
    moves = {1: a_move("C8", "E2"), 2: a_move("C8", "E4", since="E2")}
    for news in order:
        if news in moves:
            await harness.recording.record_reseating(sale.booking_id, a_reseating(news, moves[news]))
        else:
            await harness.confirm(sale)
    booking = await harness.booking(sale)
    assert booking.seat_ids == ("C7", "E4", "C9")
    newest = admitted(harness, sale)[-1]
    assert (newest.seat_ids, newest.version) == (("C7", "E4", "C9"), booking.facts.ticket_version)
    tickets = [event for key, event in harness.events(sale).items() if key.startswith("ticket_issued")]
    assert [ticket.ticket_version for ticket in tickets] == list(range(1, booking.facts.ticket_version + 1))
    assert tickets[-1].moved is not None
    again = dict(harness.bookings.records[sale.booking_id].events())
    said = {key: event for key, event in harness.bookings.events.items() if key.startswith(sale.booking_id)}
    assert again == said


async def test_a_moved_guest_gets_all_back_until_the_start_whatever_the_policy_gives() -> None:
    harness, sale = Harness(), a_sale_under(HALF, start_at=START, quote=QUOTE, seat_ids=("C7", "C8", "C9"))
    await harness.confirm(sale)
    before = await harness.cancellation.quote(sale.booking_id, GUEST, [])
    await harness.recording.record_reseating(sale.booking_id, a_reseating(1, a_move("C8", "E2")))
    quote = await harness.cancellation.quote(sale.booking_id, GUEST, [])
    assert before.money.refund < quote.money.refund == quote.money.paid == QUOTE.total
    assert (quote.terms.tier.hours_before, quote.terms.tier.refund_percent) == (0, 100)
    assert (quote.terms.fees_refunded, quote.terms.ends_at) == (True, harness.snapshot.start_at)
    assert quote.shown_ids == ("C7", "E2", "C9")
    booking = await harness.cancellation.cancel(sale.booking_id, GUEST, QUOTE.total)
    assert (booking.state.status, booking.state.refund) == ("cancelled", QUOTE.total)
    ended = harness.events(sale)["cancelled"]
    assert [str(label) for label in ended.seat_labels] == ["C7", "E2", "C9"]
    assert ended.seat_ids == ("C7", "C8", "C9")


@pytest.mark.parametrize("named", ["E4", "E2", "C8"])
async def test_a_seat_is_cancelled_by_where_it_is_or_where_an_older_page_showed_it(named: str) -> None:
    harness, sale = Harness(), a_sale_of_three()
    await harness.confirm(sale)
    for number, to in ((1, "E2"), (2, "E4")):
        await harness.recording.record_reseating(sale.booking_id, a_reseating(number, a_move("C8", to)))
    booking = await harness.cancellation.cancel(sale.booking_id, GUEST, None, [named])
    assert booking.facts.cancelled_seats == {"C8"}
    events = harness.events(sale)
    assert (events["seats_cancelled:1"].seat_ids, events["seats_cancelled:1"].ticket_version) == (("C8",), 4)
    assert [str(label) for label in events["seats_cancelled:1"].seat_labels] == ["E4"]
    assert admitted(harness, sale)[-1].seat_ids == ("C7", "C9")
    assert await harness.cancellation.cancel(sale.booking_id, GUEST, None, [named]) == booking
    with pytest.raises(UnknownSeats):
        await harness.cancellation.cancel(sale.booking_id, GUEST, None, ["E3"])


async def test_a_name_that_two_seats_had_is_that_of_the_one_that_is_there() -> None:
    harness, sale = Harness(), a_sale_of_three()
    await harness.confirm(sale)
    move = a_reseating(1, a_move("C7", "C8"), a_move("C8", "C9"), a_move("C9", "D1"))
    await harness.recording.record_reseating(sale.booking_id, move)
    booking = await harness.cancellation.cancel(sale.booking_id, GUEST, None, ["C8"])
    assert booking.facts.cancelled_seats == {"C7"}
    assert booking.seat_ids == ("C9", "D1")


async def test_a_move_of_a_seat_that_was_cancelled_tells_the_guest_nothing() -> None:
    harness, sale = Harness(), a_sale_of_three()
    await harness.confirm(sale)
    await harness.cancellation.cancel(sale.booking_id, GUEST, None, ["C8"])
    await harness.recording.record_reseating(sale.booking_id, a_reseating(1, a_move("C8", "E2")))
    booking = await harness.booking(sale)
    assert (booking.facts.ticket_version, booking.facts.was_reseated) == (2, False)
    assert booking.seat_ids == ("C7", "C9")
    assert list(harness.events(sale))[-1] == "refund_due:1"


async def test_a_move_of_a_booking_that_has_ended_issues_no_ticket() -> None:
    harness, sale = Harness(), a_sale_of_three()
    await harness.confirm(sale)
    ended = await harness.cancellation.cancel(sale.booking_id, GUEST)
    await harness.recording.record_reseating(sale.booking_id, a_reseating(1, a_move("C8", "E2")))
    assert (await harness.booking(sale)).tickets == ended.tickets


async def test_another_screen_is_on_the_ticket_and_the_page_before_the_show_says_it_and_the_guest_may_leave() -> None:
    harness, sale = Harness(), a_sale_of_three()
    await harness.confirm(sale)
    moves = [a_move(seat, seat) for seat in ("C7", "C8", "C9")]
    await harness.recording.record_reseating(sale.booking_id, a_reseating(1, *moves, screen=SCREEN))
    ticket = harness.events(sale)["ticket_issued:moved_1"]
    assert (ticket.show.screen_name, ticket.moved.seat_labels, ticket.ticket_version) == ("Screen 2", (), 2)
    view = await shown(harness, sale)
    assert (view.showtime.screen_name, view.seats[0].moved_from) == ("Screen 2", None)
    quote = await harness.cancellation.quote(sale.booking_id, GUEST, [])
    assert quote.money.refund == QUOTE.total
    renamed = a_snapshot(sale.showtime_id, revision=2, screen=SCREEN.model_copy(update={"name": "The Grand"}))
    await harness.recording.save_snapshot(renamed)
    assert (await shown(harness, sale)).showtime.screen_name == "The Grand"


async def test_what_was_moved_before_it_was_paid_is_on_the_first_ticket_with_a_word_of_it() -> None:
    harness, sale = Harness(), a_sale_of_three()
    await harness.recording.record_reseating(sale.booking_id, a_reseating(1, a_move("C8", "E2")))
    await harness.record(Facts(ordered=sale), sale)
    await harness.recording.record_reseating(sale.booking_id, a_reseating(2, a_move("C9", "E3")))
    await harness.record(money_of(sale), sale)
    await harness.record_sold(sale)
    assert [(ticket.seat_ids, ticket.version) for ticket in admitted(harness, sale)] == [(("C7", "E2", "E3"), 1)]
    events = harness.events(sale)
    assert list(events) == ["confirmed", "ticket_issued"]
    moved = events["ticket_issued"].moved
    assert [str(label) for label in (*moved.sold_labels, *moved.seat_labels)] == ["C8", "C9", "E2", "E3"]
    assert (await harness.cancellation.quote(sale.booking_id, GUEST, [])).money.refund == QUOTE.total
