"""identity on a port of its own, with a database and a virtual host of its own."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
import pytest
from multidict import CIMultiDictProxy
from pymongo import AsyncMongoClient

from chassis.mongo import Document
from identity.main import create
from stack.testing import listening, ready, serving

ADMIN = {"email": "admin@marquee.example", "password": "the admin's own"}
Answer = tuple[int, Any]


@dataclass
class Running:
    """A running identity, what it said, and its database."""

    http: aiohttp.ClientSession
    events: list[dict[str, Any]]
    db: Any

    async def call(self, method: str, path: str, body: Any = None, token: str | None = None) -> Answer:
        status, _, answer = await self.call_with(method, path, body, token)
        return status, answer

    async def call_with(
        self, method: str, path: str, body: Any = None, token: str | None = None, **headers: str
    ) -> tuple[int, CIMultiDictProxy[str], Any]:
        """Status, headers and body of a call with more headers: `If_Match="…"`."""
        given = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) else None if body is None else orjson.dumps(body)
        async with self.http.request(method, path, data=data, headers=given) as response:
            text = await response.read()
            return response.status, response.headers, orjson.loads(text) if text else None

    async def register(self, email: str = "a@example.com", **more: Any) -> Any:
        body = {"name": "A", "email": email, "password": "correct horse", **more}
        status, answer = await self.call("POST", "/api/auth/register", body)
        assert status == 201, answer
        return answer

    async def admin(self) -> str:
        status, answer = await self.call("POST", "/api/auth/login", ADMIN)
        assert status == 200, answer
        return str(answer["accessToken"])


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch, mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str
) -> None:
    key = base64.b64encode(bytes(range(32))).decode()
    given = {
        "MONGO_URI": mongo_uri,
        "RABBITMQ_URL": rabbitmq_vhost_url,
        "DATABASE_PREFIX": mongo_database_prefix,
        "JWT_ACCESS_SECRET": key,
        "JWT_REFRESH_SECRET": key,
        "ADMIN_EMAIL": ADMIN["email"],
        "ADMIN_PASSWORD": ADMIN["password"],
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
async def database(mongo_uri: str, mongo_database_prefix: str) -> AsyncIterator[Any]:
    client: AsyncMongoClient[Document] = AsyncMongoClient(mongo_uri, tz_aware=True)
    async with client:
        yield client[f"{mongo_database_prefix}identity"]


@pytest.fixture
async def identity(environment: None, database: Any, rabbitmq_vhost_url: str) -> AsyncIterator[Running]:
    async with listening(rabbitmq_vhost_url, "identity.#") as events, serving(create()) as http:
        await ready(http)  # the first admin is there
        yield Running(http, events, database)
