"""`docs/ticket-code.md` is enough to verify tickets: a verifier written from it alone passes its vectors."""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tickets.tests.factories import SIGNER

from tickets.code import InvalidTicket, Ticket, verify

PAGE = (Path(__file__).parents[2] / "docs/ticket-code.md").read_text()
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
def test_a_verifier_written_from_the_page_admits_the_good_codes(vector: dict[str, Any]) -> None:
    assert by_the_page(vector["code"]) == (
        vector["bookingId"],
        vector["showtimeId"],
        vector["version"],
        vector["seats"],
    )


@pytest.mark.parametrize("vector", BAD, ids=lambda vector: vector["why"])
def test_a_verifier_written_from_the_page_refuses_the_bad_codes(vector: dict[str, str]) -> None:
    with pytest.raises((InvalidSignature, ValueError)):
        by_the_page(vector["code"])


def by_the_page(code: str) -> tuple[str, str, int, list[str]]:
    """Booking, showtime, version and seats. Uses nothing of ours, only what the page says."""
    if not code.startswith("MQ2."):
        raise ValueError("not a ticket")
    data = base45(code[4:])
    count, rest = divmod(len(data) - 102, 3)
    if rest or not 1 <= count <= 50:
        raise ValueError("length")
    body, signature = data[:-64], data[-64:]
    canonical = json.dumps({name: KEY[name] for name in ("crv", "kty", "x")}, separators=(",", ":"))
    if hashlib.sha256(canonical.encode()).digest()[:4] != body[:4]:
        raise ValueError("key")
    Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(KEY["x"] + "=")).verify(signature, b"MQ2." + body)
    version, seats = int.from_bytes(body[36:38], "big"), [seat(body[38 + 3 * at : 41 + 3 * at]) for at in range(count)]
    if version == 0:
        raise ValueError("version")
    return f"bkg_{base32(body[4:20])}", f"sho_{base32(body[20:36])}", version, seats


def base45(text: str) -> bytes:
    values = ["0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".index(character) for character in text]
    data = b""
    for group in (values[start : start + 3] for start in range(0, len(values), 3)):
        number = sum(value * 45**place for place, value in enumerate(group))
        length = len(group) - 1
        if length == 0 or number >= 256**length:
            raise ValueError("Base45")
        data += number.to_bytes(length, "big")
    return data


def base32(uuid: bytes) -> str:
    number = int.from_bytes(uuid, "big")
    return "".join("0123456789abcdefghjkmnpqrstvwxyz"[number >> shift & 31] for shift in range(125, -1, -5))


def seat(data: bytes) -> str:
    row, number = divmod(int.from_bytes(data, "big"), 4096)
    if row > 701 or not 1 <= number <= 999:
        raise ValueError("seat")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return (letters[row] if row < 26 else letters[row // 26 - 1] + letters[row % 26]) + str(number)
