"""Amounts as Stripe counts them, which is not always in a currency's minor unit by ISO 4217. Pure."""

from contracts.currencies import EXPONENTS

_OTHER_EXPONENTS = {"ISK": 2, "MGA": 0}
_LEAST = {
    "AED": 200,
    "AUD": 50,
    "BRL": 50,
    "CAD": 50,
    "CHF": 50,
    "CZK": 1500,
    "DKK": 250,
    "EUR": 50,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17_500,
    "INR": 50,
    "JPY": 50,
    "MXN": 1000,
    "MYR": 200,
    "NOK": 300,
    "NZD": 50,
    "PLN": 200,
    "RON": 200,
    "SEK": 300,
    "SGD": 50,
    "THB": 1000,
    "USD": 50,
}


def least_amount(currency: str) -> int:
    """The least charge that Stripe lists, in minor units; half a unit where it lists none."""
    half_a_unit = 10 ** EXPONENTS.get(currency, 2) // 2
    return int(_LEAST.get(currency, max(1, half_a_unit)))


def payable(amount: int, currency: str) -> int:
    """The most of an amount that Stripe takes."""
    step = 10 if EXPONENTS.get(currency) == 3 else 10 ** max(0, -_difference(currency))
    return int(amount - amount % step)


def to_stripe(amount: int, currency: str) -> int | None:
    """An amount in minor units as Stripe counts it; None where it cannot be said there."""
    more = _difference(currency)
    if more >= 0:
        return int(amount * 10**more)
    whole, rest = divmod(amount, int(10**-more))
    return None if rest else whole


def from_stripe(amount: int, currency: str) -> int:
    """Stripe's amount in minor units; a part of one is left off."""
    more = _difference(currency)
    in_minor_units = amount // 10**more if more >= 0 else amount * 10**-more
    return int(in_minor_units)


def _difference(currency: str) -> int:
    """How many digits more Stripe counts than the minor unit has."""
    exponent = EXPONENTS.get(currency, 2)
    return _OTHER_EXPONENTS.get(currency, exponent) - exponent
