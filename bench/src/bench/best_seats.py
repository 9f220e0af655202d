"""How long the choice of the best seats takes: a screen of 2,000 seats, sold out group by group as best-available
chooses, and one of which seats were taken here and there, also for groups who need an accessible seat."""

import random
import time
from statistics import quantiles

from bench.report import Row
from contracts.layout import Layout
from seating.best_available import SeatWish, best_choice, is_split
from seating.domain import NumberedSeats

ROUNDS, SCATTERED = 3, 600
BUDGET = 1.0
"""Milliseconds of a processor that a choice may take."""
_GROUPS = (1, 2, 2, 2, 2, 3, 3, 4, 4, 5, 6, 8, 10)


def best_seats(rows: int = 40, cols: int = 50) -> list[Row]:
    """Percentiles over all groups of a screen with two aisles in a theater that forbids single seats."""
    layout = Layout(rows=rows, cols=cols, aisles=(cols // 4, cols - cols // 4))
    together: list[float] = []
    split: list[float] = []
    forced = 0
    for seed in range(ROUNDS):
        forced += _sell_out(layout, random.Random(seed), together, split)
    return [
        (f"side by side, {len(together)} groups", *_percentiles(together)),
        (f"split, {len(split)} groups", *_percentiles(split)),
        ("choices that left a single seat, for no other was left", str(forced), ""),
        (f"scattered seats, {SCATTERED} groups", *_percentiles(_scattered(layout, accessible=False))),
        (f"… with companions, {SCATTERED} groups", *_percentiles(_scattered(with_companions(layout), accessible=True))),
    ]


def with_companions(layout: Layout) -> Layout:
    """The layout with an accessible seat and one for a companion at both ends of each fourth row."""
    rows = [seat.row for seat in layout.seats() if seat.number == 1][::4]
    ends = [(f"{row}{at}", f"{row}{beside}") for row in rows for at, beside in ((1, 2), (layout.cols, layout.cols - 1))]
    changes = {"accessible": [seat for seat, _ in ends], "companions": {beside: seat for seat, beside in ends}}
    return Layout.model_validate(layout.model_dump() | changes)


def _scattered(layout: Layout, *, accessible: bool) -> list[float]:
    """Groups of up to ten, where from a half to nine tenths of the seats were taken by chance."""
    numbered, chance, took = NumberedSeats.of(layout), random.Random(5), []
    for number in range(SCATTERED):
        share = (0.5, 0.7, 0.9)[number % 3]
        letters = "".join("s" if chance.random() < share else "a" for _ in numbered.seats)
        wish = SeatWish(chance.randint(1, 10), accessible=accessible, forbids_single_seats=True)
        before = time.process_time()
        best_choice(layout, numbered.adjacency, letters, wish)
        took.append((time.process_time() - before) * 1000)
    return took


def _sell_out(layout: Layout, chance: random.Random, together: list[float], split: list[float]) -> int:
    """Groups come until nothing is free, each as large as may be; returns how often a seat had to be left alone."""
    numbered = NumberedSeats.of(layout)
    letters, forced = ["a"] * len(numbered.seats), 0
    while left := letters.count("a"):
        wish = SeatWish(min(chance.choice(_GROUPS), left), forbids_single_seats=True)
        shown = "".join(letters)
        before = time.process_time()
        choice = best_choice(layout, numbered.adjacency, shown, wish)
        took = (time.process_time() - before) * 1000
        if choice is None:
            raise RuntimeError(f"no {wish.count} of {left} seats were chosen")
        (split if is_split(numbered.adjacency, choice.places) else together).append(took)
        forced += choice.leaves_single_seat
        for place in choice.places:
            letters[place] = "h"
    return forced


def _percentiles(took: list[float]) -> tuple[str, str]:
    cuts = quantiles(took, n=100) if len(took) > 1 else [*took] * 99 or [0.0] * 99
    return f"p50 {cuts[49]:.2f} ms, p99 {cuts[98]:.2f} ms", f"budget {BUDGET:.0f} ms"
