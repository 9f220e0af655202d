"""The back-test through the running service: which sales count, and whose they are."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.booking.tests.conftest import Answer, Running
from services.booking.tests.factories import at_counter, seats_sold
from services.booking.tests.integration.test_reports import until_sales
from tests.factories import a_sale, a_snapshot

from contracts.catalog import ShowtimeSnapshot

RULE = {"name": "Dearer", "adjust": {"percent": 10}}
NOW = datetime.now(UTC)


async def backtest(booking: Running, scope: dict[str, str], *rules: Any, **others: Any) -> Answer:
    days = {"from": str((NOW - timedelta(days=2)).date()), "to": str((NOW + timedelta(days=2)).date())}
    body = {"scope": scope, "dynamicPricingRules": list(rules), **days}
    return await booking.call(
        "POST", "/api/admin/pricing/backtest", body, "usr_9", *others.pop("roles", ["admin"]), **others
    )


def scopes(snapshot: ShowtimeSnapshot) -> list[dict[str, str]]:
    return [
        {"theaterId": snapshot.theater.theater_id},
        {"screenId": snapshot.screen.screen_id},
        {"showtimeId": snapshot.showtime_id},
    ]


async def test_tickets_that_were_cancelled_or_given_away_are_left_out(booking: Running) -> None:
    snapshot = a_snapshot()
    await booking.schedule(snapshot)
    whole, in_part, cancelled, free = (a_sale(showtime_id=snapshot.showtime_id) for _ in range(4))
    for sale in (whole, in_part, cancelled):
        await booking.confirm(sale)
    await booking.say(*at_counter(free, "complimentary"), seats_sold(free))
    await booking.until_status(free, "confirmed")
    await booking.call("POST", f"/api/bookings/{in_part.booking_id}/cancel", {"seatIds": ["C7"]})
    await booking.call("POST", f"/api/bookings/{cancelled.booking_id}/cancel", {})
    price = whole.quote.lines[0].price
    sold = await until_sales(booking, snapshot, bookings=4, refunds=cancelled.quote.total * 3 // 2)
    for scope in scopes(snapshot):
        status, body = await backtest(booking, scope, RULE)
        assert status == 200, body
        assert (body["tickets"], body["revenue"], body["proposed"]) == (3, 3 * price, 3 * price * 11 // 10)
        assert (body["difference"], body["currency"]) == (3 * price // 10, "INR")
        assert body["byRule"] == [{"name": "Dearer", "tickets": 3, "amount": 3 * price // 10}]
        assert [day["date"] for day in body["byDay"]] == [day["date"] for day in sold["sales"]["byDay"]]


async def test_a_backtest_is_for_who_manages_the_theater(booking: Running) -> None:
    snapshot = a_snapshot()
    await booking.schedule(snapshot)
    theater = snapshot.theater.theater_id
    for scope in scopes(snapshot):
        for grants in ({"thr_other": ["manager"]}, {theater: ["staff"], "thr_other": ["manager"]}):
            status, body = await backtest(booking, scope, roles=[], grants=grants)
            assert (status, body["code"]) == (403, "forbidden")
        status, body = await backtest(booking, scope, roles=[], grants={theater: ["manager"]})
        assert (status, body["tickets"], body["currency"], body["byDay"]) == (200, 0, None, [])


async def test_a_scope_that_is_not_there_is_named_and_a_bad_body_refused(booking: Running) -> None:
    assert (await backtest(booking, {"showtimeId": "sho_none"}))[1]["code"] == "showtime_not_found"
    assert (await backtest(booking, {"screenId": "scr_none"}))[1]["code"] == "screen_not_found"
    for scope in ({}, {"theaterId": "thr_1", "screenId": "scr_1"}):
        assert (await backtest(booking, scope))[0] == 422
    both = {"name": "r", "adjust": {"percent": 1, "amount": 1}}
    status, body = await backtest(booking, {"theaterId": "thr_1"}, both)
    assert (status, body["code"]) == (422, "validation_error")
