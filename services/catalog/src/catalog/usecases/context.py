"""What every use case is given."""

from dataclasses import dataclass
from datetime import timedelta

from catalog.store import Store


@dataclass(frozen=True, slots=True)
class Context:
    """The store, and how long a screen is cleaned after each showtime."""

    store: Store
    cleaning: timedelta
