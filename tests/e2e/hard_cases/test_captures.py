"""Captures that come late, twice, in another amount or currency, half, or after a failure: seats, or the money back."""

import asyncio
from typing import Any

import pytest
from tests.conftest import until
from tests.e2e.hard_cases.providers import Razorpay, Stripe
from tests.e2e.hard_cases.scenes import Scene

from stack.buyer import Buyer


async def _let_go(buyer: Buyer, hold_id: str) -> None:
    assert (await buyer.with_retries("DELETE", f"/api/seats/hold/{hold_id}")).status == 204


@pytest.mark.parametrize("scene", ["razorpay"], indirect=True)
async def test_money_after_the_hold_against_anothers_hold_goes_back_with_a_mail(scene: Scene) -> None:
    """Number 7, and 6 where the bank was late. While the seats are free it is a booking: `test_late_money`."""
    buyer, held, order = await scene.ordered("A1", "A2")
    failed = await scene.provider.pay(order.id, "failed")
    await _let_go(buyer, held["id"])
    other, _, theirs = await scene.ordered("A2", "A3")
    await scene.provider.control(f"payments/{failed.id}/authorize-late")
    end = await scene.ends(
        buyer, order, "refunded", seats="ahha", payment="refunded", refunded=order.amount, of=failed.id
    )
    assert (end["reason"], end["refund"]["amount"]) == ("seats_lost", order.amount)

    async def told() -> bool:
        return any("refund" in mail["text"].lower() for mail in await scene.mails(buyer))

    await until(told, seconds=30)
    assert (await scene.decided(other, await scene.provider.pay(theirs.id))).status == 200
    await scene.ends(other, theirs, "confirmed", seats="assa", payment="succeeded", tickets=1)


@pytest.mark.parametrize("scene", ["stripe"], indirect=True)
async def test_an_intent_whose_hold_has_ended_takes_no_money_any_more(scene: Scene) -> None:
    """Numbers 7 and 26: it is cancelled first, and the seats never wait for that."""
    buyer, held, order = await scene.ordered("A1", "A2")
    await _let_go(buyer, held["id"])
    other = await scene.client.buyer()
    assert (await other.hold(scene.showtime, ["A1", "A2"])).status == 201

    async def cancelled() -> bool:
        return [intent["status"] for intent in await scene.provider.orders(order.booking_id)] == ["canceled"]

    await until(cancelled, seconds=60)
    answer = await scene.client.call(
        "POST", f"{scene.provider.url}/_sim/payment_intents/{order.id}/pay", {"outcome": "succeeded"}
    )
    assert answer.status == 400


@pytest.mark.parametrize("scene", ["stripe"], indirect=True)
async def test_an_intent_that_was_cancelled_at_the_provider_is_followed_by_another(scene: Scene) -> None:
    """Number 27: no stored answer brings the cancelled one back."""
    buyer, held, order = await scene.ordered("A1")
    assert isinstance(scene.provider, Stripe)
    assert await scene.provider.api("POST", f"payment_intents/{order.id}/cancel") == 200

    async def another() -> str | None:
        again = await scene.provider.opened(buyer, held["id"])
        found = scene.provider.order_of(again).id if again.status == 201 else order.id
        return found if found != order.id else None

    paid = await scene.provider.pay(await until(another, seconds=60))
    assert (await scene.decided(buyer, paid)).status == 200
    await scene.ends(buyer, order, "confirmed", seats="saaa", payment="succeeded", tickets=1)


@pytest.mark.parametrize("first", ["razorpay", "stripe"])
@pytest.mark.parametrize("scene", ["razorpay"], indirect=True)
async def test_of_two_providers_that_were_both_paid_for_one_hold_one_keeps_its_money(scene: Scene, first: str) -> None:
    """Number 8: two orders of one hold. Two payments of one order: `test_late_money`."""
    both = {"razorpay": scene.provider, "stripe": Stripe(scene.client)}
    buyer, held, order = await scene.ordered("A1", "A2")
    intent = both["stripe"].order_of(await both["stripe"].opened(buyer, held["id"]))
    assert (intent.payment_id, intent.booking_id, intent.amount) == (order.payment_id, order.booking_id, order.amount)
    orders = {"razorpay": order, "stripe": intent}
    (kept, second) = (first, "stripe" if first == "razorpay" else "razorpay")
    scene.provider = both[kept]
    assert (await scene.decided(buyer, await both[kept].pay(orders[kept].id))).status == 200
    try:
        extra = await both[second].pay(orders[second].id)
    except AssertionError:  # the intent was cancelled as soon as the hold was paid
        assert second == "stripe"
        extra = None
    if extra is not None:
        await until(lambda: both[second].refunds(extra.id), seconds=60)
        assert [amount for amount, _ in await both[second].refunds(extra.id)] == [order.amount]
    await scene.ends(buyer, order, "confirmed", seats="ssaa", payment="succeeded", tickets=1)
    shown = (await buyer.call("GET", f"/api/payments/{order.payment_id}")).body
    assert shown["provider"] == kept


