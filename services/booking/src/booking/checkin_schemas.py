"""HTTP bodies of check-in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, Tag

from booking.domain.checkin import doors_of, known_at_gate
from booking.schemas import TicketKeysView
from booking.usecases.checkin import GateList, Shown, UploadedResult, UploadedScan
from chassis.bodies import Absent, RequestBody, ResponseBody
from chassis.text import Line
from chassis.times import Moment
from checkin.rules import MOST_CODE, MOST_REFERENCE, MOST_SCANS, FirstScan, Outcome
from contracts.layout import SeatLabel
from tickets.code import InvalidTicket, verify
from tickets.keys import TicketKey
from tickets.references import ALPHABET, canonical

QrCode = Annotated[
    str, Field(min_length=1, max_length=MOST_CODE, description="the text of a ticket's QR code, untrimmed")
]
Reference = Annotated[str, Field(min_length=1, max_length=MOST_REFERENCE, examples=["7KQ2M9XD"])]
ShowtimeId = Annotated[str, Field(min_length=1, max_length=64)]
DeviceId = Annotated[str, Field(min_length=1, max_length=100, examples=["gate-1"]), Line]


class _ByCode(RequestBody):
    qr_code: QrCode

    def shown(self, keys: Sequence[TicketKey]) -> Shown:
        """The ticket; None where its text is none of ours."""
        try:
            return verify(self.qr_code, keys)
        except InvalidTicket:
            return None


class _ByReference(RequestBody):
    reference: Reference

    def shown(self, _keys: Sequence[TicketKey]) -> Shown:
        """The reference, however it was typed; None where it cannot be one."""
        return canonical(self.reference)


class _AtGate(RequestBody):
    showtime_id: ShowtimeId | None = None
    device_id: DeviceId | None = None


class CheckInByCode(_ByCode, _AtGate):
    """A ticket's QR code, as it was scanned; with `showtimeId` it has to be for that showtime."""


class CheckInByReference(_ByReference, _AtGate):
    """A booking's reference, which stands for its newest ticket."""


class ScannedCode(_ByCode):
    """A QR code, and when it was scanned."""

    scanned_at: Moment


class TypedReference(_ByReference):
    """A reference, and when it was typed."""

    scanned_at: Moment


def _kind(body: Any) -> str:
    return "by_code" if isinstance(body, dict) and "qrCode" in body else "by_reference"


CheckInBody = Annotated[
    Annotated[CheckInByCode, Tag("by_code")] | Annotated[CheckInByReference, Tag("by_reference")], Discriminator(_kind)
]
_ScanBody = Annotated[
    Annotated[ScannedCode, Tag("by_code")] | Annotated[TypedReference, Tag("by_reference")], Discriminator(_kind)
]


class UploadBody(RequestBody):
    """The scans of a gate without a network, in their order."""

    showtime_id: ShowtimeId
    device_id: DeviceId
    scans: Annotated[list[_ScanBody], Field(max_length=MOST_SCANS)]

    def uploaded(self, keys: Sequence[TicketKey]) -> list[UploadedScan]:
        return [UploadedScan(scan.shown(keys), scan.scanned_at) for scan in self.scans]


class FirstScanView(ResponseBody):
    """The scan that let a booking in: when, and by which device where that is known."""

    at: datetime
    device_id: Absent[str] = None

    @classmethod
    def of(cls, first: FirstScan | None) -> Self | None:
        return cls(at=first.at, device_id=first.device_id) if first else None


class UploadedResultView(ResponseBody):
    """What came of one scan. `reference` is null where the code is none of ours; `first` says who was before, `reason`
    why the ticket does not admit."""

    reference: Annotated[str, Field(pattern=f"^[{ALPHABET}]{{8}}$")] | None
    outcome: Outcome
    first: Absent[FirstScanView] = None
    reason: Absent[str] = None


class UploadedResultsView(ResponseBody):
    """One for each scan, in their order."""

    results: list[UploadedResultView]

    @classmethod
    def of(cls, results: Sequence[UploadedResult]) -> Self:
        return cls(
            results=[
                UploadedResultView(
                    reference=each.reference,
                    outcome=each.result.outcome,
                    first=FirstScanView.of(each.result.first),
                    reason=each.result.reason,
                )
                for each in results
            ]
        )


class ManifestEntryView(ResponseBody):
    """A booking that has had a ticket: `version` is that of the newest, which alone admits. `labels` say what is
    painted on its seats, in their order. One that is inside already admits no more and has its `first` scan; any other
    that does not admit has a `reason`."""

    booking_id: str
    reference: Annotated[str, Field(pattern=f"^[{ALPHABET}]{{8}}$")]
    seats: list[str]
    labels: list[SeatLabel]
    version: int
    admits: bool
    first: Absent[FirstScanView] = None
    reason: Absent[str] = None


class UnsignedManifest(ResponseBody):
    """What the signature of a manifest is of, in its RFC 8785 form."""

    showtime_id: str
    generated_at: datetime
    opens_at: datetime
    expires_at: datetime
    tickets: list[ManifestEntryView]
    keys: TicketKeysView

    @classmethod
    def of(cls, gate_list: GateList, key: TicketKey) -> Self:
        """With the key that tickets and manifests are signed with."""
        doors = doors_of(gate_list.snapshot)
        values = {
            "showtime_id": doors.showtime_id,
            "generated_at": gate_list.at,
            "opens_at": doors.opens_at,
            "expires_at": doors.closes_at,
            "tickets": _entries(gate_list),
            "keys": {"keys": [key.jwk()]},
        }
        return cls.model_validate(values)


class ManifestView(UnsignedManifest):
    """The tickets of a showtime, signed, for a gate without a network: `docs/gate.md` says how to use it."""

    signature: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+$", examples=["eyJhbGciOiJFZERTQSJ9..c2lnbmF0dXJl"])
    ]


def _entries(gate_list: GateList) -> list[ManifestEntryView]:
    entries = []
    for booking in gate_list.bookings:
        known = known_at_gate(booking, gate_list.snapshot)
        entries.append(
            ManifestEntryView(
                booking_id=booking.id,
                reference=booking.reference,
                seats=list(booking.seat_ids),
                labels=list(booking.seat_labels),
                version=known.version,
                admits=known.refusal is None and known.first is None,
                first=FirstScanView.of(known.first),
                reason=known.refusal,
            )
        )
    return entries
