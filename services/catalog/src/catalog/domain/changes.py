"""What a change makes of a value."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Generic, TypeVar

from catalog.domain.movies import Movie
from catalog.domain.showtimes import Showtime
from catalog.domain.theaters import Screen, Theater

V = TypeVar("V", bound=Movie | Theater | Screen | Showtime)


@dataclass(frozen=True, slots=True)
class Changed(Generic[V]):
    """A value before and after a change. Both are the same where there was nothing to change."""

    before: V
    after: V

    @property
    def fields(self) -> list[str]:
        """The names of the fields that differ, in order; the version is not counted."""
        names = (field.name for field in fields(self.before) if field.name != "version")
        return sorted(name for name in names if getattr(self.before, name) != getattr(self.after, name))


def decided(present: V, decide: Callable[[V], V]) -> Changed[V]:
    """What `decide` makes of the present value; if that differs, it has the next version."""
    changed = Changed(present, decide(present))
    return Changed(present, replace(changed.after, version=present.version + 1)) if changed.fields else changed
