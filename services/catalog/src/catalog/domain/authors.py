"""Who makes a change, and what the audit is told of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from catalog.domain.movies import Movie
from catalog.domain.showtimes import Showtime
from catalog.domain.theaters import Screen, Theater
from contracts.audit import Shown
from contracts.catalog import AuditRecorded

V = TypeVar("V", bound=Movie | Theater | Screen | Showtime)
Record = Callable[[V | None, V | None], AuditRecorded]
"""The record of a change, from the value before and after it: None before it is made, and after it is removed."""


@dataclass(frozen=True, slots=True)
class Author(Generic[V]):
    """The user who changes a thing, and how the audit shows it: as clients read it."""

    user_id: str
    shown: Callable[[V], Shown]

    def record(self, action: str, before: V | None, after: V | None) -> AuditRecorded:
        """The record that this user did so."""
        value = after if after is not None else before
        if value is None:
            raise ValueError("neither before nor after: nothing was changed")
        shown = (None if side is None else self.shown(side) for side in (before, after))
        return AuditRecorded.of(self.user_id, action, value.id, *shown, theater_id=_theater_of(value))


def _theater_of(value: Movie | Theater | Screen | Showtime) -> str | None:
    match value:
        case Theater():
            return value.id
        case Screen():
            return value.theater_id
        case Showtime():
            return value.theater.theater_id
        case Movie():
            return None
