"""Refunds go out as fast as the provider takes them."""

from payment.usecases.pace import Pace


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_nobody_waits_until_the_provider_says_that_asks_are_too_many() -> None:
    pace = Pace(Clock())
    assert [pace.wait() for _ in range(5)] == [0.0] * 5


def test_after_that_asks_go_out_an_interval_apart_and_what_was_under_way_slows_them_once() -> None:
    pace = Pace(Clock())
    for _ in range(8):
        pace.refused()
    waits = [pace.wait() for _ in range(3)]
    assert [round(wait, 3) for wait in waits] == [0.5, 0.55, 0.6]


def test_a_provider_that_still_has_no_time_is_asked_half_as_often_and_never_less_than_once_a_second() -> None:
    pace = Pace(clock := Clock())
    intervals = []
    for _ in range(8):
        pace.refused()
        first, second = pace.wait(), pace.wait()
        intervals.append(round(second - first, 3))
        clock.now += 10
    assert intervals == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0]


def test_with_each_refund_that_is_taken_the_pace_grows_until_nobody_waits() -> None:
    pace = Pace(clock := Clock())
    pace.refused()
    clock.now += 10
    taken = 0
    while pace.wait() + pace.wait() > 0:
        pace.taken()
        clock.now += 10
        taken += 1
    assert 50 < taken < 200


def test_of_a_limit_of_ten_a_second_few_asks_are_refused() -> None:
    pace = Pace(clock := Clock())
    passed: list[float] = []
    refused = 0
    for _ in range(500):
        while True:
            clock.now += pace.wait()
            if sum(at > clock.now - 1 for at in passed[-10:]) < 10:
                break
            refused += 1
            pace.refused()
        passed.append(clock.now)
        pace.taken()
    assert refused < 50
