"""What a snapshot of its show means for a booking: the show as it is now, that it was moved, that it is cancelled."""

from datetime import datetime, timedelta

from booking.domain.booking import Booking
from booking.domain.facts import Ended, Facts, Move, Show
from contracts.catalog import ShowtimeSnapshot

_STORED_PRECISION = timedelta(milliseconds=1)


def show_of(snapshot: ShowtimeSnapshot) -> Show:
    """What tickets, mails and pages say of the show."""
    theater = snapshot.theater
    return Show(
        revision=snapshot.revision,
        showtime_id=snapshot.showtime_id,
        start_at=snapshot.start_at,
        end_at=snapshot.end_at,
        timezone=theater.timezone,
        movie_id=snapshot.movie.movie_id,
        movie_title=snapshot.movie.title,
        poster=snapshot.movie.poster,
        theater_id=theater.theater_id,
        theater_name=theater.name,
        address=f"{theater.address}, {theater.city}",
        screen_id=snapshot.screen.screen_id,
        screen_name=snapshot.screen.name,
        language=snapshot.language,
        format=snapshot.format,
        city=theater.city,
        theater_code=theater.code,
        tax_id=theater.tax_id,
    )


def facts_of_show(snapshot: ShowtimeSnapshot, booking: Booking | None, now: datetime) -> Facts:
    """What the snapshot says of a booking, as facts: the show as it is now, and that it moved or is cancelled.
    `booking` is None while its sale is not known."""
    if snapshot.status == "cancelled":
        granted = booking.facts.granted if booking else 0
        return Facts(show=show_of(snapshot), ended=Ended(by="showtime_cancelled", at=now, granted=granted))
    move = move_of(snapshot, booking, now) if booking else None
    return Facts(show=show_of(snapshot), moves=(move,) if move else ())


def move_of(snapshot: ShowtimeSnapshot, booking: Booking, now: datetime) -> Move | None:
    """The move to the snapshot's start; None where the guest knows that start already.

    None too for a booking that is not confirmed, for a snapshot older than the show that the booking knows, and where
    both starts are past.
    """
    facts = booking.facts
    if booking.state.status != "confirmed":
        return None
    if facts.show and snapshot.revision < facts.show.revision:
        return None
    revision, known_start = _known_start(booking)
    if snapshot.revision <= revision or abs(snapshot.start_at - known_start) < _STORED_PRECISION:
        return None
    if max(snapshot.start_at, known_start) <= now:
        return None
    return Move(
        revision=snapshot.revision,
        previous_start_at=known_start,
        start_at=snapshot.start_at,
        end_at=snapshot.end_at,
    )


def _known_start(booking: Booking) -> tuple[int, datetime]:
    """The revision that set the start which the guest knows, and that start: of the last move, or of the order."""
    if booking.facts.moves:
        newest = booking.facts.moves[-1]
        return newest.revision, newest.start_at
    return booking.sale.showtime_revision, booking.sale.start_at
