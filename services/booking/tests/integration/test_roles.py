"""A process that only answers leaves to those that work what is theirs, and gathers nothing for them."""

import pytest
from fastapi import FastAPI
from services.booking.tests.facts import money_of
from tests.factories import a_sale, a_snapshot

from booking.domain.facts import Facts
from booking.domain.shows import show_of
from booking.main import lifespan
from booking.settings import Settings
from booking.usecases.gathering import News
from chassis.settings import load


async def test_a_process_that_only_answers_gathers_no_bookings_that_wait_for_numbers(
    environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLE", "api")
    sale = a_sale()
    show = Facts(show=show_of(a_snapshot(sale.showtime_id, theater={"code": "RX"})))
    news = money_of(sale).with_news(Facts(sold=True)).with_news(show)
    async with lifespan(load(Settings), FastAPI()) as state:
        booking = await state["use_cases"].recording.record(sale.booking_id, News(news))
        assert booking is not None
        assert booking.unnumbered
        assert state["use_cases"].numbering.waiting == 0
