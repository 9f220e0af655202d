"""Which amounts a payment provider takes, in minor units of their currency. Pure."""

from contracts.currencies import EXPONENTS

_ENDING_IN_ZERO = frozenset({"BHD", "KWD", "OMR"})  # providers take no thousandths of them
_STEP = 10


def least_amount(currency: str) -> int:
    """The least amount an order may have. Razorpay names ₹1 alone; elsewhere it is taken for one whole unit of the
    currency, or for 100 minor ones where those are less. What it refuses beyond that is seen from its answer."""
    return int(min(100, 10 ** EXPONENTS.get(currency, 2)))


def payable(amount: int, currency: str) -> int:
    """The amount that can be asked for or given back: thousandths of the three dinars and rials are left off."""
    return amount - amount % _STEP if currency in _ENDING_IN_ZERO else amount
