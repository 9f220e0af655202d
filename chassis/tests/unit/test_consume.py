"""What becomes of a message that cannot be digested, without a broker."""

from typing import Any

import pytest

from chassis.consume import ATTEMPT_HEADER, DeadLetter, Retry, after_failure, failed_attempts


def test_a_message_is_retried_after_each_distance_and_then_is_a_dead_letter() -> None:
    decisions = [after_failure(attempt, (5, 60)) for attempt in (1, 2, 3, 4)]
    assert decisions == [Retry(5), Retry(60), DeadLetter(), DeadLetter()]


def test_without_distances_the_first_failure_makes_a_dead_letter() -> None:
    assert after_failure(1, ()) == DeadLetter()


def test_earlier_failures_are_counted_by_the_header() -> None:
    assert [failed_attempts(headers) for headers in ({}, {ATTEMPT_HEADER: 0}, {ATTEMPT_HEADER: 2})] == [0, 0, 2]


@pytest.mark.parametrize("foreign", ["many", -1, {"x": 1}, None, "7", 1.5])
def test_a_header_that_we_never_wrote_counts_as_no_failure(foreign: Any) -> None:
    assert failed_attempts({ATTEMPT_HEADER: foreign}) == 0
