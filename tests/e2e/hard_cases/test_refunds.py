"""Refunds that are refused, lost, doubled or fail later, disputes, and money that goes back past us."""

import asyncio

from pymongo import MongoClient
from tests.conftest import until
from tests.e2e.hard_cases.providers import Order
from tests.e2e.hard_cases.scenes import A_CASE_SECONDS, MOST_SECONDS, Json, Scene

from stack.buyer import Buyer


async def _cancel(buyer: Buyer, order: Order) -> None:
    answer = await buyer.with_retries("POST", f"/api/bookings/{order.booking_id}/cancel")
    assert answer.status == 200, answer


async def _case(scene: Scene, order: Order, kind: str, *, is_open: bool = True) -> Json:
    async def found() -> Json | None:
        return (await scene.cases(order, is_open=is_open)).get(kind)

    return dict(await until(found, seconds=A_CASE_SECONDS))


async def test_a_refund_refused_for_low_balance_is_a_case_and_made_when_there_is_money(scene: Scene) -> None:
    """Number 18."""
    buyer, order, paid = await scene.bought("A1")
    await scene.provider.control("balance", amount=0)
    await _cancel(buyer, order)
    case = await _case(scene, order, "refund_failed")
    assert (case["amount"], case["currency"]) == (order.amount, order.currency)
    assert "balance" in case["nextStep"]
    assert (await buyer.booking(order.booking_id)).body["refund"]["status"] != "done"
    await scene.provider.control("balance", amount=None)
    await scene.ends(buyer, order, "cancelled", seats="aaaa", payment="refunded", refunded=order.amount)
    assert [amount for amount, state in await scene.provider.refunds(paid.id) if state != "failed"] == [order.amount]
    await _case(scene, order, "refund_failed", is_open=False)


async def test_a_refund_whose_answer_is_lost_is_made_once(scene: Scene) -> None:
    """Number 19."""
    buyer, order, paid = await scene.bought("A1")
    await scene.provider.control("faults", route=scene.provider.refund_route, kind="reset_after", times=1)
    await _cancel(buyer, order)
    await scene.ends(buyer, order, "cancelled", seats="aaaa", payment="refunded", refunded=order.amount)
    assert len(await scene.provider.refunds(paid.id)) == 1


async def test_a_refund_that_fails_days_later_is_made_again_and_the_case_closes(scene: Scene) -> None:
    """Number 20."""
    buyer, order, paid = await scene.bought("A1")
    await _cancel(buyer, order)
    await scene.ends(buyer, order, "cancelled", seats="aaaa", payment="refunded", refunded=order.amount)
    await scene.provider.fail_refund(paid.id)

    async def again() -> bool:
        states = [state for _, state in await scene.provider.refunds(paid.id)]
        return len(states) == 2 and states.count("failed") == 1

    await until(again, seconds=MOST_SECONDS)
    await scene.ends(buyer, order, "cancelled", seats="aaaa", payment="refunded", refunded=order.amount)
    await _case(scene, order, "refund_failed", is_open=False)


async def test_all_bookings_of_a_cancelled_show_get_their_money_once_although_the_provider_throttles(
    scene: Scene,
) -> None:
    """Number 33."""
    sold = [await scene.bought(f"A{number}") for number in (1, 2, 3, 4)]
    await scene.provider.control("faults", route=scene.provider.refund_route, kind="status", value=429, times=6)
    path = f"/api/admin/showtimes/{scene.showtime}"
    assert (await scene.client.with_retries("DELETE", path, token=await scene.client.admin())).status == 204

    async def returned() -> bool:
        back = await asyncio.gather(*(scene.provider.refunds(paid.id) for _, _, paid in sold))
        return all([amount for amount, _ in made] == [sold[0][1].amount] for made in back)

    await until(returned, seconds=MOST_SECONDS)
    for buyer, order, _ in sold:

        async def done(buyer: Buyer = buyer, order: Order = order) -> bool:
            booking = (await buyer.booking(order.booking_id)).body
            return bool(booking["status"] == "cancelled" and booking["refund"]["status"] == "done")

        await until(done, seconds=60)


