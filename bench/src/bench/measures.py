"""The measurements of `make bench`, each against its yardstick in turns."""

import asyncio
import base64
import itertools
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.load_generator import Result, generate_load, request
from bench.report import Row
from bench.script import script_rate
from bench.yardstick import bare_endpoint
from stack.buyer import StackClient, build, schedule

ROUNDS = 3
ROWS, COLS, SHOWTIMES = 40, 50, 72  # a seat for each of more holds than a fast machine makes in the time
HOLDS_A_GUEST = 3
SALES = 120


async def requests(client: StackClient, folder: Path) -> list[Row]:
    """Holds against a bare endpoint and against their script, and reads of the seat map."""
    holds = await _hold_requests(client, folder)
    seating = next(
        replica["url"] for replica in client.stack_info["services"]["seating"] if replica["role"] != "worker"
    )
    gateway = client.stack_info["gateway"]
    async with bare_endpoint(client) as bare:
        yardstick = itertools.repeat(bare.request)
        rates = await _in_turns(
            lambda: generate_load(bare.url, yardstick),
            lambda: generate_load(seating, holds),
            lambda: generate_load(gateway, holds),
        )
    base, direct, through = rates
    rows = [
        ("bare FastAPI JSON endpoint", f"{_rate(base):.0f}/s", "1.00"),
        ("hold at seating", f"{_rate(direct):.0f}/s", f"{_rate(direct) / _rate(base):.2f} of the bare endpoint"),
        (
            "hold through the gateway",
            f"{_rate(through):.0f}/s",
            f"{_rate(through) / _rate(base):.2f} of the bare endpoint",
        ),
        ("hold through the gateway, 64 at a time", _latency(through), ""),
    ]
    rows += await _script(client, _rate(direct))
    return rows + await _availability(client, seating)


async def sales(client: StackClient) -> list[Row]:
    """Whole sales, and how long a paid one takes."""
    return [*await _sales(client), *await _webhook_to_confirmed(client)]


async def _in_turns(*ways: Callable[[], Awaitable[Result]]) -> list[list[Result]]:
    rounds = [[await way() for way in ways] for _ in range(ROUNDS)]
    return [list(results) for results in zip(*rounds, strict=True)]


def _rate(results: Sequence[Result]) -> float:
    for result in results:
        unexpected = {status: n for status, n in result.statuses.items() if status not in {200, 201, 304}}
        if unexpected:
            raise RuntimeError(f"a benchmark met {unexpected}")
        if result.ran_out:
            raise RuntimeError("a benchmark ran out of requests")
    return median(result.rate for result in results)


def _latency(results: Sequence[Result]) -> str:
    p50, p99 = (median(result.percentile(which) for result in results) for which in (50, 99))
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms"


def _wish(showtime: str, seat: str) -> bytes:
    return json.dumps({"showtimeId": showtime, "seatIds": [seat]}).encode()


