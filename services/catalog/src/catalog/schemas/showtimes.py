"""Showtimes as clients send and read them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints
from pydantic.alias_generators import to_camel

from catalog.domain import calendar
from catalog.domain.lowest_price import lowest_price
from catalog.domain.plain import from_plain, to_plain
from catalog.domain.scopes import Said
from catalog.domain.seat_changes import Moves, SeatChange, SeatChangeOutcome
from catalog.domain.showtimes import MAX_AT_ONCE, Showtime, Terms
from catalog.schemas import fields
from catalog.schemas.fields import Id, Price, Short, YesOrNo
from catalog.schemas.rules import OfferedTicketTypeView, PricingRuleView, Rules
from catalog.schemas.screens import MAX_SEATS, SeatId, SeatIds
from chassis.bodies import Absent, RequestBody, ResponseBody
from chassis.changes import Change
from chassis.problems import InvalidInput
from chassis.text import Line
from chassis.times import Day, LocalTime, Moment
from contracts.money import Currency, MinorUnits
from contracts.prices import Weekday

_AHEAD = timedelta(days=3 * 366)
_SAID = {"base_price": "base_price", "rules": "dynamic_pricing_rules"}
_SEATS = {"blocked_seats", "blocked_reasons", "dry_run"}
_CHANGING = {"start_at", "language", "format", "base_price", "dynamic_pricing_rules"} | _SEATS


def _start(start: datetime) -> datetime:
    if not timedelta(0) < start - datetime.now(UTC) < _AHEAD:
        raise ValueError("must be in the future, and within three years")
    return start.replace(microsecond=start.microsecond // 1000 * 1000)


def _minute(value: time) -> time:
    if value.second or value.microsecond:
        raise ValueError("a local time in whole minutes, such as 18:30")
    return value


Start = Annotated[Moment, AfterValidator(_start)]
Minute = Annotated[LocalTime, AfterValidator(_minute)]
BlockedReason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), Line]


class Repeat(RequestBody):
    """Local times on weekdays (none: every day) from the day of `startAt` until that day, included."""

    days: Annotated[tuple[Weekday, ...], Field(max_length=7)] = ()
    times: Annotated[tuple[Minute, ...], Field(min_length=1, max_length=50)]
    until: Day

    def repetition(self) -> calendar.Repeat:
        """The repetition as the domain knows it."""
        return from_plain(calendar.Repeat, self.model_dump())


class NewShowtime(RequestBody):
    """A new showtime, or many with `repeat`. `basePrice` may be left out where the theater or the screen says one;
    `dynamicPricingRules` left out: those of the screen or the theater, `[]`: none."""

    movie_id: Id
    theater_id: Id
    screen_id: Id
    start_at: Start
    language: Short
    format: Short
    base_price: Price | None = None
    currency: fields.Currency
    dynamic_pricing_rules: Rules | None = None
    repeat: Repeat | None = None

    def terms(self) -> Terms:
        """The terms of all showtimes that the call schedules."""
        sent = self.model_dump()
        prices = {"base_price": sent["base_price"], "rules": sent["dynamic_pricing_rules"]}
        return from_plain(Terms, {**sent, "prices": prices})


class WeekCopy(RequestBody):
    """Which week to copy to which: the first days of both, by the theater's clock."""

    theater_id: Id
    from_: Annotated[Day, Field(alias="from")]
    to: Day


class ShowtimeTerms(RequestBody):
    """What a showtime was scheduled with: all that may be sent in a change, most of it only as it was."""

    movie_id: Id
    theater_id: Id
    screen_id: Id
    currency: fields.Currency
    start_at: Start
    language: Short
    format: Short
    base_price: Price
    dynamic_pricing_rules: Rules
    status: Literal["scheduled", "cancelled"]
    blocked_seats: SeatIds
    blocked_reasons: Annotated[dict[SeatId, BlockedReason], Field(max_length=MAX_SEATS)]
    reseat: YesOrNo
    dry_run: YesOrNo


