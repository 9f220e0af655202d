"""The waiting list, searched whole: it is fair and loses nobody, and without any one of the safeguards it does."""

from typing import Final

import pytest

from .search import Model, Rules
from .waitlist_protocol import SAFEGUARDS, WORLDS, breach, quiet
from .waitlist_steps import steps

# What breaks, and in which world, when one safeguard is left out.
BREACHES: Final = {
    "what comes free is reserved while the flag is set": ("one seat", "freed_seats_go_to_the_list_before_the_public"),
    "the flag is set once the entry is stored": ("lost", "who_waits_is_seen_by_the_flag"),
    "an entry whose flag is in doubt is due": ("one seat", "who_waits_is_seen_by_the_flag"),
    "a load sets the flag": ("lost", "who_waits_is_seen_by_the_flag"),
    "seats are let go only where nothing has come since": ("one seat", "what_is_let_go_suits_nobody"),
    "seats under offer are offered to nobody else": ("a crash", "nobody_on_the_list_takes_anothers_offer"),
    "nothing is let go while an offer is under way": ("a crash", "what_is_let_go_suits_nobody"),
    "an entry is offered once at a time": ("two workers", "nobody_on_the_list_takes_anothers_offer"),
    "an offer has its own hold": ("lost", "an_offer_is_announced_once"),
    "an offer may be made until an instant alone": ("a crash", "every_offer_that_lives_was_announced"),
    "an offer that a crash left is due": ("a crash", "every_offer_that_lives_was_announced"),
    "an offer is recorded where it is still under way": ("leaves", "who_left_is_offered_nothing"),
    "a hold of the list that ends is told": ("one seat", "what_is_let_go_suits_nobody"),
    "who leaves lets go of the offer": ("leaves", "every_offer_that_lives_was_announced"),
    "a lost offer is no lapsed one": ("lost", "nobody_loses_a_turn"),
}

MODEL: Final = Model(Rules(steps, breach, quiet), WORLDS, SAFEGUARDS, BREACHES, least=1_000)


@pytest.mark.parametrize("world", WORLDS)
def test_who_waits_comes_first_and_loses_no_turn(world: str) -> None:
    MODEL.must_hold_in(world)


def test_every_safeguard_is_tried() -> None:
    MODEL.must_try_every_safeguard()


@pytest.mark.parametrize("safeguard", SAFEGUARDS)
def test_without_any_one_safeguard_something_breaks(safeguard: str) -> None:
    MODEL.must_break_without(safeguard)
