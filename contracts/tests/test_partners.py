"""What partners are told: public facts about no person, each with its theater where it says so."""

import pytest

from contracts.booking import BookingExpired
from contracts.event import Event
from contracts.ids import BookingId, ShowtimeId, TheaterId, UserId
from contracts.partners import FOR_PARTNERS, tells_theater, theater_of
from contracts.subscriptions import EVENTS


@pytest.mark.parametrize(("name", "event"), FOR_PARTNERS.items())
def test_what_partners_are_told_is_public_under_its_name_without_version(name: str, event: type[Event]) -> None:
    assert event in EVENTS
    assert (event.private, event.transient) == (False, False)
    assert event.type.startswith(f"{name}.v")


def test_no_fact_about_a_person_is_among_them() -> None:
    personal = {"name", "email", "phone", "contact"}
    assert not [name for name, event in FOR_PARTNERS.items() if personal & event.model_fields.keys()]
    assert not [name for name in FOR_PARTNERS if name.startswith("identity.")]


def test_all_that_is_told_of_bookings_payments_and_showtimes_says_its_theater() -> None:
    silent = {name for name, event in FOR_PARTNERS.items() if not tells_theater(event)}
    assert {name.partition(".")[0] for name in silent} == {"seating", "notify"}


def test_the_theater_of_a_fact_is_the_one_that_it_says() -> None:
    about = {"booking_id": BookingId("bkg_1"), "user_id": UserId("usr_1"), "showtime_id": ShowtimeId("sho_1")}
    assert theater_of(BookingExpired(**about, version=1, theater_id=TheaterId("thr_1"))) == "thr_1"
    assert theater_of(BookingExpired(**about, version=1)) is None
