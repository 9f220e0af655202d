"""What catalog refuses, with status and stable code."""

from datetime import datetime

from chassis.problems import Problem


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


class InUse(Problem):
    """Showtimes that have not ended yet need it."""

    status, code = 409, "in_use"


class ShowtimeClosed(Problem):
    """The showtime was cancelled, has begun or is over."""

    status, code = 409, "showtime_closed"
