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
from pymongo.asynchronous.database import AsyncDatabase
from services.identity.tests.factories import ADMIN, a_login, a_registration

from chassis.mongo import Document
from identity.main import create
from stack.testing import listening, ready, serving
from stack.waiting import until

Answer = tuple[int, Any]
Events = list[dict[str, Any]]
ME = "/api/users/me"
EXCHANGES = ("marquee.events", "marquee.private")


def roles_path(user_id: str) -> str:
    return f"/api/admin/users/{user_id}/roles"


@dataclass(frozen=True)
class Account:
    """A user as shown at sign-in, and their tokens."""

    user: dict[str, Any]
    access_token: str
    refresh_token: str

    @property
    def id(self) -> str:
        return str(self.user["id"])


@dataclass
class Running:
    """A running identity, what it published, and its database."""

    http: aiohttp.ClientSession
    events: Events
    db: AsyncDatabase[Document]
    broker_url: str

    async def call(self, method: str, path: str, body: Any = None, token: str | None = None) -> Answer:
        status, _, answer = await self.call_with(method, path, body, token)
        return status, answer

    async def call_with(
        self, method: str, path: str, body: Any = None, token: str | None = None, **headers: str
    ) -> tuple[int, CIMultiDictProxy[str], Any]:
        """Status, headers and body of a call with more headers: `If_Match="…"`."""
        sent = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) else None if body is None else orjson.dumps(body)
        async with self.http.request(method, path, data=data, headers=sent) as response:
            text = await response.read()
            return response.status, response.headers, orjson.loads(text) if text else None

    async def register(self, email: str = "a@example.com", **fields: Any) -> Account:
        status, answer = await self.call("POST", "/api/auth/register", a_registration(email, **fields))
        assert status == 201, answer
        return Account(answer["user"], answer["accessToken"], answer["refreshToken"])

    async def login(self, login: dict[str, str] | None = None) -> Account:
        status, answer = await self.call("POST", "/api/auth/login", login or a_login())
        assert status == 200, answer
        return Account(answer["user"], answer["accessToken"], answer["refreshToken"])

    async def refresh(self, token: str) -> Answer:
        return await self.call("POST", "/api/auth/refresh", {"refreshToken": token})

    async def admin(self) -> Account:
        """The admin of the environment, signed in."""
        return await self.login(ADMIN)

    async def admin_token(self) -> str:
        return (await self.admin()).access_token

    def published(self, user_id: str, kind: str = "user_changed") -> Events:
        """The events of this kind about a user, in the order in which they came."""
        wanted = f"identity.{kind}.v1"
        return [event for event in self.events if (event["user_id"], event["type"]) == (user_id, wanted)]

    async def asked(self, kind: str, number: int = 1, **fields: Any) -> dict[str, Any]:
        """The `number`th request for a message of this kind whose fields are these."""

        def fitting() -> Events:
            wanted = {"type": f"identity.{kind}.v1", **fields}
            return [event for event in self.events if wanted.items() <= event.items()]

        await until(lambda: len(fitting()) >= number)
        return fitting()[number - 1]

    def count_asked(self, kind: str, **fields: Any) -> int:
        """How many requests for messages of this kind were published whose fields are these."""
        wanted = {"type": f"identity.{kind}.v1", **fields}
        return sum(wanted.items() <= event.items() for event in self.events)

    async def stored(self, user_id: str) -> Document:
        document = await self.db["users"].find_one({"_id": user_id})
        assert document is not None
        return document

    async def audit(self) -> list[Document]:
        return await self.db["audit"].find({}, sort=[("at", 1)]).to_list(None)


@pytest.fixture
def watched_services() -> tuple[str, ...]:
    return ("identity",)


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch, mongo_uri: str, mongo_database_prefix: str, rabbitmq_vhost_url: str
) -> None:
    key = base64.b64encode(bytes(range(32))).decode()
    variables = {
        "MONGO_URI": mongo_uri,
        "RABBITMQ_URL": rabbitmq_vhost_url,
        "DATABASE_PREFIX": mongo_database_prefix,
        "JWT_ACCESS_SECRET": key,
        "JWT_REFRESH_SECRET": key,
        "ADMIN_EMAIL": ADMIN["email"],
        "ADMIN_PASSWORD": ADMIN["password"],
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
async def database(mongo_uri: str, mongo_database_prefix: str) -> AsyncIterator[AsyncDatabase[Document]]:
    client: AsyncMongoClient[Document] = AsyncMongoClient(mongo_uri, tz_aware=True, readConcernLevel="majority")
    async with client:
        yield client[f"{mongo_database_prefix}identity"]


@pytest.fixture
async def identity(
    environment: None, database: AsyncDatabase[Document], rabbitmq_vhost_url: str
) -> AsyncIterator[Running]:
    async with listening(rabbitmq_vhost_url, "identity.#", EXCHANGES) as events, serving(create()) as http:
        await ready(http)  # the first admin is there
        yield Running(http, events, database, rabbitmq_vhost_url)
