"""Events as the last release said them are taken by the consumers of today, with all that they say."""

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.subscriptions import BY_TYPE

ROOT = Path(__file__).resolve().parents[2]
RELEASE = list(json.loads((ROOT / "releases.json").read_text(encoding="utf-8")))[-1]
FOLDER = ROOT / "contracts" / "recorded"
RECORDED = sorted((FOLDER / RELEASE).glob("*.json"))
OF_A_SALE = {
    "booking.cancelled.v1",
    "booking.confirmed.v1",
    "booking.refund_due.v1",
    "payment.order_created.v1",
    "payment.refunded.v1",
    "payment.succeeded.v1",
    "seating.seats_held.v1",
    "seating.seats_released.v1",
    "seating.seats_sold.v1",
}


def test_the_events_of_a_sale_and_its_refund_are_recorded_of_the_last_release_alone() -> None:
    assert {file.stem for file in RECORDED} >= OF_A_SALE, "`make upgrade-test RECORD=…`: see docs/upgrades.md"
    assert [folder.name for folder in FOLDER.iterdir()] == [RELEASE]


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_what_the_last_release_said_is_understood_and_nothing_of_it_is_lost(file: Path) -> None:
    said = json.loads(file.read_text(encoding="utf-8"))
    understood = BY_TYPE[file.stem].model_validate_json(json.dumps(said)).model_dump(mode="json")
    assert missing(said, understood) == []


def missing(said: Any, understood: Any, path: str = "") -> list[str]:
    """The names in what was said that are not in what was understood."""
    if isinstance(said, dict):
        lost = [f"{path}.{name}" for name in said if name not in understood]
        pairs = [(said[name], understood[name], f"{path}.{name}") for name in said if name in understood]
        return [*lost, *(line for pair in pairs for line in missing(*pair))]
    if isinstance(said, list):
        return [line for one, other in zip(said, understood, strict=True) for line in missing(one, other, path)]
    return []
