"""Money that comes late, twice, or wrong: it ends in seats or goes back, never neither."""

from collections.abc import Iterator
from typing import Any

from tests.conftest import HOLD_IS_OVER_SECONDS, Stack, until

from bench.buyer import House, Visitor, build, schedule


async def _ordered(house: House, slots: Iterator[int]) -> tuple[str, Visitor, dict[str, Any], dict[str, Any]]:
    showtime = await schedule(house, await build(house, rows=1, cols=4), slot=next(slots))
    visitor = await house.visitor()
    held = await visitor.hold(showtime, ["A1", "A2"])
    ordered = await visitor.order(held.body["id"])
    return showtime, visitor, held.body, ordered.body


async def _ends(visitor: Visitor, hold_id: str) -> None:
    async def ended() -> bool:
        return bool((await visitor.call("GET", f"/api/seats/hold/{hold_id}")).body["status"] in {"released", "expired"})

    await until(ended, seconds=HOLD_IS_OVER_SECONDS)


async def _refunds(house: House, payment_id: str) -> list[dict[str, Any]]:
    ledger = (await house.call("GET", f"{house.simulator}/_sim/ledger")).body
    return [refund for refund in ledger["refunds"] if refund["payment_id"] == payment_id]


async def test_money_after_a_released_hold_gets_its_seats_while_they_are_free(
    house: House, slots: Iterator[int]
) -> None:
    _, visitor, held, ordered = await _ordered(house, slots)
    await visitor.patiently("DELETE", f"/api/seats/hold/{held['id']}")
    await _ends(visitor, held["id"])
    paid = await house.pay(ordered["orderId"])
    assert (await visitor.decided(paid)).body["status"] == "confirmed"


async def test_money_after_the_hold_lapsed_by_itself_gets_its_seats_while_they_are_free(
    house: House, slots: Iterator[int]
) -> None:
    _, visitor, held, ordered = await _ordered(house, slots)
    await _ends(visitor, held["id"])
    expired = await visitor.settled(ordered["bookingId"])
    assert (expired["status"], expired["reason"]) == ("expired", "not_paid")
    paid = await house.pay(ordered["orderId"], webhooks={"deliver": False})
    assert (await visitor.decided(paid)).body["status"] == "confirmed"


async def test_late_money_against_anothers_live_hold_goes_back(
    stack: Stack, house: House, slots: Iterator[int]
) -> None:
    showtime, visitor, held, ordered = await _ordered(house, slots)
    await visitor.patiently("DELETE", f"/api/seats/hold/{held['id']}")
    other = await house.visitor()
    theirs = await other.hold(showtime, ["A2", "A3"])
    assert theirs.status == 201
    paid = await house.pay(ordered["orderId"])
    answer = await visitor.decided(paid)
    assert (answer.status, answer.code) == (409, "seats_lost")
    end = await visitor.settled(ordered["bookingId"])
    assert (end["status"], end["reason"]) == ("refunded", "seats_lost")
    refunds = await until(lambda: _refunds(house, paid["razorpay_payment_id"]))
    assert [refund["amount"] for refund in refunds] == [ordered["amount"]]
    bought = await other.order(theirs.body["id"])
    assert (await other.decided(await house.pay(bought.body["orderId"]))).body["status"] == "confirmed"
    stack.audit()


async def test_a_second_capture_on_a_confirmed_booking_goes_back_and_the_booking_stays(
    house: House, slots: Iterator[int]
) -> None:
    _, visitor, _, ordered = await _ordered(house, slots)
    booking = (await visitor.decided(await house.pay(ordered["orderId"]))).body
    second = await house.pay(ordered["orderId"])
    refunds = await until(lambda: _refunds(house, second["razorpay_payment_id"]))
    assert sum(refund["amount"] for refund in refunds) == ordered["amount"]
    assert (await visitor.booking(booking["id"])).body["status"] == "confirmed"


async def test_money_of_another_amount_goes_back_and_buys_nothing(house: House, slots: Iterator[int]) -> None:
    _, visitor, _, ordered = await _ordered(house, slots)
    paid = await house.pay(ordered["orderId"], amount=ordered["amount"] - 100)
    refunds = await until(lambda: _refunds(house, paid["razorpay_payment_id"]))
    assert [refund["amount"] for refund in refunds] == [ordered["amount"] - 100]
    assert (await visitor.shown(ordered["bookingId"]))["status"] in {"pending", "expired"}


async def test_a_payment_that_failed_and_is_authorised_late_is_a_booking(house: House, slots: Iterator[int]) -> None:
    _, visitor, _, ordered = await _ordered(house, slots)
    failed = await house.pay(ordered["orderId"], outcome="failed")
    await house.call("POST", f"{house.simulator}/_sim/payments/{failed['razorpay_payment_id']}/authorize-late")

    async def confirmed() -> bool:
        return bool((await visitor.booking(ordered["bookingId"])).body["status"] == "confirmed")

    await until(confirmed)


async def test_webhooks_with_a_bad_signature_change_nothing(house: House, slots: Iterator[int]) -> None:
    _, _, _, ordered = await _ordered(house, slots)
    await house.pay(ordered["orderId"], webhooks={"deliver": True, "badSignature": True})

    async def refused() -> bool:
        sent = (await house.call("GET", f"{house.simulator}/_sim/deliveries")).body
        mine = [one for one in sent if ordered["orderId"] in str(one)]
        return bool(mine) and all(400 in [attempt.get("status") for attempt in one["attempts"]] for one in mine)

    await until(refused)


async def test_a_refund_whose_answer_never_came_is_made_once(stack: Stack, house: House, slots: Iterator[int]) -> None:
    _, visitor, _, ordered = await _ordered(house, slots)
    booking = (await visitor.decided(await house.pay(ordered["orderId"]))).body
    fault = {"route": "POST /v1/payments/*/refund", "kind": "timeout_after_commit", "times": 1}
    await house.call("POST", f"{house.simulator}/_sim/faults", fault)
    await visitor.patiently("POST", f"/api/bookings/{booking['id']}/cancel")

    async def done() -> bool:
        return bool((await visitor.booking(booking["id"])).body["refund"]["status"] == "done")

    await until(done, seconds=180)
    ledger = (await house.call("GET", f"{house.simulator}/_sim/ledger")).body
    captured = [payment for payment in ledger["payments"] if payment["order_id"] == ordered["orderId"]]
    assert len(await _refunds(house, captured[0]["id"])) == 1


async def test_an_order_whose_answer_never_came_is_opened_once(house: House, slots: Iterator[int]) -> None:
    showtime = await schedule(house, await build(house, rows=1, cols=4), slot=next(slots))
    visitor = await house.visitor()
    held = await visitor.hold(showtime, ["A1"])
    fault = {"route": "POST /v1/orders", "kind": "reset_after", "times": 1}
    await house.call("POST", f"{house.simulator}/_sim/faults", fault)
    ordered = await visitor.order(held.body["id"])
    assert ordered.status == 201
    ledger = (await house.call("GET", f"{house.simulator}/_sim/ledger")).body
    mine = [order for order in ledger["orders"] if order["notes"]["booking_id"] == ordered.body["bookingId"]]
    assert [order["id"] for order in mine] == [ordered.body["orderId"]]
    assert (await visitor.decided(await house.pay(ordered.body["orderId"]))).body["status"] == "confirmed"
