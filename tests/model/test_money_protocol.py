"""The money of one hold, searched whole: nothing breaks it, and without any one of its safeguards something does."""

from typing import Final

import pytest

from .money_invariants import breach, quiet
from .money_protocol import SAFEGUARDS, WORLDS
from .money_steps import steps
from .search import Model, Rules

# What breaks, and in which world, when one safeguard is left out.
BREACHES: Final = {
    "a free capture has one id": ("free", "what_is_free_is_captured_once_and_never_given_back"),
    "the counter sells what nothing has paid for yet": ("at the counter", "one_capture_wins"),
    "a refund at the counter is recorded with its request": ("at the counter", "every_capture_is_kept_or_goes_back"),
    "a capture is matched by the write that records it": ("two captures", "one_capture_wins"),
    "only what is explained and accepted may differ": ("a fee, not accepted", "a_confirmed_booking_is_paid"),
    "the winner is said until booking has decided": ("free, a message lost", "what_was_booked_is_decided"),
    "a refusal ends what was free": ("free", "what_was_decided_is_not_said_again"),
    "a refund has a key": ("by hand", "every_capture_is_kept_or_goes_back"),
    "a refund by hand counts": ("by hand", "no_more_is_asked_for_than_is_left"),
    "the provider's lists are read": ("by hand", "every_capture_is_kept_or_goes_back"),
    "a refund by hand is a case": ("by hand", "a_refund_by_hand_waits_for_somebody"),
    "a cancellation closes only what was before it": ("by hand", "a_refund_by_hand_waits_for_somebody"),
    "a dispute holds refunds back": ("disputed", "nothing_is_asked_for_that_is_disputed"),
    "a refund held back is a case": ("disputed", "a_refund_that_waits_is_a_case"),
    "a dispute that is won lets refunds go on": ("disputed", "every_capture_is_kept_or_goes_back"),
}

MODEL: Final = Model(Rules(steps, breach, quiet), WORLDS, SAFEGUARDS, BREACHES, least=50)


@pytest.mark.parametrize("world", WORLDS)
def test_nothing_that_can_happen_loses_or_makes_money(world: str) -> None:
    MODEL.must_hold_in(world)


def test_every_safeguard_is_tried() -> None:
    MODEL.must_try_every_safeguard()


@pytest.mark.parametrize("safeguard", SAFEGUARDS)
def test_without_any_one_safeguard_something_breaks(safeguard: str) -> None:
    MODEL.must_break_without(safeguard)
