"""What a change has made of a value."""

from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Changed(Generic[T]):
    """A stored value before and after a change; both are the same where there was nothing to change."""

    before: T
    after: T

    @property
    def fields(self) -> list[str]:
        """The names of the fields that differ, in order; the version is not counted."""
        return differing(self.before, self.after)


def differing(before: Any, after: Any) -> list[str]:
    """The names of the fields in which two dataclass values of one type differ, in order; without the version."""
    names = (field.name for field in fields(before) if field.name != "version")
    return sorted(name for name in names if getattr(before, name) != getattr(after, name))
