"""Money that comes late, twice, or wrong: it ends in seats or goes back, never neither."""

from collections.abc import Iterator
from typing import Any

from tests.conftest import HOLD_IS_OVER_SECONDS, Stack, until

from stack.buyer import Buyer, StackClient, build, schedule


async def _ordered(client: StackClient, slots: Iterator[int]) -> tuple[str, Buyer, dict[str, Any], dict[str, Any]]:
    showtime = await schedule(client, await build(client, rows=1, cols=4), slot=next(slots))
    buyer = await client.buyer()
    held = await buyer.hold(showtime, ["A1", "A2"])
    ordered = await buyer.order(held.body["id"])
    return showtime, buyer, held.body, ordered.body


async def _ends(buyer: Buyer, hold_id: str) -> None:
    async def ended() -> bool:
        return bool((await buyer.call("GET", f"/api/seats/hold/{hold_id}")).body["status"] in {"released", "expired"})

    await until(ended, seconds=HOLD_IS_OVER_SECONDS)


async def _refunds(client: StackClient, payment_id: str) -> list[dict[str, Any]]:
    ledger = (await client.call("GET", f"{client.simulator}/_sim/ledger")).body
    return [refund for refund in ledger["refunds"] if refund["payment_id"] == payment_id]


async def test_money_after_a_released_hold_gets_its_seats_while_they_are_free(
    client: StackClient, slots: Iterator[int]
) -> None:
    _, buyer, held, ordered = await _ordered(client, slots)
    await buyer.with_retries("DELETE", f"/api/seats/hold/{held['id']}")
    await _ends(buyer, held["id"])
    paid = await client.pay(ordered["orderId"])
    assert (await buyer.decided(paid)).body["status"] == "confirmed"


async def test_money_after_the_hold_lapsed_by_itself_gets_its_seats_while_they_are_free(
    client: StackClient, slots: Iterator[int]
) -> None:
    _, buyer, held, ordered = await _ordered(client, slots)
    await _ends(buyer, held["id"])
    expired = await buyer.settled(ordered["bookingId"])
    assert (expired["status"], expired["reason"]) == ("expired", "not_paid")
    paid = await client.pay(ordered["orderId"], webhooks={"deliver": False})
    assert (await buyer.decided(paid)).body["status"] == "confirmed"


async def test_late_money_against_anothers_live_hold_goes_back(
    stack: Stack, client: StackClient, slots: Iterator[int]
) -> None:
    showtime, buyer, held, ordered = await _ordered(client, slots)
    await buyer.with_retries("DELETE", f"/api/seats/hold/{held['id']}")
    other = await client.buyer()
    theirs = await other.hold(showtime, ["A2", "A3"])
    assert theirs.status == 201
    paid = await client.pay(ordered["orderId"])
    answer = await buyer.decided(paid)
    assert (answer.status, answer.code) == (409, "seats_lost")
    end = await buyer.settled(ordered["bookingId"])
    assert (end["status"], end["reason"]) == ("refunded", "seats_lost")
    refunds = await until(lambda: _refunds(client, paid["razorpay_payment_id"]))
    assert [refund["amount"] for refund in refunds] == [ordered["amount"]]
    bought = await other.order(theirs.body["id"])
    assert (await other.decided(await client.pay(bought.body["orderId"]))).body["status"] == "confirmed"
    stack.audit()


async def test_a_second_capture_on_a_confirmed_booking_goes_back_and_the_booking_stays(
    client: StackClient, slots: Iterator[int]
) -> None:
    _, buyer, _, ordered = await _ordered(client, slots)
    booking = (await buyer.decided(await client.pay(ordered["orderId"]))).body
    second = await client.pay(ordered["orderId"])
    refunds = await until(lambda: _refunds(client, second["razorpay_payment_id"]))
    assert sum(refund["amount"] for refund in refunds) == ordered["amount"]
    assert (await buyer.booking(booking["id"])).body["status"] == "confirmed"


async def test_money_of_another_amount_goes_back_and_buys_nothing(client: StackClient, slots: Iterator[int]) -> None:
    _, buyer, _, ordered = await _ordered(client, slots)
    paid = await client.pay(ordered["orderId"], amount=ordered["amount"] - 100)
    refunds = await until(lambda: _refunds(client, paid["razorpay_payment_id"]))
    assert [refund["amount"] for refund in refunds] == [ordered["amount"] - 100]
    assert (await buyer.shown(ordered["bookingId"]))["status"] in {"pending", "expired"}


async def test_a_payment_that_failed_and_is_authorised_late_is_a_booking(
    client: StackClient, slots: Iterator[int]
) -> None:
    _, buyer, _, ordered = await _ordered(client, slots)
    failed = await client.pay(ordered["orderId"], outcome="failed")
    await client.call("POST", f"{client.simulator}/_sim/payments/{failed['razorpay_payment_id']}/authorize-late")

    async def confirmed() -> bool:
        return bool((await buyer.booking(ordered["bookingId"])).body["status"] == "confirmed")

    await until(confirmed)


async def test_webhooks_with_a_bad_signature_change_nothing(client: StackClient, slots: Iterator[int]) -> None:
    _, _, _, ordered = await _ordered(client, slots)
    await client.pay(ordered["orderId"], webhooks={"deliver": True, "badSignature": True})

    async def refused() -> bool:
        sent = (await client.call("GET", f"{client.simulator}/_sim/deliveries")).body
        mine = [one for one in sent if ordered["orderId"] in str(one)]
        return bool(mine) and all(400 in [attempt.get("status") for attempt in one["attempts"]] for one in mine)

    await until(refused)


async def test_a_refund_whose_answer_never_came_is_made_once(
    stack: Stack, client: StackClient, slots: Iterator[int]
) -> None:
    _, buyer, _, ordered = await _ordered(client, slots)
    booking = (await buyer.decided(await client.pay(ordered["orderId"]))).body
    fault = {"route": "POST /v1/payments/*/refund", "kind": "timeout_after_commit", "times": 1}
    await client.call("POST", f"{client.simulator}/_sim/faults", fault)
    await buyer.with_retries("POST", f"/api/bookings/{booking['id']}/cancel")

    async def done() -> bool:
        return bool((await buyer.booking(booking["id"])).body["refund"]["status"] == "done")

    await until(done, seconds=180)
    ledger = (await client.call("GET", f"{client.simulator}/_sim/ledger")).body
    captured = [payment for payment in ledger["payments"] if payment["order_id"] == ordered["orderId"]]
    assert len(await _refunds(client, captured[0]["id"])) == 1


async def test_an_order_whose_answer_never_came_is_opened_once(client: StackClient, slots: Iterator[int]) -> None:
    showtime = await schedule(client, await build(client, rows=1, cols=4), slot=next(slots))
    buyer = await client.buyer()
    held = await buyer.hold(showtime, ["A1"])
    fault = {"route": "POST /v1/orders", "kind": "reset_after", "times": 1}
    await client.call("POST", f"{client.simulator}/_sim/faults", fault)
    ordered = await buyer.order(held.body["id"])
    assert ordered.status == 201
    ledger = (await client.call("GET", f"{client.simulator}/_sim/ledger")).body
    mine = [order for order in ledger["orders"] if order["notes"]["booking_id"] == ordered.body["bookingId"]]
    assert [order["id"] for order in mine] == [ordered.body["orderId"]]
    assert (await buyer.decided(await client.pay(ordered.body["orderId"]))).body["status"] == "confirmed"
