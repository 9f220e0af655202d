"""When a payment that was authorized is captured by itself, and when it goes back uncaptured."""

from __future__ import annotations

from collections.abc import Mapping

from simulators.journal import JsonObject
from simulators.razorpay.errors import Refusal
from simulators.razorpay.fields import refuse_extra

_LEAST_MINUTES = 12
_MOST_MINUTES = 7200
_OPTIONS = frozenset({"automatic_expiry_period", "manual_expiry_period", "refund_speed"})


def capture_rule(body: Mapping[str, object]) -> JsonObject:
    """What an order wants, else the account, whose setting is automatic: `{automatic, manual}`, seconds after a
    payment was made until which it is captured by itself (0: never), and may be captured at all."""
    payment = body.get("payment")
    if payment is None:
        return _rule(_MOST_MINUTES if body.get("payment_capture", 1) in [1, "1"] else 0, _MOST_MINUTES)
    if not isinstance(payment, dict):
        raise Refusal("The payment must be an array.", field="payment")
    refuse_extra(payment, {"capture", "capture_options"})
    capture = payment.get("capture")
    if capture is None:
        raise Refusal("The capture field is required.", field="capture")
    if capture not in ["automatic", "manual"]:
        raise Refusal("The selected capture is invalid.", field="capture")
    automatic, manual = _minutes(payment.get("capture_options"), automatic=capture == "automatic")
    return _rule(automatic if capture == "automatic" else 0, manual)


def _rule(automatic: int, manual: int) -> JsonObject:
    return {"automatic": automatic * 60, "manual": manual * 60}


def _minutes(options: object, *, automatic: bool) -> tuple[int, int]:
    if options is None:
        return _MOST_MINUTES, _MOST_MINUTES
    if not isinstance(options, dict):
        raise Refusal("The capture options must be an array.", field="capture_options")
    refuse_extra(options, _OPTIONS)
    if automatic and options.get("automatic_expiry_period") is None:
        raise Refusal(
            "The automatic expiry period field is required when capture is automatic.", field="automatic_expiry_period"
        )
    if options.get("refund_speed", "normal") not in ["normal", "optimum"]:
        raise Refusal("The selected refund speed is invalid.", field="refund_speed")
    own = _period(options, "automatic_expiry_period", _LEAST_MINUTES)
    by_hand = _period(options, "manual_expiry_period", _MOST_MINUTES)
    if by_hand < own:
        raise Refusal(
            "The manual expiry period must be greater than or equal to the automatic expiry period.",
            field="manual_expiry_period",
        )
    return own, by_hand


def _period(options: Mapping[str, object], name: str, default: int) -> int:
    value, words = options.get(name, default), name.replace("_", " ")
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refusal(f"The {words} must be an integer.", field=name)
    if value < _LEAST_MINUTES:
        raise Refusal(f"The {words} must be at least {_LEAST_MINUTES}.", field=name)
    if value > _MOST_MINUTES:
        raise Refusal(f"The {words} may not be greater than {_MOST_MINUTES}.", field=name)
    return value
