"""`make upgrade-test`: sales while the last release is replaced by today's code and comes back, then the audit.

The phases: the release alone, both side by side, today's code alone, both again, the release alone again. Every sale
must be confirmed, some are cancelled; a call that a retry heals is counted and no error. Each phase makes `SALES` (40)
sales at least. `RELEASE` is a commit to take in the last release's place, `RECORD` a folder for one event of each kind,
as the release says them while it is alone.
"""

import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.released_code import python_of
from bench.two_versions import TwoVersions, Version, two_versions
from stack.buyer import Answer, Buyer, StackClient, build, confirmation, connected, schedule
from stack.processes import StartError
from stack.testing import listening

SALES = int(os.environ.get("SALES", "40"))
RECORD = os.environ.get("RECORD", "")
BUYERS = 8
PHASES: tuple[tuple[str, tuple[Version, ...]], ...] = (
    ("the release alone", ("old",)),
    ("both, upgrading", ("old", "new")),
    ("today's code alone", ("new",)),
    ("both, going back", ("old", "new")),
    ("the release again", ("old",)),
)
_SETTINGS = {"HOLD_SECONDS": "120", "PAYMENT_SECONDS": "120"}
_FAILURES = (TimeoutError, OSError, KeyError, TypeError)


@dataclass(slots=True)
class Tally:
    """What came of the sales, by phase: how many were confirmed, were healed by a retry, and ended otherwise."""

    phase: str = ""
    confirmed: Counter[str] = field(default_factory=Counter)
    healed: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)


