"""Clients of live seats that leave early, emit much at once, or do not read."""

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest
from gateway.tests.conftest import Build, Request
from gateway.tests.live import Cinema, a_cinema, screen, stream, upgraded, watchers

from contracts.ids import new_id
from gateway import asgi
from gateway.live import sockets
from stack.waiting import until


@pytest.fixture
async def cinema(build: Build, rabbitmq_vhost_url: str) -> AsyncIterator[Cinema]:
    async with a_cinema(build, rabbitmq_vhost_url) as cinema:
        yield cinema


async def test_who_watches_no_more_before_the_map_is_known_is_shown_nothing(cinema: Cinema) -> None:
    left, back = cinema.showtime(), cinema.showtime()
    known, answer = asyncio.Event(), cinema.harness.seating.script

    async def slowly(request: Request, writer: asyncio.StreamWriter) -> None:
        await known.wait()
        await answer(request, writer)

    cinema.harness.seating.script = slowly
    events = [("watch", left), ("unwatch", left), ("watch", back), ("unwatch", back), ("watch", back)]
    async with screen(cinema) as shown:
        calls = [asyncio.create_task(shown.call(event, {"showtimeId": showtime_id})) for event, showtime_id in events]
        assert [await calls[at] for at in (1, 3)] == [{}, {}]
        known.set()
        assert [(await calls[at])["version"] for at in (0, 2, 4)] == [10, 10, 10]
        assert await watchers(cinema, "websocket") == 1
        await cinema.change(left, ("A1", "h"))
        await cinema.change(back, ("A1", "h"))
        assert (await shown.next())[1]["showtimeId"] == back


async def test_however_much_a_client_emits_at_once_all_of_it_is_answered(cinema: Cinema) -> None:
    reader, writer = await upgraded(cinema)
    count = 5 * sockets.MOST_CALLS
    packets = [b"40", *(b'42%d["watch",{"showtimeId":"%b"}]' % (n, new_id("sho").encode()) for n in range(count))]
    writer.write(b"".join(bytes((0x81, 0x80 | len(text))) + bytes(4) + text for text in packets))
    said = b""
    async with asyncio.timeout(60):
        while said.count(b"showtime_not_found") < count:
            said += await reader.readuntil(b"}")
    assert all(b'43%d[{"error"' % n in said for n in range(count))
    writer.close()


async def test_a_client_that_does_not_read_is_dropped(cinema: Cinema, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "MAX_UNSENT_BYTES", 0)
    showtime_id = cinema.showtime()
    reader, writer = await upgraded(cinema)
    packet = b'420["watch",' + orjson.dumps({"showtimeId": showtime_id}) + b"]"
    for text in (b"40", packet):  # masked by zeros, which is no mask
        writer.write(bytes((0x81, 0x80 | len(text))) + bytes(4) + text)
    await until(lambda: _watches(cinema, 1))
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    event = cinema.set(showtime_id, "A1", "h")
    wide = event.model_copy(update={"changes": tuple((f"{'A' * 500}{number}", "h") for number in range(20_000))})
    await cinema.say(wide)
    while await watchers(cinema, "websocket"):
        await cinema.change(showtime_id, ("A2", "h"), ("A2", "a"))
    writer.close()
    assert reader.at_eof() or writer.is_closing()


async def _watches(cinema: Cinema, count: int) -> bool:
    return await watchers(cinema, "websocket") == count


async def test_a_stream_that_is_not_read_ends(cinema: Cinema, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "UNREAD_SECONDS", 0.1)
    showtime_id = cinema.showtime()
    async with stream(cinema, showtime_id) as events:
        assert (await events.next())[0] == "snapshot"
        assert await watchers(cinema, "sse") == 1
        event = cinema.set(showtime_id, "A1", "h")
        wide = event.model_copy(update={"changes": tuple((f"{'A' * 500}{number}", "h") for number in range(20_000))})
        await cinema.say(wide)

        async def has_left() -> bool:
            return await watchers(cinema, "sse") == 0

        await until(has_left)
