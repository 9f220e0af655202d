"""Where catalog is put together, for `main` and for tests."""

from datetime import timedelta

from catalog.neighbours import Bookings, Seating
from catalog.settings import Settings
from catalog.store import Store
from catalog.tmdb import Tmdb
from catalog.usecases.context import Context
from chassis.resources import Resources


def assemble(settings: Settings, process: Resources) -> Context:
    """The use cases' context, on the process's database, its outboxes and its HTTP client."""
    store = Store(process.database, process.outbox)
    cleaning = timedelta(minutes=settings.cleaning_minutes)
    return Context(
        store,
        cleaning=cleaning,
        tmdb=Tmdb(settings, process.http),
        seating=Seating(process.peer(settings.seating_url)),
        bookings=Bookings(process.peer(settings.booking_url)),
    )
