"""What theaters, screens and showtimes say of prices, and the taxes of a day."""

from datetime import date
from itertools import product
from typing import Any

import pytest
from services.catalog.tests.factories import SHOWTIME_LAYOUT, a_stored_showtime

from catalog.domain.scopes import FIRST_FEES, NOTHING, Said, Scopes, narrowest
from catalog.domain.taxes import FIRST_TAXES, TaxEntry, Taxes
from catalog.domain.theaters import Screen
from contracts.ids import ScreenId, TheaterId
from contracts.layout import ScreenDetails
from contracts.prices import Adjust, Fee, PricingRule, SeatTypeFactor, TicketType

RULES = tuple(PricingRule(name=name, adjust=Adjust(amount=1)) for name in ("one", "two"))
VALUES: dict[str, list[Any]] = {
    "base_price": [100, 0],
    "rules": [RULES, ()],
    "fees": [(Fee(name="fee", per_ticket=1),), ()],
    "ticket_types": [(TicketType(type="child", label="Child", percent=60),), ()],
    "seat_types": [(SeatTypeFactor(type="sofa", price_factor=2),), ()],
}


@pytest.mark.parametrize("field", VALUES)
def test_the_narrowest_scope_that_says_something_wins_also_where_it_says_none(field: str) -> None:
    wide, narrow = VALUES[field]
    for theater, screen, showtime in product((None, wide), (None, wide, narrow), (None, narrow)):
        said = [Said(**{field: value}) for value in (theater, screen, showtime)]
        wanted = next((value for value in (showtime, screen, theater) if value is not None), None)
        scopes = Scopes(theater=said[0], screen=said[1], showtime=said[2])
        assert getattr(scopes.effective, field) == wanted


def test_each_field_is_looked_up_by_itself() -> None:
    theater = Said(base_price=1, rules=RULES, fees=())
    screen = Said(rules=())
    assert narrowest((NOTHING, screen, theater)) == Said(base_price=1, rules=(), fees=())
    table = Scopes(theater=theater, screen=screen, showtime=Said(base_price=2)).prices("INR", ())
    assert (table.base_price, table.rules, table.fees) == (2, (), ())


def test_without_a_word_on_fees_those_of_the_currency_count() -> None:
    scopes = Scopes(showtime=Said(base_price=1))
    assert scopes.prices("INR", ()).fees == FIRST_FEES["INR"]
    assert scopes.prices("EUR", ()).fees == ()


def test_a_base_price_that_no_scope_says_any_more_stays_as_the_showtimes_own() -> None:
    scopes = Scopes(theater=Said(base_price=7, rules=RULES))
    after = scopes.saying("theater", NOTHING)
    assert (after.theater, after.showtime, after.effective.base_price) == (NOTHING, Said(base_price=7), 7)
    assert scopes.saying("screen", Said(base_price=9)).effective.base_price == 9
    with pytest.raises(ValueError, match="no scope"):
        Scopes().prices("INR", ())


def an_entry(name: str, since: str, up_to: int | None = None, currency: str = "INR") -> TaxEntry:
    return TaxEntry(name=name, rate=100, up_to=up_to, since=date.fromisoformat(since), currency=currency)


def test_the_entries_of_the_newest_day_that_has_come_count_in_their_order() -> None:
    taxes = Taxes(
        version=1,
        entries=(
            an_entry("july", "2026-07-01"),
            an_entry("low", "2026-01-01", 10_000),
            an_entry("dirham", "2026-06-01", currency="AED"),
            an_entry("high", "2026-01-01"),
        ),
    )

    def named(currency: str, day: str) -> list[str]:
        return [slab.name for slab in taxes.slabs(currency, date.fromisoformat(day))]

    assert named("INR", "2025-12-31") == []
    assert named("INR", "2026-01-01") == named("INR", "2026-06-30") == ["low", "high"]
    assert named("INR", "2026-07-01") == ["july"]
    assert named("AED", "2026-07-01") == ["dirham"]
    assert named("EUR", "2026-07-01") == []


def test_at_first_a_ticket_is_taxed_as_in_india_and_the_emirates() -> None:
    day = date(2026, 12, 1)
    assert [(slab.rate, slab.up_to) for slab in FIRST_TAXES.slabs("INR", day)] == [(500, 10_000), (1_800, None)]
    assert [(slab.rate, slab.up_to) for slab in FIRST_TAXES.slabs("AED", day)] == [(500, None)]


def test_the_day_of_the_taxes_is_that_of_the_start_at_the_theater() -> None:
    showtime = a_stored_showtime()
    late = showtime.start_at.replace(hour=20, minute=0)  # 01:30 of the next day in Mumbai
    today, tomorrow = late.date(), date.fromordinal(late.date().toordinal() + 1)
    taxes = Taxes(version=1, entries=(an_entry("old", today.isoformat()), an_entry("new", tomorrow.isoformat())))
    names = {
        start.hour: [slab.name for slab in a_stored_showtime(start_at=start).taxed(taxes).tax_slabs]
        for start in (late, late.replace(hour=12))
    }
    assert names == {20: ["new"], 12: ["old"]}


def test_a_screen_that_was_left_meanwhile_changes_nothing() -> None:
    """Whose turn came after the move: it was on that screen when those to change were looked up."""
    said = Said(fees=())
    elsewhere = a_stored_showtime(screen=ScreenDetails(screen_id=ScreenId("scr_2"), name="Two"))
    left = Screen(
        id=ScreenId("scr_1"),
        version=2,
        theater_id=TheaterId("thr_1"),
        name="One",
        layout=SHOWTIME_LAYOUT,
        seats_total=11,
        prices=said,
    )
    assert elsewhere.on_screen(left) == elsewhere
    assert a_stored_showtime().on_screen(left).scopes.screen == said
