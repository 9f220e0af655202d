"""Theaters and the terms on which their guests cancel."""

from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field

from catalog.schemas.fields import Address, Name, Words, YesOrNo
from chassis.bodies import RequestBody
from chassis.changes import Change
from chassis.contacts import Email, PrintedPhone
from chassis.zones import TimeZone
from contracts.policy import CancellationPolicy, CancellationTier


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


class NewTheater(RequestBody):
    """A new theater. Without a policy a guest may cancel until the start and gets all back."""

    name: Name
    address: Address
    city: Name
    geo: GeoBody
    timezone: TimeZone
    contact: ContactBody = ContactBody()
    amenities: Words = Field(default_factory=list)
    cancellation_policy: PolicyBody = Field(default_factory=PolicyBody)
    forbids_single_seats: YesOrNo = False


class TheaterPatch(Change[NewTheater]):
    """What to change of a theater. Bookings keep the policy they were sold with."""