@pytest.mark.parametrize("scene", ["razorpay", "stripe"], indirect=True)
async def test_both_paid_at_once_one_keeps_its_money_and_the_other_goes_back(scene: Scene) -> None:
    """Number 8, as a race: all that was captured and not kept goes back."""
    other = Stripe(scene.client) if isinstance(scene.provider, Razorpay) else Razorpay(scene.client)
    buyer, held, order = await scene.ordered("A1")
    second = other.order_of(await other.opened(buyer, held["id"]))
    paid = await asyncio.gather(scene.provider.pay(order.id), other.pay(second.id), return_exceptions=True)
    captured = [one for one in paid if not isinstance(one, BaseException)]
    assert captured

    async def settled() -> bool:
        back = [await scene.provider.refunds(one.id) + await other.refunds(one.id) for one in captured]
        return sum(amount for made in back for amount, _ in made) == (len(captured) - 1) * order.amount

    await until(settled, seconds=60)
    assert (await buyer.settled(order.booking_id))["status"] == "confirmed"
    assert await scene.seats() == "saaa"


@pytest.mark.parametrize("wrong", [{"amount": 100}, {"currency": "USD"}], ids=str)
async def test_money_of_another_amount_or_currency_buys_nothing_and_goes_back_whole(
    scene: Scene, wrong: dict[str, Any]
) -> None:
    """Numbers 9 and 22."""
    buyer, _, order = await scene.ordered("A1")
    paid = await scene.provider.pay(order.id, **wrong)
    answer = await scene.decided(buyer, paid)
    assert (answer.status, answer.code) == (402, "payment_failed")
    await until(lambda: scene.provider.refunds(paid.id), seconds=60)
    assert [amount for amount, _ in await scene.provider.refunds(paid.id)] == [wrong.get("amount", order.amount)]
    assert (await buyer.booking(order.booking_id)).body["status"] == "pending"
    assert await scene.seats() == "haaa"
    assert await scene.tickets(buyer) == 0


async def test_what_was_only_authorized_is_no_booking_until_the_account_has_captured_it(scene: Scene) -> None:
    """Numbers 10, 23 and 28: nothing of ours captures, and who did does not matter."""
    buyer, _, order = await scene.ordered("A1")
    paid = await scene.provider.pay(order.id, "authorized")
    answer = await scene.confirm(buyer, paid)
    assert answer.status == 202 or answer.code in {"payment_pending", "payment_failed"}, answer
    assert (await buyer.booking(order.booking_id)).body["status"] == "pending"
    assert (await buyer.call("GET", f"/api/payments/{order.payment_id}")).body["status"] == "authorized"
    await scene.provider.capture(paid.id)
    await scene.ends(buyer, order, "confirmed", seats="saaa", payment="succeeded", tickets=1)


async def test_a_try_that_failed_is_not_the_end_and_the_next_one_is_a_booking(scene: Scene) -> None:
    """Number 26."""
    buyer, _, order = await scene.ordered("A1")
    failed = await scene.provider.pay(order.id, "failed")
    answer = await scene.decided(buyer, failed)
    assert (answer.status, answer.code) == (402, "payment_failed")
    paid = await scene.provider.pay(order.id)
    assert (await scene.decided(buyer, paid)).status == 200
    await scene.ends(buyer, order, "confirmed", seats="saaa", payment="succeeded", tickets=1)


@pytest.mark.parametrize("scene", ["stripe"], indirect=True)
async def test_a_webhook_signed_long_ago_is_refused_and_its_money_found_all_the_same(scene: Scene) -> None:
    """Number 16: Stripe's signature has a time."""
    buyer, _, order = await scene.ordered("A1")
    await scene.provider.pay(order.id, webhooks={"ageSeconds": 600})
    await scene.ends(buyer, order, "confirmed", seats="saaa", payment="succeeded", tickets=1)
    sent = [one for one in await scene.provider.deliveries(order.id) if one["event"] == "payment_intent.succeeded"]
    assert {attempt["status"] for one in sent for attempt in one["attempts"]} == {400}
