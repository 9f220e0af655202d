"""What goes wrong with money: second and wrong captures, refunds that stick, and what is made by hand."""

import asyncio
from typing import Any

import pytest
from services.payment.tests.factories import confirmed, refund_due
from services.payment.tests.integration.harness import Service


async def test_a_second_capture_goes_back_once_and_never_touches_the_booking(service: Service) -> None:
    sale, winner = await service.paid_sale()
    order_id = (await service.document(sale))["orders"][0]["order_id"]
    second = (await service.simulator.pay(order_id, webhooks={"duplicates": 3}))["razorpay_payment_id"]
    refunded = await service.until_heard("payment.refunded.v1", sale)
    await service.idle()
    assert (refunded["capture_id"], refunded["amount"], refunded["of_booking"]) == (second, 35_400, False)
    assert [event["capture_id"] for event in service.heard("payment.succeeded.v1", sale)] == [winner]
    (made,) = await service.simulator.ledger("refunds")
    assert (made["payment_id"], made["receipt"]) == (second, f"refund_{second}")
    assert {capture["capture_id"]: capture["match"] for capture in (await service.document(sale))["captures"]} == {
        winner: "winner",
        second: "extra",
    }
    read = await service.call("GET", f"/api/payments/{sale.payment_id}")
    assert read.body["status"] == "succeeded"


async def test_two_captures_at_once_leave_one_winner_and_one_refund(service: Service) -> None:
    sale = service.hold()
    order_id = await service.order(sale)
    both = await asyncio.gather(
        *(service.simulator.pay(order_id, webhooks={"duplicates": 2, "shuffle": True}) for _ in range(2))
    )
    await service.until_heard("payment.refunded.v1", sale)
    await service.idle()
    captures = {capture["razorpay_payment_id"] for capture in both}
    (announced,), (made,) = service.heard("payment.succeeded.v1", sale), await service.simulator.ledger("refunds")
    assert {announced["capture_id"], made["payment_id"]} == captures


@pytest.mark.parametrize("wrong", [{"amount": 35_300}, {"currency": "USD"}, {"amount": 35_500}])
async def test_a_capture_of_a_wrong_amount_or_currency_goes_back_and_is_never_announced(
    service: Service, wrong: dict[str, Any]
) -> None:
    sale = service.hold()
    paid = await service.simulator.pay(await service.order(sale), **wrong)
    refunded = await service.until_heard("payment.refunded.v1", sale)
    assert refunded["amount"] == wrong.get("amount", 35_400)
    assert refunded["currency"] == wrong.get("currency", "INR")
    assert (refunded["reason"], refunded["user_id"]) == ("wrong_amount", sale.user_id)
    assert (await service.document(sale))["cases"] == []
    assert (await service.settle(paid)).body["status"] == "failed"
    await service.idle()
    assert service.heard("payment.succeeded.v1", sale) == []
    read = await service.call("GET", f"/api/payments/{sale.payment_id}")
    assert read.body["status"] == "failed"
    assert (read.body["refunds"][0]["amount"], read.body["refunds"][0]["currency"]) == (
        wrong.get("amount", 35_400),
        wrong.get("currency", "INR"),
    )


async def test_booking_asks_for_a_refund_and_it_is_made_once_however_often_it_asks(service: Service) -> None:
    sale, capture_id = await service.paid_sale()
    last, its_capture = await service.paid_sale()
    for _ in range(3):
        await service.publish(refund_due(sale, capture_id, amount=30_000))
    await service.publish(refund_due(last, its_capture))
    refunded = await service.until_heard("payment.refunded.v1", sale)
    await service.until_heard("payment.refunded.v1", last)  # asked for after all three
    await service.idle()
    assert (refunded["amount"], refunded["of_booking"], refunded["reason"]) == (30_000, True, "by_guest")
    assert refunded["refund_key"] == f"refund_{sale.booking_id}"
    made = {refund["payment_id"]: refund["amount"] for refund in await service.simulator.ledger("refunds")}
    assert made == {capture_id: 30_000, its_capture: 35_400}
    assert len(await service.simulator.ledger("refunds")) == 2
    read = await service.call("GET", f"/api/payments/{sale.payment_id}")
    assert read.body["status"] == "partially_refunded"
    assert read.body["refunds"] == [{"amount": 30_000, "currency": "INR", "status": "done", "reason": "by_guest"}]


@pytest.mark.parametrize("kind", ["timeout_after_commit", "reset_after", "reset_before", "html", "status"])
async def test_a_refund_whose_answer_is_lost_is_made_once(service: Service, kind: str) -> None:
    sale, capture_id = await service.paid_sale()
    value = 300 if kind == "timeout_after_commit" else None
    await service.simulator.post("/faults", route="POST /v1/payments", kind=kind, times=2, value=value)
    await service.publish(refund_due(sale, capture_id))
    await service.refunds_done(sale)
    await service.idle()
    assert len(await service.simulator.ledger("refunds")) == 1
    assert len(service.heard("payment.refunded.v1", sale)) == 1
    assert service.heard("payment.refund_failed.v1", sale) == []


