"""Seats moved by the theater, searched whole: nobody loses a seat or gets another's, and Redis comes to show it."""

from typing import Final

import pytest

from .moves_protocol import SAFEGUARDS, WORLDS
from .moves_steps import breach, quiet, steps
from .search import Model, Rules

# What breaks, and in which world, when one safeguard is left out.
BREACHES: Final = {
    "a plan is written on the very state that it was made of": ("block", "a_sold_booking_has_its_seats"),
    "a sale takes the seats where they are now": ("screen", "a_sold_booking_has_its_seats"),
    "a cancelled seat is looked for where it is now": ("block and cancel", "a_cancelled_seat_is_given_back_once"),
    "a moved booking names the seats that it still has": ("cancel and block", "a_sold_booking_has_its_seats"),
    "a hold of the old screen is not checked out on the new one": (
        "screen",
        "nobody_gets_a_seat_of_a_screen_they_did_not_choose",
    ),
    "money for a hold of the old screen that was not placed is refused": (
        "screen",
        "nobody_gets_a_seat_of_a_screen_they_did_not_choose",
    ),
    "Redis takes no map of another screen": ("screen", "no_hold_is_of_another_screen"),
    "a new screen ends the holds of browsers": ("screen", "no_hold_is_of_another_screen"),
    "a blocked seat is not sold": ("block what is bought", "a_blocked_seat_is_not_sold_anew"),
    "what a crash left is finished": ("block", "a_wish_comes_true"),
    "who is in checkout on a blocked seat without another is refused": (
        "block and move nobody",
        "a_blocked_seat_is_not_sold_anew",
    ),
    "a plan that was overtaken fences the ledger": ("block in great demand", "a_wish_comes_true"),
    "who writes seats waits for the fence": ("block in great demand", "a_wish_comes_true"),
    "a fence ends by itself": ("block in great demand", "stuck"),
}

MODEL: Final = Model(Rules(steps, breach, quiet), WORLDS, SAFEGUARDS, BREACHES, least=100)


@pytest.mark.parametrize("world", WORLDS)
def test_a_booking_keeps_as_many_seats_wherever_the_theater_moves_them(world: str) -> None:
    MODEL.must_hold_in(world)


def test_every_safeguard_is_tried() -> None:
    MODEL.must_try_every_safeguard()


@pytest.mark.parametrize("safeguard", SAFEGUARDS)
def test_without_any_one_safeguard_something_breaks(safeguard: str) -> None:
    MODEL.must_break_without(safeguard)
