"""One showtime against eight: every sale has its seat, and ratios are made round by round."""

from bench import hot
from bench.cost import COLS, ROWS
from bench.hot import Turn, rows


def a_turn(rate: float, milliseconds: float) -> Turn:
    return Turn(rate, milliseconds, dict.fromkeys(hot.ASKED, 4.0))


def test_one_showtime_has_a_seat_for_each_sale() -> None:
    assert hot.WARM_UP_SALES + hot.ROUNDS * hot.SALES <= ROWS * COLS


def test_ratios_are_made_round_by_round() -> None:
    one = [a_turn(10, 60), a_turn(30, 40), a_turn(8, 80)]
    eight = [a_turn(20, 30), a_turn(20, 40), a_turn(10, 40)]
    first, second = rows(one, eight)
    assert first == (
        "sales on one showtime, 16 at a time",
        "10.0/s, 60.0 ms a sale, 4.0 Mongo commands, 4.0 Mongo, seating.ledgers",
        "0.80 of the rate, 2.00 of the processor time on eight",
    )
    assert second[1].startswith("20.0/s, 40.0 ms a sale")
