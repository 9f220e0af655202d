"""Our client sends Razorpay what its own SDK would send: method, path, query, body and credentials of every call."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import razorpay
from aiohttp import web
from services.payment.tests.factories import NOW
from services.payment.tests.simulator import ACCOUNT

from payment.providers.razorpay import connected
from payment.providers.razorpay.adapter import _CAPTURE
from payment.providers.razorpay.settings import RazorpaySettings
from payment.usecases.provider import Provider

LATER = NOW + timedelta(hours=1)
WINDOW = {"from": int(NOW.timestamp()), "to": int(LATER.timestamp())}
NOTES = {"booking_id": "bkg_1"}
REFUND = {
    "amount": 100,
    "speed": "normal",
    "receipt": "refund_of_booking",
    "notes": {"refund_key": "refund_of_booking"},
}
KEY = {"X-Refund-Idempotency": "refund_of_booking"}


@dataclass
class Recorder:
    """A server that writes down what it is sent; every answer is an empty list."""

    url: str = ""
    seen: list[dict[str, Any]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.seen.append(
            {
                "call": f"{request.method} {request.path}",
                "query": sorted(request.query.items()),
                "body": json.loads(body) if body else None,
                "type": request.content_type if body else None,
                "credentials": request.headers["Authorization"],
                "key": request.headers.get("X-Refund-Idempotency"),
            }
        )
        return web.json_response({"entity": "collection", "count": 0, "items": []})


@pytest.fixture
async def recorder() -> AsyncIterator[Recorder]:
    recorder, app = Recorder(), web.Application()
    app.router.add_route("*", "/{path:.*}", recorder.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    recorder.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield recorder
    await runner.cleanup()


CALLS: list[tuple[Callable[[Provider], Awaitable[object]], Callable[[razorpay.Client], object]]] = [
    (
        lambda provider: provider.open_order("pay_1", 1, 100, "INR", NOTES),
        lambda sdk: sdk.order.create(
            {"amount": 100, "currency": "INR", "receipt": "pay_1", "notes": NOTES, "payment": _CAPTURE}
        ),
    ),
    (lambda provider: provider.orders_of("pay_1"), lambda sdk: sdk.order.all({"receipt": "pay_1", "count": 100})),
    (lambda provider: provider.order("order_1"), lambda sdk: sdk.order.fetch("order_1")),
    (lambda provider: provider.payment("pay_1"), lambda sdk: sdk.payment.fetch("pay_1", {"expand[]": "offers"})),
    (lambda provider: provider.payments_of("order_1"), lambda sdk: sdk.order.payments("order_1", {"count": 100})),
    (
        lambda provider: provider.payments_between(NOW, LATER, "200"),
        lambda sdk: sdk.payment.all({**WINDOW, "count": 100, "skip": 200}),
    ),
    (
        lambda provider: provider.refunds_between(NOW, LATER, None),
        lambda sdk: sdk.refund.all({**WINDOW, "count": 100, "skip": 0}),
    ),
    (
        lambda provider: provider.refund("pay_1", "refund_of_booking", 1, 100, "INR"),
        lambda sdk: sdk.payment.refund("pay_1", REFUND, headers=KEY),
    ),
    (
        lambda provider: provider.refunds_of("pay_1"),
        lambda sdk: sdk.payment.fetch_multiple_refund("pay_1", {"count": 100}),
    ),
]


@pytest.mark.parametrize(("ours", "theirs"), CALLS)
async def test_a_call_is_the_one_that_the_sdk_makes(
    recorder: Recorder,
    ours: Callable[[Provider], Awaitable[object]],
    theirs: Callable[[razorpay.Client], object],
) -> None:
    settings = RazorpaySettings.model_validate({**ACCOUNT, "base_url": recorder.url})
    async with connected(settings) as provider:
        await ours(provider)
    sdk = razorpay.Client(auth=(ACCOUNT["key_id"], ACCOUNT["key_secret"]), base_url=recorder.url)
    sdk.session.trust_env = False
    await asyncio.to_thread(theirs, sdk)
    assert len(recorder.seen) == 2
    assert recorder.seen[0] == recorder.seen[1]
