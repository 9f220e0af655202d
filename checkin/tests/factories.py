"""Manifests and tickets as the tests of check-in need them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from checkin.manifest import ManifestSigner
from contracts.ids import BookingId, ShowtimeId, new_id
from tickets.code import Ticket, TicketSigner

SEED = bytes(range(32))
TICKETS, MANIFESTS = TicketSigner(SEED), ManifestSigner(SEED)
KEYS = [TICKETS.key]
SHOWTIME, ANOTHER = ShowtimeId(new_id("sho")), ShowtimeId(new_id("sho"))
START = datetime(2030, 1, 1, 18, 0, tzinfo=UTC)
END = START + timedelta(hours=2)


def text_of(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def an_entry(reference: str = "00000000", **fields: Any) -> dict[str, Any]:
    """A booking of one seat that admits."""
    entry = {"bookingId": new_id("bkg"), "reference": reference, "seats": ["C7"], "version": 1, "admits": True}
    return {**entry, **fields}


def a_document(*entries: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Of `SHOWTIME`, not signed yet."""
    document = {
        "showtimeId": SHOWTIME,
        "generatedAt": text_of(START - timedelta(hours=3)),
        "opensAt": text_of(START - timedelta(hours=2)),
        "expiresAt": text_of(END),
        "tickets": list(entries),
        "keys": {"keys": [TICKETS.key.jwk()]},
    }
    return {**document, **fields}


def code_of(booking_id: str, version: int = 1, showtime: ShowtimeId = SHOWTIME, signer: TicketSigner = TICKETS) -> str:
    return signer.sign(Ticket(BookingId(booking_id), showtime, ("C7",), version))
