"""The numbers of invoices, searched whole: gapless and unique, and without any one of the safeguards they are not."""

from typing import Final

import pytest

from .search import Model, Rules
from .series_protocol import SAFEGUARDS, WORLDS, breach, quiet, steps

# What breaks, and in which world, when one safeguard is left out.
BREACHES: Final = {
    "a number is taken on condition of the last one": ("two at once", "no_number_is_given_twice"),
    "what was given stays open": ("two at once", "every_number_has_its_booking"),
    "it stays open until its booking has it": ("two at once", "every_number_has_its_booking"),
    "the booking is read after the series": ("two at once", "every_number_has_its_booking"),
    "a number of an open paper is given again": ("two at once", "every_number_has_its_booking"),
    "a booking whose writing began before the series was remembered is read": (
        "two at once",
        "every_number_has_its_booking",
    ),
    "once another has given a number all is read anew": ("two at once", "every_number_has_its_booking"),
    "a booking that was seen before an open paper was forgotten is read": (
        "looked at again",
        "every_number_has_its_booking",
    ),
    "what a crash left behind is due": ("a crash", "every_booking_has_a_number"),
}

MODEL: Final = Model(Rules(steps, breach, quiet), WORLDS, SAFEGUARDS, BREACHES, least=100)


@pytest.mark.parametrize("world", WORLDS)
def test_every_number_of_a_series_is_one_bookings(world: str) -> None:
    MODEL.must_hold_in(world)


def test_every_safeguard_is_tried() -> None:
    MODEL.must_try_every_safeguard()


@pytest.mark.parametrize("safeguard", SAFEGUARDS)
def test_without_any_one_safeguard_something_breaks(safeguard: str) -> None:
    MODEL.must_break_without(safeguard)
