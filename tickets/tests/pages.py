"""Tickets to print: an ordinary one, and changes of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tickets.tests.factories import SIGNER, a_ticket, scattered_seats

from contracts.prices import Charge
from tickets.page import Show, TicketPage, TicketSeat

START = datetime(2026, 11, 29, 14, 0, tzinfo=UTC)
SHOW = Show(
    movie_title="Interstellar",
    theater_name="Marquee Palace",
    address="12 Linking Road, Bandra West",
    screen_name="Screen 3",
    start_at=START,
    end_at=START + timedelta(minutes=169),
    timezone="Asia/Kolkata",
    language="hi",
    format="IMAX 2D",
    city="Mumbai",
)


def a_show(**changes: Any) -> Show:
    return replace(SHOW, **changes)


def a_page(count: int = 2, show: Show = SHOW, **changes: Any) -> TicketPage:
    """A ticket of some seats at ₹250.00, with a fee of ₹30.00 each, and 18 % tax on both."""
    seats = tuple(TicketSeat(f"C{number + 1}", "standard", 25_000) for number in range(count))
    page = TicketPage(
        reference="BK7Q2M9X",
        code=SIGNER.sign(a_ticket(*scattered_seats(count))),
        version=1,
        show=show,
        seats=seats,
        fees=(Charge(name="Convenience fee", amount=3_000 * count),),
        taxes=(Charge(name="GST 18 %", amount=4_500 * count), Charge(name="Convenience fee tax", amount=540 * count)),
        total=33_040 * count,
        currency="INR",
        guest_name="Asha Rao",
    )
    return replace(page, **changes)
