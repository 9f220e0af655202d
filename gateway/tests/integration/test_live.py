"""Live seats through a gateway that listens: by server-sent events and by Socket.IO, over a real broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from gateway.tests.conftest import Build, Client, Harness, Request, listening
from gateway.tests.live import UPGRADE, Cinema, a_cinema, hears, screen, stream, upgraded, watchers

from contracts.ids import new_id
from gateway import routes
from gateway.live import sockets
from stack.waiting import until


@pytest.fixture
async def cinema(build: Build, rabbitmq_vhost_url: str) -> AsyncIterator[Cinema]:
    async with a_cinema(build, rabbitmq_vhost_url) as cinema:
        yield cinema


async def test_a_stream_begins_with_the_map_and_goes_on_with_its_changes(cinema: Cinema) -> None:
    showtime_id = cinema.showtime("ahsb")
    async with stream(cinema, showtime_id) as events:
        assert b"content-type: text/event-stream" in events.head
        assert b"content-encoding" not in events.head
        first = {"showtimeId": showtime_id, "version": 10, "state": "ahsb"}
        assert await events.next() == ("snapshot", first, "10")
        await cinema.change(showtime_id, ("A1", "h"))
        changed = {"showtimeId": showtime_id, "version": 11, "since": 10, "changes": [["A1", "h"]]}
        assert await events.next() == ("seats", changed, "11")
        await cinema.change(showtime_id, ("A2", "a"))
        assert (await events.next())[2] == "12"
    async with stream(cinema, showtime_id, "11") as events:
        since_then = {"showtimeId": showtime_id, "version": 12, "since": 11, "changes": [["A2", "a"]]}
        assert await events.next() == ("seats", since_then, "12")
    for unknown in ("3", "99999999999999", "eleven", "-11", "1" * 40):
        async with stream(cinema, showtime_id, unknown) as events:
            assert (await events.next())[0] == "snapshot"
    async with stream(cinema, showtime_id, "12") as events:
        await cinema.change(showtime_id, ("A2", "s"))
        assert (await events.next())[1]["since"] == 12
    await until(lambda: _is_zero(cinema, "sse"))


async def _is_zero(cinema: Cinema, transport: str) -> bool:
    return await watchers(cinema, transport) == 0


async def test_a_stream_of_nothing_is_refused_before_it_begins(cinema: Cinema) -> None:
    ask, begun = cinema.harness.client.ask, cinema.showtime(status="begun")
    path = "/api/seats/stream?showtimeId="
    assert (await ask("GET", path + new_id("sho"))).problem == (404, "showtime_not_found")
    assert (await ask("GET", path + "../../healthz")).problem == (404, "showtime_not_found")
    assert (await ask("GET", "/api/seats/stream")).problem == (422, "validation_error")
    assert (await ask("GET", path)).problem == (422, "validation_error")
    assert (await ask("GET", path + begun)).problem == (409, "showtime_closed")
    assert (await ask("POST", path + begun)).problem == (405, "method_not_allowed")
    head = await ask("HEAD", path + cinema.showtime())
    assert (head.status, head.header("content-type")) == (200, "text/event-stream; charset=utf-8")
    cinema.harness.seating.script = _fails
    assert (await ask("GET", path + cinema.showtime())).problem == (503, "service_unavailable")


async def _fails(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def test_a_screen_shows_seats_as_they_change_until_it_watches_no_more(cinema: Cinema) -> None:
    showtime_id, other = cinema.showtime("aaaa"), cinema.showtime("aa")
    async with screen(cinema) as one, screen(cinema) as another:
        for each in (one, another, one):  # again counts once
            assert await each.watch(showtime_id) == {"version": 10, "state": "aaaa"}
        assert await watchers(cinema, "websocket") == 2
        await cinema.change(other, ("A1", "h"))
        await cinema.change(showtime_id, ("A1", "h"), ("A2", "h"), ("A1", "s"))
        letters: dict[str, str] = {}
        version = 10
        while version < 13:
            _, data = await one.next()
            assert (data["showtimeId"], data["since"]) == (showtime_id, version)
            version = data["version"]
            letters.update(data["changes"])
        assert letters == {"A1": "s", "A2": "h"}
        assert await one.call("unwatch", {"showtimeId": showtime_id}) == {}
        assert await one.watch(other) == {"version": 11, "state": "ha"}
        await until(lambda: bool(another.told) and another.told[-1][1]["version"] == 13)
        another.told.clear()
        await cinema.change(showtime_id, ("A3", "h"))
        assert (await another.next())[1]["changes"] == [["A3", "h"]]
        assert one.told == []
    await until(lambda: _is_zero(cinema, "websocket"))


async def test_whatever_a_client_emits_it_is_answered(cinema: Cinema) -> None:
    showtime_id, cancelled = cinema.showtime(), cinema.showtime(status="cancelled")
    junk: list[tuple[Any, ...]] = [(), (None,), ("sho_1",), ({},), ({"showtimeId": 5},), ([showtime_id],)]
    async with screen(cinema) as shown:
        for arguments in junk:
            assert await shown.call("watch", *arguments) == {"error": "validation_error"}, arguments
            assert await shown.call("unwatch", *arguments) == {"error": "validation_error"}, arguments
        assert await shown.call("dance", {"showtimeId": showtime_id}) == {"error": "validation_error"}
        assert await shown.watch(new_id("sho")) == {"error": "showtime_not_found"}
        assert await shown.watch("sho_" + "x" * 3_000) == {"error": "showtime_not_found"}
        assert await shown.watch(cancelled) == {"error": "showtime_closed"}
        for _ in range(sockets.MOST_SHOWTIMES):
            assert "version" in await shown.watch(cinema.showtime())
        assert await shown.watch(showtime_id) == {"error": "too_many_showtimes"}
        cinema.harness.seating.script = _fails
        async with screen(cinema) as another:
            assert await another.watch(cinema.showtime()) == {"error": "service_unavailable"}


async def test_a_client_may_not_ask_for_ever_to_watch(cinema: Cinema, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "WATCH_SECONDS", 3_600.0)  # nothing comes back while the test runs
    showtime_id = cinema.showtime()
    async with screen(cinema) as shown, screen(cinema) as another:
        for _ in range(sockets.MOST_WATCHES):
            assert "version" in await shown.watch(showtime_id)
        assert await shown.watch(showtime_id) == await shown.watch(new_id("sho")) == {"error": "rate_limited"}
        assert await shown.call("unwatch", {"showtimeId": showtime_id}) == {}
        assert "version" in await another.watch(showtime_id)


async def test_a_cancelled_show_is_closed_for_all_who_watch_it(cinema: Cinema) -> None:
    showtime_id = cinema.showtime()
    async with screen(cinema) as shown, stream(cinema, showtime_id) as events:
        await shown.watch(showtime_id)
        assert (await events.next())[0] == "snapshot"
        await cinema.cancel(showtime_id)
        closed = {"showtimeId": showtime_id, "status": "cancelled"}
        assert await shown.next() == ("closed", closed)
        assert await events.next() == ("closed", closed, None)
        with pytest.raises(asyncio.IncompleteReadError):
            await events.next()
        assert await shown.watch(showtime_id) == {"error": "showtime_closed"}


async def test_what_was_not_heard_is_read(cinema: Cinema) -> None:
    showtime_id = cinema.showtime()
    async with screen(cinema) as shown:
        await shown.watch(showtime_id)
        cinema.set(showtime_id, "A1", "s")  # and nobody says so
        await cinema.change(showtime_id, ("A2", "h"))
        told = {"showtimeId": showtime_id, "version": 12, "since": 10, "changes": [["A1", "s"], ["A2", "h"]]}
        assert await shown.next() == ("seats", told)


async def test_without_a_broker_the_seats_are_read_again_and_again(build: Build) -> None:
    cinema = Cinema(await build(), None)
    showtime_id = cinema.showtime()
    async with screen(cinema) as shown:
        await shown.watch(showtime_id)
        cinema.set(showtime_id, "A3", "h")
        assert (await shown.next())[1]["changes"] == [["A3", "h"]]
    assert (await cinema.harness.client.ask("GET", "/readyz")).status == 503  # its services are no real ones
    assert not await hears(cinema.harness)


async def test_streams_and_websockets_end_when_the_process_does(build: Build) -> None:
    cinema = Cinema(await build(), None)
    showtime_id = cinema.showtime()
    async with asyncio.timeout(60), AsyncExitStack() as clients:
        async with listening(routes.find) as port:
            ending = Cinema(Harness(Client(port), cinema.harness.services), None)
            ending.showtimes = cinema.showtimes
            events = await clients.enter_async_context(stream(ending, showtime_id))
            reader, writer = await upgraded(ending)
            assert (await events.next())[0] == "snapshot"
        with pytest.raises(asyncio.IncompleteReadError):
            await events.next()
        assert events.retry_milliseconds in range(100, 2_000)  # clients do not all come back at once
        assert (await reader.read()).endswith(b"\x88\x02\x03\xf4")  # closed: 1012, the service begins anew
        writer.close()


async def test_a_stream_counts_as_a_read(build: Build, redis_db_url: str) -> None:
    cinema = Cinema(await build(REDIS_URL=redis_db_url, RATE_LIMITS="on", RATE_READ="2"), None)
    showtime_id = cinema.showtime()
    for left in (b"1", b"0"):
        async with stream(cinema, showtime_id) as events:
            assert b"ratelimit-remaining: " + left in events.head
    reply = await cinema.harness.client.ask("GET", f"/api/seats/stream?showtimeId={showtime_id}")
    assert reply.problem == (429, "rate_limited")


LAST = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


async def test_a_websocket_counts_for_its_address_until_it_ends(build: Build) -> None:
    cinema = Cinema(await build(CONNECTIONS_PER_ADDRESS="2", HEAD_SECONDS="0.3", KEEP_ALIVE_SECONDS="0.3"), None)
    open_ones = [await upgraded(cinema) for _ in range(2)]
    assert (await cinema.harness.client.ask("GET", "/healthz")).status == 429
    for reader, writer in open_ones:
        assert (await reader.read(2))[0] == 0x81
        writer.close()

    async def served() -> bool:
        return (await cinema.harness.client.ask("GET", "/healthz")).status == 200

    await until(served)


@pytest.mark.parametrize(
    "wrong",
    [
        (b"Version: 13", b"Version: 8"),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"short"),
        (b"EIO=4", b"EIO=3"),
        (b"=websocket ", b"=polling "),
        (b"Upgrade: websocket\r\n", b""),
        (b"websocket HTTP", b"websocket&sid=x HTTP"),
    ],
)
async def test_what_asks_for_no_websocket_of_ours_gets_a_problem(harness: Harness, wrong: tuple[bytes, bytes]) -> None:
    reply = await harness.client.raw(UPGRADE.replace(*wrong) + LAST)
    assert reply.problem == (400, "websocket_required")
