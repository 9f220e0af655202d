"""What a guest gets back who cancels: a theater's policy, kept with each sale as it was then."""

from datetime import datetime, timedelta

from pydantic import Field

from contracts.event import Value


class CancellationTier(Value):
    """While at least so many hours are left before the start, so much of price and tax comes back."""

    hours_before: float = Field(strict=True, ge=0, le=24 * 366, allow_inf_nan=False)
    refund_percent: int = Field(strict=True, ge=0, le=100)

    def ends_at(self, start_at: datetime) -> datetime:
        """The last instant at which it holds."""
        return start_at - timedelta(hours=self.hours_before)


class CancellationPolicy(Value):
    """Tiers from the longest to the shortest; after the last one nothing can be cancelled.

    `fees_refunded`: fees with their tax go back whole, in any tier; else they are kept. By default all goes back until
    the start.
    """

    tiers: tuple[CancellationTier, ...] = (CancellationTier(hours_before=0, refund_percent=100),)
    fees_refunded: bool = True

    def tier_at(self, now: datetime, start_at: datetime) -> CancellationTier | None:
        """The first tier that still holds; None after the last one, and from the start on."""
        if now >= start_at:
            return None
        return next((tier for tier in self.tiers if now <= tier.ends_at(start_at)), None)
