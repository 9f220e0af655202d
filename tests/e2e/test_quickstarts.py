"""What stands in pages for developers of clients, and in `examples/`: each program is taken as it is and run."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aio_pika
import pytest
from tests.clients.conftest import INSTALLED
from tests.conftest import until

from stack.buyer import StackClient, build, schedule
from stack.ports import PortClaims

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUNNERS = {"sh": ("bash", "sh"), "python": (sys.executable, "py")}
if INSTALLED.is_dir():  # Node is there
    RUNNERS["js"] = ("node", "mjs")
SCRIPTS = [language for language in RUNNERS if language != "sh"]
SECONDS = 120  # for a program on a busy machine


@dataclass
class Program:
    """One that runs, and what it has printed."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)

    async def ended(self) -> None:
        """It must end by itself, and well."""
        async with asyncio.timeout(SECONDS):
            assert await self.process.wait() == 0, "\n".join(self.lines)

    async def prints(self, part: str) -> None:
        """A line with this in it, by now or soon."""
        await until(lambda: any(part in line for line in self.lines), seconds=SECONDS)


@asynccontextmanager
async def running(runner: str, file: Path, environment: Mapping[str, str]) -> AsyncIterator[Program]:
    """A program, until the end of the context at the latest."""
    process = await asyncio.create_subprocess_exec(
        runner,
        str(file),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
    )
    program = Program(process)
    reading = asyncio.create_task(_read(program))
    try:
        yield program
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading


@pytest.fixture
def ports() -> Iterator[PortClaims]:
    """Ports for what the test starts."""
    claims = PortClaims()
    yield claims
    claims.release()


async def _read(program: Program) -> None:
    assert program.process.stdout is not None
    async for line in program.process.stdout:
        program.lines.append(line.decode().rstrip())


def file_of(page: str, language: str, folder: Path) -> tuple[str, Path]:
    """What runs the blocks of a page in this language, and the file that has them one after the other."""
    runner, suffix = RUNNERS[language]
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    file = folder / f"program.{suffix}"
    file.write_text("\n".join(code for found, code in BLOCK.findall(text) if found == language), encoding="utf-8")
    return runner, file


@pytest.mark.parametrize("language", RUNNERS)
async def test_the_quickstart_sells_two_seats(
    client: StackClient, slots: Iterator[int], tmp_path: Path, language: str
) -> None:
    stage = await build(client, rows=2, cols=6)
    showtime = await schedule(client, stage, slot=next(slots))
    environment = {
        "GATEWAY": client.stack_info["gateway"],
        "RAZORPAY": client.simulator,
        "THEATER": stage.theater_id,
    }
    async with running(*file_of("quickstart.md", language, tmp_path), environment) as program:
        await program.ended()
    assert program.lines[-1].startswith("confirmed bkg_"), program.lines

    async def two_sold() -> bool:
        state = (await client.call("GET", f"/api/seats/state?showtimeId={showtime}")).body.get("state", "")
        return bool(state.count("s") == 2 and state.count("a") == 10)

    await until(two_sold)


@pytest.mark.parametrize("language", SCRIPTS)
async def test_the_programs_about_live_seats_show_each_change_until_the_show_is_closed(
    client: StackClient, slots: Iterator[int], tmp_path: Path, language: str
) -> None:
    showtime = await schedule(client, await build(client, rows=1, cols=6), slot=next(slots))
    environment = {"GATEWAY": client.stack_info["gateway"], "SHOWTIME": showtime}
    guest = await client.buyer()
    async with running(*file_of("live-seats.md", language, tmp_path), environment) as program:
        await program.prints(" aaaaaa")
        hold = await guest.hold(showtime, ["A2", "A3"])
        await program.prints(" ahhaaa")
        await guest.call("DELETE", f"/api/seats/hold/{hold.body['id']}")
        await guest.buy(showtime, ["A1"])
        await program.prints(" saaaaa")
        await client.call("DELETE", f"/api/admin/showtimes/{showtime}", token=await client.admin())
        await program.ended()
    assert program.lines[-1] == "cancelled"


@pytest.mark.parametrize("language", SCRIPTS)
async def test_the_programs_about_money_show_amounts_by_the_digits_of_their_currency(
    tmp_path: Path, language: str
) -> None:
    async with running(*file_of("money.md", language, tmp_path), {}) as program:
        await program.ended()
    shown = {"js": "₹1,234.50 ¥1,200 IQD 1.500", "python": "INR 1,234.50 JPY 1,200 IQD 1.500"}
    assert program.lines == [shown[language]]


async def test_the_examples_of_subscribers_hear_of_a_sale_and_of_its_end(
    client: StackClient, slots: Iterator[int], tmp_path: Path, ports: PortClaims
) -> None:
    stage = await build(client, rows=1, cols=6)
    showtime = await schedule(client, stage, slot=next(slots))
    port = ports.claim()
    wish = {
        "url": f"http://127.0.0.1:{port}/marquee",
        "events": ["booking.confirmed", "booking.cancelled"],
        "theaterIds": [stage.theater_id],
    }
    token = await client.admin()
    webhook = (await client.with_retries("POST", "/api/admin/webhooks", wish, token=token)).body
    receiving = {"PORT": str(port), "WEBHOOK_SECRET": webhook["secret"], "DATABASE": str(tmp_path / "webhooks.db")}
    subscribing = {
        "BROKER": client.stack_info["servers"]["rabbitmq"]["subscriber"],
        "QUEUE": f"partner.example.{showtime}",
        "DATABASE": str(tmp_path / "sales.db"),
    }
    async with (
        running(sys.executable, ROOT / "examples/subscriber.py", subscribing) as subscriber,
        running(sys.executable, ROOT / "examples/webhook_receiver.py", receiving) as receiver,
    ):
        await subscriber.prints("subscribed")
        guest = await client.buyer()
        booking = await guest.shown((await guest.buy(showtime, ["A1"]))["id"])
        await guest.with_retries("POST", f"/api/bookings/{booking['id']}/cancel", {})
        for line in (f"sold {booking['reference']} {booking['amount']}", f"cancelled {booking['reference']} -"):
            await subscriber.prints(line)
        for name in ("confirmed", "cancelled"):
            await receiver.prints(f"booking.{name} {booking['id']}")
        forged = await client.call("POST", str(wish["url"]), {"type": "booking.confirmed", "data": {}})
        assert forged.status == 400
    await client.with_retries("DELETE", f"/api/admin/webhooks/{webhook['id']}", token=token)
    async with await aio_pika.connect(subscribing["BROKER"]) as connection:  # what is said later is for nobody
        await (await connection.channel()).queue_delete(subscribing["QUEUE"])
