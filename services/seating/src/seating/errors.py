"""What seating refuses, with status and stable code."""

from collections.abc import Iterable

from chassis.problems import Problem


class ShowtimeNotFound(Problem):
    """No showtime has this id."""

    status, code = 404, "showtime_not_found"


class HoldNotFound(Problem):
    """No hold of the caller has this id; ended ones are known for an hour."""

    status, code = 404, "hold_not_found"


class UnknownSeats(Problem):
    """These seats are not there: `seatIds`."""

    status, code = 422, "unknown_seats"
    seat_ids: list[str]

    def __init__(self, seat_ids: Iterable[str]) -> None:
        super().__init__("this screen has no such seats", seat_ids=list(seat_ids))


class SeatsUnavailable(Problem):
    """Some of the seats are held, sold or blocked by others; nothing was held."""

    status, code = 409, "seats_unavailable"
    seat_ids: list[str]

    def __init__(self, seat_ids: Iterable[str]) -> None:
        super().__init__("some of these seats are taken", seat_ids=list(seat_ids))


class NotEnoughSeats(Problem):
    """So many seats of the kind asked for are not free; `left` are. A pair is never parted for it."""

    status, code = 409, "not_enough_seats"
    left: int


class ShowtimeClosed(Problem):
    """The showtime was cancelled, has begun or is over."""

    status, code = 409, "showtime_closed"


class SoldTogether(Problem):
    """A pair of seats is sold together; `seatIds` are those that are missing from the request."""

    status, code = 409, "sold_together"
    seat_ids: list[str]

    def __init__(self, seat_ids: Iterable[str]) -> None:
        super().__init__("some of these seats are half of a pair", seat_ids=list(seat_ids))


class LeavesSingleSeat(Problem):
    """The theater allows no choice that leaves `seatIds` alone; `suggestion` names as many seats that can be held."""

    status, code = 409, "leaves_single_seat"
    seat_ids: list[str]
    suggestion: list[str]

    def __init__(self, seat_ids: Iterable[str], suggestion: Iterable[str]) -> None:
        super().__init__(
            "this choice would leave a single seat alone", seat_ids=list(seat_ids), suggestion=list(suggestion)
        )


class PriceChanged(Problem):
    """The seats do not cost what the client expected; `total` is what they cost now."""

    status, code = 409, "price_changed"
    total: int


class HoldLimit(Problem):
    """The user holds as often as is allowed for one showtime."""

    status, code = 429, "hold_limit"


class EntryNotFound(Problem):
    """No entry of the caller's on a waiting list has this id."""

    status, code = 404, "waitlist_entry_not_found"


class AlreadyWaiting(Problem):
    """The user is on this showtime's waiting list; `entryId` is the entry."""

    status, code = 409, "already_waiting"
    entry_id: str


class SeatsLeft(Problem):
    """As many seats are free, together or not: there is nothing to wait for. `left` is how many."""

    status, code = 409, "seats_left"
    left: int


class HoldExpired(Problem):
    """The hold has ended."""

    status, code = 409, "hold_expired"


class HoldSold(Problem):
    """The hold is paid for: it cannot be changed or paid for again."""

    status, code = 409, "hold_sold"


class RefreshLimit(Problem):
    """The hold was refreshed as often as is allowed."""

    status, code = 409, "refresh_limit"
