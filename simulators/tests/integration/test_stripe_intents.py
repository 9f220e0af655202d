"""Payment intents by the real SDK: made, confirmed, captured, cancelled, and what is refused on the way."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

SALE: dict[str, Any] = {"amount": 35400, "currency": "inr", "automatic_payment_methods": {"enabled": True}}


async def an_intent(sdk: Any, **more: Any) -> Any:
    return await sdk.payment_intents.create_async(params={**SALE, **more})


async def refused(call: Any, kind: type[stripe.StripeError] = stripe.StripeError) -> Any:
    """The SDK's exception, whose type leaves much open."""
    with pytest.raises(kind) as caught:
        await call
    return caught.value


async def test_an_intent_is_made_as_it_was_asked_for(stripe_sdk: Any) -> None:
    made = await an_intent(
        stripe_sdk, metadata={"booking": "b1"}, receipt_email="a@example.com", description="Two seats"
    )
    assert (made.object, made.amount, made.currency, made.livemode) == ("payment_intent", 35400, "inr", False)
    assert made.status == "requires_payment_method"
    assert made.metadata.to_dict() == {"booking": "b1"}
    assert made.automatic_payment_methods.to_dict() == {"allow_redirects": "always", "enabled": True}
    assert made.client_secret.startswith(f"{made.id}_secret_")
    assert (made.receipt_email, made.description) == ("a@example.com", "Two seats")
    read = await stripe_sdk.payment_intents.retrieve_async(made.id)
    assert read.to_dict() == made.to_dict()


async def test_every_answer_bears_its_request(stripe_sdk: Any) -> None:
    made = await an_intent(stripe_sdk)
    assert made.last_response.request_id.startswith("req_")
    assert made.last_response.headers["stripe-version"] == stripe.api_version


@pytest.mark.parametrize(
    ("wrong", "code", "param"),
    [
        ({"amount": 49}, "amount_too_small", "amount"),
        ({"amount": 0}, "parameter_invalid_integer", "amount"),
        ({"amount": "100.5"}, "parameter_invalid_integer", "amount"),
        ({"amount": ""}, "parameter_invalid_empty", "amount"),
        ({"amount": 10_000_000_000}, "amount_too_large", "amount"),
        ({"currency": "xyz"}, None, "currency"),
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"automatic_payment_methods": {"enabled": True, "maybe": 1}}, "parameter_unknown", None),
        ({"receipt_email": "nobody"}, "email_invalid", "receipt_email"),
        ({"capture_method": "later"}, None, "capture_method"),
        ({"metadata": {"k" * 41: "v"}}, None, "metadata"),
        ({"metadata": {"k": "v" * 501}}, None, "metadata[k]"),
        ({"metadata": {str(n): "v" for n in range(51)}}, None, "metadata"),
        ({"customer": "cus_nobody"}, "resource_missing", "customer"),
        ({"payment_method": "pm_nobody"}, "resource_missing", "payment_method"),
        ({"statement_descriptor": "x" * 23}, "parameter_invalid_string", "statement_descriptor"),
        ({"expand": ["amount"]}, None, "expand"),
    ],
)
async def test_a_wrong_request_is_refused_by_the_name_of_its_field(
    stripe_sdk: Any, stripe_sim: Any, wrong: dict[str, Any], code: str | None, param: str | None
) -> None:
    error = await refused(an_intent(stripe_sdk, **wrong), stripe.InvalidRequestError)
    assert (error.http_status, error.code) == (400, code)
    assert param is None or error.param == param
    assert error.request_id is not None
    assert stripe_sim.get("ledger")["payment_intents"] == []


async def test_a_missing_amount_is_named(stripe_sdk: Any) -> None:
    error = await refused(stripe_sdk.payment_intents.create_async(params={"currency": "inr"}))
    assert (error.code, error.param) == ("parameter_missing", "amount")


async def test_amounts_of_three_decimals_end_in_0(stripe_sdk: Any) -> None:
    error = await refused(an_intent(stripe_sdk, amount=10_001, currency="kwd"))
    assert error.http_status == 400
    assert (await an_intent(stripe_sdk, amount=10_010, currency="kwd")).amount == 10_010


async def test_a_currency_is_lower_case_whatever_was_sent(stripe_sdk: Any) -> None:
    assert (await an_intent(stripe_sdk, currency="INR")).currency == "inr"


async def test_unknown_ids_and_addresses_are_404(stripe_sdk: Any, stripe_at: Any, stripe_sim: Any) -> None:
    error = await refused(stripe_sdk.payment_intents.retrieve_async("pi_nobody"))
    assert (error.http_status, error.code) == (404, "resource_missing")
    error = await refused(stripe_at(stripe_sim.url).raw_request_async("get", "/v1/nowhere"))
    assert error.http_status == 404
    assert "Unrecognized request URL (GET: /v1/nowhere)" in str(error)


