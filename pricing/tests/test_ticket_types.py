"""Types of tickets, and the factors of seat types that the price table says."""

from datetime import timedelta
from typing import Any

import pytest
from pricing.tests.factories import NOON_IN_PUNE, a_showtime

from contracts.prices import Quote
from pricing import SeatTypePrice, UnknownTicketType, quote_of, seat_type_prices, seat_types

Json = dict[str, Any]
EARLIER = NOON_IN_PUNE - timedelta(hours=30)
CHILD: Json = {"type": "child", "label": "Child", "percent": 60, "proof": True}
GST: list[Json] = [{"name": "GST", "rate": 500, "up_to": 10_000}, {"name": "GST 18", "rate": 1_800}]


def priced(ticket_type: str, seat_type: str = "standard", layout: Json | None = None, **prices: Any) -> SeatTypePrice:
    """What a seat costs for a type of ticket."""
    table = {"base_price": 10_000, **prices}
    return seat_type_prices(a_showtime(layout=layout, **table), EARLIER, 0, ticket_type)[seat_type]


def quoted(*ticket_types: str, **prices: Any) -> Quote:
    """The quote of as many seats, one for each type of ticket."""
    snapshot = a_showtime(**{"base_price": 10_000, **prices})
    each = [seat_type_prices(snapshot, EARLIER, 0, ticket)["standard"] for ticket in ticket_types]
    return quote_of(snapshot.prices, list(snapshot.layout.seats())[: len(each)], each)


def test_a_type_of_ticket_pays_its_share_of_the_price_after_all_rules() -> None:
    rules = [{"name": "peak", "adjust": {"amount": 2_000}}, {"name": "dear", "adjust": {"percent": 10}}]
    price = priced("child", rules=rules, ticket_types=[CHILD])
    assert (price.base, price.price) == (10_000, 7_920)
    assert [(rule.name, rule.amount) for rule in price.rules] == [("peak", 2_000), ("dear", 1_200)]
    assert price.ticket is not None
    assert (price.ticket.type, price.ticket.percent, price.ticket.proof) == ("child", 60, True)


@pytest.mark.parametrize(
    ("base", "percent", "wanted"), [(101, 50, 51), (99, 50, 50), (3, 60, 2), (100, 0, 0), (7, 200, 14)]
)
def test_a_share_is_rounded_half_up(base: int, percent: int, wanted: int) -> None:
    ticket = {"type": "senior", "label": "Senior", "percent": percent}
    assert priced("senior", base_price=base, ticket_types=[ticket]).price == wanted


def test_a_rule_may_ask_for_the_type_of_ticket() -> None:
    rules = [{"name": "wednesday", "when": {"ticket_type": "child"}, "adjust": {"set_to": 5_000}}]
    assert priced("child", rules=rules, ticket_types=[CHILD]).price == 3_000
    assert priced("adult", rules=rules, ticket_types=[CHILD]).price == 10_000


def test_an_adult_pays_all_of_it_unless_the_table_has_other_terms() -> None:
    assert (priced("adult", ticket_types=[CHILD]).price, priced("adult").ticket) == (10_000, None)
    own = {"type": "adult", "label": "Grown-up", "percent": 90}
    price = priced("adult", ticket_types=[own])
    assert price.ticket is not None
    assert (price.price, price.ticket.label) == (9_000, "Grown-up")


def test_there_is_always_an_adults_ticket() -> None:
    table = a_showtime(ticket_types=[CHILD]).prices
    assert [ticket.type for ticket in table.all_ticket_types()] == ["adult", "child"]
    assert [ticket.type for ticket in a_showtime().prices.all_ticket_types()] == ["adult"]
    assert table.ticket_type("student") is None
    with pytest.raises(UnknownTicketType):
        priced("student", ticket_types=[CHILD])


def test_the_tax_slab_is_that_of_what_the_ticket_costs() -> None:
    quote = quoted("adult", "child", base_price=15_000, ticket_types=[CHILD], tax_slabs=GST)
    assert [(line.ticket_type, line.price, line.tax_rate, line.tax) for line in quote.lines] == [
        ("adult", 15_000, 1_800, 2_700),
        ("child", 9_000, 500, 450),
    ]
    assert [(tax.name, tax.amount) for tax in quote.tax_lines] == [("GST 18", 2_700), ("GST", 450)]
    assert quote.total == 15_000 + 9_000 + 2_700 + 450


def test_a_factor_of_the_price_table_wins_over_that_of_the_layout() -> None:
    layout = {"rows": 2, "cols": 1, "seat_types": [{"type": "sofa", "rows": ["B"], "price_factor": 2}]}
    factors = [{"type": "sofa", "price_factor": 3}, {"type": "box", "price_factor": 9}]
    assert priced("adult", "sofa", layout).price == 20_000
    assert priced("adult", "sofa", layout, seat_types=factors).price == 30_000
    assert priced("adult", "standard", layout, seat_types=factors).price == 10_000
    assert seat_types(a_showtime(layout=layout, seat_types=factors)) == ["standard", "sofa"]
