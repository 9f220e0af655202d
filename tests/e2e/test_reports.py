"""The report of a theater is what the provider's books say of its bookings, to the paisa, before and after a refund."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.conftest import Stack, until

from stack.buyer import Buyer, StackClient, Stage, build, schedule


def days() -> str:
    """Yesterday to tomorrow: a business day may be either of them."""
    today = datetime.now(UTC).date()
    return f"from={today - timedelta(days=1)}&to={today + timedelta(days=1)}"


async def report(client: StackClient, stage: Stage) -> dict[str, Any]:
    path = f"/api/admin/reports?{days()}&theaterId={stage.theater_id}"
    answer = await client.call("GET", path, token=await client.admin())
    assert answer.status == 200, answer
    sales: dict[str, Any] = answer.body["sales"]
    return sales


async def at_provider(client: StackClient, buyers: dict[str, Buyer]) -> tuple[int, int]:
    """How much was captured of these bookings, by their payments' ids, and how much went back."""
    ledger = (await client.call("GET", f"{client.simulator}/_sim/ledger")).body
    refs = {
        (await buyer.call("GET", f"/api/payments/{payment}")).body["providerRef"] for payment, buyer in buyers.items()
    }
    captured = sum(payment["amount"] for payment in ledger["payments"] if payment["id"] in refs)
    return captured, sum(refund["amount"] for refund in ledger["refunds"] if refund["payment_id"] in refs)


async def test_a_report_ties_with_the_providers_books(stack: Stack, client: StackClient, slots: Iterator[int]) -> None:
    stage = await build(client, rows=2, cols=6)
    showtime = await schedule(client, stage, slot=next(slots))
    buyers, bookings = {}, []
    for seats in (["A1", "A2"], ["B1"], ["B3"]):
        buyer = await client.buyer()
        booking = await buyer.buy(showtime, seats)
        buyers[booking["paymentId"]] = buyer
        bookings.append((buyer, booking))

    async def ties(number: int) -> bool:
        sales, (captured, refunded) = await report(client, stage), await at_provider(client, buyers)
        return (sales["bookings"], sales["gross"], sales["refunds"]) == (number, captured, refunded)

    await until(lambda: ties(3))
    before = await report(client, stage)
    assert (before["tickets"], before["refunds"]) == (4, 0)
    buyer, booking = bookings[0]
    assert (
        await buyer.with_retries("POST", f"/api/bookings/{booking['id']}/cancel", {"seatIds": ["A1"]})
    ).status == 200

    async def has_refund() -> bool:
        return (await at_provider(client, buyers))[1] > 0 and await ties(3)

    await until(has_refund)
    after = await report(client, stage)
    assert after["net"] == before["net"] - after["refunds"]
    path = f"/api/admin/reports/export?report=bookings&{days()}&theaterId={stage.theater_id}"
    exported = await client.call("GET", path, token=await client.admin())
    lines = list(csv.DictReader(io.StringIO(exported.body.removeprefix("\ufeff"), newline="")))
    assert {line["reference"]: int(line["amount"]) for line in lines} == {
        each["reference"]: each["amount"] for _, each in bookings
    }
    stack.audit()