class ShowtimePatch(Change[ShowtimeTerms]):
    """What to change of a showtime that has not begun. Movie, theater and currency stay: cancel it and schedule anew.

    Seats are changed by themselves: another `screenId`, or `blockedSeats`, the whole list of those that are taken out,
    with `reseat` to move whoever has one. A `dryRun` of either only says what would come of it. `blockedReasons` say
    beside `blockedSeats` why, by seat, to those who work there: what is left out stays, null takes one out.
    """

    def seat_change(self, showtime: Showtime) -> SeatChange | None:
        """What is to change of its seats; None where nothing is. Raises `InvalidInput`."""
        sent = self.model_dump(exclude_unset=True)
        reseat, dry_run = bool(sent.get("reseat")), bool(sent.get("dry_run"))
        moves = sent.get("screen_id", showtime.screen.screen_id) != showtime.screen.screen_id
        reasons = self._reasons(sent)
        if not moves and not dry_run and "screen_id" in sent.keys() <= {"screen_id", "dry_run"}:
            return SeatChange(showtime.screen.screen_id)  # a repeat of the change that moved it there, or nothing
        if "blocked_seats" not in sent and not moves and not ("screen_id" in sent and dry_run):
            for name in ("reseat", "dry_run"):
                if sent.get(name):
                    raise InvalidInput(to_camel(name), "only with blockedSeats or another screenId")
            return None
        if moves and "blocked_seats" in sent:
            raise InvalidInput("blockedSeats", "one after the other: first the screen, then its seats")
        if self.revised(showtime) != showtime:
            name = "screenId" if moves else "blockedSeats"
            raise InvalidInput(name, "seats are changed by themselves, the rest in another call")
        if moves and reseat:
            raise InvalidInput("reseat", "only with blockedSeats: who changes screens always gets other seats")
        screen_id = sent.get("screen_id") if moves else None
        return SeatChange(screen_id, sent.get("blocked_seats"), reseat, dry_run, reasons)

    def _reasons(self, sent: Mapping[str, Any]) -> Mapping[str, str | None]:
        """Why seats are taken out, as sent. Raises `InvalidInput` where one is not among `blockedSeats`."""
        reasons: dict[str, str | None] = sent.get("blocked_reasons", {})
        if "blocked_seats" not in sent and "blocked_reasons" in sent:
            raise InvalidInput("blockedReasons", "only with blockedSeats")
        blocked = set(sent.get("blocked_seats", ()))
        for seat, reason in reasons.items():
            if reason is not None and seat not in blocked:
                raise InvalidInput(f"blockedReasons.{seat}", "this seat is not in blockedSeats")
        return reasons

    def revised(self, showtime: Showtime) -> Showtime:
        """The showtime with what was sent of start, language, format and prices; its length stays."""
        sent = self.model_dump(exclude_unset=True)
        terms: dict[str, Any] = {name: sent[name] for name in ("language", "format", "start_at") if name in sent}
        if "start_at" in sent:
            terms["end_at"] = sent["start_at"] + (showtime.end_at - showtime.start_at)
        prices = {name: sent[by] for name, by in _SAID.items() if by in sent}
        said = from_plain(Said, {**to_plain(showtime.scopes.showtime), **prices})
        return replace(showtime, scopes=showtime.scopes.saying("showtime", said), **terms)

    def require_same(self, showtime: Showtime) -> None:
        """What cannot be changed may be sent back as it is; raises `InvalidInput` where it differs."""
        sent = self.model_dump(exclude_unset=True)
        scheduled = {
            "movie_id": showtime.movie.movie_id,
            "theater_id": showtime.theater.theater_id,
            "currency": showtime.currency,
        }
        for name, value in scheduled.items():
            if sent.get(name, value) != value:
                detail = "stays as it was scheduled: cancel the showtime and schedule another"
                raise InvalidInput(to_camel(name), detail)

    def cancels(self) -> bool:
        """Whether the showtime is to be cancelled; raises `InvalidInput` where it is to be changed as well."""
        sent = self.model_dump(exclude_unset=True)
        if sent.get("status") != "cancelled":
            return False
        if sent.keys() & _CHANGING:
            raise InvalidInput("status", "a showtime is cancelled or changed, not both in one call")
        return True

    @property
    def moves(self) -> bool:
        """Whether a start was sent."""
        return "start_at" in self.model_fields_set


class ShowtimeMovie(ResponseBody):
    """The movie of a showtime."""

    title: str
    poster: str | None
    runtime: Annotated[int, Field(ge=1)]


class ShowtimeTheater(ResponseBody):
    """The theater of a showtime."""

    name: str
    timezone: str


class ShowtimeScreen(ResponseBody):
    """The screen of a showtime."""

    name: str


