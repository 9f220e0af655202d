"""Lines, halves and credits add up to the minor unit, whatever is sold and given back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoices.tests.sales import GST, a_quote

from contracts.prices import Fee, TaxSlab, TicketType
from invoices.supplies import Supply, credited, lines_of, supplies_of, totals_by_rate

prices = st.lists(st.integers(0, 200_000), min_size=1, max_size=10)
rates = st.integers(0, 10_000)
names = st.lists(st.sampled_from(["Convenience fee", "3D glasses", "Levy"]), max_size=3, unique=True)
fees = names.flatmap(
    lambda drawn: st.tuples(
        *(
            st.tuples(st.integers(0, 20_000), rates).map(
                lambda fee, name=name: Fee(name=name, per_ticket=fee[0], tax_rate=fee[1])  # type: ignore[misc]
            )
            for name in drawn
        )
    )
)
slabs = st.tuples(rates, st.integers(0, 200_000), rates).map(
    lambda drawn: (TaxSlab(name="low", rate=drawn[0], up_to=drawn[1]), TaxSlab(name="high", rate=drawn[2]))
)


@given(prices, fees, slabs)
def test_supplies_lines_halves_and_totals_add_up_to_the_sale(
    prices: list[int], fees: tuple[Fee, ...], slabs: tuple[TaxSlab, ...]
) -> None:
    quote = a_quote(*prices, fees=fees, slabs=slabs)
    supplies = supplies_of(quote)
    lines = lines_of(supplies)
    totals = totals_by_rate(lines)
    assert sum(supply.amount for supply in supplies) == quote.total
    assert sum(line.amount for line in lines) == quote.total
    assert sum(line.quantity for line in lines) == len(supplies)
    assert sum(line.tax for line in lines) == quote.taxes
    for line in lines:
        assert line.central_tax + line.state_tax == line.tax
        assert line.central_tax - line.state_tax in {0, 1}
    assert sum(total.value for total in totals) == quote.subtotal + quote.fees
    assert sum(total.central_tax + total.state_tax for total in totals) == quote.taxes


def test_a_ticket_is_supplied_under_the_label_of_its_type() -> None:
    quote = a_quote(15_000, 25_000)
    child = TicketType(type="u12", label="Child under 12", percent=60)
    reduced = quote.lines[0].model_copy(update={"ticket_type": child.type, "ticket": child})
    supplies = supplies_of(quote.model_copy(update={"lines": (reduced, quote.lines[1])}))
    assert [supply.description for supply in supplies[:2]] == [
        "Cinema ticket, 15000, Child under 12",
        "Cinema ticket, 25000, Adult",
    ]


supplies = st.builds(
    Supply, st.just("A1"), st.just("Ticket"), st.integers(0, 10**7), st.integers(0, 10**7), st.just(1_800), st.just("1")
)


@given(supplies, st.data())
def test_refunds_take_a_supply_back_to_the_last_minor_unit(supply: Supply, data: st.DataObject) -> None:
    before, parts = 0, []
    for _ in range(data.draw(st.integers(0, 5))):
        amount = data.draw(st.integers(0, supply.amount - before))
        parts.append(credited(supply, amount, before))
        assert parts[-1].amount == amount
        before += amount
    parts.append(credited(supply, supply.amount - before, before))
    assert all(part.value >= 0 and part.tax >= 0 for part in parts)
    assert (sum(part.value for part in parts), sum(part.tax for part in parts)) == (supply.value, supply.tax)


@given(supplies)
def test_no_more_is_credited_than_was_paid(supply: Supply) -> None:
    for amount, before in ((supply.amount + 1, 0), (1, supply.amount), (-1, 0), (0, -1)):
        with pytest.raises(ValueError, match="after"):
            credited(supply, amount, before)


def test_half_of_a_ticket_takes_back_half_of_its_tax() -> None:
    [ticket] = supplies_of(a_quote(25_000, fees=(), slabs=GST))
    assert (ticket.value, ticket.tax) == (25_000, 4_500)
    half = credited(ticket, 14_750)
    assert (half.value, half.tax) == (12_500, 2_250)


def test_a_fee_that_is_named_as_a_seat_is_no_seat() -> None:
    supplies = supplies_of(a_quote(25_000, fees=(Fee(name="A1", per_ticket=100),)))
    assert len({supply.key for supply in supplies}) == 2


def test_tickets_of_a_kind_and_price_are_one_line() -> None:
    lines = lines_of(supplies_of(a_quote(25_000, 9_000, 25_000)))
    assert [(line.quantity, line.value, line.tax) for line in lines] == [
        (2, 50_000, 9_000),
        (1, 9_000, 450),
        (1, 9_000, 1_620),
    ]
