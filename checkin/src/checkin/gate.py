"""A gate without a network: it lets in by its manifest and by what it has scanned, and uploads its scans later."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from checkin.manifest import Entry, Manifest
from checkin.rules import MOST_CODE, MOST_REFERENCE, MOST_SCANS, FirstScan, KnownBooking, ScanResult, scan_result
from tickets.code import PREFIX, InvalidTicket, Ticket, verify
from tickets.keys import TicketKey
from tickets.references import canonical

NOT_ADMITTING = "not_on_the_list"


@dataclass(frozen=True, slots=True)
class Scanned:
    """A ticket code or a reference, as it was scanned or typed, and when."""

    text: str
    at: datetime

    def uploaded(self) -> dict[str, str]:
        """As one of the `scans` of an upload, which takes anything; what is no ticket may be cut."""
        text = self.text.encode(errors="replace").decode()
        is_code = text.startswith(PREFIX) or len(text) > MOST_REFERENCE
        shown = {"qrCode": text[:MOST_CODE]} if is_code else {"reference": text}
        return {**shown, "scannedAt": self.at.astimezone(UTC).isoformat()}


class Gate:
    """Decides by the rule that booking applies when the scans are uploaded. `keys` are those of ticket codes, stored
    on a trusted network. After a restart the scans that the gate has stored are given as `scans`."""

    def __init__(
        self, manifest: Manifest, keys: Sequence[TicketKey], device_id: str, scans: Iterable[Scanned] = ()
    ) -> None:
        self._manifest, self._keys, self._device_id = manifest, keys, device_id
        self._bookings = {entry.booking_id: _known(entry, manifest.showtime_id) for entry in manifest.tickets}
        self._ids = {entry.reference: entry.booking_id for entry in manifest.tickets}
        self.scans: list[Scanned] = []
        for scan in scans:
            self.scan(scan.text, scan.at)

    def scan(self, text: str, at: datetime) -> ScanResult:
        """What comes of a ticket code or reference at this time. Store the scan before the guest is let in."""
        if text.strip():
            self.scans.append(Scanned(text, at))
        try:
            booking_id, known, version = self._looked_up(text)
        except InvalidTicket:
            return scan_result(None, None, self._manifest.doors, at)
        result = scan_result(known, version, self._manifest.doors, at)
        if booking_id is not None and known is not None and result.outcome == "checked_in":
            newest = max(known.version, version or 0)
            self._bookings[booking_id] = replace(known, version=newest, first=FirstScan(at, self._device_id))
        return result

    def uploads(self) -> list[dict[str, Any]]:
        """Bodies of `POST /api/admin/checkin/batch` with all scans, in their order; they may be sent again."""
        about = {"showtimeId": self._manifest.showtime_id, "deviceId": self._device_id}
        scans = [scan.uploaded() for scan in self.scans]
        return [{**about, "scans": scans[at : at + MOST_SCANS]} for at in range(0, len(scans), MOST_SCANS)]

    def _looked_up(self, text: str) -> tuple[str | None, KnownBooking | None, int | None]:
        """Booking, what is known of it, and the ticket's version. A ticket that the manifest does not name was sold
        later and admits; a reference that it does not name is nobody's. Raises `InvalidTicket`."""
        if not text.startswith(PREFIX):
            reference = canonical(text) if len(text) <= MOST_REFERENCE else None
            booking_id = self._ids.get(reference or "")
            return booking_id, self._bookings.get(booking_id or ""), None
        ticket = verify(text, self._keys)
        known = self._bookings.get(ticket.booking_id, _sold_later(ticket))
        return ticket.booking_id, replace(known, showtime_id=ticket.showtime_id), ticket.version


def _known(entry: Entry, showtime_id: str) -> KnownBooking:
    first = FirstScan(entry.first.at, entry.first.device_id) if entry.first else None
    refusal = None if entry.admits or first else entry.reason or NOT_ADMITTING
    return KnownBooking(showtime_id, entry.version, refusal, first)


def _sold_later(ticket: Ticket) -> KnownBooking:
    return KnownBooking(ticket.showtime_id, ticket.version)
