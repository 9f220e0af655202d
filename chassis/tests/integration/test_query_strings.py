"""A parameter that is left empty is none, in every service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

import aiohttp
import pytest
from fastapi import APIRouter, FastAPI, Query
from yarl import URL

from chassis.app import Api, build
from chassis.settings import ProcessSettings
from chassis.times import Day
from stack.testing import serving

router = APIRouter()


@router.get("/search")
async def search(
    day: Day | None = None,
    page: Annotated[int, Query(ge=1)] = 1,
    open: bool | None = None,  # noqa: A002
    status: Literal["a", "b"] | None = None,
    title: str | None = None,
) -> dict[str, Any]:
    return {"day": day, "page": page, "open": open, "status": status, "title": title}


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        yield {"checks": {}}

    async with serving(build(Api("probe", (router,)), ProcessSettings(), lifespan=lifespan)) as session:
        yield session


@pytest.mark.parametrize("empty", ["", "+", "%20", "%20+"])
async def test_a_parameter_that_is_left_empty_is_none(http: aiohttp.ClientSession, empty: str) -> None:
    nothing = {"day": None, "page": 1, "open": None, "status": None, "title": None}
    names = "&".join(f"{name}={empty}" for name in nothing)
    for query in ("", names, "day&page&open&status&title", "&&", f"{names}&other={empty}"):
        async with http.get(URL(f"/search?{query}", encoded=True)) as answer:
            assert (answer.status, await answer.json()) == (200, nothing), query
    async with http.get(URL(f"/search?title=a+b&page={empty}&open=true&status=b&day=", encoded=True)) as answer:
        assert await answer.json() == {**nothing, "title": "a b", "open": True, "status": "b"}
    async with http.get(URL(f"/search?title={empty}&page=x", encoded=True)) as answer:
        errors = (await answer.json(content_type=None))["errors"]
        assert (answer.status, [error["path"] for error in errors]) == (422, ["page"])
