"""Seats that the theater moves, searched whole: the newest ticket shows where they are, and no ticket ever changes."""

from typing import Final

import pytest

from .reseating_protocol import SAFEGUARDS, WORLDS, breach, quiet, steps
from .search import Model, Rules

# What breaks, and in which world, when one safeguard is left out.
BREACHES: Final = {
    "a write is conditional on the version it was decided on": (
        "both seats",
        "the_newest_ticket_is_what_the_ledger_has",
    ),
    "a decision that a conflict undid is made again": ("both seats", "the_newest_ticket_is_what_the_ledger_has"),
    "news are acknowledged once they are written": ("both seats", "the_newest_ticket_is_what_the_ledger_has"),
    "of several moves of a seat the highest number counts": (
        "one seat twice",
        "the_newest_ticket_is_what_the_ledger_has",
    ),
    "a move counts from the newest ticket on": ("both seats", "a_ticket_never_changes"),
    "a ticket of a cancelled seat is not issued again": ("both seats", "a_new_version_shows_something_new"),
    "a place where a seat was before names it too": ("both seats", "what_the_guest_meant_is_cancelled"),
}

MODEL: Final = Model(Rules(steps, breach, quiet), WORLDS, SAFEGUARDS, BREACHES, least=100)


@pytest.mark.parametrize("world", WORLDS)
def test_the_newest_ticket_shows_where_the_seats_are_and_none_ever_changes(world: str) -> None:
    MODEL.must_hold_in(world)


def test_every_safeguard_is_tried() -> None:
    MODEL.must_try_every_safeguard()


@pytest.mark.parametrize("safeguard", SAFEGUARDS)
def test_without_any_one_safeguard_something_breaks(safeguard: str) -> None:
    MODEL.must_break_without(safeguard)
