"""Refunds and disputes by the real SDK and the control plane: parts, limits, failures days later, chargebacks."""

from __future__ import annotations

from typing import Any

import pytest
import stripe


@pytest.fixture
async def paid(stripe_sdk: Any, stripe_sim: Any) -> str:
    made = await stripe_sdk.payment_intents.create_async(params={"amount": 35400, "currency": "inr"})
    stripe_sim.intent(made.id)
    return str(made.id)


async def refund(sdk: Any, intent: str, **more: Any) -> Any:
    return await sdk.refunds.create_async(params={"payment_intent": intent, **more})


async def charge_of(sdk: Any, intent: str) -> Any:
    return (await sdk.payment_intents.retrieve_async(intent, params={"expand": ["latest_charge"]})).latest_charge


async def test_parts_go_back_until_nothing_is_left(stripe_sdk: Any, paid: str) -> None:
    first = await refund(stripe_sdk, paid, amount=400, metadata={"key": "r1"}, reason="requested_by_customer")
    assert (first.status, first.amount, first.currency) == ("succeeded", 400, "inr")
    assert (first.payment_intent, first.metadata.to_dict(), first.reason) == (
        paid,
        {"key": "r1"},
        "requested_by_customer",
    )
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await refund(stripe_sdk, paid, amount=35001)
    assert caught.value.param == "amount"
    rest = await refund(stripe_sdk, paid)
    assert rest.amount == 35000
    charge = await charge_of(stripe_sdk, paid)
    assert (charge.amount_refunded, charge.refunded) == (35400, True)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await refund(stripe_sdk, paid, amount=1)
    assert caught.value.code == "charge_already_refunded"
    listed = await stripe_sdk.refunds.list_async(params={"payment_intent": paid})
    assert [one.id for one in listed.data] == [rest.id, first.id]
    assert (await stripe_sdk.refunds.retrieve_async(first.id)).amount == 400


