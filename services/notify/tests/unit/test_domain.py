"""How long a delivery is stored once it has ended."""

from datetime import timedelta

from services.notify.tests.factories import START, a_booking_id, issued, money_back

from notify.domain import STAYS_FOR
from notify.triggers import expires_at


def test_what_is_about_a_show_to_come_is_stored_until_long_after_it() -> None:
    assert expires_at(issued(a_booking_id()), START - timedelta(days=700)) == START + STAYS_FOR


def test_what_is_about_a_show_that_is_over_or_unknown_is_stored_as_long_after_its_own_end() -> None:
    later = START + timedelta(days=90)
    assert (
        expires_at(issued(a_booking_id()), later) == expires_at(money_back(a_booking_id()), later) == later + STAYS_FOR
    )
