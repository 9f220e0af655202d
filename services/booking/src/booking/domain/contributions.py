"""What a booking contributes to the reports of its theater: a pure function of the booking. Reports are sums of these,
so that a booking that changed is corrected by the difference to what it contributed before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from booking.domain.booking import Booking
from booking.domain.business_days import business_day
from booking.domain.facts import Show
from booking.domain.refunds import refunds_of
from contracts.money import Currency


@dataclass(frozen=True, slots=True)
class Figures:
    """Money in minor units, tickets and bookings: what was sold, but `refunds`, which were granted. `gross` is what was
    captured, with fees and taxes."""

    gross: int = 0
    refunds: int = 0
    fees: int = 0
    taxes: int = 0
    tickets: int = 0
    bookings: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            self.gross + other.gross,
            self.refunds + other.refunds,
            self.fees + other.fees,
            self.taxes + other.taxes,
            self.tickets + other.tickets,
            self.bookings + other.bookings,
        )

    def __neg__(self) -> "Figures":
        return Figures(-self.gross, -self.refunds, -self.fees, -self.taxes, -self.tickets, -self.bookings)

    def __bool__(self) -> bool:
        return bool(self.gross or self.refunds or self.fees or self.taxes or self.tickets or self.bookings)


class SalesKey(NamedTuple):
    """Whose figures are summed together."""

    theater_id: str
    day: date
    movie_id: str
    tender: str
    currency: Currency


@dataclass(frozen=True, slots=True)
class Attendance:
    """Of a showtime's seats: how many are `sold` now, and how many of those have not been scanned at the gate."""

    sold: int = 0
    unscanned: int = 0

    def __add__(self, other: "Attendance") -> "Attendance":
        return Attendance(self.sold + other.sold, self.unscanned + other.unscanned)

    def __neg__(self) -> "Attendance":
        return Attendance(-self.sold, -self.unscanned)

    def __bool__(self) -> bool:
        return bool(self.sold or self.unscanned)


@dataclass(frozen=True, slots=True)
class SoldBooking:
    """A booking as a line of the export; `date` is the business day on which it was sold."""

    date: date
    reference: str
    id: str
    status: str
    reason: str | None
    theater_id: str
    showtime_id: str
    movie_id: str
    title: str
    start_at: datetime
    tickets: int
    amount: int
    refund: int
    currency: Currency
    tender: str
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class Contribution:
    """All that one booking contributes."""

    days: Mapping[date, Figures]
    attendance: Attendance
    line: SoldBooking

    @property
    def sales(self) -> dict[SalesKey, Figures]:
        """Its figures, by whose they are summed with."""
        line = self.line
        return {
            SalesKey(line.theater_id, day, line.movie_id, line.tender, line.currency): figures
            for day, figures in self.days.items()
        }


def contribution_of(booking: Booking | None) -> Contribution | None:
    """None for what was never sold: money that came too late for its seats, and went back, is in no report. None too
    while the show is not known, whose theater says what a day is."""
    if booking is None or booking.confirmed_at is None or booking.facts.show is None or booking.facts.paid is None:
        return None
    show, sold_on = booking.facts.show, business_day(booking.confirmed_at, booking.facts.show.timezone)
    days = {sold_on: _sold(booking)}
    for day, amount in _refunds(booking, sold_on, show):
        days[day] = days.get(day, Figures()) + Figures(refunds=amount)
    return Contribution(
        {day: figures for day, figures in days.items() if figures}, _attendance(booking), _line(booking, show, sold_on)
    )


def _sold(booking: Booking) -> Figures:
    quote, is_free = booking.sale.quote, booking.is_complimentary
    return Figures(
        gross=booking.facts.captured,
        fees=0 if is_free else quote.fees,
        taxes=0 if is_free else quote.taxes,
        tickets=len(quote.lines),
        bookings=1,
    )


def _refunds(booking: Booking, sold_on: date, show: Show) -> Iterable[tuple[date, int]]:
    """Each refund with the day on which it was granted, or made by hand; together what goes back of the booking."""
    left = booking.state.refund or 0
    for refund in refunds_of(booking):
        if refund.reason == "by_hand" and refund.status == "failed":
            continue
        amount = min(left, refund.amount)
        left -= amount
        yield business_day(refund.at, show.timezone) if refund.at else sold_on, amount


def _attendance(booking: Booking) -> Attendance:
    seats = len(booking.facts.booked_seats)
    match booking.state.status:
        case "confirmed":
            return Attendance(seats, seats)
        case "checked_in":
            return Attendance(seats, 0)
    return Attendance()


def _line(booking: Booking, show: Show, sold_on: date) -> SoldBooking:
    paid = booking.facts.paid
    if paid is None or booking.confirmed_at is None:
        raise ValueError("only what was sold has a line")
    return SoldBooking(
        date=sold_on,
        reference=booking.reference,
        id=booking.id,
        status=booking.state.status,
        reason=booking.state.reason,
        theater_id=show.theater_id,
        showtime_id=booking.sale.showtime_id,
        movie_id=show.movie_id,
        title=show.movie_title,
        start_at=show.start_at,
        tickets=len(booking.sale.quote.lines),
        amount=booking.amount,
        refund=booking.state.refund or 0,
        currency=paid.currency,
        tender=paid.tender or paid.provider,
        confirmed_at=booking.confirmed_at,
    )
