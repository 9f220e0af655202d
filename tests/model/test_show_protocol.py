"""A booking and its show, searched whole: nothing breaks it, and without any one of its safeguards something does."""

from typing import Final

import pytest

from .search import Model, Rules
from .show_invariants import breach, quiet
from .show_protocol import SAFEGUARDS, WORLDS
from .show_steps import steps

TOLD: Final = "a_confirmed_booking_knows_its_show_as_it_is"

# What breaks, and in which world, when one safeguard is left out.
BREACHES: Final = {
    "a write is conditional on the version it was decided on": ("a snapshot", "facts_are_never_taken_back"),
    "a decision that a conflict undid is made again": ("a snapshot", "every_fact_is_recorded"),
    "news are acknowledged once they are written": ("a crash", "every_fact_is_recorded"),
    "a confirmed booking is held against the newest snapshot": ("a snapshot", TOLD),
    "it is read after the booking was written": ("a snapshot", TOLD),
    "a repeated message looks again": ("a crash", TOLD),
    "a snapshot is due until it was applied": ("a snapshot", TOLD),
    "a newer snapshot stays due": ("two snapshots", TOLD),
    "who cancels decides by the newest snapshot": (
        "a cancellation",
        "a_cancellation_knows_what_was_stored_when_it_was_asked_for",
    ),
}

MODEL: Final = Model(Rules(steps, breach, quiet), WORLDS, SAFEGUARDS, BREACHES, least=50)


@pytest.mark.parametrize("world", WORLDS)
def test_every_confirmed_booking_comes_to_know_its_show_as_it_is(world: str) -> None:
    MODEL.must_hold_in(world)


def test_every_safeguard_is_tried() -> None:
    MODEL.must_try_every_safeguard()


@pytest.mark.parametrize("safeguard", SAFEGUARDS)
def test_without_any_one_safeguard_something_breaks(safeguard: str) -> None:
    MODEL.must_break_without(safeguard)
