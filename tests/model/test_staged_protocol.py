"""A seat that is withheld for those who need it, searched whole; without any one of the safeguards something breaks."""

from typing import Final

import pytest

from .search import Model, Rules
from .staged_protocol import SAFEGUARDS, WORLDS, breach, quiet, steps

# What breaks, and in which world, when one safeguard is left out.
BREACHES: Final = {
    "a hold asks who needs the seat": ("released early", "who_does_not_need_it_waits"),
    "a load withholds": ("released early", "the_map_shows_what_the_newest_snapshot_says"),
    "what is let go is withheld again": ("released early", "the_map_shows_what_the_newest_snapshot_says"),
    "a claim passes over withholding": ("released early", "late_money_gets_a_seat_that_nobody_has"),
    "the clock releases": ("released early", "the_map_shows_what_the_newest_snapshot_says"),
    "an older snapshot withholds nothing": ("released early", "the_map_shows_what_the_newest_snapshot_says"),
    "a newer snapshot releases": ("released early", "the_map_shows_what_the_newest_snapshot_says"),
    "a restart is told the newest snapshot": ("restarts", "the_map_shows_what_the_newest_snapshot_says"),
}

MODEL: Final = Model(Rules(steps, breach, quiet), WORLDS, SAFEGUARDS, BREACHES, least=50)


@pytest.mark.parametrize("world", WORLDS)
def test_who_does_not_need_a_withheld_seat_has_it_from_its_instant_on(world: str) -> None:
    MODEL.must_hold_in(world)


def test_every_safeguard_is_tried() -> None:
    MODEL.must_try_every_safeguard()


@pytest.mark.parametrize("safeguard", SAFEGUARDS)
def test_without_any_one_safeguard_something_breaks(safeguard: str) -> None:
    MODEL.must_break_without(safeguard)
