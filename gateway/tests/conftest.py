"""A gateway that really listens, services that answer what a test tells them to, and a client that sends raw bytes."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPResponse
from typing import Any

import orjson
import pytest
import uvicorn

from gateway import routes
from gateway.edge import Find
from gateway.main import create
from gateway.routes import Route
from stack.ports import PortClaims
from stack.waiting import until

NO_BROKER = "amqp://guest:guest@127.0.0.1:1/"
SERVICES = ("identity", "catalog", "seating", "booking", "payment", "notify")


@dataclass(frozen=True)
class Request:
    """What reached a service, to the byte."""

    line: str
    headers: list[tuple[bytes, bytes]]
    body: bytes
    reader: asyncio.StreamReader

    async def until_gone(self) -> None:
        """Return when the gateway has let go of the connection."""
        await self.reader.read()

    def header(self, name: bytes) -> list[bytes]:
        return [value for field_name, value in self.headers if field_name.lower() == name]


Script = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]
Saying = Callable[[bytes], Script]


async def echo(request: Request, writer: asyncio.StreamWriter) -> None:
    """The body comes back as it came."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(request.body) + request.body)


@pytest.fixture
def saying() -> Saying:
    """A script that answers with the very bytes it is given, and ends the connection."""

    def saying(raw: bytes) -> Script:
        async def script(_request: Request, writer: asyncio.StreamWriter) -> None:
            writer.write(raw)
            writer.close()

        return script

    return saying


_TURNS_OF_A_CONNECTION = 4  # of the event loop, from its acceptance to `_serve`


@dataclass
class Service:
    """A server of one service: it keeps connections and does with each request what `script` does."""

    port: int
    script: Script = echo
    requests: list[Request] = field(default_factory=list)
    writers: set[asyncio.StreamWriter] = field(default_factory=set)
    connections: int = 0  # that were ever opened
    server: asyncio.Server | None = None
    host: str = "127.0.0.1"

    @property
    def origin(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def start(self) -> None:
        self.server = await asyncio.start_server(self._serve, self.host, self.port)

    async def stop(self) -> None:
        """As when its process is killed: the port refuses, the connections are gone."""
        if self.server:
            loop = asyncio.get_running_loop()
            for listening in self.server.sockets:
                loop.remove_reader(listening.fileno())
            for _ in range(_TURNS_OF_A_CONNECTION):  # what was accepted would outlive a server that closes before it
                await asyncio.sleep(0)
            self.server.close()
        for writer in set(self.writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.add(writer)
        self.connections += 1
        try:
            while True:
                request = await _read(reader)
                self.requests.append(request)
                await self.script(request, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Request:
    head = await reader.readuntil(b"\r\n\r\n")
    line, *rest = head[:-4].split(b"\r\n")
    headers = [(name, value.strip()) for name, _, value in (field_line.partition(b":") for field_line in rest)]
    length = next((int(value) for name, value in headers if name.lower() == b"content-length"), 0)
    return Request(line.decode(), headers, await reader.readexactly(length), reader)


@dataclass(frozen=True)
class Reply:
    """What the client got."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        values = [value for field_name, value in self.headers if field_name.lower() == name.lower()]
        return ", ".join(values) if values else None

    def value(self, name: str) -> str:
        """The header's value, where there has to be one."""
        value = self.header(name)
        assert value is not None, (name, self.headers)
        return value

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def problem(self) -> tuple[int, str]:
        assert self.header("content-type") == "application/problem+json", self
        assert self.json["status"] == self.status
        assert self.json["traceId"]
        return self.status, self.json["code"]


class _Socket(io.BytesIO):
    def makefile(self, _mode: str) -> io.BytesIO:
        return self


@dataclass(frozen=True)
class Client:
    """Sends targets and headers as they are, unlike a client library, which would put them right first."""

    port: int

    async def ask(
        self, method: str, target: str | bytes, headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> Reply:
        sent = {"Host": f"127.0.0.1:{self.port}", **(headers or {}), "Connection": "close"}
        if body is not None and "Transfer-Encoding" not in sent:
            sent.setdefault("Content-Length", str(len(body)))
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        raw = target if isinstance(target, bytes) else target.encode()
        return await self.raw(
            method.encode() + b" " + raw + b" HTTP/1.1\r\n" + lines.encode() + b"\r\n" + (body or b"")
        )

    async def raw(self, sent: bytes) -> Reply:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        got = await reader.read()
        writer.close()
        return _parsed(sent.split(b" ")[0].decode("latin-1"), got)


def _parsed(method: str, raw: bytes) -> Reply:
    response = HTTPResponse(_Socket(raw), method=method)  # type: ignore[arg-type]  # it only makes a file of it
    response.begin()
    return Reply(response.status, response.getheaders(), response.read())


@dataclass
class Harness:
    """The gateway and the services behind it."""

    client: Client
    services: dict[str, list[Service]]

    def __getattr__(self, name: str) -> Service:
        return self.services[name][0]


Build = Callable[..., Awaitable[Harness]]


def within_seconds(seconds: float) -> Find:
    """The real table with other deadlines."""

    def find(path: str) -> Route | None:
        route = routes.find(path)
        return route and replace(route, seconds=seconds)

    return find


@pytest.fixture
async def build(monkeypatch: pytest.MonkeyPatch, redis_url: str) -> AsyncIterator[Build]:
    """Makes a harness; `replicas` is how many servers each service has, `settings` go to the gateway's environment.

    Nothing is limited unless they say so.
    """
    shared = {"REDIS_URL": redis_url, "RABBITMQ_URL": NO_BROKER, "RATE_LIMITS": "off"}
    monkeypatch.setattr("gateway.main.REDIS_SECONDS", 5)  # what is counted here does not hang on the machine's load
    async with AsyncExitStack() as stack:
        ports = PortClaims()  # a service that stops and starts finds its port free
        stack.callback(ports.release)

        async def built(replicas: int = 1, find: Find = routes.find, **settings: str) -> Harness:
            services = {name: [Service(ports.claim()) for _ in range(replicas)] for name in SERVICES}
            for service in (replica for replicas in services.values() for replica in replicas):
                await service.start()
                stack.push_async_callback(service.stop)
            for name, several in services.items():
                monkeypatch.setenv(f"{name.upper()}_URL", ",".join(replica.origin for replica in several))
            for name, value in {**shared, **settings}.items():
                monkeypatch.setenv(name, value)
            port = await stack.enter_async_context(listening(find))
            return Harness(Client(port), services)

        yield built


@asynccontextmanager
async def listening(find: Find) -> AsyncIterator[int]:
    """The gateway on a free port, as `chassis.server.serve` runs it."""
    gateway = create(find)
    config = uvicorn.Config(
        gateway.app,
        port=0,
        http=gateway.http or "auto",
        ws="none",
        log_config=None,
        lifespan="on",
        proxy_headers=False,
        server_header=False,
        date_header=False,
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    await until(lambda: server.started or running.done())
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await running


@pytest.fixture
async def harness(build: Build) -> Harness:
    """One replica of each service."""
    return await build()


@pytest.fixture
async def hasty_harness(build: Build) -> Harness:
    """The same, with deadlines of half a second."""
    return await build(find=within_seconds(0.5))


@pytest.fixture
async def patient_harness(build: Build) -> Harness:
    """The same, with no deadline that matters."""
    return await build(find=within_seconds(3600))
