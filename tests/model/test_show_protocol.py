"""A booking and its show, searched whole: nothing breaks it, and without any one of its safeguards something does."""

from typing import Final

import pytest

from .search import Rules, search
from .show_invariants import breach, quiet
from .show_protocol import SAFEGUARDS, WORLDS, World
from .show_steps import steps

RULES: Final = Rules(steps, breach, quiet)
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


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS.keys())
def test_every_confirmed_booking_comes_to_know_its_show_as_it_is(world: World) -> None:
    found = search(world, RULES)
    assert not found.breach, f"\n{found}"
    assert found.states > 50  # the world did happen


def test_every_safeguard_is_tried() -> None:
    assert set(BREACHES) == set(SAFEGUARDS)


@pytest.mark.parametrize("safeguard", SAFEGUARDS)
def test_without_any_one_safeguard_something_breaks(safeguard: str) -> None:
    name, invariant = BREACHES[safeguard]
    found = search(WORLDS[name]._replace(lacks=safeguard), RULES)
    assert found.breach == invariant, f"\n{found}"
