"""The ticket code: `MQ2.` and, in Base45, key id, booking, showtime, version, seats and an Ed25519 signature.

`docs/ticket-code.md` has the format byte by byte, with test vectors.
"""

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.ids import BookingId, ShowtimeId, decode, encode
from contracts.layout import row_index, row_letters
from tickets import base45
from tickets.keys import KEY_ID_BYTES, TicketKey

PREFIX = "MQ2."
MOST_SEATS = 50
_HEAD = struct.Struct(f">{KEY_ID_BYTES}s16s16sH")
_SEAT_BYTES, _SIGNATURE_BYTES = 3, 64
_SHORTEST, _LONGEST = (_HEAD.size + count * _SEAT_BYTES + _SIGNATURE_BYTES for count in (1, MOST_SEATS))
_LONGEST_TEXT = len(PREFIX) + (_LONGEST * 3 + 1) // 2
_SEAT = re.compile("([A-Z]{1,2})([1-9][0-9]{0,2})")
_NUMBER_BITS = 12

Reason = Literal["not_a_ticket", "malformed", "unknown_key", "bad_signature"]


class InvalidTicket(ValueError):
    """A text that is no ticket code of ours; `reason` says how far it was one."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket says. `version` is 1 for a booking's first ticket and grows with each new one, up to 65535."""

    booking_id: BookingId
    showtime_id: ShowtimeId
    seat_ids: tuple[str, ...]
    version: int = 1


class TicketSigner:
    """Signs tickets with the key of a 32-byte seed; the same ticket always gets the same code."""

    def __init__(self, seed: bytes) -> None:
        self._private_key = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = TicketKey(self._private_key.public_key())

    def sign(self, ticket: Ticket) -> str:
        """The code of a ticket; raises `ValueError` for ids, seats or a version that the format cannot hold."""
        body = _body(ticket, self.key.short_id)
        return PREFIX + base45.encode(body + self._private_key.sign(_signed(body)))


def verify(code: str, keys: Sequence[TicketKey]) -> Ticket:
    """The ticket of a code that one of `keys` has signed; raises `InvalidTicket`."""
    data = _bytes_of(code)
    body, signature = data[:-_SIGNATURE_BYTES], data[-_SIGNATURE_BYTES:]
    ticket = _ticket(body)
    candidates = [key for key in keys if key.short_id == body[:KEY_ID_BYTES]]
    if not candidates:
        raise InvalidTicket("unknown_key", f"no key is known by the id {body[:KEY_ID_BYTES].hex()}")
    if not any(_has_signed(key, body, signature) for key in candidates):
        raise InvalidTicket("bad_signature", "the signature is not of this ticket")
    return ticket


def _has_signed(key: TicketKey, body: bytes, signature: bytes) -> bool:
    try:
        key.public_key.verify(signature, _signed(body))
    except InvalidSignature:
        return False
    return True


def _signed(body: bytes) -> bytes:
    return PREFIX.encode() + body


def _body(ticket: Ticket, key_id: bytes) -> bytes:
    if not 1 <= len(ticket.seat_ids) <= MOST_SEATS:
        raise ValueError(f"a ticket has 1 to {MOST_SEATS} seats, not {len(ticket.seat_ids)}")
    if not 1 <= ticket.version <= 0xFFFF:
        raise ValueError(f"a ticket's version is 1 to 65535, not {ticket.version}")
    booking, showtime = decode("bkg", ticket.booking_id).to_bytes(16), decode("sho", ticket.showtime_id).to_bytes(16)
    return _HEAD.pack(key_id, booking, showtime, ticket.version) + b"".join(map(_seat_bytes, ticket.seat_ids))


def _seat_bytes(seat_id: str) -> bytes:
    match = _SEAT.fullmatch(seat_id)
    if match is None:
        raise ValueError(f"not a seat: {seat_id!r}")
    return (row_index(match[1]) << _NUMBER_BITS | int(match[2])).to_bytes(_SEAT_BYTES)


def _bytes_of(code: str) -> bytes:
    """The bytes behind the prefix, as many as a ticket has."""
    if not code.startswith(PREFIX):
        raise InvalidTicket("not_a_ticket", f"a ticket code begins with {PREFIX}")
    if len(code) > _LONGEST_TEXT:
        raise InvalidTicket("malformed", f"longer than {_LONGEST_TEXT} characters")
    try:
        data = base45.decode(code.removeprefix(PREFIX))
    except ValueError as error:
        raise InvalidTicket("malformed", str(error)) from None
    if not len(data) >= _SHORTEST or (len(data) - _SHORTEST) % _SEAT_BYTES:
        raise InvalidTicket("malformed", f"no ticket has {len(data)} bytes")
    return data


def _ticket(body: bytes) -> Ticket:
    _, booking, showtime, version = _HEAD.unpack_from(body)
    if version == 0:
        raise InvalidTicket("malformed", "versions begin at 1")
    seats = tuple(_seat_id(body[at : at + _SEAT_BYTES]) for at in range(_HEAD.size, len(body), _SEAT_BYTES))
    booking_id = BookingId(f"bkg_{encode(int.from_bytes(booking))}")
    return Ticket(booking_id, ShowtimeId(f"sho_{encode(int.from_bytes(showtime))}"), seats, version)


def _seat_id(data: bytes) -> str:
    row, number = divmod(int.from_bytes(data), 1 << _NUMBER_BITS)
    seat_id = f"{row_letters(row)}{number}"
    if not _SEAT.fullmatch(seat_id):
        raise InvalidTicket("malformed", f"no seat has the bytes {data.hex()}")
    return seat_id
