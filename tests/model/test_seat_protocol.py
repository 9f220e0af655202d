"""The seat protocol, searched whole: nothing breaks it, and without any one of its safeguards something does."""

from typing import Final

import pytest

from .invariants import breach, quiet
from .protocol import SAFEGUARDS
from .search import Model, Rules
from .steps import steps
from .worlds import WORLDS

# What breaks, and in which world, when one safeguard is left out.
BREACHES: Final = {
    "claim before the ledger": ("two sales", "a_live_hold_is_not_overrun"),
    "without a claim only the seats of its own checkout are sold": ("gives up", "a_live_hold_is_not_overrun"),
    "without a claim a checkout whose time is over sells nothing": ("two sales", "a_live_hold_is_not_overrun"),
    "a verdict is written once": ("two sales", "verdicts_never_contradict"),
    "no seat is sold twice": ("two sales", "one_owner_per_seat"),
    "no seat in another's checkout is sold": ("lost", "a_hold_in_checkout_gets_its_seats"),
    "a tell compares revs": ("two sales", "redis_agrees_with_the_ledger"),
    "acknowledge after Redis was told": ("two sales", "redis_agrees_with_the_ledger"),
    "a cancel without a verdict writes released": ("cancel", "a_cancelled_booking_keeps_no_seat"),
    "a load tells the whole ledger": ("lost", "what_was_told_is_not_given_out_as_free"),
    "a load tells the holds in checkout": ("lost", "what_was_told_is_not_given_out_as_free"),
    "a load is bound to the run it began in": ("unknown", "what_was_told_is_not_given_out_as_free"),
    "a load leaves a known showtime alone": ("lost", "what_was_told_is_not_given_out_as_free"),
    "an unknown showtime answers nothing": ("lost", "what_was_told_is_not_given_out_as_free"),
    "a tell to an unknown showtime is said again": ("lost", "what_was_told_is_not_given_out_as_free"),
    "a new run is told every ledger": ("stale", "redis_agrees_with_the_ledger"),
    "a refusal is checked against the ledger": ("stale", "a_hold_in_checkout_gets_its_seats"),
    "the ledger write has a deadline": ("two sales", "a_live_hold_is_not_overrun"),
    "a closed ledger sells nothing": ("close", "nothing_is_sold_after_closing"),
    "checkout asks Redis for the hold": ("two sales", "a_live_hold_is_not_overrun"),
    "checkout reads what is sold": ("two sales", "nobody_is_asked_to_pay_for_a_sold_seat"),
    "checkout excludes another's": ("lost early", "redis_agrees_with_the_ledger"),
    "the ledger beats a hold": ("two sales", "a_sold_seat_is_held_by_nobody"),
    "a checkout whose time is over beats nothing": ("two sales", "a_live_hold_is_not_overrun"),
    "the whole ledger ends the holds that have a verdict": ("stale", "a_booking_with_a_verdict_holds_nothing"),
    "seats that were cancelled are freed where they are still the booking's": ("some seats", "one_owner_per_seat"),
}

MODEL: Final = Model(Rules(steps, breach, lambda _, state: quiet(state)), WORLDS, SAFEGUARDS, BREACHES, least=5_000)


@pytest.mark.parametrize("world", WORLDS)
def test_nothing_that_can_happen_breaks_the_protocol(world: str) -> None:
    MODEL.must_hold_in(world)


def test_every_safeguard_is_tried() -> None:
    MODEL.must_try_every_safeguard()


@pytest.mark.parametrize("safeguard", SAFEGUARDS)
def test_without_any_one_safeguard_something_breaks(safeguard: str) -> None:
    MODEL.must_break_without(safeguard)


def test_a_breach_is_told_as_the_shortest_script_of_steps() -> None:
    result = MODEL.must_break_without("an unknown showtime answers nothing")
    assert str(result).splitlines()[1:] == ["  1. Redis comes back empty", "  2. B holds the seats"]
