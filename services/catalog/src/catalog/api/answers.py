"""How views become answers: their JSON, and the ETags of what they show."""

from collections.abc import Mapping
from hashlib import blake2b

from pydantic import BaseModel

from catalog.domain.theaters import Theater
from catalog.schemas.showtimes import ShowtimeView
from chassis.conditional import etag_of


def as_json(view: BaseModel) -> bytes:
    """A view as it is sent."""
    return view.model_dump_json(by_alias=True).encode()


def etag_of_theater(theater: Theater, screens: Mapping[str, int]) -> str:
    """The ETag of a theater that is shown with its screens, whose versions are given by their ids."""
    versions = ",".join(f"{screen_id}:{version}" for screen_id, version in sorted(screens.items()))
    digest = [blake2b(versions.encode(), digest_size=8).hexdigest()] if screens else []
    return etag_of(theater.version, *digest)


def etag_of_showtime(version: int, view: ShowtimeView) -> str:
    """The ETag of a showtime, which beside its version shows how many seats are left, what they cost and
    how far it is by the clock."""
    return etag_of(version, view.seats_available, view.price_from, view.status)
