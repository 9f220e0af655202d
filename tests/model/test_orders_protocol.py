"""The orders of one hold, searched whole: one is open at a time, and none when it has ended; without any one of the
safeguards something breaks."""

from typing import Final

import pytest

from .orders_protocol import SAFEGUARDS, WORLDS, breach, quiet, steps
from .search import Model, Rules

# What breaks, and in which world, when one safeguard is left out.
BREACHES: Final = {
    "an open order is given again": ("two pages", "a_hold_has_one_open_order"),
    "the key is that of the order's number": ("two pages", "a_hold_has_one_open_order"),
    "the number is in the key": ("canceled at the dashboard", "a_page_gets_an_order"),
    "a page's order is looked at": ("canceled at the dashboard", "no_page_gets_an_order_that_was_canceled"),
    "the orders of an ended hold are closed": ("two pages", "nobody_can_pay_for_an_ended_hold"),
    "closing is tried until it is done": ("money and the end", "nobody_can_pay_for_an_ended_hold"),
    "what cannot be closed is looked at": ("money and the end", "no_order_that_is_paid_is_closed"),
}

MODEL: Final = Model(Rules(steps, breach, quiet), WORLDS, SAFEGUARDS, BREACHES, least=20)


@pytest.mark.parametrize("world", WORLDS)
def test_a_hold_has_one_order_while_it_lasts_and_none_afterwards(world: str) -> None:
    MODEL.must_hold_in(world)


def test_every_safeguard_is_tried() -> None:
    MODEL.must_try_every_safeguard()


@pytest.mark.parametrize("safeguard", SAFEGUARDS)
def test_without_any_one_safeguard_something_breaks(safeguard: str) -> None:
    MODEL.must_break_without(safeguard)
