"""A Friday at a chain of twenty theaters: schedule, sell, cancel a show, swap a screen, check in, and close the day.
What the report says is what guests, theater and provider have."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.conftest import Stack, until

from stack.buyer import Buyer, StackClient, Stage, build, schedule
from stack.paying import a_customer, sold

THEATERS, SCREENS, ROWS, COLS = 20, 2, 4, 6
INDIA, DAY_BEGINS = ZoneInfo("Asia/Kolkata"), timedelta(hours=6)
JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Chain:
    """Its theaters, each with a show that begins in an hour; who runs all of them, and who works at the first."""

    stages: list[Stage]
    shows: list[str]
    manager: Buyer
    gate: Buyer


async def _a_chain(client: StackClient) -> Chain:
    """One film plays at all of them."""
    first, *others = await asyncio.gather(
        *(build(client, rows=ROWS, cols=COLS, screens=SCREENS) for _ in range(THEATERS))
    )
    stages = [first, *(replace(stage, movie_id=first.movie_id) for stage in others)]
    start = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=1)
    prices = [20_000 + 1_000 * number for number in range(THEATERS)]
    shows = await asyncio.gather(
        *(schedule(client, stage, start_at=start, price=price) for stage, price in zip(stages, prices, strict=True))
    )
    manager = await client.worker("manager", *(stage.theater_id for stage in stages))
    return Chain(stages, shows, manager, await client.worker("staff", first.theater_id))


async def _bought(client: StackClient, show: str, *seats: str) -> tuple[Buyer, JsonObject]:
    guest = await client.buyer()
    booking = await guest.buy(show, list(seats))
    assert booking["status"] == "confirmed", booking
    return guest, booking


async def _sold_at_counter(chain: Chain, *seats: str) -> JsonObject:
    """By who works at the first theater."""
    held = await chain.gate.hold(chain.shows[0], list(seats))
    sale = await sold(chain.gate, held.body, customer=a_customer())
    assert sale.status == 201, sale
    return await _as_manager_sees_it(chain, sale.body["bookingId"], "confirmed")


async def _as_manager_sees_it(
    chain: Chain, booking_id: str, status: str, refund_status: str | None = None
) -> JsonObject:
    """The booking once it is so far."""

    async def seen() -> JsonObject | None:
        answer = await chain.manager.call("GET", f"/api/admin/bookings/{booking_id}")
        if answer.status != 200 or answer.body["status"] != status:
            return None
        refund: Mapping[str, Any] = answer.body.get("refund", {})
        return dict(answer.body) if refund.get("status") == refund_status else None

    return dict(await until(seen))


async def _swapped(chain: Chain, show: str, booking: JsonObject) -> JsonObject:
    """The show moves to a smaller screen, where one of the booking's seats is out of order; the booking afterwards."""
    layout = {"rows": 2, "cols": 4, "aisles": [], "seatTypes": [], "gaps": [], "blocked": ["A1"], "accessible": []}
    theater_id = chain.stages[1].theater_id
    small = await chain.manager.with_retries(
        "POST", "/api/admin/screens", {"theaterId": theater_id, "name": "Small", "layout": layout}
    )
    path, wish = f"/api/admin/showtimes/{show}", {"screenId": small.body["id"]}
    tried = await chain.manager.with_retries("PATCH", path, {**wish, "dryRun": True})
    swapped = await chain.manager.with_retries("PATCH", path, wish)
    assert (tried.status, swapped.status) == (200, 200), (tried, swapped)
    for answer in (tried, swapped):
        (move,) = answer.body["moved"]
        assert (move["bookingId"], answer.body["unplaced"]) == (booking["id"], [])
        assert "A1" in move["from"]
        assert "A1" not in move["to"]

    async def shown() -> JsonObject | None:
        body = await _as_manager_sees_it(chain, booking["id"], "confirmed")
        is_new = body["showtime"]["screenName"] == "Small" and body["qrCode"] != booking["qrCode"]
        has_mail = ("mail", "seats_moved") in {(each["channel"], each["kind"]) for each in body["messages"]}
        return body if is_new and has_mail else None

    return dict(await until(shown))


async def _scanned(chain: Chain, code: str) -> tuple[int, JsonObject]:
    body = {"qrCode": code, "showtimeId": chain.shows[0]}
    answer = await chain.gate.with_retries("POST", "/api/admin/checkin", body)
    return answer.status, answer.body


async def _report(chain: Chain, first: date, bookings: int, refunds: int) -> JsonObject:
    """That of this business day and the next, for what the manager runs, once it has so much."""

    async def read() -> JsonObject | None:
        path = f"/api/admin/reports?from={first}&to={first + timedelta(days=1)}"
        answer = await chain.manager.call("GET", path)
        assert answer.status == 200, answer
        sales = answer.body["sales"]
        return dict(answer.body) if (sales["bookings"], sales["refunds"]) == (bookings, refunds) else None

    return dict(await until(read))


