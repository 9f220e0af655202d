"""HTTP bodies of the reports."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field

from booking.domain.contributions import Figures
from booking.reports.reading import MovieSales, Sales, ShowAttendance
from chassis.bodies import ResponseBody
from contracts.money import Currency, MinorUnits

Tender = Literal["razorpay", "stripe", "cash", "card_terminal", "complimentary", "free"]
Rate = Annotated[float, Field(ge=0, le=1, examples=[0.75])]
Net = Annotated[int, Field(description="minor units; below 0 where more was given back than sold")]


class FiguresView(ResponseBody):
    """Money in minor units: what was sold in this time, with its fees and taxes in `gross`; `refunds` are those that
    were granted in this time, whenever their bookings were sold; net = gross - refunds."""

    gross: MinorUnits
    refunds: MinorUnits
    net: Net
    fees: MinorUnits
    taxes: MinorUnits
    tickets: int
    bookings: int

    @classmethod
    def of(cls, figures: Figures, **beside: object) -> Self:
        """With the fields that say whose figures they are."""
        return cls.model_validate(
            {
                **beside,
                "gross": figures.gross,
                "refunds": figures.refunds,
                "net": figures.gross - figures.refunds,
                "fees": figures.fees,
                "taxes": figures.taxes,
                "tickets": figures.tickets,
                "bookings": figures.bookings,
            }
        )


class DayView(FiguresView):
    """A business day on which something was sold or given back."""

    date: date


class TenderView(FiguresView):
    """How it was paid for."""

    tender: Annotated[Tender, Field(json_schema_extra={"x-extensible-enum": True})]


class SalesView(FiguresView):
    """The sum, and what it is made of."""

    by_day: list[DayView]
    by_tender: list[TenderView]

    @classmethod
    def of_sales(cls, sales: Sales) -> Self:
        return cls.of(sales.total, by_day=days_of(sales), by_tender=_tenders_of(sales))


def days_of(sales: Sales) -> list[DayView]:
    """Day by day."""
    return [DayView.of(figures, date=day) for day, figures in sales.by_day.items()]


def _tenders_of(sales: Sales) -> list[TenderView]:
    return [TenderView.of(figures, tender=tender) for tender, figures in sales.by_tender.items()]


class ShowOccupancyView(ResponseBody):
    """How many seats of a showtime, without the blocked ones, are sold now."""

    showtime_id: str
    seats: int
    sold: int
    rate: Rate

    @classmethod
    def of(cls, show: ShowAttendance) -> Self:
        return cls(showtime_id=show.showtime_id, seats=show.seats, sold=show.sold, rate=_rate(show.sold, show.seats))


class OccupancyView(ResponseBody):
    """Of the showtimes that start in this time and were not cancelled, by start; `overall` is the rate of all."""

    overall: Rate
    by_showtime: list[ShowOccupancyView]

    @classmethod
    def of(cls, shows: Sequence[ShowAttendance]) -> Self:
        overall = _rate(sum(show.sold for show in shows), sum(show.seats for show in shows))
        return cls(overall=overall, by_showtime=[ShowOccupancyView.of(show) for show in shows])


class TopMovieView(ResponseBody):
    """What a movie sold."""

    movie_id: str
    title: str
    tickets: int
    gross: MinorUnits

    @classmethod
    def of(cls, movie: MovieSales) -> Self:
        return cls(movie_id=movie.movie_id, title=movie.title, tickets=movie.figures.tickets, gross=movie.figures.gross)


class ShowAbsenceView(ResponseBody):
    """How many tickets of a show that is over were never scanned, and which part of those sold that is."""

    showtime_id: str
    tickets: int
    rate: Rate

    @classmethod
    def of(cls, show: ShowAttendance) -> Self:
        absent = show.absent or 0
        return cls(showtime_id=show.showtime_id, tickets=absent, rate=_rate(absent, show.sold))


class NoShowsView(ResponseBody):
    """Of the shows that are over, by start; a scan that is uploaded later takes its tickets out."""

    tickets: int
    rate: Rate
    by_showtime: list[ShowAbsenceView]

    @classmethod
    def of(cls, shows: Sequence[ShowAttendance]) -> Self:
        over = over_and_sold(shows)
        tickets = sum(show.absent or 0 for show in over)
        rate = _rate(tickets, sum(show.sold for show in over))
        return cls(tickets=tickets, rate=rate, by_showtime=[ShowAbsenceView.of(show) for show in over])


def over_and_sold(shows: Sequence[ShowAttendance]) -> list[ShowAttendance]:
    """The shows that are over and had guests."""
    return [show for show in shows if show.absent is not None and show.sold]


class ReportView(ResponseBody):
    """What theaters sold in a span of their business days, which end at six in the morning. `currency` is null where
    nothing was sold."""

    currency: Currency | None
    sales: SalesView
    occupancy: OccupancyView
    top_movies: list[TopMovieView]
    no_shows: NoShowsView

    @classmethod
    def of(cls, sales: Sales, shows: Sequence[ShowAttendance]) -> Self:
        return cls(
            currency=sales.currency,
            sales=SalesView.of_sales(sales),
            occupancy=OccupancyView.of(shows),
            top_movies=[TopMovieView.of(movie) for movie in sales.by_movie],
            no_shows=NoShowsView.of(shows),
        )


def _rate(part: int, whole: int) -> float:
    """At most 1: seats that were sold and are blocked since are not in the whole."""
    return min(1.0, part / whole) if whole else float(part > 0)
