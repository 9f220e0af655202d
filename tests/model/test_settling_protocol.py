"""How payment learns of a capture, searched whole: nothing is missed or asked for twice, and without any one of its
safeguards something is."""

from typing import Final

import pytest

from .search import Model, Rules
from .settling_protocol import SAFEGUARDS, WORLDS, breach, quiet, steps

# What breaks, and in which world, when one safeguard is left out.
BREACHES: Final = {
    "what is recorded is not asked for": ("all at once", "what_is_known_is_not_asked_for"),
    "who comes together asks once": ("all at once", "one_question_at_a_time"),
    "an answer from before is not enough": ("by webhooks alone", "every_capture_is_recorded"),
    "a webhook is stored until it is settled": ("by webhooks alone", "every_capture_is_recorded"),
    "the windows of new entries overlap": ("the list lags", "a_new_capture_is_found_while_it_is_new"),
    "a window that fails is read again": ("the list lags", "a_new_capture_is_found_while_it_is_new"),
    "older entries are read again": ("captured late", "every_capture_is_recorded"),
}

MODEL: Final = Model(Rules(steps, breach, quiet), WORLDS, SAFEGUARDS, BREACHES, least=20)


@pytest.mark.parametrize("world", WORLDS)
def test_every_capture_is_learned_of_and_asked_for_once(world: str) -> None:
    MODEL.must_hold_in(world)


def test_every_safeguard_is_tried() -> None:
    MODEL.must_try_every_safeguard()


@pytest.mark.parametrize("safeguard", SAFEGUARDS)
def test_without_any_one_safeguard_something_breaks(safeguard: str) -> None:
    MODEL.must_break_without(safeguard)
