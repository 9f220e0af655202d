"""What others reach with what `stack.json` tells them: the provider's own SDK, and a partner at the broker."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import aio_pika
import razorpay
import requests
from tests.conftest import Stack, until

from stack.buyer import StackClient, build, schedule


def _sdk(stack: Stack) -> Any:
    """Razorpay's own client, as an outside test makes it."""
    keys = stack.stack_info["keys"]["razorpay"]
    session = requests.Session()
    session.trust_env = False
    auth = (keys["keyId"], keys["keySecret"])
    return razorpay.Client(session=session, auth=auth, base_url=stack.stack_info["simulators"]["razorpay"])


async def test_the_providers_sdk_reads_a_sale_and_verifies_what_the_provider_sent(
    stack: Stack, client: StackClient, slots: Iterator[int]
) -> None:
    showtime = await schedule(client, await build(client, rows=1, cols=4), slot=next(slots))
    buyer = await client.buyer()
    ordered = (await buyer.order((await buyer.hold(showtime, ["A1", "A2"])).body["id"])).body
    paid = await client.pay(ordered["orderId"])
    sdk = _sdk(stack)
    order = await asyncio.to_thread(sdk.order.fetch, ordered["orderId"], {"expand[]": "payments"})
    assert (order["amount"], order["status"]) == (ordered["amount"], "paid")
    assert [payment["id"] for payment in order["payments"]["items"]] == [paid["razorpay_payment_id"]]
    assert sdk.utility.verify_payment_signature(dict(paid))
    sent = (await client.call("GET", f"{client.simulator}/_sim/deliveries")).body
    mine = next(delivery for delivery in sent if ordered["orderId"] in delivery["body"])
    secret = stack.stack_info["keys"]["razorpay"]["webhookSecret"]
    signature = {name.lower(): value for name, value in mine["headers"].items()}["x-razorpay-signature"]
    assert sdk.utility.verify_webhook_signature(mine["body"], signature, secret)
    sdk.session.close()


async def test_a_partner_hears_a_sale_with_the_account_that_is_printed(
    stack: Stack, client: StackClient, slots: Iterator[int]
) -> None:
    account = stack.stack_info["servers"]["rabbitmq"]["subscriber"]
    assert account in stack.verb("up").stdout
    showtime = await schedule(client, await build(client, rows=1, cols=4), slot=next(slots))
    heard: list[dict[str, Any]] = []
    async with await aio_pika.connect(account) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("partner.acme.bookings", exclusive=True)
        await queue.bind("marquee.events", "booking.confirmed.v1")

        async def hear(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            heard.append(json.loads(message.body))

        await queue.consume(hear, no_ack=True)
        bought = await (await client.buyer()).buy(showtime, ["A1"])
        await until(lambda: bought["id"] in [event["booking_id"] for event in heard])
