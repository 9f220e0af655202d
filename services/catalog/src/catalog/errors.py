"""What catalog refuses, with status and stable code."""

from datetime import datetime

from typing_extensions import TypedDict

from chassis.problems import Problem

BookingMove = TypedDict("BookingMove", {"bookingId": str, "from": list[str], "to": list[str]})
"""A booking, the seats that it leaves, and those that it gets."""
BookingUnplaced = TypedDict("BookingUnplaced", {"bookingId": str, "from": list[str]})
"""A booking, and its seats that have no equal ones."""


class MovieNotFound(Problem):
    """No movie has this id."""

    status, code = 404, "movie_not_found"


class TheaterNotFound(Problem):
    """No theater has this id."""

    status, code = 404, "theater_not_found"


class ScreenNotFound(Problem):
    """No screen has this id, or not in this theater."""

    status, code = 404, "screen_not_found"


class ShowtimeNotFound(Problem):
    """No showtime has this id."""

    status, code = 404, "showtime_not_found"


class TheaterCodeTaken(Problem):
    """Another theater's invoices or credit notes are numbered under this code."""

    status, code = 409, "code_taken"


class ScreenBusy(Problem):
    """Another showtime, with its cleaning, takes the screen at that time; `conflicts` are the starts that clash."""

    status, code = 409, "screen_busy"
    conflicts: list[datetime]


class SeatsUnplaced(Problem):
    """The new screen has no equal seats for these bookings; nothing was changed. `placed` counts those that have."""

    status, code = 409, "seats_unplaced"
    placed: int
    moved: list[BookingMove]
    unplaced: list[BookingUnplaced]


class InUse(Problem):
    """Showtimes that have not ended yet need it."""

    status, code = 409, "in_use"


class ShowtimeClosed(Problem):
    """The showtime was cancelled, has begun or is over."""

    status, code = 409, "showtime_closed"
