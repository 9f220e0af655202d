"""One page of a list, before it is a view."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """The items of a page, and how many items all pages have."""

    items: Sequence[T]
    total: int