async def _hold_requests(client: StackClient, folder: Path) -> Iterator[bytes]:
    """Holds of one free seat each, none twice, spread over showtimes and guests; all made before any clock starts."""
    stage = await build(client, rows=ROWS, cols=COLS)
    showtimes = [await schedule(client, stage, slot=slot) for slot in range(SHOWTIMES)]
    for showtime in showtimes:
        await client.call("GET", f"/api/seats/state?showtimeId={showtime}")
    seen = (await client.call("GET", f"/api/seats/availability?showtimeId={showtimes[0]}")).body["seats"]
    seats = [seat["seatId"] for seat in seen]
    tokens = await _tokens(client, folder, len(seats) // HOLDS_A_GUEST + 1)
    bearers = [{"Authorization": f"Bearer {token}"} for token in tokens]
    url = f"{client.stack_info['gateway']}/api/seats/hold"
    return iter(
        [
            request("POST", url, body=_wish(showtime, seat), headers=bearers[n // HOLDS_A_GUEST])
            for n, seat in enumerate(seats)
            for showtime in showtimes
        ]
    )


async def _tokens(client: StackClient, folder: Path, count: int) -> list[str]:
    """Tokens of guests who never registered, made with the stack's own key: registering them is no part of it."""
    model = (await client.buyer()).token
    secrets = json.loads((folder / "secrets.json").read_text(encoding="utf-8"))
    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(secrets["JWT_ACCESS_SECRET"]))
    claims = jwt.decode(model, options={"verify_signature": False})
    claims["exp"] = int(time.time()) + 3600
    headers = jwt.get_unverified_header(model)
    return [jwt.encode({**claims, "sub": f"usr_bench{n:021d}"}, key, "EdDSA", headers) for n in range(count)]


async def _script(client: StackClient, holds: float) -> list[Row]:
    rate = median([await script_rate(client) for _ in range(ROUNDS)])
    share = f"a hold at seating is {holds / rate:.2f} of it"
    return [("the script of a hold alone, by redis-benchmark", f"{rate:.0f}/s", share)]


async def _availability(client: StackClient, seating: str) -> list[Row]:
    stage = await build(client, rows=15, cols=20)
    showtime = await schedule(client, stage)
    url = f"{seating}/api/seats/availability?showtimeId={showtime}"
    first = await client.call("GET", url)
    whole = itertools.repeat(request("GET", url))
    same = itertools.repeat(request("GET", url, headers={"If-None-Match": first.headers["ETag"]}))
    live = itertools.repeat(request("GET", f"{seating}/api/seats/state?showtimeId={showtime}"))
    miss, hit, state = await _in_turns(
        lambda: generate_load(seating, whole),
        lambda: generate_load(seating, same),
        lambda: generate_load(seating, live),
    )
    return [
        ("availability, 300 seats, whole", f"{_rate(miss):.0f}/s", _latency(miss)),
        ("availability, 300 seats, unchanged (304)", f"{_rate(hit):.0f}/s", f"{_rate(hit) / _rate(miss):.1f} × whole"),
        ("state, 300 seats", f"{_rate(state):.0f}/s", f"{_rate(state) / _rate(miss):.1f} × whole"),
    ]


async def _sales(client: StackClient) -> list[Row]:
    """Whole sales, hold to confirmed, 16 at a time."""
    stage = await build(client, rows=10, cols=20)
    showtime = await schedule(client, stage)
    buyers = [await client.buyer() for _ in range(SALES // HOLDS_A_GUEST)]
    seats = iter(f"{row}{number}" for row in "ABCDEFGHIJ" for number in range(1, 21))
    gate = asyncio.Semaphore(16)

    async def sale(number: int) -> None:
        async with gate:
            await buyers[number % len(buyers)].buy(showtime, [next(seats)])

    started = time.perf_counter()
    await asyncio.gather(*(sale(number) for number in range(SALES)))
    return [("whole sales, hold to confirmed, 16 at a time", f"{SALES / (time.perf_counter() - started):.1f}/s", "")]


async def _webhook_to_confirmed(client: StackClient) -> list[Row]:
    """From the provider's call of our webhook to a confirmed booking read through the gateway; nothing else runs."""
    stage = await build(client, rows=10, cols=20)
    showtime = await schedule(client, stage)
    took = []
    for number in range(1, 21):
        buyer = await client.buyer()
        held = await buyer.hold(showtime, [f"A{number}"])
        ordered = await buyer.order(held.body["id"])
        started = time.perf_counter()
        await client.pay(ordered.body["orderId"])
        while (await buyer.booking(ordered.body["bookingId"])).body["status"] != "confirmed":
            await asyncio.sleep(0.002)
        took.append((time.perf_counter() - started) * 1000)
    p99 = quantiles(took, n=100)[98]
    return [("paid at the provider to confirmed, idle", f"p50 {median(took):.0f} ms, p99 {p99:.0f} ms", "")]
