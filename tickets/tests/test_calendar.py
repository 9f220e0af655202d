"""The calendar entry is one that calendars read: RFC 5545, checked by its octets and by a library."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event
from tickets.tests.pages import START, a_show

from tickets.calendar import CalendarEntry, ticket_ics

CHANGED = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ENTRY = CalendarEntry("bkg_01jd8xq4m2f7kt9v3w5y7z1abc", "BK7Q2M9X", 1, a_show(), ("C7", "C8"), CHANGED)


def read(entry: CalendarEntry) -> tuple[Calendar, Event]:
    calendar = Calendar.from_ical(ticket_ics(entry))
    assert isinstance(calendar, Calendar)
    [event] = calendar.events
    return calendar, event


def an_entry(**changes: Any) -> CalendarEntry:
    return replace(ENTRY, **changes)


def test_an_entry_says_what_when_and_where() -> None:
    calendar, event = read(an_entry(url="https://example.com/bookings/1?token=a,b;c"))
    assert (calendar["version"], calendar["method"]) == ("2.0", "PUBLISH")
    assert event["uid"] == "bkg_01jd8xq4m2f7kt9v3w5y7z1abc@marquee"
    assert (event.start, event.end, event.DTSTAMP) == (START, START + timedelta(minutes=169), CHANGED)
    assert (event["summary"], event["status"], event["sequence"]) == ("Interstellar", "CONFIRMED", 0)
    assert event["location"] == "Marquee Palace, 12 Linking Road, Bandra West, Mumbai"
    assert event["url"] == "https://example.com/bookings/1?token=a,b;c"
    assert [part.split(": ") for part in str(event["description"]).split("\n")] == [
        ["Date", "Sunday, 29 November 2026, 7:30 PM IST"],
        ["Screen", "Screen 3"],
        ["Seats", "C7, C8"],
        ["Reference", "BK7Q2M9X"],
    ]


def test_times_are_instants_that_need_no_zone() -> None:
    lines = ticket_ics(an_entry(show=a_show(timezone="America/New_York"))).split(b"\r\n")
    assert b"DTSTART:20261129T140000Z" in lines
    assert not [line for line in lines if b"TZID" in line]


def test_a_new_ticket_and_a_cancellation_replace_the_entry() -> None:
    versions = [an_entry(), an_entry(version=2), an_entry(version=2, is_cancelled=True)]
    events = [read(entry)[1] for entry in versions]
    assert len({event["uid"] for event in events}) == 1
    assert [event["sequence"] for event in events] == [0, 1, 2]
    assert (read(versions[2])[0]["method"], events[2]["status"]) == ("CANCEL", "CANCELLED")


def test_what_goes_by_mail_names_who_sends_it() -> None:
    _, event = read(an_entry(organizer="tickets@example.com", show=a_show(theater_name='"Palace"; & Söhne')))
    assert event["organizer"] == "mailto:tickets@example.com"
    assert event["organizer"].params["CN"] == '"Palace"; & Söhne'
    assert "organizer" not in read(an_entry())[1]


@pytest.mark.parametrize(("language", "label"), [("hi", "संदर्भ: BK7Q2M9X"), ("ta", "குறிப்பு எண்: BK7Q2M9X")])
def test_an_entry_speaks_the_language_of_its_reader(language: str, label: str) -> None:
    assert label in str(read(an_entry(language=language))[1]["description"])


@given(st.text(st.characters(codec=None), max_size=200), st.text(max_size=200))
def test_whatever_names_hold_they_stay_text_in_folded_lines(title: str, theater: str) -> None:
    entry = an_entry(show=a_show(movie_title=title, theater_name=theater))
    data = ticket_ics(entry)
    assert data.endswith(b"\r\n")
    for line in data.split(b"\r\n"):
        assert len(line) <= 75
        assert not set(line) & {*range(9), *range(10, 32), 127}
        line.decode()
    names = [line.split(":")[0].split(";")[0] for line in data.decode().replace("\r\n ", "").splitlines()]
    _, plain = ticket_ics(ENTRY), ticket_ics(ENTRY).decode().replace("\r\n ", "").splitlines()
    assert names == [line.split(":")[0] for line in plain]
    _, event = read(entry)
    assert event["uid"] == "bkg_01jd8xq4m2f7kt9v3w5y7z1abc@marquee"
