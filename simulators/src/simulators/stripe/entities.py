"""Intents, charges and what belongs to them as Stripe spells them: all their keys."""

from __future__ import annotations

from simulators.fees import fee_and_tax
from simulators.journal import JsonObject
from simulators.stripe.books import new_id
from simulators.stripe.errors import random_text

_SETTLES_SECONDS = 2 * 24 * 3600


def new_intent(amount: int, currency: str, now: int, *, livemode: bool) -> JsonObject:
    intent_id = new_id("pi")
    return {
        "id": intent_id,
        "object": "payment_intent",
        "allowed_payment_method_types": None,
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_secret_{random_text(25)}",
        "confirmation_method": "automatic",
        "created": now,
        "currency": currency,
        "customer": None,
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": livemode,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"installments": None, "request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }


def new_method(method: str, now: int, *, livemode: bool) -> JsonObject:
    details = {"card": _card()} if method == "card" else {method: {}}
    return {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": _nobody(),
        **details,
        "created": now,
        "customer": None,
        "livemode": livemode,
        "metadata": {},
        "type": method,
    }


def new_charge(intent: JsonObject, method: JsonObject, amount: int, currency: str, now: int) -> JsonObject:
    """A try to take money that the bank has not answered yet."""
    kind = method["type"]
    return {
        "id": new_id("ch"),
        "object": "charge",
        "amount": amount,
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "MARQUEE",
        "captured": False,
        "created": now,
        "currency": currency,
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": intent["livemode"],
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"type": kind, kind: method[kind]},
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": intent["shipping"],
        "source": None,
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "pending",
        "transfer_data": None,
        "transfer_group": None,
    }


AUTHORIZED: JsonObject = {
    "paid": True,
    "status": "succeeded",
    "outcome": {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": "Payment complete.",
        "type": "authorized",
    },
}


def declined(code: str, decline_code: str | None) -> JsonObject:
    return {
        "paid": False,
        "status": "failed",
        "failure_code": code,
        "failure_message": decline_words(code, decline_code),
        "outcome": {
            "advice_code": "try_again_later",
            "network_advice_code": None,
            "network_decline_code": "01",
            "network_status": "declined_by_network",
            "reason": decline_code or code,
            "risk_level": "normal",
            "risk_score": 12,
            "seller_message": "The bank did not return any further details with this decline.",
            "type": "issuer_declined",
        },
    }


def decline_words(code: str, decline_code: str | None) -> str:
    match code, decline_code:
        case "expired_card", _:
            return "Your card has expired."
        case "incorrect_cvc", _:
            return "Your card's security code is incorrect."
        case "payment_intent_authentication_failure", _:
            return (
                "We are unable to authenticate your payment method. "
                "Please choose a different payment method and try again."
            )
        case _, "insufficient_funds":
            return "Your card has insufficient funds."
        case _:
            return "Your card was declined."


def new_transaction(
    source: JsonObject, kind: str, amount: int, now: int, *, fee: int = 0, tax: int = 0, words: str | None = None
) -> JsonObject:
    """A line of the account: `amount` comes in or, below 0, goes out; the fee includes its tax."""
    category = {"adjustment": "dispute", "refund_failure": "refund_failure"}.get(kind, kind)
    return {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now + _SETTLES_SECONDS,
        "balance_type": "payments",
        "created": now,
        "currency": source["currency"],
        "description": words,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": _fee_details(fee, tax, source["currency"]),
        "net": amount - fee,
        "reporting_category": category,
        "source": source["id"],
        "status": "pending",
        "type": kind,
    }


def capture_transaction(charge: JsonObject, price: int, now: int) -> JsonObject:
    """The fee is reckoned from the price, which a payer who bears the fee pays it on top of."""
    fee, tax = fee_and_tax(price)
    return new_transaction(
        charge, "charge", charge["amount_captured"], now, fee=fee, tax=tax, words=charge["description"]
    )


def _fee_details(fee: int, tax: int, currency: str) -> list[JsonObject]:
    parts = {"stripe_fee": (fee - tax, "Stripe processing fees"), "tax": (tax, "GST")}
    return [
        {"amount": amount, "application": None, "currency": currency, "description": words, "type": kind}
        for kind, (amount, words) in parts.items()
        if amount
    ]


def _nobody() -> JsonObject:
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {"address": address, "email": None, "name": None, "phone": None, "tax_id": None}


def _card() -> JsonObject:
    return {
        "brand": "visa",
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "IN",
        "display_brand": "visa",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": "Xt5EWLLDS7FJjR1c",
        "funding": "credit",
        "generated_from": None,
        "last4": "4242",
        "networks": {"available": ["visa"], "preferred": None},
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
