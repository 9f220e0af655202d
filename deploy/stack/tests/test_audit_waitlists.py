"""The audit finds who waits twice, a seat that is offered to two, and an offer that stays half made."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from deploy.stack.tests.books import clean

from stack.audit.checks import violations

NOW = datetime.now(UTC)
OFFER = {"seat_ids": ["A1"], "made_by": NOW, "expires_at": NOW + timedelta(hours=1)}
FIRST: dict[str, Any] = {"_id": "wtl_1", "showtime_id": "sho_9", "user_id": "usr_1", "status": "offered", "open": True}


def test_a_list_that_is_fair_shows_nothing() -> None:
    other = {**FIRST, "_id": "wtl_2", "user_id": "usr_2", "status": "waiting", "offer": None}
    assert not violations(replace(clean(), waitlist=[{**FIRST, "offer": OFFER}, other]))


@pytest.mark.parametrize(
    ("second", "finding"),
    [
        ({"status": "waiting", "offer": None}, "usr_1 waits 2 times for sho_9"),
        ({"user_id": "usr_2", "offer": OFFER}, "A1 of sho_9 is offered to 2"),
        (
            {"user_id": "usr_2", "status": "offering", "offer": {**OFFER, "made_by": NOW - timedelta(hours=1)}},
            "the offer to wtl_2 is neither made nor taken back",
        ),
    ],
)
def test_what_is_unfair_is_found(second: dict[str, Any], finding: str) -> None:
    entries = [{**FIRST, "offer": OFFER}, {**FIRST, "_id": "wtl_2", **second}]
    assert violations(replace(clean(), waitlist=entries)) == [f"waitlists_are_fair: {finding}"]
