"""Stripe's cards for tests, by the name of their payment method: what the bank does with each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from simulators.stripe.attempts import Paying

_GOOD: Final = Paying()
_BEHAVIOUR: Mapping[str, Paying] = {
    "pm_card_visa": _GOOD,
    "pm_card_visa_debit": _GOOD,
    "pm_card_mastercard": _GOOD,
    "pm_card_in": _GOOD,
    "pm_card_chargeDeclined": Paying(outcome="failed"),
    "pm_card_visa_chargeDeclined": Paying(outcome="failed"),
    "pm_card_chargeDeclinedInsufficientFunds": Paying(outcome="failed", decline_code="insufficient_funds"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": Paying(outcome="failed", decline_code="insufficient_funds"),
    "pm_card_chargeDeclinedExpiredCard": Paying(outcome="failed", code="expired_card", decline_code=None),
    "pm_card_chargeDeclinedIncorrectCvc": Paying(outcome="failed", code="incorrect_cvc", decline_code=None),
    "pm_card_authenticationRequired": Paying(outcome="requires_action"),
    "pm_card_threeDSecureRequired": Paying(outcome="requires_action"),
    "pm_card_threeDSecure2Required": Paying(outcome="requires_action"),
}


def is_card(payment_method: str) -> bool:
    return payment_method in _BEHAVIOUR


def behaviour(card: str | None) -> Paying:
    """A means of payment that is no card for tests does what it should."""
    return _GOOD if card is None else _BEHAVIOUR[card]
