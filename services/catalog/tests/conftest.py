"""catalog on a port of its own, with a database and a virtual host of its own, and keys that stand for identity's."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import aiohttp
import orjson
import pytest
from pymongo import AsyncMongoClient
from services.catalog.tests.factories import a_movie, a_screen, a_showtime, a_theater

from catalog.main import create
from chassis.mongo import Document
from stack.keys import Signer
from stack.testing import listening, ready, serving
from stack.waiting import until

_FEW = "few titles have so many letters in a row: they are put in order"
SIGNER = Signer()
EXCHANGES = ("marquee.events", "marquee.private")
token = partial(SIGNER.token, "usr_1")  # of roles


@dataclass
class Answer:
    """An answer; its body is read as JSON."""

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
        """An admin's call below `/api/admin`."""
        return await self.call(method, f"/api/admin{path}", body, caller=token("admin"))

    async def added(self, path: str, body: Any) -> Any:
        """What an admin adds, as it was answered."""
        answer = await self.admin("POST", path, body)
        assert answer.status == 201, answer.body
        return answer.body

    async def a_screen(self, **theater: Any) -> dict[str, str]:
        """Ids of a movie, a theater and its screen."""
        movie = await self.added("/movies", a_movie())
        its_theater = await self.added("/theaters", a_theater(**theater))
        screen = await self.added("/screens", a_screen(its_theater["id"]))
        return {"movieId": movie["id"], "theaterId": its_theater["id"], "screenId": screen["id"]}

    async def a_showtime(self, ids: Mapping[str, str], start: datetime, **changes: Any) -> Any:
        """A showtime that was scheduled (or several, with `repeat`), as it was answered."""
        return await self.added("/showtimes", a_showtime(ids, start, **changes))

    async def heard(self, event_type: str, count: int) -> list[dict[str, Any]]:
        """Wait for that many events of a type."""

        def of_type() -> list[dict[str, Any]]:
            return [event for event in self.events if event["type"] == event_type]

        await until(lambda: len(of_type()) >= count)
        return of_type()


@pytest.fixture
def watched_services() -> tuple[str, ...]:
    return ("catalog",)


@pytest.fixture
def intended_scans() -> dict[str, str]:
    return {
        "theaters find": "the distance to each is computed, and theaters are few: their points alone are read",
        "movies find title_parts sorted": _FEW,
        "movies find genres_folded title_parts sorted": _FEW,
        "movies find $expr title_parts sorted": _FEW,
        "theaters update": "taxes that are replaced make every theater due",
        "movies find _id sorted": "movies that play are few: those with one of their ids are put in order",
    }


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
    async with client, listening(rabbitmq_vhost_url, "catalog.#", EXCHANGES) as events, serving(create()) as http:
        await ready(http)  # the seeded fees are there
        yield Harness(http, events, client[environment], rabbitmq_vhost_url)
