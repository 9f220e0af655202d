"""Thousands who watch one showtime: how soon each sees a seat go, how many frames a copy of the gateway writes, and
what a connection takes; beside the Socket.IO server of its authors, which is told the same."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import aiohttp

from bench.processor_time import parsed
from bench.report import Row
from bench.screens import Screens
from stack.buyer import Buyer, StackClient, build, schedule

WATCHERS = int(os.environ.get("WATCHERS", "5000"))
LOOKS, BURST_SECONDS, BATCH_SECONDS, BUYERS = 30, 10.0, 0.05, 4
_ROWS, _COLS, _ROW_NAMES = 20, 20, "ABCDEFGHIJKLMNOPQRST"
_NODE = Path(__file__).parents[2] / "node"


@dataclass(frozen=True, slots=True)
class Measured:
    """What one server did: seconds until each watcher saw each change; frames a second while changes never ended;
    processor time of a frame in microseconds; bytes of memory a connection."""

    delays: Sequence[float]
    frames_a_second: float
    frame_microseconds: float
    connection_bytes: float

    def percentile(self, which: int) -> float:
        """Of the delays, in milliseconds."""
        return quantiles(self.delays, n=100)[which - 1] * 1000


async def live(client: StackClient) -> list[Row]:
    """The gateway's first copy, then the other server, with as many watchers."""
    (gateway, *_) = client.stack_info["services"]["gateway"]
    showtime_id = await schedule(client, await build(client, rows=_ROWS, cols=_COLS))
    toggles = [_Toggle(await client.buyer(), showtime_id, f"{_ROW_NAMES[row]}1") for row in range(BUYERS)]
    ours = await _measured(Screens(gateway["url"], showtime_id), gateway["pid"], toggles)
    async with _node() as (origin, pid):
        poster = _Poster(client.http, origin, showtime_id)
        theirs = await _measured(Screens(origin, showtime_id), pid, [poster])
    return _rows(ours, theirs)


class _Toggle:
    """A guest who holds a seat and lets it go, in turns: each is one change of the map."""

    def __init__(self, buyer: Buyer, showtime_id: str, seat: str) -> None:
        self._buyer, self._showtime_id, self._seat = buyer, showtime_id, seat
        self._hold = ""

    async def change(self) -> None:
        """One change."""
        if self._hold:
            await self._buyer.call("DELETE", f"/api/seats/hold/{self._hold}")
            self._hold = ""
        else:
            self._hold = (await self._buyer.hold(self._showtime_id, [self._seat])).body["id"]


class _Poster:
    """Tells the other server of a change, a batch's time after the last."""

    def __init__(self, http: aiohttp.ClientSession, origin: str, showtime_id: str) -> None:
        self._http, self._url, self._showtime_id = http, f"{origin}/say", showtime_id
        self._version = 0

    async def change(self) -> None:
        """One change."""
        self._version += 1
        body = {
            "showtimeId": self._showtime_id,
            "version": self._version,
            "since": self._version - 1,
            "changes": [["A1", "h"]],
        }
        async with self._http.post(self._url, json=body) as answer:
            await answer.read()
        await asyncio.sleep(BATCH_SECONDS)


async def _measured(screens: Screens, pid: int, changing: Sequence[_Toggle | _Poster]) -> Measured:
    before = _resident_bytes(pid)
    await screens.open(WATCHERS)
    connection_bytes = (_resident_bytes(pid) - before) / WATCHERS
    delays: list[float] = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        await changing[0].change()
        delays += [at - began for at in await screens.told(WATCHERS)]
    began, used = time.perf_counter(), _processor_seconds(pid)
    await asyncio.gather(*(_go_on(each, began + BURST_SECONDS) for each in changing))
    arrivals = await screens.quiet()
    used, seconds = _processor_seconds(pid) - used, max(arrivals) - began
    screens.close()
    if screens.tally.lost:
        raise RuntimeError(f"{screens.tally.lost} watchers were dropped")
    return Measured(delays, len(arrivals) / seconds, used / len(arrivals) * 1e6, connection_bytes)


async def _go_on(changing: _Toggle | _Poster, until: float) -> None:
    while time.perf_counter() < until:
        await changing.change()


def _resident_bytes(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _processor_seconds(pid: int) -> float:
    return parsed(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")).seconds


@asynccontextmanager
async def _node() -> AsyncIterator[tuple[str, int]]:
    """The other server's origin and process, for the block; npm brings what it needs."""
    installing = await asyncio.create_subprocess_exec("npm", "ci", "--silent", cwd=_NODE)
    if await installing.wait():
        raise SystemExit("npm could not install bench/node")
    server = await asyncio.create_subprocess_exec("node", "server.mjs", cwd=_NODE, stdout=asyncio.subprocess.PIPE)
    try:
        assert server.stdout is not None  # noqa: S101  asked for
        port = int(await server.stdout.readline())
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        server.terminate()
        await server.wait()


def _rows(ours: Measured, theirs: Measured) -> list[Row]:
    return [
        ("from a hold's call to a screen, p50", f"{ours.percentile(50):.0f} ms", f"{theirs.percentile(50):.0f} ms"),
        ("… p99", f"{ours.percentile(99):.0f} ms", f"{theirs.percentile(99):.0f} ms"),
        ("frames a second, of one process", f"{ours.frames_a_second:,.0f}", f"{theirs.frames_a_second:,.0f}"),
        ("processor time of a frame", f"{ours.frame_microseconds:.1f} µs", f"{theirs.frame_microseconds:.1f} µs"),
        (
            "memory of a connection",
            f"{ours.connection_bytes / 1024:.1f} KB",
            f"{theirs.connection_bytes / 1024:.1f} KB",
        ),
    ]
