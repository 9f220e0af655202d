"""What grows with every sale ends by itself or has a reason to stay; nothing that a sale asks for reads all of it."""

import asyncio
from collections.abc import Iterator

import pytest
from pymongo import MongoClient
from tests.conftest import Stack

from stack.audit.reading import DATABASES
from stack.buyer import StackClient, build, schedule
from stack.query_plans import record_scans, recorded_scans
from stack.waiting import until

Client = MongoClient[dict[str, object]]
LASTING = {
    "booking.bookings": "the proof of what was paid, kept and given back; money is accounted for over years",
    "booking.people": "support finds bookings by their guests; until the person is erased",
    "booking.report_attendance_1": "one for a showtime: how full it was, and who came",
    "booking.report_bookings_1": "what each booking has added to the sums, so that a repeat changes nothing",
    "booking.report_builds": "one document: which build of the sums is read",
    "booking.report_sales_1": "the sums of a theater's business day; reports look back over years",
    "booking.showtimes": "bookings are shown with it",
    "catalog.change_counts": "one document",
    "catalog.movies": "as many as were ever shown",
    "catalog.pricing": "which fees and taxes were in force on a day",
    "catalog.removals": "one small document for each thing that was removed",
    "catalog.screens": "as many as there are",
    "catalog.showtimes": "bookings name them",
    "catalog.theaters": "as many as there are",
    "identity.audit": "who changed what by an admin call; nothing of it comes from a sale",
    "identity.erasures": "what was retained of somebody who was erased, and why, under the bare id",
    "identity.users": "a person's bookings name the id",
    "notify.recipients": "until the person is erased; a contact of the counter ends with its deliveries",
    "notify.webhook_rounds": "one document: whose turn it is to bind partners' queue",
    "payment.payments": "the books of the money",
    "payment.watermarks": "one document for each list of a provider and age",
    "booking.series": "one for a theater's financial year: the last number of its invoices",
    "seating.ledgers": "a verdict is never taken back, and late money is judged by it",
    "seating.server_runs": "one document",
    "seating.showtimes": "late sales, cancellations and reads need the snapshot",
}


@pytest.fixture
def mongo(stack: Stack) -> Iterator[Client]:
    with Client(stack.stack_info["servers"]["mongo"]["uri"]) as client:
        yield client


def _lasting(mongo: Client) -> Iterator[str]:
    """The collections in which nothing ends by itself."""
    for database in DATABASES:
        for name in mongo[database].list_collection_names(filter={"name": {"$not": {"$regex": "^system"}}}):
            indexes = mongo[database][name].index_information().values()
            if not any("expireAfterSeconds" in index for index in indexes):
                yield f"{database}.{name}"


async def test_what_is_stored_ends_by_itself_or_has_a_reason_to_stay(client: StackClient, mongo: Client) -> None:
    showtime = await schedule(client, await build(client, rows=1, cols=2), slot=1)
    await (await client.buyer()).buy(showtime, ["A1"])
    assert set(_lasting(mongo)) - LASTING.keys() == set()


async def test_a_sale_and_what_follows_it_read_no_whole_collection_and_sort_nothing_in_memory(
    client: StackClient, mongo: Client
) -> None:
    record_scans(mongo, DATABASES)
    showtime = await schedule(client, await build(client, rows=1, cols=2), slot=2)
    buyer = await client.buyer()
    booking = await buyer.buy(showtime, ["A1"])
    assert (await buyer.with_retries("POST", f"/api/bookings/{booking['id']}/cancel", {})).status == 200
    refunded = mongo["booking"]["bookings"]
    query = {"_id": booking["id"], "refund.status": {"$ne": "due"}}
    await until(lambda: asyncio.to_thread(refunded.find_one, query), seconds=120, every=0.2)
    scans = {f"{name}.{scan}" for name in DATABASES for scan in recorded_scans(mongo, name)}
    assert scans == set()