async def test_what_is_disputed_after_the_sale_freezes_refunds_until_it_is_won(scene: Scene) -> None:
    """Number 29."""
    buyer, order, paid = await scene.bought("A1", "A2")
    await scene.provider.dispute(paid.id, "open")
    case = await _case(scene, order, "dispute")
    assert (case["amount"], case["bookingId"]) == (order.amount, order.booking_id)
    assert "respond by 20" in case["detail"]

    async def refused() -> bool:
        quote = await buyer.call("GET", f"/api/bookings/{order.booking_id}/cancel-quote")
        return (quote.code, quote.body.get("reason")) == ("not_cancellable", "disputed")

    await until(refused, seconds=30)
    cancel = await buyer.call("POST", f"/api/bookings/{order.booking_id}/cancel")
    assert (cancel.status, cancel.code, cancel.body["reason"]) == (409, "not_cancellable", "disputed")
    await scene.ends(buyer, order, "confirmed", seats="ssaa", payment="succeeded", tickets=1)
    path = f"/api/admin/showtimes/{scene.showtime}"
    assert (await scene.client.with_retries("DELETE", path, token=await scene.client.admin())).status == 204
    held_back = await _case(scene, order, "refund_disputed")
    assert held_back["amount"] == order.amount
    assert await scene.provider.refunds(paid.id) == []
    await scene.provider.dispute(paid.id, "won")

    async def returned() -> bool:
        booking = (await buyer.booking(order.booking_id)).body
        return (booking["status"], booking["refund"]["status"]) == ("cancelled", "done")

    await until(returned, seconds=MOST_SECONDS)
    assert [amount for amount, _ in await scene.provider.refunds(paid.id)] == [order.amount]
    assert await scene.cases(order) == {}


async def test_a_dispute_that_was_lost_is_a_case_until_somebody_writes_it_off(scene: Scene) -> None:
    """Number 29: the bank has paid the guest, and nothing goes back twice."""
    buyer, order, paid = await scene.bought("A1")
    await scene.provider.dispute(paid.id, "open")
    await _case(scene, order, "dispute")
    await scene.provider.dispute(paid.id, "lost")

    async def lost() -> Json | None:
        case = (await scene.cases(order)).get("dispute", {})
        return case if "lost" in case.get("detail", "") else None

    case = await until(lost, seconds=A_CASE_SECONDS)
    refused = await buyer.call("POST", f"/api/bookings/{order.booking_id}/cancel")
    assert (refused.code, refused.body["reason"]) == ("not_cancellable", "disputed")
    closed = await scene.client.call(
        "POST", f"/api/admin/cases/{case['id']}/close", {"note": "written off"}, token=await scene.client.admin()
    )
    assert (closed.status, closed.body["note"]) == (200, "written off")
    assert await scene.cases(order) == {}
    assert await scene.provider.refunds(paid.id) == []


async def test_a_paisa_that_went_back_by_hand_is_a_case_within_a_minute(scene: Scene) -> None:
    """The comparison with the provider's books: nobody tells of it."""
    _, order, paid = await scene.bought("A1")
    await scene.provider.refund_by_hand(paid.id, 1, webhooks={"deliver": False})
    case = await _case(scene, order, "refund_by_hand")
    assert (case["amount"], case["currency"]) == (1, order.currency)


async def test_a_paisa_that_was_changed_in_our_own_books_is_a_case_within_a_minute(scene: Scene) -> None:
    """The comparison with the provider's books: it reads what is stored, not what a process remembers."""
    _, order, paid = await scene.bought("A1")
    with MongoClient[Json](scene.client.stack_info["servers"]["mongo"]["uri"]) as mongo:
        payments = mongo["payment"]["payments"]
        payments.update_one({"_id": order.payment_id}, {"$inc": {"captures.0.amount": 1}})
        case = await _case(scene, order, "drift")
        assert case["amount"] == 1
        assert paid.id in case["detail"]
        gauge = (await _metrics(scene))["marquee_open_cases"]
        assert gauge >= 0
        payments.update_one({"_id": order.payment_id}, {"$inc": {"captures.0.amount": -1}})
    note = {"note": "planted by a test"}
    path = f"/api/admin/cases/{case['id']}/close"
    assert (await scene.client.call("POST", path, note, token=await scene.client.admin())).status == 200


async def _metrics(scene: Scene) -> dict[str, float]:
    """The sum of each metric of payment over its labels."""
    sums: dict[str, float] = {}
    for replica in scene.client.stack_info["services"]["payment"]:
        text = (await scene.client.call("GET", f"{replica['url']}/metrics")).body
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                sums[name.partition("{")[0]] = sums.get(name.partition("{")[0], 0) + float(value)
    return sums
