"""What every use case is given."""

from dataclasses import dataclass
from datetime import timedelta

from catalog.neighbours import Bookings, Seating
from catalog.store import Store
from catalog.tmdb import Tmdb


@dataclass(frozen=True, slots=True)
class Context:
    """The store, how long a screen is cleaned after each showtime, TMDB, and the services that catalog asks."""

    store: Store
    cleaning: timedelta
    tmdb: Tmdb
    seating: Seating
    bookings: Bookings
