"""What cancelling gives back: the terms that hold at a time, and the money that follows from them. Pure, no clock.

For each seat once: a percentage of its price and its own tax together, half up to the minor unit. Its share of the
fees, with their tax, goes back whole or is not given back.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from contracts.event import UtcTime, Value
from contracts.money import share
from contracts.policy import CancellationPolicy, CancellationTier
from contracts.prices import Quote

_ALL_BACK = CancellationTier(hours_before=0, refund_percent=100)


class Terms(Value):
    """What counts for whoever cancels: a tier of the policy, whether fees come back, and until when that holds."""

    tier: CancellationTier
    fees_refunded: bool
    ends_at: UtcTime


def terms_at(
    now: datetime, policy: CancellationPolicy, start_at: datetime, moved_from: datetime | None
) -> Terms | None:
    """The terms that hold at `now`; None when it is too late. Until `moved_from`, the start that a moved show had
    before, all goes back."""
    if moved_from is not None and now < moved_from:
        return Terms(tier=_ALL_BACK, fees_refunded=True, ends_at=moved_from)
    tier = policy.tier_at(now, start_at)
    if tier is None:
        return None
    return Terms(tier=tier, fees_refunded=policy.fees_refunded, ends_at=tier.ends_at(start_at))


@dataclass(frozen=True, slots=True)
class SeatShare:
    """What one seat costs, in minor units: `ticket` is its price with its own tax, `fees` its part of the fees with
    their tax."""

    seat_id: str
    ticket: int
    fees: int

    def refund(self, terms: Terms) -> int:
        """What the terms give back of it."""
        back = share(self.ticket, terms.tier.refund_percent * 100)
        return back + self.fees if terms.fees_refunded else back


def seat_shares(quote: Quote) -> tuple[SeatShare, ...]:
    """The quote's total, seat by seat in the order of its lines."""
    taxes_of_tickets = sum(line.tax for line in quote.lines)
    fees = _even_parts(quote.fees + quote.taxes - taxes_of_tickets, len(quote.lines))
    return tuple(
        SeatShare(line.seat_id, line.price + line.tax, fee) for line, fee in zip(quote.lines, fees, strict=True)
    )


def _even_parts(total: int, parts: int) -> Iterator[int]:
    """`total` in parts that differ by one at most."""
    return (total * (part + 1) // parts - total * part // parts for part in range(parts))


@dataclass(frozen=True, slots=True)
class RefundSplit:
    """Of some seats, in minor units: `paid` for them and not yet given back, `refund` the part that would go back."""

    paid: int
    refund: int

    @property
    def kept(self) -> int:
        return self.paid - self.refund


def split_refund(
    quote: Quote, seat_ids: Collection[str], terms: Terms | None, *, returned: int, captured: int
) -> RefundSplit:
    """What cancelling these seats brings, in minor units.

    Of the `captured` amount `returned` has gone back already: it is taken from the seats in their order, from each as
    much as it cost. No more goes back than is left of the capture; without terms nothing does.
    """
    paid = refund = 0
    unassigned = returned
    for seat in seat_shares(quote):
        cost = seat.ticket + seat.fees
        left = cost - min(cost, unassigned)
        unassigned -= cost - left
        if seat.seat_id in seat_ids:
            paid += left
            refund += min(left, seat.refund(terms)) if terms else 0
    paid = min(paid, max(0, captured - returned))
    return RefundSplit(paid, min(refund, paid))
