"""What catalog says: full snapshots of a showtime, with a revision."""

from typing import ClassVar, Literal

from pydantic import Field

from contracts.audit import AuditRecord
from contracts.event import Event, UtcTime, Value
from contracts.ids import MovieId, ShowtimeId, TheaterId
from contracts.layout import Layout, ScreenDetails
from contracts.policy import CancellationPolicy
from contracts.prices import PriceTable
from contracts.release import ReleaseStage


class MovieDetails(Value):
    """The movie, as a ticket names it."""

    movie_id: MovieId
    title: str
    poster: str | None = None
    runtime_minutes: int = Field(ge=1)


class TheaterDetails(Value):
    """The theater, as tickets and invoices name it. `code` is what its invoices are numbered under. Without a stage in
    `accessible_release` accessible seats are for everybody from the beginning."""

    theater_id: TheaterId
    name: str
    address: str
    city: str
    timezone: str
    cancellation_policy: CancellationPolicy = CancellationPolicy()
    forbids_single_seats: bool = False
    accessible_release: tuple[ReleaseStage, ...] = ()
    code: str | None = None
    tax_id: str | None = None


class ShowtimeSnapshot(Value):
    """All that others need to know of a showtime. It keeps the layout it was scheduled with."""

    showtime_id: ShowtimeId
    revision: int
    status: Literal["scheduled", "cancelled"]
    start_at: UtcTime
    end_at: UtcTime
    language: str
    format: str
    movie: MovieDetails
    theater: TheaterDetails
    screen: ScreenDetails
    layout: Layout
    prices: PriceTable


class _ShowtimeEvent(Event):
    subject_field: ClassVar[str] = "showtime_id"
    carries: ClassVar[Literal["snapshot", "change"]] = "snapshot"

    showtime_id: ShowtimeId
    snapshot: ShowtimeSnapshot


class ShowtimeScheduled(_ShowtimeEvent):
    """A showtime is on sale."""

    type: ClassVar[str] = "catalog.showtime_scheduled.v1"


class ShowtimeChanged(_ShowtimeEvent):
    """Something in the snapshot changed; also said again by a resync."""

    type: ClassVar[str] = "catalog.showtime_changed.v1"


class ShowtimeCancelled(_ShowtimeEvent):
    """The show will not take place: nothing is sold any more and every booking is refunded."""

    type: ClassVar[str] = "catalog.showtime_cancelled.v1"


class AuditRecorded(AuditRecord):
    """Somebody changed what catalog has by an admin call."""

    type: ClassVar[str] = "catalog.audit_recorded.v1"