class CountingClient(StackClient):
    """Counts the answers that a good client repeats its call after."""

    tally: Tally

    async def call(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        try:
            answer = await StackClient.call(self, method, path, body, **more)
        except OSError:
            self.tally.healed[self.tally.phase] += 1
            raise
        if answer.status >= 500:
            self.tally.healed[self.tally.phase] += 1
        return answer


async def _sell_on(
    client: StackClient, seats: "asyncio.Queue[tuple[str, str]]", tally: Tally, over: asyncio.Event
) -> None:
    buyer = await client.buyer()
    while not over.is_set():
        began = tally.phase
        showtime, seat = seats.get_nowait()
        try:
            end = await _sale(client, buyer, showtime, seat)
        except _FAILURES as error:
            end = repr(error)
        if end == "confirmed":
            tally.confirmed[tally.phase] += 1
        else:
            tally.errors.append(f"{began}: {seat}: {end}")


async def _sale(client: StackClient, buyer: Buyer, showtime: str, seat: str) -> str:
    """One seat, every fourth cancelled again. Each call bears a key, so that it may be repeated."""
    held = await _keyed(buyer, "/api/seats/hold", {"showtimeId": showtime, "seatIds": [seat]})
    if held.status != 201:
        return f"hold {held.status} {held.code}"
    order = await _keyed(buyer, "/api/payments/create-order", {"holdId": held.body["id"]})
    if order.status != 201:
        return f"order {order.status} {order.code}"
    paid = await client.pay(order.body["orderId"])
    answer = await _keyed(buyer, "/api/bookings/confirm", confirmation(paid))
    if answer.status not in {200, 202}:
        return f"confirm {answer.status} {answer.code}"
    booking = await buyer.settled(order.body["bookingId"])
    if booking["status"] == "confirmed" and seat.endswith("4"):
        cancelled = await _keyed(buyer, f"/api/bookings/{booking['id']}/cancel", {})
        return "confirmed" if cancelled.status == 200 else f"cancel {cancelled.status} {cancelled.code}"
    return str(booking["status"])


async def _keyed(buyer: Buyer, path: str, body: Mapping[str, Any]) -> Answer:
    return await buyer.with_retries("POST", path, dict(body), headers={"Idempotency-Key": secrets.token_hex(8)})


async def _run(versions: TwoVersions, tally: Tally) -> None:
    running: tuple[Version, ...] = ()
    async with connected(versions.stack_info) as plain, AsyncExitStack() as recording:
        client = CountingClient(plain.stack_info, plain.http)
        client.tally = tally
        over, sellers = asyncio.Event(), list[asyncio.Task[None]]()
        for tally.phase, wanted in PHASES:
            print(f"  {tally.phase} …", flush=True)
            for version in wanted:
                if version not in running:
                    await versions.start(version)
            for version in running:
                if version not in wanted:
                    await versions.stop(version)
            running = wanted
            if not sellers and RECORD:
                await recording.enter_async_context(_recording(versions, Path(RECORD)))
            sellers = sellers or await _sellers(client, tally, over)
            await _sold(tally, sellers)
            await recording.aclose()
            versions.check(*running)
        over.set()
        await asyncio.gather(*sellers)
        await versions.start("new")  # the audit of today also reads what is left to do from metrics of today
        audit = await asyncio.to_thread(_audit, versions.folder)
        tally.errors += [] if audit is None else [audit]


@asynccontextmanager
async def _recording(versions: TwoVersions, folder: Path) -> AsyncIterator[None]:
    """Write one event of each kind that is said during the block, as a subscriber gets it; nothing private."""
    async with listening(versions.stack_info["servers"]["rabbitmq"]["url"], "#") as heard:
        yield
    _write(heard, folder)


def _write(events: Sequence[Mapping[str, Any]], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for event in events:
        data = {name: value for name, value in event.items() if name not in {"type", "event_id"}}
        text = json.dumps(data, indent=1, ensure_ascii=False)
        (folder / f"{event['type']}.json").write_text(f"{text}\n", encoding="utf-8")


async def _sellers(client: CountingClient, tally: Tally, over: asyncio.Event) -> list["asyncio.Task[None]"]:
    stage = await build(client, rows=20, cols=40)
    seats: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    for slot in range(3):
        showtime = await schedule(client, stage, slot=slot)
        for row in "ABCDEFGHIJKLMNOPQRST":
            for number in range(1, 41):
                seats.put_nowait((showtime, f"{row}{number}"))
    return [asyncio.create_task(_sell_on(client, seats, tally, over)) for _ in range(BUYERS)]


async def _sold(tally: Tally, sellers: list["asyncio.Task[None]"]) -> None:
    """Return when the phase has sold enough, or a seller has failed, or too much went wrong to go on."""
    while tally.confirmed[tally.phase] < SALES and len(tally.errors) < SALES:
        done, _ = await asyncio.wait(sellers, timeout=0.2, return_when=asyncio.FIRST_COMPLETED)
        for seller in done:
            seller.result()


def _audit(folder: Path) -> str | None:
    """Today's audit; a line where it is not clean."""
    command = [sys.executable, "-m", "stack.audit"]
    environment = {**os.environ, "STACK_DIR": str(folder)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  our own program
    print(done.stdout + done.stderr, flush=True)
    return None if done.returncode == 0 else "the audit is not clean"


def main() -> int:
    release, python = python_of(os.environ.get("RELEASE", ""))
    print(f"{release} and today's code on one system, {BUYERS} buyers, {SALES} sales a phase", flush=True)
    tally = Tally()

    async def run() -> None:
        with tempfile.TemporaryDirectory(prefix="marquee-", ignore_cleanup_errors=True) as folder:
            print(f"logs: {folder}/logs", flush=True)
            async with two_versions(Path(folder), python, _SETTINGS) as versions:
                await _run(versions, tally)

    try:
        asyncio.run(run())
    except StartError as error:
        tally.errors.append(f"{tally.phase}: {error}")
    for phase, _ in PHASES:
        print(f"{phase:<20} {tally.confirmed[phase]:>5} sales, {tally.healed[phase]} calls that a retry healed")
    print("\n".join(tally.errors[:20]) or "no errors")
    return 1 if tally.errors else 0


if __name__ == "__main__":
    sys.exit(main())
