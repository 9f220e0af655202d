"""Lists in parts: which part is asked for, and how one is answered."""

from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from chassis.bodies import ResponseBody

LARGEST = 100
V = TypeVar("V", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list a call asks for: the page of this `number`, counted from 1, at `size` items a page."""

    number: int
    size: int

    @property
    def skipped(self) -> int:
        """How many items come before the page."""
        return (self.number - 1) * self.size


async def _page_request(
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    page_size: Annotated[int, Query(alias="pageSize", ge=1, le=LARGEST)] = 20,
) -> PageRequest:
    return PageRequest(page, page_size)


PageRequestDep = Annotated[PageRequest, Depends(_page_request)]
"""The parameter of an endpoint that answers with a part of a list."""


class PageView(ResponseBody, Generic[V]):
    """A part of a list; `total` is how long the list is."""

    items: Annotated[list[V], Field(max_length=LARGEST)]
    total: Annotated[int, Field(ge=0)]
    page: Annotated[int, Field(ge=1)]
    page_size: Annotated[int, Field(ge=1, le=LARGEST)]
