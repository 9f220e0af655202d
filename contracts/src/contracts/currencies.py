"""ISO 4217, from one library for the whole house: the currencies in use and the digits of each one's minor unit."""

from iso4217 import Currency as IsoCurrency

_NOT_MONEY_IN_USE = frozenset({"BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW", "XAD"})  # funds, units

EXPONENTS: dict[str, int] = {
    currency.code: currency.exponent
    for currency in IsoCurrency
    if currency.exponent is not None and currency.code not in _NOT_MONEY_IN_USE
}
"""Code → digits of the minor unit: INR 2, JPY 0, KWD 3. Metals and test codes have none and are left out."""


def exponent(currency: str) -> int:
    """The digits of a currency's minor unit; raises KeyError for what is no currency in use."""
    return EXPONENTS[currency]
