"""What at the provider explains that a capture is not what its order asked for."""

from payment.domain import Difference, Order, Reason
from payment.usecases.provider import ProviderPayment


def difference_of(order: Order, seen: ProviderPayment, accepted: frozenset[Reason]) -> Difference | None:
    """The difference, if the provider's own fee or an offer of the account explains it; `accepted` names which
    reasons this account is set up for."""
    amount = seen.amount - order.amount
    reason = _reason(amount, seen)
    if reason is None or seen.currency != order.currency:
        return None
    return Difference(amount=amount, reason=reason, accepted=reason in accepted)


def _reason(amount: int, seen: ProviderPayment) -> Reason | None:
    """A payer who bears the fee pays it on top, all of it unless the provider says that they share it; an offer takes
    off what it takes off. Where both apply the fee may outweigh the discount."""
    if amount < 0 and seen.offer_ids:
        return "offer"
    fee = seen.fee or 0
    shared = seen.payer_bears_fee or bool(seen.offer_ids)
    return "fee" if 0 < amount == fee or (shared and 0 < amount < fee) else None
