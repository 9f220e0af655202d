"""Money in minor units; never a float."""

from typing import Annotated

from pydantic import Field

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217")]
MinorUnits = Annotated[
    int, Field(strict=True, ge=0, le=10**12, description="paise, cents: the currency's smallest unit")
]


def share(amount: int, basis_points: int) -> int:
    """A part of `amount`, which is not negative, rounded half up to the minor unit. 1800 basis points are 18 %."""
    return (amount * basis_points + 5_000) // 10_000
