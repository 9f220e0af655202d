"""What Stripe's entities, webhooks, amounts and settings mean."""

import time
from typing import Any

import orjson
import pytest
import stripe
from pydantic import ValidationError
from services.payment.tests.factories import SALE, an_order

from payment.providers.stripe import connected, webhooks
from payment.providers.stripe.amounts import from_stripe, least_amount, payable, to_stripe
from payment.providers.stripe.entities import (
    dispute_of,
    order_of,
    payment_of_charge,
    payment_of_intent,
    payments_in_intent,
    refund_of,
)
from payment.providers.stripe.settings import StripeSettings
from payment.providers.stripe.webhooks import webhook_of
from payment.usecases.provider import Hint

ACCOUNT = {"secret_key": "sk_test_1", "publishable_key": "pk_test_1", "webhook_secret": "whsec_new,whsec_old"}
INTENT = {
    "id": "pi_1",
    "object": "payment_intent",
    "amount": 35_400,
    "amount_received": 0,
    "currency": "inr",
    "created": 1_796_464_800,
    "status": "requires_payment_method",
    "metadata": {"payment_id": "pay_1"},
    "latest_charge": None,
    "last_payment_error": None,
}
CHARGE = {
    "id": "ch_1",
    "object": "charge",
    "amount": 35_400,
    "amount_captured": 35_400,
    "amount_refunded": 0,
    "captured": True,
    "currency": "inr",
    "created": 1_796_464_810,
    "payment_intent": "pi_1",
    "status": "succeeded",
    "refunded": False,
    "balance_transaction": "txn_1",
}
FAILED = {**CHARGE, "status": "failed", "captured": False, "amount_captured": 0, "failure_code": "card_declined"}
PENDING = {**CHARGE, "status": "pending", "captured": False, "amount_captured": 0}
AUTHORIZED = {**CHARGE, "captured": False, "amount_captured": 0}


def an_intent(status: str, charge: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    return {**INTENT, "status": status, "latest_charge": charge, **changed}


@pytest.mark.parametrize(
    ("intent", "seen"),
    [
        (an_intent("succeeded", CHARGE, amount_received=35_400), ("pi_1", "captured")),
        (an_intent("succeeded", None, amount_received=35_400), ("pi_1", "captured")),
        (an_intent("processing", PENDING), ("ch_1", "processing")),
        (an_intent("processing"), ("pi_1", "processing")),
        (an_intent("processing", FAILED), ("pi_1", "processing")),
        (an_intent("requires_payment_method", FAILED), ("ch_1", "failed")),
        (an_intent("requires_payment_method", last_payment_error={"code": "x", "charge": "ch_9"}), ("ch_9", "failed")),
        (an_intent("requires_payment_method", last_payment_error={"code": "x"}), ("pi_1", "failed")),
        (an_intent("requires_capture", AUTHORIZED), ("ch_1", "authorized")),
        (an_intent("canceled", {**AUTHORIZED, "refunded": True}), ("ch_1", "lapsed")),
        (an_intent("requires_action", FAILED), ("pi_1", "created")),
        (an_intent("requires_payment_method"), ("pi_1", "created")),
    ],
)
def test_an_intent_says_what_was_tried_on_it_last(intent: dict[str, Any], seen: tuple[str, str]) -> None:
    payment = payment_of_intent(intent)
    assert (payment.payment_id, payment.status, payment.order_id) == (*seen, "pi_1")
    assert (payment.amount, payment.currency, payment.order_is_closed) == (
        35_400,
        "INR",
        intent["status"] == "canceled",
    )
    assert payments_in_intent(intent) == ([] if payment.status == "created" else [payment])


def test_a_canceled_intent_on_which_nothing_was_tried_is_closed() -> None:
    (seen,) = payments_in_intent(an_intent("canceled"))
    assert (seen.order_is_closed, seen.status) == (True, "created")
    assert order_of(an_intent("canceled")).is_closed
    assert not order_of(INTENT).is_closed


@pytest.mark.parametrize("charge", [CHARGE, FAILED, PENDING, AUTHORIZED])
def test_a_charge_is_the_same_in_the_list_and_in_its_intent(charge: dict[str, Any]) -> None:
    statuses = {"succeeded": "succeeded", "failed": "requires_payment_method", "pending": "processing"}
    status = statuses[charge["status"]] if charge is not AUTHORIZED else "requires_capture"
    assert payment_of_intent(an_intent(status, charge)) == payment_of_charge(charge)


def test_what_went_back_and_the_fee_are_those_of_the_charge() -> None:
    charge = {
        **CHARGE,
        "amount": 36_000,
        "amount_captured": 36_000,
        "amount_refunded": 500,
        "balance_transaction": {"fee": 600},
    }
    payment = payment_of_intent(an_intent("succeeded", charge))
    assert (payment.amount, payment.refunded, payment.fee) == (36_000, 500, 600)


def test_more_than_was_asked_for_waits_for_the_fee_that_may_explain_it() -> None:
    charge = {**CHARGE, "amount": 36_000, "amount_captured": 36_000}
    with pytest.raises(ValueError, match="not known yet"):
        payment_of_intent(an_intent("succeeded", charge))
    assert payment_of_charge(charge).fee is None


def test_a_charge_on_no_intent_is_on_no_order() -> None:
    payment = payment_of_charge({**CHARGE, "payment_intent": None})
    assert (payment.payment_id, payment.order_id) == ("ch_1", "")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("pending", "pending"),
        ("requires_action", "pending"),
        ("succeeded", "processed"),
        ("failed", "failed"),
        ("canceled", "failed"),
        (None, "pending"),
    ],
)
def test_each_status_of_a_refund_is_an_outcome(status: str | None, outcome: str) -> None:
    refund = refund_of(
        {"id": "re_1", "amount": 5, "currency": "inr", "created": 1, "payment_intent": "pi_1", "status": status}
    )
    assert (refund.outcome, refund.payment_id, refund.key) == (outcome, "pi_1", None)
    assert (refund.amount, refund.currency) == (5, "INR")


