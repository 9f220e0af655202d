"""catalog on a port of its own, with a database and a virtual host of its own, and keys that stand for identity's."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import aiohttp
import orjson
import pytest
from pymongo import AsyncMongoClient

from catalog.main import create
from chassis.mongo import Document
from stack.keys import Signer
from stack.testing import listening, ready, serving
from stack.waiting import until

SIGNER = Signer()
TODAY = datetime.now(UTC)  # of the whole run, so that no test meets midnight between two looks at the clock
LAYOUT = {
    "rows": 3,
    "cols": 4,
    "aisles": [2],
    "gaps": ["A1"],
    "blocked": ["B1"],
    "accessible": ["C1"],
    "seatTypes": [{"type": "gold", "rows": ["C"], "priceFactor": 1.5}, {"type": "standard", "rows": []}],
}
MOVIE = {"title": "Amélie Returns", "genres": ["Drama"], "runtime": 120, "language": "fr"}
THEATER = {
    "name": "Roxy",
    "address": "1 Queen's Road",
    "city": "Mumbai",
    "geo": {"lat": 18.94, "lng": 72.83},
    "timezone": "Asia/Kolkata",
    "contact": {"phone": "+912222881234"},
}

token = partial(SIGNER.token, "usr_1")  # of roles


def at(days: float = 1, *, hour: int = 12, minute: int = 0) -> datetime:
    """That many days from today, at that time in UTC."""
    return (TODAY + timedelta(days=days)).replace(hour=hour, minute=minute, second=0, microsecond=0)


@dataclass
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass
class Harness:
    """A running catalog, the events it published, and its database."""

    http: aiohttp.ClientSession
    events: list[dict[str, Any]]
    db: Any
    broker_url: str

    async def call(
        self, method: str, path: str, body: Any = None, *, caller: str | None = None, **headers: str
    ) -> Answer:
        sent = {"Content-Type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
        sent |= {"Authorization": f"Bearer {caller}"} if caller else {}
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body)
        async with self.http.request(method, path, data=data, headers=sent) as response:
            text = await response.read()
            return Answer(response.status, orjson.loads(text) if text else None, response.headers)

    async def admin(self, method: str, path: str, body: Any = None) -> Answer:
        return await self.call(method, f"/api/admin{path}", body, caller=token("admin"))

    async def added(self, path: str, body: Any) -> Any:
        answer = await self.admin("POST", path, body)
        assert answer.status == 201, answer.body
        return answer.body

    async def a_screen(self, **theater: Any) -> dict[str, str]:
        """Ids of a film, a theater and its screen."""
        movie = await self.added("/movies", MOVIE)
        roxy = await self.added("/theaters", {**THEATER, **theater})
        screen = await self.added("/screens", {"theaterId": roxy["id"], "name": "One", "layout": LAYOUT})
        return {"movieId": movie["id"], "theaterId": roxy["id"], "screenId": screen["id"]}

    async def a_showtime(self, ids: Mapping[str, str], start: datetime, **more: Any) -> Any:
        return await self.added("/showtimes", a_showtime(ids, start, **more))

    async def heard(self, event_type: str, count: int) -> list[dict[str, Any]]:
        """Wait for that many events of a type."""

        def found() -> list[dict[str, Any]]:
            return [one for one in self.events if one["type"] == event_type]

        await until(lambda: len(found()) >= count)
        return found()


def a_showtime(ids: Mapping[str, str], start: datetime, **more: Any) -> dict[str, Any]:
    return {
        **ids,
        "startAt": start.isoformat(),
        "language": "fr",
        "format": "2D",
        "basePrice": 25_000,
        "currency": "INR",
        **more,
    }


@pytest.fixture
def intended_scans() -> dict[str, str]:
    return {"theaters find": "the distance to each is computed, and theaters are few: their points alone are read"}


@pytest.fixture
async def environment(
    monkeypatch: pytest.MonkeyPatch, mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str
) -> AsyncIterator[str]:
    """Gives the database's name."""
    async with SIGNER.serving() as identity:
        given = {
            "MONGO_URI": mongo_uri,
            "RABBITMQ_URL": rabbitmq_vhost_url,
            "IDENTITY_URL": identity,
            "DATABASE_PREFIX": mongo_database_prefix,
        }
        for variable, value in given.items():
            monkeypatch.setenv(variable, value)
        yield f"{mongo_database_prefix}catalog"


@pytest.fixture
async def catalog(environment: str, mongo_uri: str, rabbitmq_vhost_url: str) -> AsyncIterator[Harness]:
    client: AsyncMongoClient[Document] = AsyncMongoClient(mongo_uri, tz_aware=True, readConcernLevel="majority")
    async with client, listening(rabbitmq_vhost_url, "catalog.#") as events, serving(create()) as http:
        await ready(http)  # the seeded fees are there
        yield Harness(http, events, client[environment], rabbitmq_vhost_url)
