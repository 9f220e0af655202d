"""The way of a booking as `make trace` prints it: times, what it waits for, and the runbook where it is stuck."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from stack.trace import duration, report
from stack.waits import waits_of

START = datetime(2026, 11, 27, 19, 30, tzinfo=UTC)
RUNBOOKS = Path(__file__).parents[3] / "docs" / "runbooks"


def at(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def a_booking(status: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "bkg_1",
        "reference": "7KQ2M9XD",
        "status": status,
        "createdAt": at(0),
        "showtime": {"id": "sho_1", "movieTitle": "The Long Test"},
        "refunds": [],
        "messages": [],
        **more,
    }


def a_step(seconds: float, service: str, what: str, trace: str | None = "t1", detail: str = "") -> dict[str, Any]:
    step = {"at": at(seconds), "service": service, "what": what, "detail": detail}
    return {**step, "traceId": trace} if trace else step


SOLD = [
    a_step(0, "seating", "seats_held", None, "seats A1"),
    a_step(1.25, "payment", "order_created"),
    a_step(65.25, "payment", "succeeded", "t2"),
]


def test_each_step_stands_with_its_time_and_how_long_after_the_one_before() -> None:
    lines = list(report(a_booking("pending"), SOLD, START + timedelta(seconds=70)))
    assert lines == [
        "7KQ2M9XD  pending  bkg_1  The Long Test",
        "  2026-11-27 19:30:00.000             seating seats_held          seats A1",
        "  trace t1",
        "  2026-11-27 19:30:01.250   +1.250 s  payment order_created",
        "  trace t2",
        "  2026-11-27 19:31:05.250  +1 min 4 s  payment succeeded",
        "waits: seating is to say whether the seats are sold, for 4.750 s now",
    ]


def test_one_that_waits_too_long_names_its_runbook() -> None:
    *_, waits, stuck = report(a_booking("pending"), SOLD, START + timedelta(minutes=5))
    assert waits == "waits: seating is to say whether the seats are sold, for 3 min 54 s now"
    assert stuck == "STUCK: see docs/runbooks/stuck-booking.md, step 3"


def test_one_that_is_done_waits_for_nothing() -> None:
    booking = a_booking("confirmed", messages=[{"channel": "mail", "kind": "ticket", "status": "sent", "at": at(70)}])
    *_, last = report(booking, SOLD, START + timedelta(days=3))
    assert last == "waits for nothing"


REFUND = {"amount": 500, "currency": "INR", "reason": "by_guest", "at": at(70)}
STUCK = {
    "stuck-booking.md, step 2": (a_booking("pending"), SOLD[:2]),
    "stuck-booking.md, step 4": (a_booking("pending"), [*SOLD, a_step(66, "seating", "seats_sold")]),
    "stuck-booking.md, step 5": (a_booking("cancelled", refunds=[{**REFUND, "status": "due"}]), SOLD),
    "stuck-booking.md, step 6": (a_booking("cancelled", refunds=[{**REFUND, "status": "failed"}]), SOLD),
    "mail-that-does-not-arrive.md": (
        a_booking("confirmed", messages=[{"channel": "mail", "kind": "ticket", "status": "queued", "at": at(70)}]),
        SOLD,
    ),
    "sms-that-does-not-arrive.md": (
        a_booking("confirmed", messages=[{"channel": "sms", "kind": "ticket", "status": "queued", "at": at(70)}]),
        SOLD,
    ),
}


@pytest.mark.parametrize("runbook", STUCK)
def test_each_runbook_is_named_for_what_it_is_about_and_has_the_step(runbook: str) -> None:
    booking, items = STUCK[runbook]
    (wait,) = waits_of(booking, items)
    assert wait.runbook == runbook
    assert not wait.is_stuck(wait.since + timedelta(seconds=1))
    assert wait.is_stuck(START + timedelta(hours=2))
    name, _, step = runbook.partition(", step ")
    assert f"\n{step}" in (RUNBOOKS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0124, "0.012 s"),
        (59.9, "59.900 s"),
        (60, "1 min 0 s"),
        (3_599, "59 min 59 s"),
        (7_260, "2 h 1 min"),
        (86_400, "1 d 0 h"),
    ],
)
def test_durations_are_said_in_two_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text