@pytest.mark.parametrize(
    ("status", "case_type", "seen"),
    [
        ("needs_response", "chargeback", "open"),
        ("unheard_of", None, "open"),
        ("won", "chargeback", "won"),
        ("lost", "chargeback", "lost"),
        ("warning_closed", "inquiry", "won"),
        ("prevented", "resolution", "lost"),
        ("prevented", "block", "won"),
        ("prevented", None, "lost"),
    ],
)
def test_a_dispute_holds_refunds_back_while_the_payer_may_have_the_money(
    status: str, case_type: str | None, seen: str
) -> None:
    method = {"payment_method_details": {"type": "card", "card": {"case_type": case_type}}} if case_type else {}
    body = {"id": "dp_1", "amount": 5, "currency": "inr", "created": 1, "payment_intent": "pi_1", "status": status}
    assert dispute_of({**body, **method}).status == seen


def an_event(kind: str, entity: dict[str, Any]) -> bytes:
    event = {"id": "evt_1", "object": "event", "type": kind, "livemode": False, "data": {"object": entity}}
    return orjson.dumps(event)


def signed(body: bytes, key: str = "whsec_new", age: int = 0) -> str:
    return str(stripe.WebhookSignature.generate_signature_header(body.decode(), key, int(time.time()) - age))


@pytest.mark.parametrize(
    ("kind", "entity", "hint"),
    [
        ("payment_intent.succeeded", INTENT, ("payment", "pi_1", "pi_1", "captured")),
        (
            "payment_intent.payment_failed",
            {**INTENT, "last_payment_error": {"charge": "ch_1"}},
            ("payment", "ch_1", "pi_1", "failed"),
        ),
        ("payment_intent.payment_failed", INTENT, ("payment", "pi_1", "pi_1", None)),
        ("payment_intent.processing", INTENT, ("payment", "pi_1", "pi_1", None)),
        ("payment_intent.created", INTENT, (None, None, None, None)),
        ("charge.succeeded", CHARGE, ("payment", "pi_1", "pi_1", "captured")),
        ("charge.succeeded", AUTHORIZED, ("payment", "ch_1", "pi_1", None)),
        ("charge.failed", FAILED, ("payment", "ch_1", "pi_1", "failed")),
        ("charge.refunded", CHARGE, ("refunds", "pi_1", "pi_1", None)),
        ("customer.created", {"id": "cus_1"}, (None, None, None, None)),
    ],
)
def test_an_event_says_what_to_look_up(kind: str, entity: dict[str, Any], hint: tuple[Any, ...]) -> None:
    webhook = webhook_of(body := an_event(kind, entity), signed(body), ["whsec_new"])
    assert webhook is not None
    assert webhook.hint is not None
    found = webhook.hint
    assert (webhook.event_id, found.event) == ("evt_1", kind)
    assert (found.subject, found.payment_id, found.order_id, found.payment_status) == hint


def test_an_event_of_a_refund_names_it_and_how_far_it_is() -> None:
    refund = {"id": "re_1", "object": "refund", "payment_intent": "pi_1", "charge": "ch_1", "status": "failed"}
    for kind in ("refund.created", "refund.updated", "refund.failed", "charge.refund.updated"):
        webhook = webhook_of(body := an_event(kind, refund), signed(body), ["whsec_new"])
        assert webhook is not None
        expected = Hint(kind, "refunds", payment_id="pi_1", order_id="pi_1", refund_id="re_1", refund_outcome="failed")
        assert webhook.hint == expected