class ShowtimeView(ResponseBody):
    """A showtime. `priceFrom` is what an adult pays now for a seat of the cheapest type, before fees and taxes."""

    id: str
    movie_id: str
    theater_id: str
    screen_id: str
    start_at: datetime
    end_at: datetime
    language: str
    format: str
    base_price: MinorUnits
    price_from: MinorUnits
    currency: Currency
    dynamic_pricing_rules: list[PricingRuleView]
    status: Literal["scheduled", "cancelled", "finished"]
    movie: ShowtimeMovie
    theater: ShowtimeTheater
    screen: ShowtimeScreen
    seats_total: Annotated[int, Field(ge=0)]
    seats_available: Annotated[int, Field(ge=0)]
    ticket_types: list[OfferedTicketTypeView]

    @classmethod
    def of(cls, showtime: Showtime, now: datetime) -> Self:
        """The showtime as it is shown at an instant."""
        movie, theater, screen, prices = showtime.movie, showtime.theater, showtime.screen, showtime.prices
        return cls(
            id=showtime.id,
            movie_id=movie.movie_id,
            theater_id=theater.theater_id,
            screen_id=screen.screen_id,
            start_at=showtime.start_at,
            end_at=showtime.end_at,
            language=showtime.language,
            format=showtime.format,
            base_price=prices.base_price,
            price_from=lowest_price(showtime, now),
            currency=prices.currency,
            dynamic_pricing_rules=[PricingRuleView.of(rule) for rule in prices.rules],
            status=showtime.status_at(now),
            movie=ShowtimeMovie(title=movie.title, poster=movie.poster, runtime=movie.runtime_minutes),
            theater=ShowtimeTheater(name=theater.name, timezone=theater.timezone),
            screen=ShowtimeScreen(name=screen.name),
            seats_total=showtime.seats_total,
            seats_available=showtime.seats_available_at(now),
            ticket_types=[OfferedTicketTypeView.of(ticket) for ticket in prices.all_ticket_types()],
        )


class SkippedShowtimeView(ResponseBody):
    """A showtime that was not scheduled, and why; `showtimeId` is the one of which it was to be a copy. `existingId` is
    the one of the same movie that begins there and then already."""

    start_at: datetime
    screen_id: str
    reason: Literal["screen_busy", "past", "movie_not_found", "runtime_unknown", "screen_not_found"]
    showtime_id: Absent[str] = None
    existing_id: Absent[str] = None


class BookingMoveView(ResponseBody):
    """A booking, the seats that it leaves, and those that it gets."""

    booking_id: str
    reference: Absent[str] = None
    from_: Annotated[list[str], Field(alias="from")]
    to: list[str]


class BookingHitView(BookingMoveView):
    """A booking that has seats that are taken out (`from`), and where it was moved, if it was."""

    to: Absent[list[str]] = None  # type: ignore[assignment]  # the same, or nothing


class ChangedShowtimeView(ShowtimeView):
    """A showtime, with what came of a change of its seats.

    After `blockedSeats` the bookings that it hits (`affected`); after another `screenId` how many bookings have their
    seats (`placed`), which of them have others (`moved`), and which have none (`unplaced`, of a dry run).
    """

    affected: Absent[list[BookingHitView]] = None
    placed: Absent[Annotated[int, Field(ge=0)]] = None
    moved: Absent[list[BookingMoveView]] = None
    unplaced: Absent[list[BookingHitView]] = None

    def with_seats(self, outcome: SeatChangeOutcome) -> Self:
        """With what came of a change of its seats."""
        replanned, references = outcome.replanned, outcome.references
        hits = {**replanned.unplaced, **replanned.moved}
        if outcome.change.blocked is not None:
            affected = [BookingHitView.model_validate(_hit(booking, hits, references)) for booking in hits]
            return self.model_copy(update={"affected": affected})
        moved = {booking: seats for booking, seats in replanned.moved.items() if seats[1]}
        update = {
            "placed": replanned.placed,
            "moved": [BookingMoveView.model_validate(_hit(booking, moved, references)) for booking in moved],
            "unplaced": [
                BookingHitView.model_validate(_hit(booking, replanned.unplaced, references))
                for booking in replanned.unplaced
            ],
        }
        return self.model_copy(update=update)


def _hit(booking_id: str, moves: Moves, references: Mapping[str, str]) -> dict[str, Any]:
    before, after = moves[booking_id]
    return {
        "booking_id": booking_id,
        "reference": references.get(booking_id),
        "from": list(before),
        "to": list(after) or None,
    }


class BlockedSeatView(ResponseBody):
    """A seat that is taken out of a showtime, and why, where somebody said so."""

    seat_id: str
    reason: Absent[Annotated[str, Field(examples=["broken"])]] = None


class BlockedSeatsView(ResponseBody):
    """The seats that are taken out of a showtime, also those that a booking still has."""

    items: list[BlockedSeatView]


class ShowtimesScheduledView(ResponseBody):
    """What a repetition came to."""

    items: Annotated[list[ShowtimeView], Field(min_length=1, max_length=MAX_AT_ONCE)]
    total: Annotated[int, Field(ge=1, le=MAX_AT_ONCE)]
    skipped: list[SkippedShowtimeView]


class ShowtimesCopiedView(ResponseBody):
    """What copying a week came to."""

    items: list[ShowtimeView]
    total: Annotated[int, Field(ge=0)]
    skipped: list[SkippedShowtimeView]
