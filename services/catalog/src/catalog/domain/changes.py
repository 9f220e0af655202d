"""A value before and after a change, and its next version."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Generic, TypeVar

from catalog.domain.movies import Movie
from catalog.domain.showtimes import Showtime
from catalog.domain.taxes import Taxes
from catalog.domain.theaters import Screen, Theater

V = TypeVar("V", bound=Movie | Theater | Screen | Showtime | Taxes)


@dataclass(frozen=True, slots=True)
class Changed(Generic[V]):
    """A value before and after a change. Both are the same where there was nothing to change."""

    before: V
    after: V

    @property
    def fields(self) -> list[str]:
        """The names of the fields that differ, in order; the version, and who wrote which field, are not counted."""
        names = (field.name for field in fields(self.before) if field.name not in {"version", "edited"})
        return sorted(name for name in names if getattr(self.before, name) != getattr(self.after, name))


def changed_by(present: V, revise: Callable[[V], V]) -> Changed[V]:
    """The present value and what `revise` makes of it; where they differ the second one has the next version."""
    changed = Changed(present, revise(present))
    return Changed(present, replace(changed.after, version=present.version + 1)) if changed.fields else changed
