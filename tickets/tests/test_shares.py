"""The shares of a quote's seats are the quote, whichever way it is divided."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from contracts.layout import SeatLabel
from contracts.prices import Charge, Quote, QuoteLine
from tickets.shares import share_of


def a_quote(prices: Sequence[tuple[int, int]], fee: int, fee_tax: int) -> Quote:
    """Seats with price and tax, one fee on all of them with its tax."""
    lines = tuple(
        QuoteLine(
            seat_id=f"A{number}",
            label=SeatLabel(row="A", number=f"{number}"),
            type="standard",
            price=price,
            base=price,
            tax=tax,
        )
        for number, (price, tax) in enumerate(prices, start=1)
    )
    subtotal, tax = sum(price for price, _ in prices), sum(tax for _, tax in prices)
    return Quote(
        lines=lines,
        fee_lines=(Charge(name="Fee", amount=fee),),
        tax_lines=(Charge(name="GST", amount=tax), Charge(name="Fee tax", amount=fee_tax)),
        subtotal=subtotal,
        fees=fee,
        taxes=tax + fee_tax,
        total=subtotal + fee + tax + fee_tax,
        currency="INR",
    )


amounts = st.integers(min_value=0, max_value=9) | st.integers(min_value=0, max_value=10**6)


@given(st.lists(st.tuples(amounts, amounts), min_size=2, max_size=10), amounts, amounts, st.data())
def test_what_is_cancelled_and_what_is_left_add_up_to_the_quote(
    prices: list[tuple[int, int]], fee: int, fee_tax: int, data: st.DataObject
) -> None:
    quote = a_quote(prices, fee, fee_tax)
    ids = [line.seat_id for line in quote.lines]
    some = data.draw(st.sets(st.sampled_from(ids), min_size=1, max_size=len(ids) - 1))
    first, second = share_of(quote, some), share_of(quote, set(ids) - some)
    assert first.total + second.total == quote.total
    for share in (first, second):
        charges = sum(charge.amount for charge in (*share.fees, *share.taxes))
        assert share.total == sum(line.price for line in share.lines) + charges


def test_the_share_of_all_seats_is_the_quote_as_it_was() -> None:
    quote = a_quote([(100, 5), (200, 10)], 7, 1)
    share = share_of(quote, ["A1", "A2"])
    assert (share.lines, share.fees, share.taxes, share.total) == (
        quote.lines,
        quote.fee_lines,
        quote.tax_lines,
        quote.total,
    )
