"""The benchmark of the best seats sells what it measures."""

from bench import best_seats


def test_it_sells_screens_out_and_says_how_long_each_choice_took() -> None:
    rows = best_seats.best_seats(rows=6, cols=8)
    assert [row[0].split(",")[0] for row in rows] == [
        "side by side",
        "split",
        "choices that left a single seat",
        "scattered seats",
        "… with companions",
    ]
    assert [row[0].split(",")[0] for row in rows if "p99" not in row[1]] == ["choices that left a single seat"]
