"""Which amounts every provider of payment takes, in minor units of their currency. Pure."""

_ENDING_IN_ZERO = frozenset({"BHD", "KWD", "OMR"})  # providers take no thousandths of them
_STEP = 10


def payable(amount: int, currency: str) -> int:
    """The amount that can be asked for or given back: thousandths of the three dinars and rials are left off."""
    return amount - amount % _STEP if currency in _ENDING_IN_ZERO else amount
