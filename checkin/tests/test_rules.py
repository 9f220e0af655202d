"""The rule of the gate: what it says of every combination of what is known, and when."""

from datetime import timedelta

import pytest
from checkin.tests.factories import ANOTHER, END, SHOWTIME, START
from hypothesis import given
from hypothesis import strategies as st

from checkin.rules import Doors, FirstScan, KnownBooking, ScanResult, scan_result

DOORS = Doors.of_show(SHOWTIME, START, END)
INSIDE = FirstScan(START - timedelta(hours=1), "gate-1")
BOOKING = KnownBooking(SHOWTIME, version=2)
SECOND = timedelta(seconds=1)

minutes = st.integers(-400, 400).map(lambda number: START + timedelta(minutes=number))
known = st.builds(
    KnownBooking,
    st.sampled_from([SHOWTIME, ANOTHER]),
    version=st.integers(1, 4),
    refusal=st.none() | st.sampled_from(["cancelled", "refunded"]),
    first=st.none() | st.builds(FirstScan, minutes, st.none() | st.just("gate-1")),
)
versions = st.none() | st.integers(1, 4)


@pytest.mark.parametrize(
    ("booking", "version", "at", "result"),
    [
        (BOOKING, 2, START, ScanResult("checked_in")),
        (BOOKING, None, START, ScanResult("checked_in")),
        (BOOKING, 3, START, ScanResult("checked_in")),
        (BOOKING, 1, START, ScanResult("not_admitted", reason="old_version")),
        (None, None, START, ScanResult("invalid_ticket")),
        (KnownBooking(ANOTHER, 1), 1, START, ScanResult("wrong_showtime")),
        (KnownBooking(SHOWTIME, 2, "cancelled"), 2, START, ScanResult("not_admitted", reason="cancelled")),
        (KnownBooking(SHOWTIME, 2, "cancelled", INSIDE), 2, START, ScanResult("not_admitted", reason="cancelled")),
        (KnownBooking(SHOWTIME, 2, None, INSIDE), 2, START, ScanResult("already_checked_in", first=INSIDE)),
        (KnownBooking(SHOWTIME, 2, None, INSIDE), 2, END, ScanResult("already_checked_in", first=INSIDE)),
        (BOOKING, 2, START - timedelta(hours=2) - SECOND, ScanResult("checkin_closed")),
        (BOOKING, 2, START - timedelta(hours=2), ScanResult("checked_in")),
        (BOOKING, 2, END - SECOND, ScanResult("checked_in")),
        (BOOKING, 2, END, ScanResult("checkin_closed")),
        (BOOKING, 1, END, ScanResult("not_admitted", reason="old_version")),
    ],
)
def test_a_scan_has_the_result_that_the_table_says(
    booking: KnownBooking | None, version: int | None, at: object, result: ScanResult
) -> None:
    assert scan_result(booking, version, DOORS, at) == result  # type: ignore[arg-type]  # a time of the table


@given(st.none() | known, versions, minutes)
def test_only_who_may_come_in_and_is_not_inside_is_let_in_while_the_doors_are_open(
    booking: KnownBooking | None, version: int | None, at: object
) -> None:
    result = scan_result(booking, version, DOORS, at)  # type: ignore[arg-type]  # a time
    may = (
        booking is not None
        and booking.showtime_id == SHOWTIME
        and booking.refusal is None
        and booking.first is None
        and (version is None or version >= booking.version)
        and DOORS.opens_at <= at < DOORS.closes_at  # type: ignore[operator]  # a time
    )
    assert (result.outcome == "checked_in") == may
    assert (result.first is not None) == (result.outcome == "already_checked_in")
    assert (result.reason is not None) == (result.outcome == "not_admitted")


def test_uploads_are_taken_until_a_day_after_the_end() -> None:
    assert DOORS.take_uploads(END + timedelta(hours=24))
    assert not DOORS.take_uploads(END + timedelta(hours=24) + SECOND)
