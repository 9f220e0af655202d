"""What the providers keep of a capture."""


def fee_and_tax(amount: int) -> tuple[int, int]:
    """2 % and 18 % GST on it; the fee includes the tax."""
    base = (amount * 2 + 50) // 100
    tax = (base * 18 + 50) // 100
    return base + tax, tax
