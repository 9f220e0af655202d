"""How payment learns of a capture, searched whole: nothing is missed or asked for twice, and without any one of its
safeguards something is."""

from typing import Final

import pytest

from .search import Rules, search
from .settling_protocol import SAFEGUARDS, WORLDS, World, breach, quiet, steps

RULES: Final = Rules(steps, breach, quiet)

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


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS.keys())
def test_every_capture_is_learned_of_and_asked_for_once(world: World) -> None:
    found = search(world, RULES)
    assert not found.breach, f"\n{found}"
    assert found.states > 20  # the world did happen


def test_every_safeguard_is_tried() -> None:
    assert set(BREACHES) == set(SAFEGUARDS)


@pytest.mark.parametrize("safeguard", SAFEGUARDS)
def test_without_any_one_safeguard_something_breaks(safeguard: str) -> None:
    name, invariant = BREACHES[safeguard]
    found = search(WORLDS[name]._replace(lacks=safeguard), RULES)
    assert found.breach == invariant, f"\n{found}"