@pytest.mark.parametrize("vague", [False, True])
async def test_a_refund_the_balance_does_not_allow_stays_due_with_a_case_until_it_does(
    service: Service, vague: bool
) -> None:
    sale, capture_id = await service.paid_sale()
    await service.simulator.post("/balance", amount=100, vague=vague)
    await service.publish(refund_due(sale, capture_id))
    failed = await service.until_heard("payment.refund_failed.v1", sale)
    assert failed["detail"]
    document = await service.document(sale)
    assert [(case["kind"], case["open"]) for case in document["cases"]] == [("refund_failed", True)]
    assert document["refunds"][0]["status"] == "due"
    await service.simulator.post("/balance", amount=1_000_000)
    await service.refunds_done(sale)
    await service.until_heard("payment.refunded.v1", sale)
    document = await service.document(sale)
    assert [case["open"] for case in document["cases"]] == [False]
    assert document["status"] == "refunded"
    assert len(service.heard("payment.refund_failed.v1", sale)) == 1


async def test_a_refund_that_fails_at_the_bank_is_made_again_under_a_new_number(service: Service) -> None:
    sale, capture_id = await service.paid_sale()
    await service.publish(refund_due(sale, capture_id, amount=2_468))  # the amount that fails on purpose
    failed = await service.until_heard("payment.refund_failed.v1", sale)
    assert failed["amount"] == 2_468

    async def two() -> bool:
        return len(await service.simulator.ledger("refunds")) >= 2

    await service.until(two)
    receipts = [refund["receipt"] for refund in await service.simulator.ledger("refunds")]
    assert receipts[:2] == [f"refund_{sale.booking_id}", f"refund_{sale.booking_id}-2"]
    assert [case["kind"] for case in (await service.document(sale))["cases"]] == ["refund_failed"]


async def test_a_refund_that_waits_for_the_bank_is_said_to_be_pending_and_then_completed(service: Service) -> None:
    sale, capture_id = await service.paid_sale()
    await service.simulator.post("/refunds", pending=True)
    await service.publish(refund_due(sale, capture_id))
    refunded = await service.until_heard("payment.refunded.v1", sale)
    (made,) = await service.simulator.ledger("refunds")
    assert refunded["is_pending"] is True
    assert service.heard("payment.refund_completed.v1", sale) == []
    await service.simulator.post(f"/refunds/{made['id']}/settle")
    completed = await service.until_heard("payment.refund_completed.v1", sale)
    assert (completed["refund_key"], completed["number"]) == (refunded["refund_key"], 1)


async def test_a_done_refund_that_fails_later_is_due_again_and_made_again(service: Service) -> None:
    sale, capture_id = await service.paid_sale()
    await service.publish(refund_due(sale, capture_id))
    await service.refunds_done(sale)
    (made,) = await service.simulator.ledger("refunds")
    await service.simulator.post(f"/refunds/{made['id']}/fail")
    await service.until_heard("payment.refund_failed.v1", sale)

    async def again() -> bool:
        return [refund["status"] for refund in await service.simulator.ledger("refunds")] == ["failed", "processed"]

    await service.until(again)
    await service.refunds_done(sale)
    await service.idle()
    assert [event["number"] for event in service.heard("payment.refunded.v1", sale)] == [1, 2]
    assert [event["number"] for event in service.heard("payment.refund_failed.v1", sale)] == [1]


async def test_a_refund_made_by_hand_is_a_fact_and_a_case(service: Service) -> None:
    sale, capture_id = await service.paid_sale()
    await service.publish(confirmed(sale, capture_id))
    await service.simulator.post(f"/payments/{capture_id}/refund", amount=5_000)
    (refund,) = await service.refunds_done(sale)
    assert (refund["amount"], refund["by_hand"], refund["of_booking"]) == (5_000, True, False)
    document = await service.document(sale)
    assert document["status"] == "partially_refunded"
    assert [(case["kind"], case["open"]) for case in document["cases"]] == [("refund_by_hand", True)]
    refunded = await service.until_heard("payment.refunded.v1", sale)
    (made,) = await service.simulator.ledger("refunds")
    assert (refunded["amount"], refunded["reason"], refunded["of_booking"]) == (5_000, "by_hand", True)
    assert (refunded["refund_key"], refunded["user_id"]) == (f"hand_{made['id']}", sale.user_id)
    await service.simulator.post(f"/refunds/{made['id']}/fail")
    failed = await service.until_heard("payment.refund_failed.v1", sale)
    assert (failed["refund_key"], failed["amount"], failed["of_booking"]) == (f"hand_{made['id']}", 5_000, True)
    await service.idle()
    assert len(service.heard("payment.refunded.v1", sale)) == 1


