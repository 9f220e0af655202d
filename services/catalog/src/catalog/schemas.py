"""HTTP bodies that come in, validated to the last seat."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal

from chassis.bodies import RequestBody
from chassis.problems import Fault, InvalidInput
from chassis.text import Line, Paragraph
from chassis.times import Day, LocalTime, Moment
from chassis.zones import TimeZone
from contracts.event import Part
from contracts.layout import Aisle, Layout
from contracts.policy import CancellationPolicy
from contracts.prices import Adjust, PricingRule, Weekday, When
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints

from catalog.domain.currencies import CURRENCIES
from catalog.domain.layouts import faults

_AHEAD = timedelta(days=3 * 366)
_RULES_CHARACTERS = 32_000
_PARTS: dict[str, type[Part]] = {"when": When, "adjust": Adjust}


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


def _rules(rules: tuple[PricingRule, ...]) -> tuple[PricingRule, ...]:
    if sum(len(rule.model_dump_json()) for rule in rules) > _RULES_CHARACTERS:
        raise ValueError(f"all rules together may have {_RULES_CHARACTERS} characters")
    for rule in rules:
        if any(clock is not None and clock.tzinfo is not None for clock in (rule.when.from_, rule.when.to)):
            raise ValueError(f'{rule.name}: "from" and "to" are local times, without an offset')
        if None not in {rule.min_price, rule.max_price} and (rule.min_price or 0) > (rule.max_price or 0):
            raise ValueError(f"{rule.name}: minPrice is above maxPrice")
    return rules


def _known_words(rules: Any) -> Any:
    """A misspelt condition must not become a rule without one: events pass over unknown fields, this edge does not."""
    for at, rule in enumerate(rules if isinstance(rules, list) else ()):
        named: list[tuple[Any, type[Part]]] = [(rule, PricingRule)]
        named += [(_in(rule, name), kind) for name, kind in _PARTS.items()]
        for where, model in named:
            known = {field.alias for field in model.model_fields.values()}
            if isinstance(where, dict) and (odd := sorted(where.keys() - known)):
                raise ValueError(f"rule {at}: {odd[0]!r} is no word of a rule")
    return rules


def _in(rule: Any, part: str) -> Any:
    return rule.get(part) if isinstance(rule, dict) else None


def _currency(value: str) -> str:
    if value not in CURRENCIES:
        raise ValueError("no currency of ISO 4217")
    return value


Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40), Line]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), Line]
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), Paragraph]
Prose = Annotated[str, StringConstraints(max_length=5000), Paragraph]
Link = Annotated[str, StringConstraints(max_length=2000, pattern=r"^(https?://|/)\S+$"), Line]
Id = Annotated[str, StringConstraints(max_length=64)]
Start = Annotated[Moment, AfterValidator(_start)]
Minute = Annotated[LocalTime, AfterValidator(_minute)]
Currency = Annotated[str, AfterValidator(_currency)]
Price = Annotated[int, Field(strict=True, ge=0, le=10**9)]
Rules = Annotated[tuple[PricingRule, ...], BeforeValidator(_known_words), Field(max_length=50), AfterValidator(_rules)]
Words = Annotated[list[Short], Field(max_length=50)]


Rating = Short | Annotated[float, Field(strict=True, ge=0, le=10, allow_inf_nan=False)]
"""A certificate ("UA") or a score of 0 to 10, given back as it came."""


class NewMovie(RequestBody):
    """A new movie; `runtime` in minutes."""

    title: Name
    genres: Words
    runtime: Annotated[int, Field(strict=True, ge=1, le=1000)]
    rating: Rating | None = None
    language: Short
    synopsis: Prose | None = None
    release_date: Day | None = None
    poster: Link | None = None
    backdrop: Link | None = None
    cast: Annotated[list[Name], Field(max_length=200)] = Field(default_factory=list)
    tmdb_id: Annotated[int, Field(strict=True, ge=1, le=2**53)] | None = None


def _without_defaults(schema: dict[str, Any]) -> None:
    """In a change what is left out stays as it is: no default is told."""
    for field in schema["properties"].values():
        field.pop("default", None)


_CHANGE = ConfigDict(json_schema_extra=_without_defaults)


class MoviePatch(NewMovie):
    """What to change of a movie; a changed run time counts for showtimes scheduled from then on."""

    model_config = _CHANGE

    title: Name = ""
    genres: Words = Field(default_factory=list)
    runtime: Annotated[int, Field(strict=True, ge=1, le=1000)] = 1
    language: Short = ""


class Geo(RequestBody):
    """Degrees, WGS 84."""

    lat: Annotated[float, Field(strict=True, ge=-90, le=90, allow_inf_nan=False)]
    lng: Annotated[float, Field(strict=True, ge=-180, le=180, allow_inf_nan=False)]


class Contact(RequestBody):
    """How guests reach the theater."""

    phone: Short | None = None
    email: Annotated[str, StringConstraints(max_length=320, pattern=r"^[^@\s]+@[^@\s]+$"), Line] | None = None


class NewTheater(RequestBody):
    """A new theater. Without a policy a guest may cancel until the start and gets all back."""

    name: Name
    address: Address
    city: Name
    geo: Geo
    timezone: TimeZone
    contact: Contact = Contact()
    amenities: Words = Field(default_factory=list)
    cancellation_policy: CancellationPolicy = CancellationPolicy()
    forbids_single_seats: Annotated[bool, Field(strict=True)] = False


class TheaterPatch(NewTheater):
    """What to change of a theater."""

    model_config = _CHANGE

    name: Name = ""
    address: Address = ""
    city: Name = ""
    geo: Geo = Geo(lat=0.0, lng=0.0)
    timezone: TimeZone = "UTC"


class LayoutBody(Layout):
    """A layout whose numbers are numbers and whose names are plain text."""

    aisles: Annotated[tuple[Annotated[int, Field(strict=True)] | Aisle, ...], Field(max_length=100)] = ()

    def checked(self) -> dict[str, Any]:
        """As it is stored; raises `InvalidInput`."""
        found = [Fault(path=f"layout.{path}", message=message) for path, message in faults(self)]
        if found:
            raise InvalidInput(found[0]["path"], found[0]["message"], *found[1:50])
        return self.model_dump(mode="json")


class NewScreen(RequestBody):
    """A new screen."""

    theater_id: Id
    name: Name
    layout: LayoutBody


class ScreenPatch(RequestBody):
    """What to change of a screen; a new layout counts for showtimes scheduled from then on."""

    model_config = _CHANGE

    theater_id: Id | None = None
    name: Name = ""
    layout: LayoutBody = LayoutBody(rows=1, cols=1)


class Repeat(RequestBody):
    """Local times on weekdays (none: every day) from the day of `startAt` until that day, included."""

    days: Annotated[tuple[Weekday, ...], Field(max_length=7)] = ()
    times: Annotated[tuple[Minute, ...], Field(min_length=1, max_length=50)]
    until: Day


class NewShowtime(RequestBody):
    """A new showtime, or many with `repeat`."""

    movie_id: Id
    theater_id: Id
    screen_id: Id
    start_at: Start
    language: Short
    format: Short
    base_price: Price
    currency: Currency
    dynamic_pricing_rules: Rules = ()
    repeat: Repeat | None = None


class ShowtimePatch(RequestBody):
    """What to change of a showtime that has not begun. Film, screen and currency stay: cancel it and schedule anew."""

    model_config = _CHANGE

    movie_id: Id | None = None
    theater_id: Id | None = None
    screen_id: Id | None = None
    currency: Currency | None = None
    start_at: Start | None = None
    language: Short | None = None
    format: Short | None = None
    base_price: Price | None = None
    dynamic_pricing_rules: Rules | None = None
    status: Literal["scheduled", "cancelled"] | None = None

    def fixed(self) -> dict[str, str | None]:
        """What cannot be changed; a client may send it back as it was."""
        return {"movieId": self.movie_id, "theaterId": self.theater_id, "screenId": self.screen_id,
                "currency": self.currency}  # fmt: skip

    def snapshot_values(self) -> dict[str, Any]:
        """The fields that were sent, as the snapshot names them."""
        given = self.model_dump(mode="json", include={"language", "format"}, exclude_none=True)
        rules = None if self.dynamic_pricing_rules is None else [
            rule.model_dump(mode="json") for rule in self.dynamic_pricing_rules
        ]  # fmt: skip
        prices = {"base_price": self.base_price, "rules": rules}
        prices = {name: value for name, value in prices.items() if value is not None}
        return {**given, **({"prices": prices} if prices else {})}
