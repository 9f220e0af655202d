"""Distances between attempts grow up to a maximum."""

from chassis.backoff import backoff_seconds


def test_each_further_failure_doubles_the_distance_up_to_the_maximum() -> None:
    distances = [backoff_seconds(failures, first=0.5, maximum=5) for failures in range(1, 7)]
    assert distances == [0.5, 1, 2, 4, 5, 5]


def test_another_factor_grows_more_slowly() -> None:
    assert [backoff_seconds(failures, first=1, maximum=9, factor=1.5) for failures in (1, 2, 3)] == [1, 1.5, 2.25]


def test_no_number_of_failures_is_too_large_or_too_small() -> None:
    assert backoff_seconds(10**6, first=0.05, maximum=2) == 2
    assert backoff_seconds(0, first=0.05, maximum=2) == 0.05
