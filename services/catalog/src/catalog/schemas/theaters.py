"""Theaters as clients send and read them, and the terms on which their guests cancel."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, Field

from catalog.domain.plain import from_plain, to_plain
from catalog.domain.theaters import Screen, Theater
from catalog.schemas.fields import Address, Name, Words, YesOrNo
from catalog.schemas.screens import ScreenView
from catalog.schemas.views import view_of
from chassis.bodies import Absent, RequestBody, ResponseBody
from chassis.changes import Change
from chassis.contacts import Email, PrintedPhone, ShownEmail, ShownPrintedPhone
from chassis.zones import TimeZone
from contracts.policy import CancellationPolicy, CancellationTier
from contracts.release import ReleaseStage


class GeoBody(RequestBody):
    """Degrees, WGS 84."""

    lat: Annotated[float, Field(strict=True, ge=-90, le=90, allow_inf_nan=False)]
    lng: Annotated[float, Field(strict=True, ge=-180, le=180, allow_inf_nan=False)]


class ContactBody(RequestBody):
    """How guests reach the theater: a phone number as it is dialled, and an address that mail can be sent to."""

    phone: PrintedPhone | None = None
    email: Email | None = None


class TierBody(CancellationTier, RequestBody):
    """While at least so many hours are left before the start, so much of price and tax comes back."""


def _descending(tiers: tuple[TierBody, ...]) -> tuple[TierBody, ...]:
    if any(later.hours_before >= earlier.hours_before for earlier, later in pairwise(tiers)):
        raise ValueError("tiers come from the longest to the shortest: each hoursBefore below the one before it")
    return tiers


class PolicyBody(CancellationPolicy, RequestBody):
    """Tiers from the longest to the shortest; after the last one nothing can be cancelled, without one nothing at all.

    `feesRefunded`: fees with their tax go back whole, in any tier; else they are kept.
    """

    tiers: Annotated[tuple[TierBody, ...], Field(max_length=20), AfterValidator(_descending)] = Field(
        default_factory=lambda: (TierBody.model_validate({"hoursBefore": 0, "refundPercent": 100}),)
    )
    fees_refunded: YesOrNo = True


class ReleaseStageBody(ReleaseStage, RequestBody):
    """From so many hours before the start on, so much of the accessible seats, 0 to 1, is for everybody."""


def _in_order(stages: tuple[ReleaseStageBody, ...]) -> tuple[ReleaseStageBody, ...]:
    for earlier, later in pairwise(stages):
        if later.hours_before >= earlier.hours_before:
            raise ValueError("stages come from the longest to the shortest: each hoursBefore below the one before it")
        if later.share < earlier.share:
            raise ValueError("what is released stays released: no share is below the one before it")
    return stages


Code = Annotated[str, Field(pattern="^[0-9A-Z]{1,3}$", examples=["RX"])]
TaxId = Annotated[str, Field(max_length=30, pattern=r"^[0-9A-Za-z][0-9A-Za-z ./-]*$", examples=["27AAPFU0939F1ZV"])]


class NewTheater(RequestBody):
    """A new theater. Without a policy a guest may cancel until the start and gets all back. Its invoices are numbered
    under its `code`, which is given when left out; with three characters its credit notes have no number in India.

    `accessibleRelease`: accessible seats and their companions' are kept for those who need them, and released in these
    stages, of which each names what is released in all. Without a stage they are for everybody from the beginning.
    """

    name: Name
    address: Address
    city: Name
    geo: GeoBody
    timezone: TimeZone
    contact: ContactBody = ContactBody()
    amenities: Words = Field(default_factory=list)
    cancellation_policy: PolicyBody = Field(default_factory=PolicyBody)
    forbids_single_seats: YesOrNo = False
    accessible_release: Annotated[tuple[ReleaseStageBody, ...], Field(max_length=20), AfterValidator(_in_order)] = (
        Field(default_factory=tuple)
    )
    code: Code | None = None
    tax_id: TaxId | None = None

    def theater(self, theater_id: str, version: int = 1) -> Theater:
        """The theater with this id."""
        return from_plain(Theater, {**self.model_dump(), "id": theater_id, "version": version})


class TheaterPatch(Change[NewTheater]):
    """What to change of a theater. Bookings keep the policy they were sold with."""

    def revised(self, theater: Theater) -> Theater:
        """The theater with the change in it; raises `RequestValidationError`."""
        revised = self.applied(to_plain(theater)).theater(theater.id, theater.version)
        return replace(revised, code=revised.code or theater.code, prices=theater.prices)


class TierView(ResponseBody):
    """While at least so many hours are left before the start, so much of price and tax comes back."""

    hours_before: Annotated[float, Field(ge=0)]
    refund_percent: Annotated[int, Field(ge=0, le=100)]


class CancellationPolicyView(ResponseBody):
    """What a guest who cancels gets back: tiers from the longest to the shortest, after the last one nothing."""

    tiers: list[TierView]
    fees_refunded: bool


class ReleaseStageView(ResponseBody):
    """From so many hours before the start on, so much of the accessible seats, 0 to 1, is for everybody."""

    hours_before: Annotated[float, Field(ge=0)]
    share: Annotated[float, Field(ge=0, le=1, examples=[0.5])]


class GeoView(ResponseBody):
    """Degrees, WGS 84."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lng: Annotated[float, Field(ge=-180, le=180)]


class ContactView(ResponseBody):
    """How guests reach the theater."""

    phone: Absent[ShownPrintedPhone] = None
    email: Absent[ShownEmail] = None


class TheaterView(ResponseBody):
    """A theater; `distanceKm` is there in a list of what is near a point."""

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
    accessible_release: list[ReleaseStageView]
    code: Absent[str] = None
    tax_id: Absent[str] = None
    distance_km: Absent[Annotated[float, Field(ge=0)]] = None

    @classmethod
    def of(cls, theater: Theater, distance_km: float | None = None) -> Self:
        """The theater as it is shown, and how far away it is, to the metre."""
        view = view_of(cls, theater)
        return view if distance_km is None else view.model_copy(update={"distance_km": round(distance_km, 3)})


class CityView(ResponseBody):
    """A city in which something plays, and in how many theaters."""

    city: str
    theaters: Annotated[int, Field(ge=1)]


class CitiesView(ResponseBody):
    """All cities in which something plays."""

    items: list[CityView]
    total: Annotated[int, Field(ge=0)]


class TheaterWithScreens(TheaterView):
    """A theater with its screens."""

    screens: list[ScreenView]

    @classmethod
    def with_screens(cls, theater: Theater, screens: Iterable[Screen]) -> Self:
        """The theater as it is shown, with its screens."""
        return cls(**dict(TheaterView.of(theater)), screens=[ScreenView.of(screen) for screen in screens])
