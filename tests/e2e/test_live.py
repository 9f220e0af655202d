"""Seats that change before everybody's eyes, on every copy of the gateway, by both ways of watching."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import orjson
import socketio
from tests.conftest import until

from stack.buyer import StackClient, build, schedule


class Watcher:
    """Knows the seats by what it was told, and how the show ended for it."""

    def __init__(self, seat_ids: list[str]) -> None:
        self._seat_ids = seat_ids
        self._letters: dict[str, str] = {}
        self._version = 0
        self.closed: Any = None

    def begin(self, version: int, state: str) -> None:
        self._version, self._letters = version, dict(zip(self._seat_ids, state, strict=True))

    def seats(self, told: Any) -> None:
        assert told["since"] == self._version
        self._version = told["version"]
        self._letters.update(told["changes"])

    @property
    def state(self) -> str:
        return "".join(self._letters.values())


@asynccontextmanager
async def screen(gateway: str, showtime: str, seat_ids: list[str]) -> AsyncIterator[Watcher]:
    client, watcher = socketio.AsyncClient(handle_sigint=False), Watcher(seat_ids)
    client.on("seats", watcher.seats)
    client.on("closed", lambda told: setattr(watcher, "closed", told))
    await client.connect(gateway, transports=["websocket"])
    watcher.begin(**await client.call("watch", {"showtimeId": showtime}, timeout=60))
    try:
        yield watcher
    finally:
        await client.disconnect()


@asynccontextmanager
async def stream(client: StackClient, gateway: str, showtime: str, seat_ids: list[str]) -> AsyncIterator[Watcher]:
    watcher = Watcher(seat_ids)

    async def follow() -> None:
        url = f"{gateway}/api/seats/stream?showtimeId={showtime}"
        async with client.http.get(url, timeout=None, headers={"Accept": "text/event-stream"}) as answer:
            assert answer.status == 200
            name = ""
            async for line in answer.content:
                field, _, value = line.decode().strip().partition(": ")
                name = value if field == "event" else name
                if field == "data":
                    told = orjson.loads(value)
                    match name:
                        case "snapshot":
                            watcher.begin(told["version"], told["state"])
                        case "seats":
                            watcher.seats(told)
                        case _:
                            watcher.closed = told

    following = asyncio.create_task(follow())
    await until(lambda: bool(watcher.state))
    yield watcher
    await following  # it ends by itself: the show was closed


async def test_whoever_watches_sees_seats_held_let_go_sold_and_the_show_cancelled(
    client: StackClient, slots: Iterator[int]
) -> None:
    showtime = await schedule(client, await build(client, rows=1, cols=6), slot=next(slots))
    path = f"/api/seats/availability?showtimeId={showtime}"
    seat_ids = [seat["seatId"] for seat in (await client.call("GET", path)).body["seats"]]
    gateways = [replica["url"] for replica in client.stack_info["services"]["gateway"]]
    buyer, other = await client.buyer(), await client.buyer()
    async with AsyncExitStack() as watching:
        watchers = [await watching.enter_async_context(screen(each, showtime, seat_ids)) for each in gateways]
        watchers += [await watching.enter_async_context(stream(client, each, showtime, seat_ids)) for each in gateways]

        async def shows(state: str) -> None:
            await until(lambda: {watcher.state for watcher in watchers} == {state})

        await shows("aaaaaa")
        hold = await buyer.hold(showtime, ["A2", "A3"])
        await shows("ahhaaa")
        assert (await buyer.call("DELETE", f"/api/seats/hold/{hold.body['id']}")).status == 204
        await shows("aaaaaa")
        await other.buy(showtime, ["A5"])
        await shows("aaaasa")
        cancelled = await client.call("DELETE", f"/api/admin/showtimes/{showtime}", token=await client.admin())
        assert cancelled.status == 204
        closed = {"showtimeId": showtime, "status": "cancelled"}
        await until(lambda: all(watcher.closed == closed for watcher in watchers))
