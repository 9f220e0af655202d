"""Reading request bodies the way Razorpay does: field by field, the first fault named."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import orjson
from iso4217 import Currency

from simulators.edge import Call
from simulators.journal import JsonObject
from simulators.razorpay.errors import Refusal

# An account with every currency enabled that is money: of metals and of codes for tests ISO names no minor unit.
DIGITS = {currency.code: currency.exponent for currency in Currency if currency.exponent is not None}
_ROUNDED = frozenset({"BHD", "KWD", "OMR"})  # their third decimal has to be 0
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_MAX_NOTES = 15
_MAX_NOTE_CHARS = 256
_MAX_RECEIPT_CHARS = 40


def body_of(call: Call) -> JsonObject:
    """The JSON object sent; nothing at all counts as an empty one."""
    if not call.body:
        return {}
    try:
        body = orjson.loads(call.body)
    except orjson.JSONDecodeError:
        raise Refusal("The request body is not valid JSON.") from None
    # PHP knows no difference between an empty list and an empty object.
    if body == []:
        return {}
    if not isinstance(body, dict):
        raise Refusal("invalid request sent")
    return body


def refuse_extra(body: Mapping[str, object], known: Collection[str]) -> None:
    extra = [name for name in body if name not in known]
    if extra:
        names = ", ".join(extra)
        raise Refusal(f"{names} is/are not required and should not be sent", reason="extra_field_sent", field=extra[0])


def amount(body: Mapping[str, object], name: str = "amount") -> int:
    """Minor units."""
    if body.get(name) is None:
        raise Refusal(f"{name}: is required.", field=name)
    value = body[name]
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refusal(f"The {name} must be an integer.", field=name)
    return value


def amount_or_text(body: Mapping[str, object]) -> int:
    """Minor units, also as a string of digits: refunds take both, and the SDKs' own examples send the string."""
    value = body.get("amount")
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    return amount(body)


def check_last_digit(amount: int, currency: str) -> None:
    if currency in _ROUNDED and amount % 10:
        raise Refusal(f"The last digit of an amount in {currency} must be 0.", field="amount")


def currency(body: Mapping[str, object]) -> str:
    if body.get("currency") is None:
        raise Refusal("currency: is required.", field="currency")
    value = body["currency"]
    if not isinstance(value, str):
        raise Refusal(f"currency: expected string but provided {value}", field="currency")
    if value not in DIGITS:
        raise Refusal("Currency is not supported", field="currency")
    return value


def receipt(body: Mapping[str, object]) -> str | None:
    value = body.get("receipt")
    if value is None:
        return None
    if not isinstance(value, str):
        raise Refusal("The receipt must be a string.", field="receipt")
    if len(value) > _MAX_RECEIPT_CHARS:
        raise Refusal(f"The receipt may not be greater than {_MAX_RECEIPT_CHARS} characters.", field="receipt")
    return value


def notes(body: Mapping[str, object]) -> JsonObject | list[object]:
    """Empty notes come back as a list: one of Razorpay's own oddities."""
    value = body.get("notes") or []
    if value == []:
        return []
    if not isinstance(value, dict):
        raise Refusal("The notes must be an array.", field="notes")
    if len(value) > _MAX_NOTES:
        raise Refusal(f"Number of fields in notes should be less than or equal to {_MAX_NOTES}", field="notes")
    for note in value.values():
        _check_note(note)
    return value


def _check_note(note: object) -> None:
    if isinstance(note, (dict, list)):
        raise Refusal("The notes must be key value pairs.", field="notes")
    if len(str(note)) > _MAX_NOTE_CHARS:
        raise Refusal(f"The notes may not be greater than {_MAX_NOTE_CHARS} characters.", field="notes")
