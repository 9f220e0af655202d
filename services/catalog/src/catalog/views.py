"""HTTP bodies that go out, and their ETags."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time
from hashlib import blake2b
from operator import itemgetter
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from catalog.usecases.reading import Listing
from catalog.usecases.scheduling import MAX_SHOWTIMES
from chassis.bodies import Absent, ResponseBody
from chassis.conditional import etag_of
from chassis.contacts import ShownEmail, ShownPrintedPhone
from chassis.mongo import Document
from chassis.pages import PageView
from contracts.layout import Layout
from contracts.money import Currency, MinorUnits
from contracts.prices import Weekday


class MovieView(ResponseBody):
    """A film."""

    id: str
    tmdb_id: Annotated[int, Field(ge=1)] | None
    title: str
    genres: list[str]
    runtime: Annotated[int, Field(ge=1)]
    rating: str | float | None
    poster: str | None
    backdrop: str | None
    cast: list[str]
    language: str
    synopsis: str | None
    release_date: date | None


class TierView(ResponseBody):
    """While at least so many hours are left before the start, so much of price and tax comes back."""

    hours_before: Annotated[float, Field(ge=0)]
    refund_percent: Annotated[int, Field(ge=0, le=100)]


class CancellationPolicyView(ResponseBody):
    """What a guest who cancels gets back: tiers from the longest to the shortest, after the last one nothing."""

    tiers: list[TierView]
    fees_refunded: bool


class GeoView(ResponseBody):
    """Degrees, WGS 84."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lng: Annotated[float, Field(ge=-180, le=180)]


class ContactView(ResponseBody):
    """How guests reach the theater."""

    phone: Absent[ShownPrintedPhone] = None
    email: Absent[ShownEmail] = None


class TheaterView(ResponseBody):
    """A theater."""

    id: str
    name: str
    address: str
    city: str
    geo: GeoView
    timezone: str
    contact: ContactView
    amenities: list[str]
    cancellation_policy: CancellationPolicyView
    forbids_single_seats: bool


class ScreenLayoutView(Layout):
    """A screen's layout in full, also where what was sent left something out."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class ScreenView(ResponseBody):
    """A screen and its layout."""

    id: str
    theater_id: str
    name: str
    layout: ScreenLayoutView
    seats_total: Annotated[int, Field(ge=0)]


class TheaterWithScreens(TheaterView):
    """A theater with its screens."""

    screens: list[ScreenView]


class ShowtimeMovie(ResponseBody):
    """The film of a showtime."""

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


class SpanView(ResponseBody):
    """A closed interval; an end that is left out is open."""

    gte: Absent[float] = None
    lte: Absent[float] = None


class WhenView(ResponseBody):
    """All that is given must hold; times are the theater's."""

    days_of_week: Absent[tuple[Weekday, ...]] = None
    from_: Absent[time] = Field(default=None, alias="from")
    to: Absent[time] = None
    dates: Absent[tuple[date, ...]] = None
    hours_before: Absent[SpanView] = None
    occupancy: Absent[SpanView] = None
    format: Absent[str] = None
    seat_type: Absent[str] = None


class AdjustView(ResponseBody):
    """One of: a percentage of the price so far, an amount on top, a price."""

    percent: Absent[float] = None
    amount: Absent[int] = None
    set_to: Absent[MinorUnits] = None


class PricingRuleView(ResponseBody):
    """A dynamic pricing rule; rules apply in order, and the result is clamped to `minPrice` and `maxPrice`."""

    name: str
    when: WhenView
    adjust: AdjustView
    min_price: Absent[MinorUnits] = None
    max_price: Absent[MinorUnits] = None


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


V = TypeVar("V", bound=BaseModel)


class ShowtimesScheduledView(ResponseBody):
    """What a repetition came to."""

    items: Annotated[list[ShowtimeView], Field(min_length=1, max_length=MAX_SHOWTIMES)]
    total: Annotated[int, Field(ge=1, le=MAX_SHOWTIMES)]


def page_view(view_class: type[V], listing: Listing, view: Callable[[Document], V]) -> PageView[V]:
    """A part of a list as it is shown."""
    items, page = [view(item) for item in listing.items], listing.page
    return PageView[view_class](items=items, total=listing.total, page=page.number, page_size=page.size)  # type: ignore[valid-type]  # a generic model is made at run time


def _plain(view: type[V], document: Document, **more: Any) -> V:
    fields = view.model_fields.keys() & document.keys()
    return view(id=document["_id"], **{name: document[name] for name in fields - more.keys()}, **more)


def movie_view(movie: Document) -> MovieView:
    """A stored movie as it is shown."""
    return _plain(MovieView, movie)


def theater_view(theater: Document) -> TheaterView:
    """A stored theater as it is shown."""
    return _plain(TheaterView, theater)


def theater_with_screens(theater: Document, screens: Iterable[Document]) -> TheaterWithScreens:
    """A stored theater as it is shown, with its screens."""
    return _plain(TheaterWithScreens, theater, screens=map(screen_view, screens))


def theater_etag(theater: Document, screens: Sequence[Document]) -> str:
    """Of a theater with its screens, of which ids and versions are enough."""
    shown = ",".join(f"{screen['_id']}:{screen['version']}" for screen in sorted(screens, key=itemgetter("_id")))
    return etag_of(theater["version"], *([blake2b(shown.encode(), digest_size=8).hexdigest()] if screens else []))


def screen_view(screen: Document) -> ScreenView:
    """A stored screen as it is shown."""
    return _plain(ScreenView, screen)


def showtime_view(showtime: Document) -> ShowtimeView:
    """A stored showtime as it is shown; that it has begun or is over is seen from the clock."""
    snapshot, now = showtime["snapshot"], datetime.now(UTC)
    movie, theater, prices = snapshot["movie"], snapshot["theater"], snapshot["prices"]
    scheduled = showtime["status"] == "scheduled"
    over = scheduled and showtime["end_at"] <= now
    return ShowtimeView(
        id=showtime["_id"],
        movie_id=showtime["movie_id"],
        theater_id=showtime["theater_id"],
        screen_id=showtime["screen_id"],
        start_at=showtime["start_at"],
        end_at=showtime["end_at"],
        language=snapshot["language"],
        format=snapshot["format"],
        base_price=prices["base_price"],
        currency=prices["currency"],
        status="finished" if over else showtime["status"],
        dynamic_pricing_rules=[PricingRuleView.model_validate(rule, by_name=True) for rule in prices["rules"]],
        movie=ShowtimeMovie(title=movie["title"], poster=movie["poster"], runtime=movie["runtime_minutes"]),
        theater=ShowtimeTheater(name=theater["name"], timezone=theater["timezone"]),
        screen=ShowtimeScreen(name=snapshot["screen"]["name"]),
        seats_total=showtime["seats_total"],
        seats_available=showtime["seats_available"] if scheduled and now < showtime["start_at"] else 0,
    )


def showtime_etag(showtime: Document, shown: ShowtimeView) -> str:
    """Beside its version a showtime shows how many seats are left, and how far it is by the clock."""
    return etag_of(showtime["version"], shown.seats_available, shown.status)


def next_turn(showtimes: Iterable[Document]) -> datetime | None:
    """When the clock next changes what is shown of one of them: it begins, or is over."""
    now = datetime.now(UTC)
    ahead = [moment for showtime in showtimes for moment in (showtime["start_at"], showtime["end_at"]) if moment > now]
    return min(ahead, default=None)


def as_json(view: BaseModel) -> bytes:
    """As it is sent."""
    return view.model_dump_json(by_alias=True).encode()
