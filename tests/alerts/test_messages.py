"""Messages, events and partners: each trouble is seen, and ends by what its page says."""

import os
import signal
from collections.abc import Iterator

import aio_pika
from pamqp.common import FieldValue
from tests.alerts.conftest import Watch
from tests.conftest import until

from stack.buyer import build, schedule
from stack.calls import call
from stack.observability.dashboards import DASHBOARDS


async def test_the_mail_server_hangs_and_tickets_wait(watch: Watch, slots: Iterator[int]) -> None:
    showtime = await schedule(watch.client, await build(watch.client, rows=1, cols=8), slot=next(slots))
    os.kill(watch.stack.stack_info["pids"]["mail"], signal.SIGSTOP)
    for seat in ("A1", "A2", "A3"):
        await (await watch.client.buyer()).buy(showtime, [seat])
    await watch.fires("TicketsWait")
    watch.follow("TicketsWait")
    await watch.fires("TicketBudgetBurnsFast")
    await watch.fires("TicketBudgetBurns")
    await watch.clears("TicketsWait")
    await watch.clears("TicketBudgetBurnsFast")
    await watch.clears("TicketBudgetBurns")


async def test_a_ticket_that_the_server_refuses_for_good_is_sent_again(watch: Watch, slots: Iterator[int]) -> None:
    showtime = await schedule(watch.client, await build(watch.client, rows=1, cols=8), slot=next(slots))
    mail, buyer = watch.stack.stack_info["mail"]["http"], await watch.client.buyer()
    await until(lambda: call("GET", f"{mail}/messages?to={buyer.user['email']}").json)  # asked to verify the address
    fault = {"kind": "data_552", "to": buyer.user["email"], "times": 1}
    await watch.client.call("POST", f"{mail}/_sim/faults", fault)
    booking = await buyer.buy(showtime, ["A1"])
    await watch.fires("MessagesLost", status="failed")
    watch.follow("MessagesLost", BOOKING=booking["id"])
    await watch.clears("MessagesLost")


async def test_the_carrier_refuses_our_account(watch: Watch) -> None:
    twilio = watch.stack.stack_info["simulators"]["twilio"]
    await watch.client.call("POST", f"{twilio}/_sim/faults", {"route": "/2010", "kind": "status", "value": 401})
    registered = await watch.client.call("POST", "/api/auth/register", {"name": "Asha Rao", "phone": "+919812345670"})
    assert registered.status in {201, 202}, registered
    await watch.fires("MessagesMisconfigured", channel="sms")
    await watch.client.call("DELETE", f"{twilio}/_sim/faults")  # the account is paid for again
    watch.follow("MessagesMisconfigured")
    await watch.clears("MessagesMisconfigured")


async def test_a_message_of_nobodys_is_a_dead_letter(watch: Watch) -> None:
    broker = watch.stack.stack_info["servers"]["rabbitmq"]["url"]
    async with await aio_pika.connect(broker) as connection:
        exchange = await (await connection.channel()).get_exchange("marquee.events")
        odd = aio_pika.Message(b"no event", message_id="odd-1", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await exchange.publish(odd, "booking.refund_due.v1")
    await watch.fires("DeadLetters", service="payment")
    assert "odd-1" in watch.follow("DeadLetters")
    watch.follow("DeadLetters", "nobodys", SERVICE="payment", IDS="odd-1")
    await watch.clears("DeadLetters")


async def test_a_partners_full_queue_refuses_events(watch: Watch) -> None:
    broker = watch.stack.stack_info["servers"]["rabbitmq"]
    queue = "partner.acme.full"
    async with await aio_pika.connect(broker["subscriber"]) as connection:
        channel = await connection.channel()
        bounds: dict[str, FieldValue] = {"x-max-length": 1, "x-overflow": "reject-publish"}
        full = await channel.declare_queue(queue, durable=True, arguments=bounds)
        await full.bind("marquee.events", "identity.#")
    for _ in range(3):
        await watch.client.buyer()
    await watch.fires("PartnersRefuseEvents")
    watch.follow("PartnersRefuseEvents", QUEUE=queue)
    await watch.clears("PartnersRefuseEvents")


async def test_a_partners_server_is_gone(watch: Watch, slots: Iterator[int]) -> None:
    showtime = await schedule(watch.client, await build(watch.client, rows=1, cols=8), slot=next(slots))
    token = await watch.client.admin()
    body = {"url": "http://127.0.0.1:9/hook", "events": ["booking.confirmed"]}
    made = await watch.client.with_retries("POST", "/api/admin/webhooks", body, token=token)
    assert made.status == 201, made
    await (await watch.client.buyer()).buy(showtime, ["A1"])
    await watch.fires("PartnerWebhooksFail")
    watch.follow("PartnerWebhooksFail", WEBHOOK=made.body["id"])
    await watch.clears("PartnerWebhooksFail")


async def test_every_query_of_the_dashboards_is_answered(watch: Watch) -> None:
    """By Prometheus itself, on what the processes expose."""
    await until(lambda: watch.prometheus.query("count(up)")["data"]["result"])
    queries = {expression for dashboard in DASHBOARDS for expression in dashboard.expressions}
    refused = [query for query in queries if watch.prometheus.query(query)["status"] != "success"]
    assert refused == []
