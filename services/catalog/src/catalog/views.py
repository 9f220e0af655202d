"""HTTP bodies that go out, and their ETags."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from hashlib import blake2b
from operator import itemgetter
from typing import Any, Generic, Literal, TypeVar

from chassis.bodies import ResponseBody
from chassis.conditional import etag_of
from chassis.mongo import Document
from contracts.layout import Layout
from contracts.prices import PricingRule
from pydantic import BaseModel, ConfigDict

from catalog.usecases.reading import Found


class MovieView(ResponseBody):
    """A film."""

    id: str
    tmdb_id: int | None
    title: str
    genres: list[str]
    runtime: int
    rating: str | float | None
    poster: str | None
    backdrop: str | None
    cast: list[str]
    language: str
    synopsis: str | None
    release_date: date | None


class TierView(ResponseBody):
    """While at least so many hours are left before the start, so much of price and tax comes back."""

    hours_before: float
    refund_percent: int


class PolicyView(ResponseBody):
    """What a guest who cancels gets back: tiers from the longest to the shortest, after the last one nothing."""

    tiers: list[TierView]
    fees_refunded: bool


class TheaterView(ResponseBody):
    """A theater."""

    id: str
    name: str
    address: str
    city: str
    geo: dict[str, float]
    timezone: str
    contact: dict[str, str]
    amenities: list[str]
    cancellation_policy: PolicyView
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
    seats_total: int


class TheaterWithScreens(TheaterView):
    """A theater with its screens."""

    screens: list[ScreenView]


class ShowtimeMovie(ResponseBody):
    """The film of a showtime."""

    title: str
    poster: str | None
    runtime: int


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
    base_price: int
    currency: str
    dynamic_pricing_rules: list[dict[str, Any]]
    status: Literal["scheduled", "cancelled", "finished"]
    movie: ShowtimeMovie
    theater: ShowtimeTheater
    screen: ShowtimeScreen
    seats_total: int
    seats_available: int


V = TypeVar("V", bound=BaseModel)


class PageView(ResponseBody, Generic[V]):
    """A part of a list."""

    items: list[V]
    total: int
    page: int
    page_size: int


class Scheduled(ResponseBody):
    """What a repetition came to."""

    items: list[ShowtimeView]
    total: int


def page_view(kind: type[V], found: Found, view: Callable[[Document], V]) -> PageView[V]:
    """A part of a list as it is shown."""
    items = [view(item) for item in found.items]
    return PageView[kind](items=items, total=found.total, page=found.page.number, page_size=found.page.size)  # type: ignore[valid-type]  # a generic model is made at run time


def _plain(view: type[V], thing: Document, **more: Any) -> V:
    fields = view.model_fields.keys() & thing.keys()
    return view(id=thing["_id"], **{name: thing[name] for name in fields - more.keys()}, **more)


def movie_view(movie: Document) -> MovieView:
    """A stored movie as it is shown."""
    return _plain(MovieView, movie)


def theater_view(theater: Document) -> TheaterView:
    """A stored theater as it is shown."""
    return _plain(TheaterView, theater, contact=_known(theater["contact"]))


def theater_with_screens(theater: Document, screens: Iterable[Document]) -> TheaterWithScreens:
    """A stored theater as it is shown, with its screens."""
    return _plain(TheaterWithScreens, theater, contact=_known(theater["contact"]), screens=map(screen_view, screens))


def theater_etag(theater: Document, screens: Sequence[Document]) -> str:
    """Of a theater with its screens, of which ids and versions are enough."""
    shown = ",".join(f"{screen['_id']}:{screen['version']}" for screen in sorted(screens, key=itemgetter("_id")))
    return etag_of(theater["version"], *([blake2b(shown.encode(), digest_size=8).hexdigest()] if screens else []))


def screen_view(screen: Document) -> ScreenView:
    """A stored screen as it is shown."""
    return _plain(ScreenView, screen)


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def showtime_view(showtime: Document) -> ShowtimeView:
    """A stored showtime as it is shown; that it has begun or is over is seen from the clock."""
    snapshot, now = showtime["snapshot"], datetime.now(UTC)
    movie, theater, prices = snapshot["movie"], snapshot["theater"], snapshot["prices"]
    scheduled = showtime["status"] == "scheduled"
    over = scheduled and showtime["end_at"] <= now
    rules = [PricingRule.model_validate(rule) for rule in prices["rules"]]
    return ShowtimeView(
        id=showtime["_id"], movie_id=showtime["movie_id"], theater_id=showtime["theater_id"],
        screen_id=showtime["screen_id"], start_at=showtime["start_at"], end_at=showtime["end_at"],
        language=snapshot["language"], format=snapshot["format"], base_price=prices["base_price"],
        currency=prices["currency"], status="finished" if over else showtime["status"],
        dynamic_pricing_rules=[rule.model_dump(mode="json", by_alias=True, exclude_none=True) for rule in rules],
        movie=ShowtimeMovie(title=movie["title"], poster=movie["poster"], runtime=movie["runtime_minutes"]),
        theater=ShowtimeTheater(name=theater["name"], timezone=theater["timezone"]),
        screen=ShowtimeScreen(name=snapshot["screen"]["name"]), seats_total=showtime["seats_total"],
        seats_available=showtime["seats_available"] if scheduled and now < showtime["start_at"] else 0,
    )  # fmt: skip


def showtime_etag(showtime: Document, shown: ShowtimeView) -> str:
    """Beside its version a showtime shows how many seats are left, and how far it is by the clock."""
    return etag_of(showtime["version"], shown.seats_available, shown.status)


def as_json(view: BaseModel) -> bytes:
    """As it is sent."""
    return view.model_dump_json(by_alias=True).encode()
