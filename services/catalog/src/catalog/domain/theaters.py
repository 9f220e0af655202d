"""What theaters and their screens are, and which of their details showtimes have a copy of."""

from dataclasses import dataclass

from catalog.domain.scopes import NOTHING, Said
from contracts.catalog import TheaterDetails
from contracts.ids import ScreenId, TheaterId
from contracts.layout import Layout, ScreenDetails
from contracts.policy import CancellationPolicy
from contracts.release import ReleaseStage


@dataclass(frozen=True, slots=True)
class Geo:
    """A point on the globe: degrees, WGS 84."""

    lat: float
    lng: float


@dataclass(frozen=True, slots=True)
class Contact:
    """How guests reach a theater."""

    phone: str | None
    email: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Theater:
    """A theater; its showtimes' days and repeated times are those of its `timezone`, an IANA name. Its invoices are
    numbered under its `code`, which no other theater has; `tax_id` is a GSTIN in India. `prices` are what its scope
    says of them."""

    id: TheaterId
    version: int
    name: str
    address: str
    city: str
    geo: Geo
    timezone: str
    contact: Contact
    amenities: tuple[str, ...]
    cancellation_policy: CancellationPolicy
    forbids_single_seats: bool
    accessible_release: tuple[ReleaseStage, ...] = ()
    code: str | None = None
    tax_id: str | None = None
    prices: Said = NOTHING

    @property
    def copied(self) -> tuple[TheaterDetails, Said]:
        """What its showtimes have a copy of."""
        return self.details, self.prices

    @property
    def details(self) -> TheaterDetails:
        """What showtimes and tickets say of it."""
        return TheaterDetails(
            theater_id=self.id,
            name=self.name,
            address=self.address,
            city=self.city,
            timezone=self.timezone,
            cancellation_policy=self.cancellation_policy,
            forbids_single_seats=self.forbids_single_seats,
            accessible_release=self.accessible_release,
            code=self.code,
            tax_id=self.tax_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A screen of a theater. `seats_total` counts all seats of the layout, blocked ones too; `prices` are what its
    scope says of them."""

    id: ScreenId
    version: int
    theater_id: TheaterId
    name: str
    layout: Layout
    seats_total: int
    prices: Said = NOTHING

    @property
    def copied(self) -> tuple[ScreenDetails, Said]:
        """What its showtimes have a copy of."""
        return self.details, self.prices

    @property
    def details(self) -> ScreenDetails:
        """What showtimes and tickets say of it."""
        return ScreenDetails(screen_id=self.id, name=self.name)
