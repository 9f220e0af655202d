"""A show as a guest reads it."""

from contracts.event import UtcTime, Value
from contracts.ids import ShowtimeId


class ShowDetails(Value):
    """The plain facts of a show, as a guest reads them; times in UTC beside the theater's zone. `address` ends with
    the city."""

    showtime_id: ShowtimeId
    start_at: UtcTime
    end_at: UtcTime
    timezone: str
    movie_title: str
    poster: str | None = None
    theater_id: str
    theater_name: str
    address: str
    screen_name: str
    language: str
    format: str
    city: str | None = None
