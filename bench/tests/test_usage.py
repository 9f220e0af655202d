"""Differences, the idle share and medians."""

import pytest

from bench.usage import Usage, difference, medians, per_unit, with_sums


def test_a_name_that_was_not_there_before_started_at_nothing() -> None:
    assert difference({"find": 9, "insert": 2}, {"find": 4}) == {"find": 5, "insert": 2}


def test_the_idle_share_is_taken_off_by_time() -> None:
    busy, idle = Usage(10, {"mongod": 6.0, "redis": 1.0}), Usage(5, {"mongod": 0.5})
    assert per_unit(busy, idle, 10) == pytest.approx({"mongod": 0.5, "redis": 0.1})


def test_sums_stand_beside_what_they_sum() -> None:
    assert with_sums({"a": 1, "b": 2}, {"both": ("a", "b", "absent")}) == {"a": 1, "b": 2, "both": 3}


def test_a_round_without_a_name_counts_as_nothing() -> None:
    assert medians([{"a": 3}, {"a": 1, "b": 5}, {"a": 2}]) == {"a": 2, "b": 0}
