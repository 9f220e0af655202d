"""A sale costs what `docs/sale.md` says, counted and never timed; and no more when the screen is nearly full."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.e2e.sale_counts import counting

from stack.buyer import StackClient, build, schedule

PAGE = Path(__file__).parents[2] / "docs/sale.md"
SALES = 5
ROWS, COLS, SEATS_AT_ONCE = 4, 40, 10
AN_ANSWER = 300  # bytes of an answer that says nothing but that it is one
GROWTH = 2  # of what Mongo answers a sale; what grows with the screen grows far more
# Rows of the page that say how often by the clock are not held here: how many seats are left is said once a second for
# a showtime, whatever is sold in it, and a page that waits for its booking looks for it after 0.2 s, ever more seldom.
# What booking reads itself is counted in its own tests.


def budget() -> dict[str, str]:
    """The table of the page: what is counted, and how often at most."""
    table = PAGE.read_text(encoding="utf-8").partition("\n## The budget\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return {row[0]: row[2] for row in rows if len(row) > 2 and row[2][0].isdecimal()}


def cheapest(sales: Sequence[Counter[str]]) -> dict[str, int]:
    """Of each count the least of all sales: chance, such as who asks first, only adds; what is new comes every time."""
    least = {name: min(sale[name] for sale in sales) for name in sorted({name for sale in sales for name in sale})}
    return {name: number for name, number in least.items() if number and name not in by_the_clock()}


def by_the_clock() -> set[str]:
    """What the page counts a look or a second: how often, and so how much, says nothing of a sale."""
    return {name for name, number in budget().items() if not number.isdecimal()}


async def showtime_of(client: StackClient, slot: int) -> str:
    """With one seat sold: what is read once and remembered is no part of the sales that follow."""
    showtime = await schedule(client, await build(client, rows=ROWS, cols=COLS), slot=slot)
    await (await client.buyer()).buy(showtime, [f"D{COLS}"])
    return showtime


async def sell(client: StackClient, showtime: str, row: str) -> tuple[dict[str, int], dict[str, int]]:
    """What was asked for and how much Mongo answered, a sale."""
    async with counting(client) as counts:
        sales = [await counts.sale(showtime, [f"{row}{number}"]) for number in range(1, SALES + 1)]
    return cheapest([sale.asked for sale in sales]), cheapest([sale.answered for sale in sales])


def over(asked: dict[str, int]) -> dict[str, int]:
    """What is beyond the budget."""
    allowed = {name: int(number) for name, number in budget().items() if number.isdecimal()}
    return {name: number for name, number in asked.items() if number > allowed.get(name, 0)}


async def test_a_sale_asks_for_no_more_than_its_budget(client: StackClient, slots: Iterator[int]) -> None:
    asked, _ = await sell(client, await showtime_of(client, next(slots)), "A")
    assert over(asked) == {}
    assert len(asked) > 30
    outside = ("event", "call", "provider", "webhook", "mail")
    planned = {
        name for name, number in budget().items() if name.startswith(outside) and number.isdecimal() and number != "0"
    }
    assert planned - asked.keys() == set()


async def test_a_sale_asks_for_no_more_when_the_screen_is_nearly_full(
    client: StackClient, slots: Iterator[int]
) -> None:
    showtime = await showtime_of(client, next(slots))
    _, answered = await sell(client, showtime, "A")
    for row, first in itertools.product("BC", range(1, COLS, SEATS_AT_ONCE)):
        seats = [f"{row}{seat}" for seat in range(first, first + SEATS_AT_ONCE)]
        assert (await (await client.buyer()).buy(showtime, seats))["status"] == "confirmed"
    asked_when_full, answered_when_full = await sell(client, showtime, "D")
    assert over(asked_when_full) == {}
    grown = {
        name: (answered[name], length)
        for name, length in answered_when_full.items()
        if length > GROWTH * max(answered.get(name, 0), AN_ANSWER)
    }
    assert grown == {}
