"""Showtimes as clients send and read them."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field
from pydantic.alias_generators import to_camel

from catalog.domain import calendar
from catalog.domain.plain import from_plain
from catalog.domain.showtimes import MAX_AT_ONCE, Showtime, Terms
from catalog.schemas import fields
from catalog.schemas.fields import Id, Price, Short
from catalog.schemas.rules import PricingRuleView, Rules
from chassis.bodies import RequestBody, ResponseBody
from chassis.changes import Change
from chassis.problems import InvalidInput
from chassis.times import Day, LocalTime, Moment
from contracts.money import Currency, MinorUnits
from contracts.prices import PriceTable, Weekday

_AHEAD = timedelta(days=3 * 366)
_CHANGING = {"start_at", "language", "format", "base_price", "dynamic_pricing_rules"}


def _start(value: datetime) -> datetime:
    try:
        start = value.astimezone(UTC)
    except OverflowError:
        raise ValueError("out of range") from None
    if not timedelta(0) < start - datetime.now(UTC) < _AHEAD:
        raise ValueError("must be in the future, and within three years")
    return start.replace(microsecond=start.microsecond // 1000 * 1000)


def _minute(value: time) -> time:
    if value.second or value.microsecond:
        raise ValueError("a local time in whole minutes, such as 18:30")
    return value


Start = Annotated[Moment, AfterValidator(_start)]
Minute = Annotated[LocalTime, AfterValidator(_minute)]


class Repeat(RequestBody):
    """Local times on weekdays (none: every day) from the day of `startAt` until that day, included."""

    days: Annotated[tuple[Weekday, ...], Field(max_length=7)] = ()
    times: Annotated[tuple[Minute, ...], Field(min_length=1, max_length=50)]
    until: Day

    def repetition(self) -> calendar.Repeat:
        """The repetition as the domain knows it."""
        return from_plain(calendar.Repeat, self.model_dump())


class NewShowtime(RequestBody):
    """A new showtime, or many with `repeat`."""

    movie_id: Id
    theater_id: Id
    screen_id: Id
    start_at: Start
    language: Short
    format: Short
    base_price: Price
    currency: fields.Currency
    dynamic_pricing_rules: Rules = ()
    repeat: Repeat | None = None

    def terms(self) -> Terms:
        """The terms of all showtimes that the call schedules."""
        sent = self.model_dump()
        return from_plain(Terms, {**sent, "rules": sent["dynamic_pricing_rules"]})


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


class ShowtimePatch(Change[ShowtimeTerms]):
    """What to change of a showtime that has not begun. Movie, screen and currency stay: cancel it and schedule anew."""

    def revised(self, showtime: Showtime) -> Showtime:
        """The showtime with what was sent of start, language, format and prices; its length stays."""
        sent = self.model_dump(exclude_unset=True)
        terms: dict[str, Any] = {name: sent[name] for name in ("language", "format", "start_at") if name in sent}
        if "start_at" in sent:
            terms["end_at"] = sent["start_at"] + (showtime.end_at - showtime.start_at)
        prices = dict(showtime.prices)
        prices["base_price"] = sent.get("base_price", showtime.prices.base_price)
        prices["rules"] = sent.get("dynamic_pricing_rules", showtime.prices.rules)
        return replace(showtime, prices=PriceTable.model_validate(prices), **terms)

    def require_same(self, showtime: Showtime) -> None:
        """What cannot be changed may be sent back as it is; raises `InvalidInput` where it differs."""
        sent = self.model_dump(exclude_unset=True)
        scheduled = {
            "movie_id": showtime.movie.movie_id,
            "theater_id": showtime.theater.theater_id,
            "screen_id": showtime.screen.screen_id,
            "currency": showtime.prices.currency,
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
    """A showtime."""

    id: str
    movie_id: str
    theater_id: str
    screen_id: str
    start_at: datetime
    end_at: datetime
    language: str
    format: str
    base_price: MinorUnits
    currency: Currency
    dynamic_pricing_rules: list[PricingRuleView]
    status: Literal["scheduled", "cancelled", "finished"]
    movie: ShowtimeMovie
    theater: ShowtimeTheater
    screen: ShowtimeScreen
    seats_total: Annotated[int, Field(ge=0)]
    seats_available: Annotated[int, Field(ge=0)]

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
            currency=prices.currency,
            dynamic_pricing_rules=[PricingRuleView.of(rule) for rule in prices.rules],
            status=showtime.status_at(now),
            movie=ShowtimeMovie(title=movie.title, poster=movie.poster, runtime=movie.runtime_minutes),
            theater=ShowtimeTheater(name=theater.name, timezone=theater.timezone),
            screen=ShowtimeScreen(name=screen.name),
            seats_total=showtime.seats_total,
            seats_available=showtime.seats_available_at(now),
        )


class ShowtimesScheduledView(ResponseBody):
    """What a repetition came to."""

    items: Annotated[list[ShowtimeView], Field(min_length=1, max_length=MAX_AT_ONCE)]
    total: Annotated[int, Field(ge=1, le=MAX_AT_ONCE)]
