"""From values to what clients read."""

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel

from catalog.domain.listings import Listing
from chassis.pages import PageRequest, PageView

T = TypeVar("T")
V = TypeVar("V", bound=BaseModel)


def view_of(view: type[V], value: object) -> V:
    """The view whose fields are attributes of the value, at every depth.

    They are looked up by their names alone: a model that is asked for an alias it does not have takes 100 µs to say so.
    """
    return view.model_validate(value, from_attributes=True, by_alias=False, by_name=True)


def page_of(page: PageRequest, listing: Listing[T], view: Callable[[T], V]) -> PageView[V]:
    """A page of values, each as `view` shows it."""
    items = [view(item) for item in listing.items]
    return PageView(items=items, total=listing.total, page=page.number, page_size=page.size)