def test_an_intent_that_was_canceled_is_a_closed_order() -> None:
    webhook = webhook_of(body := an_event("payment_intent.canceled", INTENT), signed(body), ["whsec_new"])
    assert webhook is not None
    assert webhook.hint == Hint("payment_intent.canceled", "order", order_id="pi_1", order_is_closed=True)


def test_a_signature_is_taken_from_any_of_the_secrets_and_for_five_minutes() -> None:
    body, secrets = an_event("payment_intent.succeeded", INTENT), ["whsec_new", "whsec_old"]
    assert webhook_of(body, signed(body, "whsec_old"), secrets) is not None
    assert webhook_of(body, signed(body, "whsec_old", age=290), secrets) is not None
    for wrong in (signed(body, "another"), signed(body, age=310), signed(body + b" "), None, "", "t=x,v1=é", "v1=0"):
        assert webhook_of(body, wrong, secrets) is None
    assert webhook_of(b"\xff", signed(body), secrets) is None


def test_the_vector_of_the_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "TOLERANCE_SECONDS", 10**10)
    signature = "c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925"
    assert webhook_of(b'{"id":"evt_1"}', f"t=1700000000,v1={signature}", ["whsec_test"]) is not None


def test_what_is_signed_and_cannot_be_read_has_no_hint() -> None:
    for body in (b"no json", b"[]", b'{"id": 5}'):
        webhook = webhook_of(body, signed(body), ["whsec_new"])
        assert webhook is not None
        assert webhook.hint is None
    body = b'{"id": "evt_1", "type": 5, "data": 7}'
    webhook = webhook_of(body, signed(body), ["whsec_new"])
    assert webhook is not None
    assert webhook.hint == Hint("")


@pytest.mark.parametrize(
    ("amount", "currency", "theirs"),
    [(35_400, "INR", 35_400), (500, "JPY", 500), (1_230, "KWD", 1_230), (500, "ISK", 50_000), (300, "MGA", 3)],
)
def test_amounts_are_said_as_stripe_counts_them(amount: int, currency: str, theirs: int) -> None:
    assert to_stripe(amount, currency) == theirs
    assert from_stripe(theirs, currency) == amount


@pytest.mark.parametrize(
    ("amount", "currency", "left"),
    [(35_401, "INR", 35_401), (1_235, "KWD", 1_230), (1_235, "TND", 1_230), (301, "MGA", 300), (7, "JPY", 7)],
)
def test_digits_that_stripe_does_not_take_are_left_off(amount: int, currency: str, left: int) -> None:
    assert payable(amount, currency) == left


def test_what_stripe_cannot_say_is_none_and_the_least_is_in_minor_units() -> None:
    assert to_stripe(301, "MGA") is None
    assert [least_amount(currency) for currency in ("INR", "JPY", "USD", "GBP", "KWD", "CLP")] == [
        50,
        50,
        50,
        30,
        500,
        1,
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"secret_key": "pk_test_1"},
        {"publishable_key": "sk_test_1"},
        {"publishable_key": "pk_live_1"},
        {"secret_key": "sk_live_1"},
    ],
)
def test_keys_are_what_they_are_called_and_of_one_mode(changed: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        StripeSettings.model_validate({**ACCOUNT, **changed})


def test_the_first_of_several_keys_is_used_and_all_webhook_secrets_count() -> None:
    settings = StripeSettings.model_validate(
        {**ACCOUNT, "secret_key": "rk_live_a, sk_live_b", "publishable_key": "pk_live_1"}
    )
    assert (settings.api_key, settings.is_live) == ("rk_live_a", True)
    assert settings.webhook_secrets == ["whsec_new", "whsec_old"]


async def test_a_page_that_names_the_intent_of_its_order_is_believed_that_and_no_more() -> None:
    order = an_order(SALE, "pi_1", "stripe")
    async with connected(StripeSettings.model_validate(ACCOUNT)) as provider:
        assert provider.proven_payment(order, {"paymentIntentId": "pi_1"}) == "pi_1"
        for proof in ({"paymentIntentId": "pi_2"}, {}, {"orderId": "pi_1"}):
            assert provider.proven_payment(order, proof) is None
        assert provider.offer() == {"publishable_key": "pk_test_1", "checkout_url": "https://js.stripe.com/v3/"}


@pytest.mark.parametrize(("livemode", "is_live"), [(False, False), (True, True), (True, False), (False, True)])
def test_a_webhook_of_the_other_mode_is_not_of_this_account(*, livemode: bool, is_live: bool) -> None:
    body = orjson.dumps({**orjson.loads(an_event("payment_intent.succeeded", INTENT)), "livemode": livemode})
    webhook = webhook_of(body, signed(body), ["whsec_new"], is_live=is_live)
    assert webhook is not None
    assert webhook.is_of_account is (livemode is is_live)