async def test_a_refund_may_name_the_charge_instead(stripe_sdk: Any, paid: str) -> None:
    charge = await charge_of(stripe_sdk, paid)
    made = await stripe_sdk.refunds.create_async(params={"charge": charge.id, "expand": ["charge", "payment_intent"]})
    assert (made.charge.id, made.payment_intent.id) == (charge.id, paid)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({}, "parameter_missing"),
        ({"charge": "ch_nobody"}, "resource_missing"),
        ({"payment_intent": "pi_nobody"}, "resource_missing"),
        ({"payment_intent": "pi_nobody", "colour": "red"}, "parameter_unknown"),
    ],
)
async def test_a_wrong_refund_is_refused(stripe_sdk: Any, wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await stripe_sdk.refunds.create_async(params=wrong)
    assert caught.value.code == code


async def test_what_was_not_captured_is_not_refunded(stripe_sdk: Any, stripe_sim: Any) -> None:
    made = await stripe_sdk.payment_intents.create_async(params={"amount": 35400, "currency": "inr"})
    for outcome in ("failed", "authorized"):
        stripe_sim.intent(made.id, outcome=outcome)
        with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
            await refund(stripe_sdk, made.id)


async def test_a_balance_that_is_too_low_refuses_with_or_without_the_reason(
    stripe_sdk: Any, stripe_sim: Any, paid: str
) -> None:
    stripe_sim.post("balance", {"amount": 1000})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await refund(stripe_sdk, paid, amount=1001)
    assert caught.value.code == "insufficient_balance"
    await refund(stripe_sdk, paid, amount=1000)
    stripe_sim.post("balance", {"amount": 0, "vague": True})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await refund(stripe_sdk, paid, amount=1)
    assert caught.value.code is None


async def test_a_refund_fails_days_later_and_can_be_made_again(stripe_sdk: Any, stripe_sim: Any, paid: str) -> None:
    made = await refund(stripe_sdk, paid)
    stripe_sim.post("clock/advance", {"seconds": 3 * 24 * 3600})
    assert stripe_sim.intent(paid, "fail-later")["refund"]["id"] == made.id
    failed = await stripe_sdk.refunds.retrieve_async(made.id, params={"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_balance_transaction.amount) == ("failed", 35400)
    assert (await charge_of(stripe_sdk, paid)).amount_refunded == 0
    assert (await refund(stripe_sdk, paid)).status == "succeeded"


async def test_a_refund_by_hand_is_one_like_any_other(stripe_sdk: Any, stripe_sim: Any, paid: str) -> None:
    made = stripe_sim.intent(paid, "refund", amount=1)["refund"]
    assert (made["amount"], made["metadata"]) == (1, {})
    assert (await stripe_sdk.refunds.list_async()).data[0].id == made["id"]


async def test_a_refund_of_a_card_is_annotated_and_never_called_back(stripe_sdk: Any, paid: str) -> None:
    made = await refund(stripe_sdk, paid)
    noted = await stripe_sdk.refunds.update_async(made.id, params={"metadata": {"by": "desk"}})
    assert noted.metadata.to_dict() == {"by": "desk"}
    with pytest.raises(stripe.InvalidRequestError):
        await stripe_sdk.refunds.cancel_async(made.id)


async def test_a_disputed_charge_is_not_refunded_until_it_is_won(stripe_sdk: Any, stripe_sim: Any, paid: str) -> None:
    dispute = stripe_sim.intent(paid, "dispute", reason="product_not_received")["dispute"]
    assert (dispute["status"], dispute["amount"], dispute["payment_intent"]) == ("needs_response", 35400, paid)
    assert (dispute["reason"], dispute["is_charge_refundable"]) == ("product_not_received", False)
    assert (await charge_of(stripe_sdk, paid)).disputed
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await refund(stripe_sdk, paid)
    assert caught.value.code == "charge_disputed"
    stripe_sim.intent(paid, "dispute", status="won")
    won = await stripe_sdk.disputes.retrieve_async(dispute["id"])
    assert (won.status, [line.amount for line in won.balance_transactions]) == ("won", [-35400, 35400])
    assert (await refund(stripe_sdk, paid)).amount == 35400


async def test_an_inquiry_takes_no_money_and_forbids_no_refund(stripe_sdk: Any, stripe_sim: Any, paid: str) -> None:
    dispute = stripe_sim.intent(paid, "dispute", status="warning_needs_response")["dispute"]
    assert (dispute["is_charge_refundable"], dispute["balance_transactions"]) == (True, [])
    assert (await refund(stripe_sdk, paid, amount=400)).status == "succeeded"


async def test_evidence_is_drafted_submitted_and_a_dispute_given_up(
    stripe_sdk: Any, stripe_sim: Any, paid: str
) -> None:
    dispute = stripe_sim.intent(paid, "dispute")["dispute"]["id"]
    draft = await stripe_sdk.disputes.update_async(
        dispute, params={"evidence": {"service_date": "2026-11-29"}, "submit": False}
    )
    assert (draft.status, draft.evidence.service_date) == ("needs_response", "2026-11-29")
    sent = await stripe_sdk.disputes.update_async(dispute, params={"evidence": {"uncategorized_text": "Scanned"}})
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    assert (await stripe_sdk.disputes.close_async(dispute)).status == "lost"
    with pytest.raises(stripe.InvalidRequestError):
        await stripe_sdk.disputes.close_async(dispute)
    listed = await stripe_sdk.disputes.list_async(params={"payment_intent": paid})
    assert [one.id for one in listed.data] == [dispute]


async def test_a_refund_waits_for_the_bank_and_is_made_or_fails(stripe_sdk: Any, stripe_sim: Any, paid: str) -> None:
    stripe_sim.post("refunds", {"pending": True})
    first, second = await refund(stripe_sdk, paid, amount=400), await refund(stripe_sdk, paid, amount=500)
    assert (first.status, first.pending_reason) == ("pending", "processing")
    assert stripe_sim.post(f"refunds/{first.id}/settle")["refund"]["status"] == "succeeded"
    assert stripe_sim.post(f"refunds/{second.id}/fail")["refund"]["status"] == "failed"
    stripe_sim.post(f"refunds/{second.id}/settle", status=400)
    assert (await charge_of(stripe_sdk, paid)).amount_refunded == 400
