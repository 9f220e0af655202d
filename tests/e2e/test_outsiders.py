"""What others reach with what `stack.json` tells them: the provider's own SDK, and a partner at the broker."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import aio_pika
import razorpay
import requests
from tests.conftest import Stack, until

from bench.buyer import House, build, schedule


def _sdk(stack: Stack) -> Any:
    """Razorpay's own client, as an outside test makes it."""
    keys = stack.facts["keys"]["razorpay"]
    session = requests.Session()
    session.trust_env = False
    auth = (keys["keyId"], keys["keySecret"])
    return razorpay.Client(session=session, auth=auth, base_url=stack.facts["simulators"]["razorpay"])


async def test_the_providers_sdk_reads_a_sale_and_verifies_what_the_provider_sent(
    stack: Stack, house: House, slots: Iterator[int]
) -> None:
    showtime = await schedule(house, await build(house, rows=1, cols=4), slot=next(slots))
    visitor = await house.visitor()
    ordered = (await visitor.order((await visitor.hold(showtime, ["A1", "A2"])).body["id"])).body
    paid = await house.pay(ordered["orderId"])
    client = _sdk(stack)
    order = await asyncio.to_thread(client.order.fetch, ordered["orderId"], {"expand[]": "payments"})
    assert (order["amount"], order["status"]) == (ordered["amount"], "paid")
    assert [payment["id"] for payment in order["payments"]["items"]] == [paid["razorpay_payment_id"]]
    assert client.utility.verify_payment_signature(dict(paid))
    sent = (await house.call("GET", f"{house.simulator}/_sim/deliveries")).body
    mine = next(one for one in sent if ordered["orderId"] in one["body"])
    secret = stack.facts["keys"]["razorpay"]["webhookSecret"]
    signature = {name.lower(): value for name, value in mine["headers"].items()}["x-razorpay-signature"]
    assert client.utility.verify_webhook_signature(mine["body"], signature, secret)
    client.session.close()


async def test_a_partner_hears_a_sale_with_the_account_that_is_printed(
    stack: Stack, house: House, slots: Iterator[int]
) -> None:
    account = stack.facts["servers"]["rabbitmq"]["subscriber"]
    assert account in stack.verb("up").stdout
    showtime = await schedule(house, await build(house, rows=1, cols=4), slot=next(slots))
    heard: list[dict[str, Any]] = []
    async with await aio_pika.connect(account) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("partner.acme.bookings", exclusive=True)
        await queue.bind("marquee.events", "booking.confirmed.v1")

        async def hear(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            heard.append(json.loads(message.body))

        await queue.consume(hear, no_ack=True)
        bought = await (await house.visitor()).buy(showtime, ["A1"])
        await until(lambda: bought["id"] in [event["booking_id"] for event in heard])