async def _at_provider(client: StackClient, bookings: list[JsonObject]) -> tuple[int, int]:
    """What the provider took for these bookings, and what it gave back."""
    ledger = (await client.call("GET", f"{client.simulator}/_sim/ledger")).body
    paid_by = {money["providerRef"] for booking in bookings for money in booking["payments"] if "providerRef" in money}
    taken = sum(payment["amount"] for payment in ledger["payments"] if payment["id"] in paid_by)
    return taken, sum(refund["amount"] for refund in ledger["refunds"] if refund["payment_id"] in paid_by)


async def test_a_friday_at_a_chain_ends_with_a_report_that_equals_all_books(stack: Stack, client: StackClient) -> None:
    first_day = (datetime.now(INDIA) - DAY_BEGINS).date()
    chain = await _a_chain(client)
    here, there, dark = chain.shows[:3]

    (asha, ashas), (_, ravis), (_, valli) = await asyncio.gather(
        _bought(client, here, "A1", "A2", "A3"), _bought(client, here, "B1"), _bought(client, there, "A1", "A2")
    )
    of_dark = [booking for _, booking in (await _bought(client, dark, "A1", "A2"), await _bought(client, dark, "B1"))]
    cash = await _sold_at_counter(chain, "C1", "C2")
    cancelled = await asha.with_retries("POST", f"/api/bookings/{ashas['id']}/cancel", {"seatIds": ["A3"]})
    assert (cancelled.status, cancelled.body["status"]) == (200, "confirmed")

    assert (await chain.manager.with_retries("DELETE", f"/api/admin/showtimes/{dark}")).status == 204
    ended = [await _as_manager_sees_it(chain, booking["id"], "cancelled", "done") for booking in of_dark]
    assert [(booking["reason"], booking["refund"]["amount"]) for booking in ended] == [
        ("showtime_cancelled", booking["amount"]) for booking in of_dark
    ]

    moved = await _swapped(chain, there, valli)
    assert [(seat["price"], seat["status"]) for seat in moved["seats"]] == [
        (seat["price"], "booked") for seat in valli["seats"]
    ]

    status, refused = await _scanned(chain, ashas["qrCode"])
    assert (status, refused["code"], refused["reason"]) == (409, "not_admitted", "old_version")
    newest = (await _as_manager_sees_it(chain, ashas["id"], "confirmed", "done"))["qrCode"]
    status, inside = await _scanned(chain, newest)
    assert (status, inside["status"]) == (200, "checked_in")
    status, refused = await _scanned(chain, newest)
    assert (status, refused["code"]) == (409, "already_checked_in")

    listed = (await chain.manager.call("GET", "/api/admin/bookings?pageSize=100")).body
    assert {item["id"] for item in listed["items"]} == {
        booking["id"] for booking in (ashas, ravis, valli, cash, *of_dark)
    }
    books = [(await chain.manager.call("GET", f"/api/admin/bookings/{each['id']}")).body for each in listed["items"]]
    given_back = sum(refund["amount"] for booking in books for refund in booking["refunds"])
    report = await _report(chain, first_day, len(books), given_back)
    _compare(report, chain, books, cash["amount"], await _at_provider(client, books))
    await _told(chain, ashas["id"])
    of_valli = (await chain.manager.call("GET", f"/api/admin/bookings/{valli['id']}/timeline")).body["items"]
    assert "seats_moved" in {item["what"] for item in of_valli}
    stack.audit()


def _compare(
    report: JsonObject, chain: Chain, books: list[JsonObject], cash: int, at_provider: tuple[int, int]
) -> None:
    """The report with what the bookings, the counter and the provider have."""
    sales, (taken, given_back) = report["sales"], at_provider
    assert sales["gross"] == sum(booking["amount"] for booking in books) == taken + cash
    assert sales["refunds"] == given_back
    assert sales["net"] == sales["gross"] - sales["refunds"]
    assert sales["tickets"] == sum(len(booking["seats"]) for booking in books)
    by_tender = {each["tender"]: (each["gross"], each["refunds"]) for each in sales["byTender"]}
    assert by_tender == {"razorpay": (taken, given_back), "cash": (cash, 0)}
    assert sum(day["net"] for day in sales["byDay"]) == sales["net"]
    rows = {show["showtimeId"]: (show["seats"], show["sold"]) for show in report["occupancy"]["byShowtime"]}
    here, there, dark, *others = chain.shows
    assert rows == {here: (ROWS * COLS, 5), there: (2 * 4 - 1, 2)} | dict.fromkeys(others, (ROWS * COLS, 0))
    assert dark not in rows
    (film,) = report["topMovies"]
    assert (film["movieId"], film["gross"]) == (chain.stages[0].movie_id, sales["gross"])


async def _told(chain: Chain, booking_id: str) -> None:
    """The evening of one guest, from the hold to the seat."""
    answer = await chain.manager.call("GET", f"/api/admin/bookings/{booking_id}/timeline")
    words = [item["what"] for item in answer.body["items"]]
    story = ["seats_held", "order_created", "succeeded", "seats_sold", "confirmed", "seats_cancelled", "checked_in"]
    assert [word for word in dict.fromkeys(words) if word in story] == story
    assert {"provider_call", "mail", "refund_due", "refunded", "scan"} <= set(words)
