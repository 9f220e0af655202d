"""Books that are made from a backup beside a provider that knows more, searched whole: what was paid is confirmed or
goes back, and without any one of its safeguards something breaks."""

from typing import Final

import pytest

from .restore_protocol import SAFEGUARDS, WORLDS, breach, quiet, steps
from .search import Model, Rules

# What breaks, and in which world, when one safeguard is left out.
BREACHES: Final = {
    "a sale is written into its order": ("nobody cancels", "stuck"),
    "a sealed order without its sale goes back": ("sales that do not fit", "what_is_paid_is_confirmed_or_goes_back"),
    "what went back is not sold again": ("sold and sold again", "who_was_given_back_has_no_seat"),
    "guests come when the lists are read": ("nobody cancels", "what_was_confirmed_is_confirmed_again"),
    "a refund that nobody wished is a case": ("sold and sold again", "a_seat_without_money_is_a_case"),
}

MODEL: Final = Model(Rules(steps, breach, quiet), WORLDS, SAFEGUARDS, BREACHES, least=20)


@pytest.mark.parametrize("world", WORLDS)
def test_what_was_paid_is_confirmed_or_goes_back_after_a_restore(world: str) -> None:
    MODEL.must_hold_in(world)


def test_every_safeguard_is_tried() -> None:
    MODEL.must_try_every_safeguard()


@pytest.mark.parametrize("safeguard", SAFEGUARDS)
def test_without_any_one_safeguard_something_breaks(safeguard: str) -> None:
    MODEL.must_break_without(safeguard)
