"""What cancelling gives back: the terms that hold at a time, and the money that follows from them. Pure, no clock.

For each seat once: a percentage of its price and its own tax together, half up to the minor unit. Its share of the
fees, with their tax, goes back whole or is not given back.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from contracts.event import UtcTime, Value
from contracts.money import share
from contracts.policy import CancellationPolicy, CancellationTier
from contracts.prices import Quote
from tickets.shares import even_parts

_ALL_BACK = CancellationTier(hours_before=0, refund_percent=100)


class Terms(Value):
    """What counts for whoever cancels: a tier of the policy, whether fees come back, and until when that holds."""

    tier: CancellationTier
    fees_refunded: bool
    ends_at: UtcTime


def terms_at(
    now: datetime, policy: CancellationPolicy, start_at: datetime, free_until: datetime | None
) -> Terms | None:
    """The terms that hold at `now`; None when it is too late. Until `free_until` all goes back, since the theater
    changed what was bought."""
    if free_until is not None and now < free_until:
        return Terms(tier=_ALL_BACK, fees_refunded=True, ends_at=free_until)
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
    fees = even_parts(quote.fees + quote.taxes - taxes_of_tickets, len(quote.lines))
    return tuple(
        SeatShare(line.seat_id, line.price + line.tax, fee) for line, fee in zip(quote.lines, fees, strict=True)
    )


@dataclass(frozen=True, slots=True)
class RefundSplit:
    """Of some seats, in minor units: `paid` for them and not yet given back, `refund` the part that would go back."""

    paid: int
    refund: int

    @property
    def kept(self) -> int:
        return self.paid - self.refund


@dataclass(frozen=True, slots=True)
class Return:
    """Money that was given back, in minor units: for these seats, or for the booking as a whole; `terms` where they
    said how much of each seat."""

    amount: int
    seat_ids: tuple[str, ...] = ()
    terms: Terms | None = None


def split_refund(
    quote: Quote, seat_ids: Collection[str], terms: Terms | None, *, returns: Collection[Return], captured: int
) -> RefundSplit:
    """What cancelling these seats brings, in minor units.

    What has gone back of the `captured` amount already is taken from the seats it was for, or from all, in the order of
    the seats: from each what its terms gave, and else as much as it cost. No more goes back than is left of the
    capture; without terms nothing does.
    """
    shares = seat_shares(quote)
    left = _left_of_seats(shares, returns)
    paid = sum(left[seat.seat_id] for seat in shares if seat.seat_id in seat_ids)
    refund = sum(min(left[seat.seat_id], seat.refund(terms)) for seat in shares if terms and seat.seat_id in seat_ids)
    paid = min(paid, max(0, captured - sum(each.amount for each in returns)))
    return RefundSplit(paid, min(refund, paid))


def _left_of_seats(shares: Collection[SeatShare], returns: Collection[Return]) -> dict[str, int]:
    """What each seat cost less what was given back of it. More than the seats it was for have cost counts for all."""
    costs = {seat.seat_id: seat.ticket + seat.fees for seat in shares}
    left, for_all = dict(costs), 0
    for each in returns:
        own_shares = [seat for seat in shares if seat.seat_id in each.seat_ids]
        given = {seat.seat_id: seat.refund(each.terms) for seat in own_shares if each.terms}
        own = {seat.seat_id: costs[seat.seat_id] for seat in own_shares}
        for_all += _spread(_spread(each.amount, given, left), own, left)
    _spread(for_all, costs, left)
    return left


def _spread(amount: int, most: Mapping[str, int], left: dict[str, int]) -> int:
    """Take the amount from what is left of the seats, one after the other and of each so much at most; what no seat
    had."""
    for seat, most_of_seat in most.items():
        taken = min(left[seat], most_of_seat, amount)
        left[seat] -= taken
        amount -= taken
    return amount
