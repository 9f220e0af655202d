"""Webhooks that come twice, at once, early, late, out of order, stale, forged, of another account or not at all."""

from typing import Any

import pytest
from tests.conftest import until
from tests.e2e.hard_cases.scenes import A_CASE_SECONDS, Scene

CAPTURED = {"payment.captured", "payment_intent.succeeded"}
PLANS: dict[str, dict[str, Any]] = {
    "several of one sale": {},
    "each four times": {"duplicates": 3},
    "each four times, out of order": {"duplicates": 3, "shuffle": True},
    "before the payer's page has its answer": {"beforeResponse": True},
    "behind the page": {"delayMs": 1500},
    "as it was a step before": {"staleSnapshot": True},
}


@pytest.mark.parametrize("plan", PLANS)
async def test_however_its_webhooks_come_a_sale_is_one_booking_with_one_ticket_and_one_mail(
    scene: Scene, plan: str
) -> None:
    """Numbers 1, 2, 3, 5, 11, 12 and 25."""
    buyer, _, order = await scene.ordered("A1", "A2")
    paid = await scene.provider.pay(order.id, webhooks=PLANS[plan])
    answers = [await scene.decided(buyer, paid) for _ in range(2)]
    assert {(answer.status, answer.body["id"]) for answer in answers} == {(200, order.booking_id)}
    assert len({answer.body["qrCode"] for answer in answers}) == 1

    async def delivered() -> bool:
        sent = await scene.provider.deliveries(order.id)
        return bool(sent) and all(delivery["state"] == "delivered" for delivery in sent)

    await until(delivered, seconds=30)
    await scene.ends(buyer, order, "confirmed", seats="ssaa", payment="succeeded", tickets=1)
    assert (await buyer.call("GET", "/api/bookings/my")).body["total"] == 1
    assert await scene.cases(order) == {}


async def test_money_on_an_order_whose_answer_we_never_got_is_a_booking(scene: Scene) -> None:
    """Number 4: the order exists at the provider, a page was never given it, and somebody pays it."""
    buyer = await scene.client.buyer()
    held = (await buyer.hold(scene.showtime, ["A1"])).body
    opening, looking_up = scene.provider.order_routes
    await scene.provider.control("faults", route=opening, kind="reset_after", times=1)
    await scene.provider.control("faults", route=looking_up, kind="status", value=500)
    refused = await scene.provider.opened(buyer, held["id"])
    assert (refused.status, refused.code) == (502, "provider_error")
    await scene.provider.calm()
    (unknown,) = await scene.provider.orders(held["bookingId"])
    await scene.provider.pay(unknown["id"])
    again = await scene.provider.opened(buyer, held["id"])
    assert again.status in {201, 409}, again
    payment_id = f"pay_{held['bookingId'][4:]}"

    async def settled() -> bool:
        payment = await buyer.call("GET", f"/api/payments/{payment_id}")
        return bool(payment.status == 200 and payment.body["status"] == "succeeded")

    await until(settled, seconds=120)
    assert len(await scene.provider.orders(held["bookingId"])) == 1
    assert (await buyer.settled(held["bookingId"]))["status"] == "confirmed"


@pytest.mark.parametrize("plan", [{"badSignature": True}, {"wrongMode": True}, {"drop": 1}])
async def test_money_of_which_no_webhook_can_be_taken_is_found_at_the_provider(
    scene: Scene, plan: dict[str, Any]
) -> None:
    """Numbers 15, 17 and 30: a forged one is refused, one of another account is taken and never processed."""
    buyer, _, order = await scene.ordered("A1")
    await scene.provider.pay(order.id, webhooks=plan)
    await scene.ends(buyer, order, "confirmed", seats="saaa", payment="succeeded", tickets=1)
    told = [one for one in await scene.provider.deliveries(order.id) if one["event"] in CAPTURED]
    answered = {attempt["status"] for one in told for attempt in one["attempts"]}
    assert answered == ({400} if "badSignature" in plan else {200} if "wrongMode" in plan else set())


async def test_a_webhook_secret_that_is_not_ours_yet_costs_no_sale_and_what_it_signed_can_be_replayed(
    scene: Scene,
) -> None:
    """Number 14. Several secrets at once are payment's own tests."""
    secret = scene.client.stack_info["keys"][scene.provider.name]["webhookSecret"]
    await scene.provider.control("webhooks", secret="rotated-at-the-provider-first")
    buyer, _, order = await scene.ordered("A1")
    await scene.provider.pay(order.id)
    await scene.ends(buyer, order, "confirmed", seats="saaa", payment="succeeded", tickets=1)
    await scene.provider.control("webhooks", secret=secret)
    sent = await scene.provider.deliveries(order.id)
    assert {attempt["status"] for delivery in sent for attempt in delivery["attempts"]} == {400}
    await scene.provider.control(f"deliveries/{sent[0]['id']}/replay")

    async def taken() -> bool:
        replayed = (await scene.provider.deliveries(order.id))[0]
        return bool(replayed["attempts"][-1]["status"] == 200)

    await until(taken, seconds=30)
    await scene.ends(buyer, order, "confirmed", seats="saaa", payment="succeeded", tickets=1)


async def test_a_webhook_of_months_ago_that_comes_again_changes_nothing(scene: Scene) -> None:
    """Number 34."""
    buyer, order, paid = await scene.bought("A1")
    assert (await buyer.with_retries("POST", f"/api/bookings/{order.booking_id}/cancel")).status == 200
    await scene.ends(buyer, order, "cancelled", seats="aaaa", payment="refunded", refunded=order.amount)
    for delivery in await scene.provider.deliveries(order.id):
        await scene.provider.control(f"deliveries/{delivery['id']}/replay")

    async def all_taken() -> bool:
        sent = await scene.provider.deliveries(order.id)
        return all(len(one["attempts"]) >= 2 and one["attempts"][-1]["status"] == 200 for one in sent)

    await until(all_taken, seconds=A_CASE_SECONDS)
    await scene.ends(buyer, order, "cancelled", seats="aaaa", payment="refunded", refunded=order.amount, tickets=1)
    assert await scene.provider.refunds(paid.id) == [(order.amount, (await scene.provider.refunds(paid.id))[0][1])]
