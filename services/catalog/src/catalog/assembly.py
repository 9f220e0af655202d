"""Where catalog is put together, for `main` and for tests."""

from datetime import timedelta

from catalog.settings import Settings
from catalog.store import Store
from catalog.usecases.context import Context
from chassis.process import Process


def assemble(settings: Settings, process: Process) -> Context:
    """The use cases' context, on the process's database and the outbox of its showtimes."""
    store = Store(process.database, process.outbox("showtimes"))
    return Context(store, cleaning=timedelta(minutes=settings.cleaning_minutes))
