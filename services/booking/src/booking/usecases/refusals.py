"""What the domain refuses, as the problems that clients see."""

from collections.abc import Iterator
from contextlib import contextmanager

from booking.domain.cancelling import CannotCancel, RefundDiffers, SeatsNotBooked
from booking.domain.support import NothingLeft
from booking.errors import (
    AlreadyCheckedIn,
    CheckinClosed,
    FirstScanMember,
    InvalidTicket,
    NotAdmitted,
    NotCancellable,
    NothingLeftToRefund,
    RefundChanged,
    UnknownSeats,
    WrongShowtime,
)
from chassis.problems import Problem
from checkin.rules import FirstScan, ScanResult


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


def problem_of_scan(result: ScanResult) -> Problem:
    """Why a guest is not let in, as a client sees it."""
    if result.first is not None:
        return AlreadyCheckedIn("its guest is inside already", first=_first(result.first))
    match result.outcome:
        case "not_admitted":
            return NotAdmitted("the ticket does not admit", reason=result.reason)
        case "wrong_showtime":
            return WrongShowtime("the ticket is for another showtime")
        case "checkin_closed":
            return CheckinClosed("check-in is open from two hours before the start until the end")
        case _:
            return InvalidTicket("no booking has this ticket or reference")


def _first(scan: FirstScan) -> FirstScanMember:
    first = FirstScanMember(at=scan.at.isoformat().replace("+00:00", "Z"))
    return FirstScanMember(**first, deviceId=scan.device_id) if scan.device_id else first
