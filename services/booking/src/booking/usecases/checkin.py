"""Check-in for who works at a theater: guests let in at a gate with a network, the list for one without, and the scans
that such a gate uploads later."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.domain.booking import Booking
from booking.domain.checkin import GateScan, NotLetIn, doors_of, let_in, uploaded
from booking.domain.facts import Facts
from booking.errors import BookingNotFound, CheckinClosed, InvalidTicket, ShowtimeNotFound
from booking.usecases.lookup import Lookup
from booking.usecases.ports import Ports
from booking.usecases.refusals import problem_of_scan
from chassis.auth import Caller
from chassis.problems import Forbidden
from chassis.times import now_in_milliseconds
from checkin.rules import KnownBooking, ScanResult, scan_result
from contracts.catalog import ShowtimeSnapshot
from contracts.ids import UserId
from tickets.code import Ticket

_STAFF = ("manager", "staff")
_PAGE = 100
_AT_ONCE = 8
Shown = Ticket | str | None
"""What a guest shows: a ticket whose signature is ours, a reference, or neither."""


@dataclass(frozen=True, slots=True)
class UploadedScan:
    """What was shown at a gate, and when."""

    shown: Shown
    at: datetime


@dataclass(frozen=True, slots=True)
class UploadedResult:
    """What came of an uploaded scan; `reference` is that of its booking, where the caller may know it."""

    reference: str | None
    result: ScanResult


@dataclass(frozen=True, slots=True)
class GateList:
    """All bookings of a showtime that have had a ticket, as they are at `at`."""

    snapshot: ShowtimeSnapshot
    bookings: tuple[Booking, ...]
    at: datetime


class CheckIn:
    """Each decision is one write on condition of the booking's version: of two gates one lets in."""

    def __init__(self, ports: Ports, lookup: Lookup) -> None:
        self._bookings, self._showtimes, self._lookup = ports.bookings, ports.showtimes, lookup

    async def let_in(
        self, shown: Shown, caller: Caller, *, showtime_id: str | None = None, device_id: str | None = None
    ) -> Booking:
        """The booking once its guest is inside; of the showtime `showtime_id`, where one is named.

        Raises `ShowtimeNotFound`, `Forbidden`, `BookingNotFound` for a booking of another theater, and the problem of
        each other outcome of a scan.
        """
        snapshot = await self._show(showtime_id, caller) if showtime_id is not None else None
        bookings = await self._shown_bookings([shown])
        booking = bookings.get(shown) if shown is not None else None
        if booking is None:
            raise InvalidTicket("no booking has this ticket or reference")
        if snapshot is None:
            snapshot = await self._lookup.newest_snapshot(booking)
            if not caller.has(snapshot.theater.theater_id, *_STAFF):
                raise BookingNotFound
        version = shown.version if isinstance(shown, Ticket) else None
        scan = GateScan(now_in_milliseconds(), UserId(caller.user_id), device_id, version)
        try:
            changed = await self._bookings.decide(booking.id, lambda newest: let_in(newest, snapshot, scan))
        except NotLetIn as refusal:
            raise problem_of_scan(refusal.result) from None
        return changed or booking

    async def gate_list(self, showtime_id: str, caller: Caller) -> GateList:
        """Raises `ShowtimeNotFound`, `Forbidden`."""
        snapshot, at = await self._show(showtime_id, caller), now_in_milliseconds()
        bookings: list[Booking] = []
        last_id = ""
        while page := await self._bookings.of_showtime(showtime_id, last_id, _PAGE):
            bookings.extend(booking for booking in page if booking.tickets)
            last_id = page[-1].id
        return GateList(snapshot, tuple(bookings), at)

    async def upload(
        self, showtime_id: str, device_id: str, scans: Sequence[UploadedScan], caller: Caller
    ) -> list[UploadedResult]:
        """What came of each scan, in their order; the same when they are sent again.

        Raises `ShowtimeNotFound`, `Forbidden`, and `CheckinClosed` from a day after the show's end on.
        """
        snapshot = await self._show(showtime_id, caller)
        if not doors_of(snapshot).take_uploads(now_in_milliseconds()):
            raise CheckinClosed("scans are taken until 24 hours after the end")
        bookings = await self._shown_bookings([scan.shown for scan in scans])
        of_bookings: dict[str, list[tuple[int, GateScan]]] = defaultdict(list)
        results = [UploadedResult(_reference_of(scan.shown), ScanResult("invalid_ticket")) for scan in scans]
        for place, scan, booking in _with_bookings(scans, bookings):
            if booking.sale.showtime_id == showtime_id:
                gate_scan = _gate_scan(scan, device_id, caller, of_bookings[booking.id])
                of_bookings[booking.id].append((place, gate_scan))
            else:
                results[place] = _of_another_show(booking, scan, snapshot, caller)
        limit = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for booking_id, of_booking in of_bookings.items():
                group.create_task(self._record(booking_id, of_booking, snapshot, results, limit))
        return results

    async def _record(
        self,
        booking_id: str,
        scans: Collection[tuple[int, GateScan]],
        snapshot: ShowtimeSnapshot,
        results: list[UploadedResult],
        limit: asyncio.Semaphore,
    ) -> None:
        """Record one booking's scans, one after the other."""
        async with limit:
            for place, scan in scans:
                results[place] = await self._record_one(booking_id, scan, snapshot)

    async def _record_one(self, booking_id: str, scan: GateScan, snapshot: ShowtimeSnapshot) -> UploadedResult:
        decided: list[ScanResult] = []

        def decision(newest: Booking | None) -> Facts:
            result, facts = uploaded(newest, snapshot, scan, now_in_milliseconds())
            decided.append(result)
            return facts

        booking = await self._bookings.decide(booking_id, decision)
        return UploadedResult(booking.reference if booking else None, decided[-1])

    async def _show(self, showtime_id: str, caller: Caller) -> ShowtimeSnapshot:
        """The newest snapshot of a showtime where the caller works. Raises `ShowtimeNotFound`, `Forbidden`."""
        snapshot = (await self._showtimes.find_newest(showtime_id)).get(showtime_id)
        if snapshot is None:
            raise ShowtimeNotFound("no showtime has this id")
        if not caller.has(snapshot.theater.theater_id, *_STAFF):
            raise Forbidden("the showtime is another theater's")
        return snapshot

    async def _shown_bookings(self, shown: Collection[Shown]) -> dict[Shown, Booking]:
        """The bookings of what was shown; those of nobody are left out."""
        tickets = [each for each in shown if isinstance(each, Ticket)]
        references = {each for each in shown if isinstance(each, str)}
        by_id = {each.id: each for each in await self._bookings.find_all({ticket.booking_id for ticket in tickets})}
        by_reference: dict[Shown, Booking] = {
            each.reference: each for each in await self._bookings.of_references(references)
        }
        return by_reference | {ticket: by_id[ticket.booking_id] for ticket in tickets if ticket.booking_id in by_id}


