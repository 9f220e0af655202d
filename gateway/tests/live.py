"""What tests of live seats share: a seating that says what changes, clients of the stream and of Socket.IO."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import socketio
from gateway.tests.conftest import Build, Harness, Request

from chassis.broker import Publisher, publishing
from chassis.envelope import seal
from contracts.ids import ShowtimeId, new_id
from contracts.seating import MapChanged
from stack.waiting import until

Seats = dict[str, Any]


class Cinema:
    """A gateway, a seating that knows these showtimes, and what seating says."""

    def __init__(self, harness: Harness, publisher: Publisher | None) -> None:
        self.harness, self._publisher = harness, publisher
        self.showtimes: dict[str, Seats] = {}
        self.readings = 0
        harness.seating.script = self._answer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.harness.client.port}"

    def showtime(self, state: str = "aaaa", status: str = "open") -> str:
        showtime_id = new_id("sho")
        seat_ids = [f"A{number}" for number in range(1, len(state) + 1)]
        self.showtimes[showtime_id] = {
            "showtimeId": showtime_id, "version": 10, "state": state, "seatIds": seat_ids, "status": status
        }  # fmt: off
        return showtime_id

    def set(self, showtime_id: str, seat: str, letter: str) -> MapChanged:
        """A seat changes; the event that says so."""
        seats = self.showtimes[showtime_id]
        place, version = seats["seatIds"].index(seat), seats["version"]
        seats["state"] = seats["state"][:place] + letter + seats["state"][place + 1 :]
        seats["version"] += 1
        return MapChanged.model_validate(
            {"showtime_id": showtime_id, "since": version, "version": version + 1, "changes": [(seat, letter)]}
        )

    async def change(self, showtime_id: str, *changes: tuple[str, str]) -> None:
        for seat, letter in changes:
            await self.say(self.set(showtime_id, seat, letter))

    async def say(self, event: MapChanged) -> None:
        assert self._publisher is not None
        await self._publisher.publish(seal(event))

    async def cancel(self, showtime_id: str) -> None:
        seats = self.showtimes[showtime_id]
        seats["status"], seats["state"] = "cancelled", "b" * len(seats["state"])
        since = seats["version"]
        seats["version"] += 1
        await self.say(
            MapChanged(showtime_id=ShowtimeId(showtime_id), since=since, version=since + 1, changes=(), whole=True)
        )

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        path = request.line.split(" ")[1]
        seats = self.showtimes.get(path.split("/")[3]) if path.endswith("/watch") else None
        self.readings += 1
        body = orjson.dumps(seats or {})
        status = b"200 OK" if seats else b"404 Not Found"
        writer.write(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body)


async def hears(harness: Harness) -> bool:
    checks = (await harness.client.ask("GET", "/readyz")).json["checks"]
    return str(checks["broker"]).startswith("up")


@asynccontextmanager
async def a_cinema(build: Build, rabbitmq_url: str) -> AsyncIterator[Cinema]:
    """One whose gateway hears what seating says."""
    async with publishing(rabbitmq_url, "seating") as publisher:
        harness = await build(RABBITMQ_URL=rabbitmq_url)
        await publisher.ready.wait()
        await until(lambda: hears(harness))
        yield Cinema(harness, publisher)


class Events:
    """An open stream, event by event."""

    def __init__(self, reader: asyncio.StreamReader, head: bytes) -> None:
        self._reader, self.head, self._text = reader, head.lower(), b""
        self.retry_milliseconds: int | None = None
        """After which the client is to come back, once the stream has said so."""

    async def next(self) -> tuple[str, Seats, str | None]:
        """Name, data and id of the next event; comments are passed over. Raises `IncompleteReadError` at the end."""
        while True:
            while b"\n\n" not in self._text:
                size = int(await self._reader.readuntil(b"\r\n"), 16)
                self._text += (await self._reader.readexactly(size + 2))[:-2]
                if size == 0:
                    raise asyncio.IncompleteReadError(b"", None)
            part, _, self._text = self._text.partition(b"\n\n")
            fields = dict(line.split(b": ", 1) for line in part.split(b"\n") if b": " in line and line[0] != ord(":"))
            if b"retry" in fields:
                self.retry_milliseconds = int(fields[b"retry"])
            elif fields:
                id_ = fields.get(b"id")
                return fields[b"event"].decode(), orjson.loads(fields[b"data"]), id_.decode() if id_ else None


@asynccontextmanager
async def stream(cinema: Cinema, showtime_id: str, last_event_id: str = "") -> AsyncIterator[Events]:
    reader, writer = await asyncio.open_connection("127.0.0.1", cinema.harness.client.port)
    wish = f"Last-Event-ID: {last_event_id}\r\n" if last_event_id else ""
    head = f"GET /api/seats/stream?showtimeId={showtime_id} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n{wish}\r\n"
    writer.write(head.encode())
    async with asyncio.timeout(60):
        yield Events(reader, await reader.readuntil(b"\r\n\r\n"))
    writer.close()


class Screen:
    """A client of Socket.IO, and what it was told."""

    def __init__(self, client: socketio.AsyncClient) -> None:
        self._client, self.told = client, list[tuple[str, Seats]]()

    async def call(self, event: str, *arguments: Any) -> Any:
        return await self._client.call(event, arguments or None, timeout=60)

    async def watch(self, showtime_id: str) -> Any:
        return await self.call("watch", {"showtimeId": showtime_id})

    async def next(self) -> tuple[str, Seats]:
        await until(lambda: bool(self.told))
        return self.told.pop(0)


@asynccontextmanager
async def screen(cinema: Cinema) -> AsyncIterator[Screen]:
    client = socketio.AsyncClient(reconnection=False, handle_sigint=False)
    shown = Screen(client)
    client.on("seats", lambda data: shown.told.append(("seats", data)))
    client.on("closed", lambda data: shown.told.append(("closed", data)))
    await client.connect(cinema.url, transports=["websocket"])
    try:
        yield shown
    finally:
        await client.disconnect()


async def watchers(cinema: Cinema, transport: str) -> float:
    metrics = (await cinema.harness.client.ask("GET", "/metrics")).body.decode()
    name = f'marquee_live_watchers{{transport="{transport}"}} '
    return sum(float(line.removeprefix(name)) for line in metrics.splitlines() if line.startswith(name))


UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def upgraded(cinema: Cinema) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", cinema.harness.client.port)
    writer.write(UPGRADE)
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101")
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head  # RFC 6455, section 1.3
    return reader, writer