async def test_a_wrong_key_is_401_and_a_publishable_one_403(stripe_at: Any, stripe_sim: Any) -> None:
    error = await refused(an_intent(stripe_at(stripe_sim.url, "sk_test_another").v1), stripe.AuthenticationError)
    assert "sk_test_" in str(error)
    assert "another" not in str(error)
    error = await refused(an_intent(stripe_at(stripe_sim.url, "pk_test_MarqueeSim0001").v1), stripe.PermissionError)
    assert error.json_body["error"]["code"] == "secret_key_required"


async def test_a_page_reads_the_intent_whose_secret_it_has(stripe_at: Any, stripe_sdk: Any, stripe_sim: Any) -> None:
    made = await an_intent(stripe_sdk)
    page = stripe_at(stripe_sim.url, "pk_test_MarqueeSim0001").v1.payment_intents
    read = await page.retrieve_async(made.id, params={"client_secret": made.client_secret})
    assert read.status == "requires_payment_method"
    assert (await refused(page.retrieve_async(made.id, params={"client_secret": "guessed"}))).http_status == 404


async def test_a_card_that_works_is_confirmed_to_success(stripe_sdk: Any) -> None:
    made = await an_intent(stripe_sdk, payment_method="pm_card_visa")
    assert made.status == "requires_confirmation"
    paid = await stripe_sdk.payment_intents.confirm_async(made.id, params={"return_url": "https://shop.example"})
    assert (paid.status, paid.amount_received) == ("succeeded", 35400)
    charge = await stripe_sdk.charges.retrieve_async(paid.latest_charge)
    assert (charge.status, charge.captured, charge.amount_captured, charge.paid) == ("succeeded", True, 35400, True)


async def test_redirects_need_an_address_to_come_back_to(stripe_sdk: Any) -> None:
    made = await an_intent(stripe_sdk, payment_method="pm_card_visa")
    assert "return_url" in str(await refused(stripe_sdk.payment_intents.confirm_async(made.id)))
    never = {"enabled": True, "allow_redirects": "never"}
    paid = await an_intent(stripe_sdk, automatic_payment_methods=never, payment_method="pm_card_visa", confirm=True)
    assert paid.status == "succeeded"


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
    ],
)
async def test_a_declined_card_is_402_and_the_intent_open_again(
    stripe_sdk: Any, card: str, code: str, decline_code: str | None
) -> None:
    made = await an_intent(stripe_sdk, payment_method=card)
    confirming = stripe_sdk.payment_intents.confirm_async(made.id, params={"return_url": "https://shop.example"})
    error = await refused(confirming, stripe.CardError)
    assert (error.http_status, error.code) == (402, code)
    assert error.json_body["error"].get("decline_code") == decline_code
    assert error.error.payment_intent.id == made.id
    read = await stripe_sdk.payment_intents.retrieve_async(made.id)
    assert (read.status, read.last_payment_error.code) == ("requires_payment_method", code)
    assert (await stripe_sdk.charges.retrieve_async(read.latest_charge)).status == "failed"
    paid = await stripe_sdk.payment_intents.confirm_async(
        made.id, params={"payment_method": "pm_card_visa", "return_url": "https://shop.example"}
    )
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)


async def test_a_card_of_3d_secure_waits_for_its_payer(stripe_sdk: Any, stripe_sim: Any) -> None:
    made = await an_intent(stripe_sdk, payment_method="pm_card_authenticationRequired")
    asked = await stripe_sdk.payment_intents.confirm_async(made.id, params={"return_url": "https://shop.example"})
    assert (asked.status, asked.next_action.type) == ("requires_action", "use_stripe_sdk")
    assert stripe_sim.intent(made.id)["payment_intent"]["status"] == "succeeded"


async def test_confirming_without_a_means_of_payment_is_refused(stripe_sdk: Any) -> None:
    made = await an_intent(stripe_sdk)
    error = await refused(stripe_sdk.payment_intents.confirm_async(made.id))
    assert error.code == "payment_intent_unexpected_state"


async def test_a_failed_try_is_not_the_end(stripe_sdk: Any, stripe_sim: Any) -> None:
    made = await an_intent(stripe_sdk)
    assert stripe_sim.intent(made.id, outcome="failed")["payment_intent"]["status"] == "requires_payment_method"
    assert stripe_sim.intent(made.id, outcome="processing")["payment_intent"]["status"] == "processing"
    assert stripe_sim.intent(made.id)["payment_intent"]["status"] == "succeeded"
    charges = await stripe_sdk.charges.list_async(params={"payment_intent": made.id})
    assert [charge.status for charge in charges.data] == ["succeeded", "failed"]


