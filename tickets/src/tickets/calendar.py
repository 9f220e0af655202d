"""A booking as a calendar entry: iCalendar (RFC 5545), in UTC, so that it needs no zone's rules."""

from dataclasses import dataclass
from datetime import datetime

from icalendar import Calendar, Event

from printing.formats import local_date, local_time, locale_at, zone_name
from printing.text import printable
from tickets.page import Show
from tickets.words import words_in


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A booking, as a calendar shows it. `version` is the ticket's, from 1; `changed_at` is when the booking last
    changed (aware): of two entries the later one counts. `seats` are labels; `url` opens the booking. A cancelled
    entry takes the earlier one out of the calendar. `language` is the reader's code; `organizer` the mail address that
    sends entries, which RFC 5546 asks for in what is published or cancelled by mail."""

    booking_id: str
    reference: str
    version: int
    show: Show
    seats: tuple[str, ...]
    changed_at: datetime
    url: str = ""
    is_cancelled: bool = False
    language: str = "en"
    organizer: str = ""


def ticket_ics(entry: CalendarEntry) -> bytes:
    """The entry as a file of its own: the same booking always has the same UID."""
    event = Event()
    event.add("uid", f"{entry.booking_id}@marquee")
    event.add("dtstamp", entry.changed_at)
    event.add("sequence", entry.version if entry.is_cancelled else entry.version - 1)
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    event.add("dtstart", entry.show.start_at)
    event.add("dtend", entry.show.end_at)
    event.add("summary", _summary(entry))
    place = (printable(entry.show.theater_name), entry.show.whole_address())
    event.add("location", ", ".join(part for part in place if part))
    event.add("description", _description(entry))
    if entry.url:
        event.add("url", entry.url)
    if entry.organizer:
        parameters = {"CN": printable(entry.show.theater_name)}
        event.add("organizer", f"mailto:{entry.organizer}", parameters=parameters)
    calendar = Calendar()
    calendar.add("prodid", "-//Marquee//Tickets//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if entry.is_cancelled else "PUBLISH")
    calendar.add_component(event)
    data: bytes = calendar.to_ical()
    return data


def _summary(entry: CalendarEntry) -> str:
    title = printable(entry.show.movie_title)
    return f"{words_in(entry.language).cancelled}: {title}" if entry.is_cancelled else title


def _description(entry: CalendarEntry) -> str:
    """Seats, screen and reference, and the start by the theater's clock."""
    words, show = words_in(entry.language), entry.show
    locale = locale_at(entry.language, show.timezone)
    clock = f"{local_time(show.start_at, show.timezone, locale)} {zone_name(show.start_at, show.timezone, locale)}"
    facts = (
        (words.date, f"{local_date(show.start_at, show.timezone, locale)}, {clock}"),
        (words.screen, printable(show.screen_name)),
        (words.seats, ", ".join(map(printable, entry.seats))),
        (words.reference, printable(entry.reference)),
    )
    return "\n".join(f"{name}: {value}" for name, value in facts)
