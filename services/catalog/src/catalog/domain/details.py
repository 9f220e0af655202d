"""From stored documents to what events say of them."""

from collections.abc import Mapping
from typing import Any

from contracts.catalog import MovieDetails, ScreenDetails, ShowtimeSnapshot, TheaterDetails
from contracts.layout import Layout
from contracts.prices import Fee, TaxSlab

Document = Mapping[str, Any]


def movie_details(movie: Document) -> MovieDetails:
    """The film, as a ticket names it."""
    return MovieDetails(
        movie_id=movie["_id"], title=movie["title"], poster=movie["poster"], runtime_minutes=movie["runtime"]
    )


def theater_details(theater: Document) -> TheaterDetails:
    """The theater, as a ticket names it."""
    names = ("name", "address", "city", "timezone", "cancellation_policy", "forbids_single_seats")
    return TheaterDetails.model_validate({"theater_id": theater["_id"], **{name: theater[name] for name in names}})


def screen_details(screen: Document) -> ScreenDetails:
    """The screen, as a ticket names it."""
    return ScreenDetails(screen_id=screen["_id"], name=screen["name"])


def snapshot_of(showtime: Document) -> ShowtimeSnapshot:
    """The full snapshot a showtime's document keeps."""
    return ShowtimeSnapshot.model_validate(showtime["snapshot"])


def seats_for_sale(layout: Layout) -> tuple[int, int]:
    """How many seats there are, and how many of them are not blocked."""
    seats = list(layout.seats())
    return len(seats), sum(not seat.blocked for seat in seats)


def levies(table: Document | None) -> dict[str, Any]:
    """Fees and tax slabs of a pricing document; none where a currency has none."""
    terms = table or {"fees": (), "tax_slabs": ()}
    return {
        "fees": tuple(map(Fee.model_validate, terms["fees"])),
        "tax_slabs": tuple(map(TaxSlab.model_validate, terms["tax_slabs"])),
    }
