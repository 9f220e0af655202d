"""`docs/ticket-code.md` is enough to verify tickets: its gate passes the vectors, and lets in no older ticket."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from tickets.tests.factories import SIGNER, a_ticket

from tickets.code import InvalidTicket, Ticket, TicketSigner, verify

PAGE = (Path(__file__).parents[2] / "docs/ticket-code.md").read_text()
EXAMPLE: dict[str, Any] = {}
for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
    exec(block, EXAMPLE)  # noqa: S102  the page's own text
KEY, GOOD, BAD = (json.loads(block) for block in re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL))


@pytest.mark.parametrize("vector", GOOD, ids=lambda vector: vector["seats"][0])
def test_the_good_codes_are_those_of_the_package(vector: dict[str, Any]) -> None:
    ticket = Ticket(vector["bookingId"], vector["showtimeId"], tuple(vector["seats"]), vector["version"])
    assert SIGNER.sign(ticket) == vector["code"]
    assert verify(vector["code"], [SIGNER.key]) == ticket


@pytest.mark.parametrize("vector", BAD, ids=lambda vector: vector["why"])
def test_the_bad_codes_are_refused_for_the_reason_that_the_page_gives(vector: dict[str, str]) -> None:
    with pytest.raises(InvalidTicket) as caught:
        verify(vector["code"], [SIGNER.key])
    assert caught.value.reason == vector["reason"]


def test_the_key_is_the_one_that_a_gate_would_fetch() -> None:
    assert SIGNER.key.jwk() == KEY


@pytest.mark.parametrize("vector", GOOD, ids=lambda vector: vector["seats"][0])
def test_the_gate_of_the_page_admits_the_good_codes(vector: dict[str, Any]) -> None:
    assert by_the_page(vector["code"]) == (
        vector["bookingId"],
        vector["showtimeId"],
        vector["version"],
        vector["seats"],
    )


@pytest.mark.parametrize("vector", BAD, ids=lambda vector: vector["why"])
def test_the_gate_of_the_page_refuses_the_bad_codes(vector: dict[str, str]) -> None:
    with pytest.raises((InvalidSignature, KeyError, ValueError)):
        by_the_page(vector["code"])


def by_the_page(code: str) -> tuple[str, str, int, list[str]]:
    """Booking, showtime, version and seats, by the example that stands on the page."""
    ticket: tuple[str, str, int, list[str]] = EXAMPLE["verify"](code, EXAMPLE["pinned"]({"keys": [KEY]}))
    return ticket


def test_the_gate_of_the_page_is_as_short_as_it_says() -> None:
    verifier = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]
    assert len([line for line in verifier.splitlines() if line.strip()]) <= 33


def test_a_gate_keeps_the_keys_that_it_pinned() -> None:
    """Two keys in the set, as after a roll, are both good; a third, whatever its codes say, is none."""
    other, third, ticket = TicketSigner(b"\1" * 32), TicketSigner(b"\2" * 32), a_ticket()
    keys = EXAMPLE["pinned"]({"keys": [SIGNER.key.jwk(), other.key.jwk()]})
    for signer in (SIGNER, other):
        assert EXAMPLE["verify"](signer.sign(ticket), keys)[0] == ticket.booking_id
    with pytest.raises(KeyError):
        EXAMPLE["verify"](third.sign(ticket), keys)


def test_the_gate_of_the_page_lets_in_the_newest_ticket_once() -> None:
    first, showtime = a_ticket("C7", "C8"), a_ticket().showtime_id
    first = Ticket(first.booking_id, showtime, ("C7", "C8"), 1)
    second = Ticket(first.booking_id, showtime, ("C7",), 2)
    later = Ticket(a_ticket().booking_id, showtime, ("D1",), 1)
    cancelled = Ticket(a_ticket().booking_id, showtime, ("E1",), 1)
    versions: dict[str, int | None] = {first.booking_id: 2, cancelled.booking_id: None}
    admitted: set[str] = set()

    def scan(ticket: Ticket, at: str = showtime) -> str:
        outcome: str = EXAMPLE["judge"](by_the_page(SIGNER.sign(ticket)), at, versions, admitted)
        return outcome

    assert scan(second, "sho_00000000000000000000000000") == "wrong_showtime"
    assert [scan(ticket) for ticket in (first, second, second, first)] == [
        "not_admitted",
        "checked_in",
        "already_checked_in",
        "not_admitted",
    ]
    assert [scan(ticket) for ticket in (later, later, cancelled)] == [
        "checked_in",
        "already_checked_in",
        "not_admitted",
    ]
    newer = Ticket(later.booking_id, showtime, ("D1",), 3)
    assert [scan(newer), scan(later)] == ["already_checked_in", "not_admitted"]
