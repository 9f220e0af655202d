"""A payment as Razorpay spells it: all its keys, and what each means of payment fills in."""

from __future__ import annotations

from typing import Final

from simulators.journal import JsonObject
from simulators.razorpay.books import new_id

SUCCESS: Final[JsonObject] = {
    "error_code": None,
    "error_description": None,
    "error_source": None,
    "error_step": None,
    "error_reason": None,
}
FAILURE: Final[JsonObject] = {
    "error_code": "BAD_REQUEST_ERROR",
    "error_description": "Your payment was not successful as it was declined by the bank. Try another method.",
    "error_source": "bank",
    "error_step": "payment_authorization",
    "error_reason": "payment_failed",
}


def new_payment(order: JsonObject, amount: int, currency: str, now: int) -> JsonObject:
    foreign = {} if currency == "INR" else {"base_amount": amount, "base_currency": "INR"}
    return {
        "id": new_id("pay"),
        "entity": "payment",
        "amount": amount,
        "currency": currency,
        **foreign,
        "status": "created",
        "order_id": order["id"],
        "invoice_id": None,
        "international": currency != "INR",
        "method": None,
        "amount_refunded": 0,
        "refund_status": None,
        "captured": False,
        "description": None,
        "card_id": None,
        "bank": None,
        "wallet": None,
        "vpa": None,
        "email": None,
        "contact": None,
        "notes": [],
        "fee": None,
        "tax": None,
        **SUCCESS,
        "acquirer_data": {},
        "created_at": now,
    }


def means_of(method: str, *, failing: bool) -> JsonObject:
    match method:
        case "upi":
            vpa = "failure@razorpay" if failing else "success@razorpay"
            return {"method": method, "vpa": vpa, "upi": {"vpa": vpa, "payer_account_type": "bank_account"}}
        case "netbanking":
            return {"method": method, "bank": "HDFC"}
        case "wallet":
            return {"method": method, "wallet": "mobikwik"}
        case _:
            card = _card(emi=method == "emi")
            return {"method": method, "card_id": card["id"], "card": card}


def _card(*, emi: bool) -> JsonObject:
    return {
        "id": new_id("card"),
        "entity": "card",
        "name": "",
        "last4": "1007",
        "network": "Visa",
        "type": "credit" if emi else "debit",
        "issuer": "HDFC",
        "international": False,
        "emi": emi,
        "sub_type": "consumer",
    }