async def test_what_ops_gave_back_by_hand_unseen_is_looked_up_when_ours_is_refused_and_the_rest_goes_back(
    unpolled: Service,
) -> None:
    service = unpolled
    sale, capture_id = await service.paid_sale()
    await service.idle()  # its other webhook has been settled too
    await service.simulator.post(f"/payments/{capture_id}/refund", amount=10_000, webhooks={"deliver": False})
    await service.publish(refund_due(sale, capture_id))
    await service.refunds_done(sale)
    await service.idle()
    by_reason = {event["reason"]: event for event in service.heard("payment.refunded.v1", sale)}
    refunded = by_reason["by_guest"]
    assert (refunded["amount"], refunded["number"], refunded["of_booking"]) == (25_400, 1, True)
    assert by_reason["by_hand"]["amount"] == 10_000
    made = await service.simulator.ledger("refunds")
    assert {refund["receipt"]: refund["amount"] for refund in made} == {
        None: 10_000,
        f"refund_{sale.booking_id}-2": 25_400,
    }
    document = await service.document(sale)
    assert document["status"] == "refunded"
    assert {case["kind"]: case["open"] for case in document["cases"]} == {
        "refund_by_hand": True,
        "refund_failed": False,
    }


async def test_a_refund_that_ops_made_in_full_by_hand_is_done_and_said(service: Service) -> None:
    sale, capture_id = await service.paid_sale()
    await service.simulator.post(f"/payments/{capture_id}/refund", webhooks={"deliver": False})
    await service.publish(refund_due(sale, capture_id, amount=30_000))
    await service.refunds_done(sale)
    await service.idle()
    (made,) = await service.simulator.ledger("refunds")
    heard = {event["reason"]: event for event in service.heard("payment.refunded.v1", sale)}
    assert {event["provider_refund_id"] for event in heard.values()} == {made["id"]}
    assert {reason: refund["amount"] for reason, refund in heard.items()} == {"by_hand": 35_400, "by_guest": 0}
    assert {refund["status"] for refund in await service.refunds(sale)} == {"done"}
    read = await service.call("GET", f"/api/payments/{sale.payment_id}")
    assert [(refund["amount"], refund["reason"]) for refund in read.body["refunds"]] == [(35_400, "by_hand")]


async def test_a_refusal_is_not_final_before_the_providers_refunds_were_seen(service: Service) -> None:
    sale, capture_id = await service.paid_sale()
    await service.simulator.post(f"/payments/{capture_id}/refund", webhooks={"deliver": False})
    await service.simulator.post("/faults", route="GET /v1/payments/*/refunds", kind="status", value=503, times=2)
    await service.publish(refund_due(sale, capture_id))
    await service.refunds_done(sale)


@pytest.mark.parametrize(("days", "amount"), [(200, 35_400), (0, 75)])
async def test_a_refund_that_can_never_be_made_is_failed_and_a_case(service: Service, days: int, amount: int) -> None:
    """The payment is too old, or it is less than the provider gives back."""
    sale, capture_id = await service.paid_sale()
    await service.simulator.post("/clock/advance", seconds=days * 24 * 3600)
    await service.publish(refund_due(sale, capture_id, amount=amount))
    failed = await service.until_heard("payment.refund_failed.v1", sale)
    assert failed["number"] == 0
    document = await service.document(sale)
    assert [(refund["status"], refund["amount"]) for refund in document["refunds"]] == [("failed", amount)]
    assert [(case["kind"], case["open"]) for case in document["cases"]] == [("refund_failed", True)]
    assert not [entry for entry in document["schedule"] if entry["task"].startswith("refund:")]


async def test_money_that_ops_gave_back_before_we_saw_it_goes_back_again_when_their_refund_fails(
    unpolled: Service,
) -> None:
    service, quiet = unpolled, {"deliver": False}
    sale = service.hold()
    paid = await service.simulator.pay(await service.order(sale), webhooks=quiet)
    path = f"/payments/{paid['razorpay_payment_id']}/refund"
    by_hand = await service.simulator.post(path, amount=10_000, webhooks=quiet)
    await service.settle(paid)
    await service.until_heard("payment.refunded.v1", sale)
    await service.simulator.post(f"/refunds/{by_hand['id']}/fail")

    async def all_is_back() -> bool:
        refunds = await service.simulator.ledger("refunds")
        amounts: list[int] = [refund["amount"] for refund in refunds if refund["status"] == "processed"]
        return sum(amounts) == 35_400

    await service.until(all_is_back)
    await service.idle()
    assert {event["reason"] for event in service.heard("payment.refunded.v1", sale)} == {"second_payment"}
