"""The SMS of seats that were moved or have come free, in each language."""

from datetime import timedelta

import pytest
from services.notify.tests.factories import START, a_booking_id, seats_moved, waitlist_offered

from notify.domain import BookingOutline, ChannelName, Kind
from notify.texts import TEXTS, Texts
from notify.triggers import is_too_late, new_delivery


@pytest.mark.parametrize("language", TEXTS["seats_moved"])
def test_moved_seats_are_told_with_where_they_are_the_screen_and_the_new_ticket(language: str) -> None:
    event = seats_moved(booking_id := a_booking_id())
    delivery = new_delivery(ChannelName.SMS, event, None, START)
    outline = BookingOutline(event.reference, event.show, event)
    text = Texts("https://marquee.example", {f"seats_moved.{language}": "dlt"}).compose(delivery, language, outline)
    assert (delivery.kind, text.template_id) == (Kind.SEATS_MOVED, "dlt")
    for said in ("J7, K2", "Screen 2", "7KQ2M9XD", f"https://marquee.example/bookings/{booking_id}?token=tok3"):
        assert said in text.body


@pytest.mark.parametrize("language", TEXTS["waitlist_offer"])
def test_an_offer_of_the_waiting_list_says_which_seats_until_when_and_where_to_book_them(language: str) -> None:
    event = waitlist_offered()
    delivery = new_delivery(ChannelName.SMS, event, None, START)
    text = Texts("https://marquee.example", {}).compose(delivery, language, BookingOutline(None, event.show, None))
    assert delivery.kind is Kind.WAITLIST_OFFER
    for said in ("J7, J8", "5:30", "The Long Reel", f"https://marquee.example/showtimes/{event.showtime_id}"):
        assert said in text.body


def test_an_offer_is_not_told_once_it_is_over_or_paid_for() -> None:
    event = waitlist_offered()
    delivery = new_delivery(ChannelName.MAIL, event, "<1@marquee.example>", START)
    assert (is_too_late(delivery, event.expires_at), is_too_late(delivery, START - timedelta(hours=2))) == (True, False)