def _with_bookings(
    scans: Sequence[UploadedScan], bookings: dict[Shown, Booking]
) -> list[tuple[int, UploadedScan, Booking]]:
    """The scans of somebody's, with their places."""
    return [(place, scan, bookings[scan.shown]) for place, scan in enumerate(scans) if scan.shown in bookings]


def _gate_scan(
    scan: UploadedScan, device_id: str, caller: Caller, earlier: Collection[tuple[int, GateScan]]
) -> GateScan:
    """The scan, counted among those of the upload with the same booking and time."""
    repeat = Counter(each.at for _, each in earlier)[scan.at]
    version = scan.shown.version if isinstance(scan.shown, Ticket) else None
    return GateScan(scan.at, UserId(caller.user_id), device_id, version, repeat)


def _of_another_show(
    booking: Booking, scan: UploadedScan, snapshot: ShowtimeSnapshot, caller: Caller
) -> UploadedResult:
    """The reference is told to who works at that booking's theater, and to who had typed it."""
    theater_id = booking.facts.show.theater_id if booking.facts.show else booking.sale.theater_id
    is_known = theater_id is not None and caller.has(theater_id, *_STAFF)
    reference = booking.reference if is_known else _reference_of(scan.shown)
    at_gate = KnownBooking(booking.sale.showtime_id, booking.facts.ticket_version)
    return UploadedResult(reference, scan_result(at_gate, None, doors_of(snapshot), scan.at))


def _reference_of(shown: Shown) -> str | None:
    return shown if isinstance(shown, str) else None
