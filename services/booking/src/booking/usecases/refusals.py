"""What the domain refuses, as the problems that clients see."""

from collections.abc import Iterator
from contextlib import contextmanager

from booking.domain.cancelling import CannotCancel, RefundDiffers, SeatsNotBooked
from booking.domain.support import NothingLeft
from booking.errors import NotCancellable, NothingLeftToRefund, RefundChanged, UnknownSeats


@contextmanager
def problems_for_refusals() -> Iterator[None]:
    """What the domain refuses, as a client sees it."""
    try:
        yield
    except CannotCancel as refusal:
        raise NotCancellable(str(refusal), reason=refusal.obstacle) from None
    except SeatsNotBooked as refusal:
        raise UnknownSeats("the booking does not have these seats", seat_ids=refusal.seat_ids) from None
    except NothingLeft as refusal:
        raise NothingLeftToRefund("so much is not left to give back", left=refusal.left) from None
    except RefundDiffers as refusal:
        raise RefundChanged("the refund is another by now", refund=refusal.refund, currency=refusal.currency) from None
