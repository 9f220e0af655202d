"""A partner of a theater is told of its sales, signed, and of nobody else's."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks import Webhook as Verifier
from tests.conftest import until

from stack.buyer import StackClient, build, schedule

Got = list[tuple[dict[str, str], bytes]]


@asynccontextmanager
async def partner() -> AsyncIterator[tuple[str, Got]]:
    """The address of a server that takes everything, and what it was sent."""
    got: Got = []

    async def take(request: web.Request) -> web.Response:
        got.append((dict(request.headers), await request.read()))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/hook", take)
    async with TestServer(app) as server:
        yield str(server.make_url("/hook")), got


async def test_a_partner_of_a_theater_is_told_of_its_sales_alone(client: StackClient, slots: Iterator[int]) -> None:
    here, there = await build(client, rows=2, cols=6), await build(client, rows=2, cols=6)
    manager = await client.worker("manager", here.theater_id)
    showtimes = [await schedule(client, stage, slot=next(slots)) for stage in (here, there)]
    async with partner() as (url, got):
        body = {"url": url, "events": ["booking.confirmed", "booking.cancelled", "payment.refunded"]}
        made = await client.with_retries("POST", "/api/admin/webhooks", body, token=manager.token)
        assert (made.status, made.body["theaterIds"]) == (201, [here.theater_id])
        guest = await client.buyer()
        await guest.buy(showtimes[1], ["A1"])
        booking = await guest.shown((await guest.buy(showtimes[0], ["A1", "A2"]))["id"])
        assert (await guest.with_retries("POST", f"/api/bookings/{booking['id']}/cancel", {})).status == 200
        await until(lambda: len(got) >= 3)
        log = f"/api/admin/webhooks/{made.body['id']}/deliveries"

        async def all_delivered() -> Any:
            items = (await client.with_retries("GET", log, token=manager.token)).body["items"]
            return len(items) == 3 and {item["status"] for item in items} == {"delivered"}

        await until(all_delivered)
        gone = await client.with_retries("DELETE", f"/api/admin/webhooks/{made.body['id']}", token=manager.token)
        assert gone.status == 204
    told = [Verifier(made.body["secret"]).verify(sent, headers) for headers, sent in got]
    assert {each["type"] for each in told} == set(body["events"])
    assert {each["data"]["bookingId"] for each in told} == {booking["id"]}
    assert {each["data"]["theaterId"] for each in told} == {here.theater_id}
    (confirmed,) = [orjson.loads(sent)["data"] for _, sent in got if orjson.loads(sent)["type"] == "booking.confirmed"]
    assert (confirmed["amount"], confirmed["seatIds"]) == (booking["amount"], ["A1", "A2"])