async def test_what_is_cancelled_cannot_be_paid(stripe_sdk: Any, stripe_sim: Any) -> None:
    made = await an_intent(stripe_sdk)
    gone = await stripe_sdk.payment_intents.cancel_async(made.id, params={"cancellation_reason": "abandoned"})
    assert (gone.status, gone.cancellation_reason) == ("canceled", "abandoned")
    assert gone.canceled_at is not None
    refusal = stripe_sim.intent(made.id, answered=400)
    assert refusal["error"]["code"] == "payment_intent_unexpected_state"
    error = await refused(stripe_sdk.payment_intents.cancel_async(made.id))
    assert (error.code, error.error.payment_intent.status) == ("payment_intent_unexpected_state", "canceled")


@pytest.mark.parametrize("outcome", ["succeeded", "processing"])
async def test_what_is_paid_or_at_the_bank_cannot_be_cancelled(stripe_sdk: Any, stripe_sim: Any, outcome: str) -> None:
    made = await an_intent(stripe_sdk)
    stripe_sim.intent(made.id, outcome=outcome)
    error = await refused(stripe_sdk.payment_intents.cancel_async(made.id))
    assert (error.http_status, error.code) == (400, "payment_intent_unexpected_state")
    assert error.error.payment_intent.status == outcome


async def test_a_part_of_what_was_authorized_is_captured_and_the_rest_released(
    stripe_sdk: Any, stripe_sim: Any
) -> None:
    made = await an_intent(stripe_sdk, capture_method="manual")
    held = stripe_sim.intent(made.id)["payment_intent"]
    assert (held["status"], held["amount_capturable"], held["amount_received"]) == ("requires_capture", 35400, 0)
    error = await refused(stripe_sdk.payment_intents.capture_async(made.id, params={"amount_to_capture": 35401}))
    assert error.code == "amount_too_large"
    taken = await stripe_sdk.payment_intents.capture_async(made.id, params={"amount_to_capture": 30000})
    assert (taken.status, taken.amount_received, taken.amount_capturable) == ("succeeded", 30000, 0)
    error = await refused(stripe_sdk.payment_intents.capture_async(made.id))
    assert error.code == "payment_intent_unexpected_state"


async def test_what_was_authorized_is_released_by_a_cancel_or_after_a_week(stripe_sdk: Any, stripe_sim: Any) -> None:
    made = [await an_intent(stripe_sdk) for _ in range(2)]
    for one in made:
        assert stripe_sim.intent(one.id, outcome="authorized")["payment_intent"]["status"] == "requires_capture"
    assert (await stripe_sdk.payment_intents.cancel_async(made[0].id)).status == "canceled"
    stripe_sim.post("clock/advance", {"seconds": 7 * 24 * 3600})
    lapsed = await stripe_sdk.payment_intents.retrieve_async(made[1].id, params={"expand": ["latest_charge"]})
    assert (lapsed.status, lapsed.cancellation_reason) == ("canceled", "automatic")
    assert (lapsed.latest_charge.refunded, lapsed.latest_charge.captured) == (True, False)


async def test_an_intent_is_changed_until_it_is_paid(stripe_sdk: Any, stripe_sim: Any) -> None:
    made = await an_intent(stripe_sdk, metadata={"a": "1", "b": "2"})
    changed = await stripe_sdk.payment_intents.update_async(
        made.id, params={"amount": 40000, "metadata": {"a": "", "c": "3"}}
    )
    assert (changed.amount, changed.metadata.to_dict()) == (40000, {"b": "2", "c": "3"})
    stripe_sim.intent(made.id)
    error = await refused(stripe_sdk.payment_intents.update_async(made.id, params={"amount": 1000}))
    assert error.code == "payment_intent_unexpected_state"
    noted = await stripe_sdk.payment_intents.update_async(made.id, params={"metadata": {"late": "yes"}})
    assert noted.metadata.to_dict() == {"b": "2", "c": "3", "late": "yes"}


async def test_what_is_charged_may_be_another_sum_or_currency(stripe_sdk: Any, stripe_sim: Any) -> None:
    made = await an_intent(stripe_sdk)
    paid = stripe_sim.intent(made.id, amount=100, currency="usd")["payment_intent"]
    assert (paid["amount"], paid["amount_received"], paid["currency"]) == (35400, 100, "usd")


async def test_a_fee_that_the_payer_bears_is_on_top(stripe_sdk: Any, stripe_sim: Any) -> None:
    made = await an_intent(stripe_sdk)
    stripe_sim.intent(made.id, feeBearer="customer")
    paid = await stripe_sdk.payment_intents.retrieve_async(
        made.id, params={"expand": ["latest_charge.balance_transaction"]}
    )
    line = paid.latest_charge.balance_transaction
    assert (paid.amount_received, line.fee, line.net) == (36235, 835, 35400)
    assert sum(part.amount for part in line.fee_details) == line.fee
