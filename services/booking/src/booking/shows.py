"""The plain facts of a show, as its snapshot has them."""

from booking.saga import Show
from contracts.catalog import ShowtimeSnapshot


def show_of(snapshot: ShowtimeSnapshot) -> Show:
    """What a ticket and a mail say of the show."""
    theater = snapshot.theater
    return Show(
        revision=snapshot.revision,
        showtime_id=snapshot.showtime_id,
        start_at=snapshot.start_at,
        end_at=snapshot.end_at,
        timezone=theater.timezone,
        movie_title=snapshot.movie.title,
        poster=snapshot.movie.poster,
        theater_id=theater.theater_id,
        theater_name=theater.name,
        address=f"{theater.address}, {theater.city}",
        screen_name=snapshot.screen.name,
        language=snapshot.language,
        format=snapshot.format,
    )
