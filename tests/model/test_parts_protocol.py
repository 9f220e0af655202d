"""Seats cancelled one by one, searched whole: each is given back once, and without any safeguard it is not."""

from typing import Final

import pytest

from .parts_protocol import SAFEGUARDS, WORLDS, breach, quiet, steps
from .search import Model, Rules

# What breaks, and in which world, when one safeguard is left out.
BREACHES: Final = {
    "a decision is written on condition of the version it was made of": ("one by one", "a_seat_is_given_back_once"),
    "a seat that is cancelled counts nothing": ("one by one", "a_seat_is_given_back_once"),
    "what the end gives back is beside the grants": ("and together", "no_more_is_granted_than_came"),
    "each grant has a key of its own": ("one by one", "what_was_granted_goes_back"),
    "a refund has a key": ("one by one", "what_was_granted_goes_back"),
    "no more goes back than is left of the capture": ("by hand", "never_more_goes_back_than_came"),
}

MODEL: Final = Model(Rules(steps, breach, quiet), WORLDS, SAFEGUARDS, BREACHES, least=100)


@pytest.mark.parametrize("world", WORLDS)
def test_each_seat_is_given_back_once_and_no_more_than_came(world: str) -> None:
    MODEL.must_hold_in(world)


def test_every_safeguard_is_tried() -> None:
    MODEL.must_try_every_safeguard()


@pytest.mark.parametrize("safeguard", SAFEGUARDS)
def test_without_any_one_safeguard_something_breaks(safeguard: str) -> None:
    MODEL.must_break_without(safeguard)
