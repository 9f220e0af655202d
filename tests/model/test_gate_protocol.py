"""Check-in, searched whole: one scan lets in, and without any safeguard something breaks."""

from typing import Final

import pytest

from .gate_protocol import SAFEGUARDS, WORLDS, breach, quiet, steps
from .search import Model, Rules

# What breaks, and in which world, when one safeguard is left out.
BREACHES: Final = {
    "a decision is written on condition of the version it was made of": ("two gates", "one_is_let_in"),
    "the scan that arrives first counts": ("two uploads", "one_is_let_in"),
    "a scan that was recorded has the result that was recorded": ("two uploads", "who_was_let_in_is_recorded"),
    "an uploaded scan that is refused is recorded too": ("all of it", "a_scan_has_one_result"),
    "an answer follows its write": ("two gates", "who_was_let_in_is_recorded"),
    "who is inside cannot cancel": ("two gates", "who_is_inside_did_not_cancel"),
}

MODEL: Final = Model(Rules(steps, breach, quiet), WORLDS, SAFEGUARDS, BREACHES, least=50)


@pytest.mark.parametrize("world", WORLDS)
def test_one_scan_lets_in_and_each_has_one_result(world: str) -> None:
    MODEL.must_hold_in(world)


def test_every_safeguard_is_tried() -> None:
    MODEL.must_try_every_safeguard()


@pytest.mark.parametrize("safeguard", SAFEGUARDS)
def test_without_any_one_safeguard_something_breaks(safeguard: str) -> None:
    MODEL.must_break_without(safeguard)
