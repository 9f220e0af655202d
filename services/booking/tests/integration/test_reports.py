"""Reports through the running service: what was sold, to whom they are shown, and that they follow what changes."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

from services.booking.tests.conftest import SIGNER, Running
from services.booking.tests.factories import at_counter, seats_sold
from tests.factories import a_quote_of, a_sale, a_snapshot

from booking.domain.business_days import business_day
from booking.rebuild_reports import rebuild
from chassis.mongo import Database
from contracts.catalog import ShowtimeCancelled, ShowtimeChanged, ShowtimeSnapshot
from stack.keys import Grants
from stack.waiting import until

ZONE = "Asia/Kolkata"


def today() -> str:
    return business_day(datetime.now(UTC), ZONE).isoformat()


def span(snapshot: ShowtimeSnapshot, **others: str) -> str:
    """From a day ago, whatever the clock says, to the day after tomorrow."""
    now = datetime.now(UTC)
    days = {"from": str((now - timedelta(days=2)).date()), "to": str((now + timedelta(days=2)).date())}
    query = {**days, "theaterId": snapshot.theater.theater_id, **others}
    return "&".join(f"{name}={value}" for name, value in query.items())


async def report(booking: Running, snapshot: ShowtimeSnapshot, **others: str) -> Any:
    status, body = await booking.call("GET", f"/api/admin/reports?{span(snapshot, **others)}", None, "usr_9", "admin")
    assert status == 200, body
    return body


async def until_sales(booking: Running, snapshot: ShowtimeSnapshot, **figures: int) -> Any:
    """The report once its sum has these figures."""

    async def has_figures() -> bool:
        sales = (await report(booking, snapshot))["sales"]
        return bool(figures.items() <= sales.items())

    await until(has_figures)
    return await report(booking, snapshot)


async def test_a_sale_counts_on_its_day_and_a_refund_takes_from_the_net(booking: Running) -> None:
    snapshot = a_snapshot()
    await booking.schedule(snapshot)
    sale, other = a_sale(showtime_id=snapshot.showtime_id), a_sale(showtime_id=snapshot.showtime_id)
    await booking.confirm(sale)
    await booking.confirm(other)
    total, quote = sale.quote.total, sale.quote
    sold = await until_sales(booking, snapshot, bookings=2)
    figures = {
        "gross": 2 * total,
        "refunds": 0,
        "net": 2 * total,
        "fees": 2 * quote.fees,
        "taxes": 2 * quote.taxes,
        "tickets": 4,
        "bookings": 2,
    }
    assert sold["currency"] == "INR"
    assert sold["sales"] == {
        **figures,
        "byDay": [{"date": today(), **figures}],
        "byTender": [{"tender": "razorpay", **figures}],
    }
    assert sold["topMovies"] == [
        {"movieId": snapshot.movie.movie_id, "title": "The Long Reel", "tickets": 4, "gross": 2 * total}
    ]
    assert sold["occupancy"] == {
        "overall": 0.1,
        "byShowtime": [{"showtimeId": snapshot.showtime_id, "seats": 40, "sold": 4, "rate": 0.1}],
    }
    assert sold["noShows"] == {"tickets": 0, "rate": 0.0, "byShowtime": []}
    status, _ = await booking.call("POST", f"/api/bookings/{sale.booking_id}/cancel", {"seatIds": ["C7"]})
    assert status == 200
    refund = quote.lines[0].price + quote.lines[0].tax + 1180
    less = await until_sales(booking, snapshot, refunds=refund)
    assert less["sales"]["net"] == 2 * total - refund
    assert less["sales"]["tickets"] == 4
    assert less["occupancy"]["byShowtime"][0]["sold"] == 3
    gone = snapshot.model_copy(update={"revision": 2, "status": "cancelled"})
    await booking.say(ShowtimeCancelled(showtime_id=snapshot.showtime_id, snapshot=gone))
    nothing = await until_sales(booking, snapshot, net=0)
    assert nothing["sales"]["gross"] == 2 * total
    assert nothing["occupancy"] == {"overall": 0.0, "byShowtime": []}


async def test_each_tender_and_movie_has_its_own_figures(booking: Running) -> None:
    snapshot = a_snapshot()
    await booking.schedule(snapshot)
    for tender in ("cash", "complimentary"):
        sale = a_sale(showtime_id=snapshot.showtime_id)
        await booking.say(*at_counter(sale, tender), seats_sold(sale))
        await booking.until_status(sale, "confirmed")
    sold = await until_sales(booking, snapshot, bookings=2)
    by_tender = {each["tender"]: each for each in sold["sales"]["byTender"]}
    assert by_tender["cash"]["gross"] == sale.quote.total
    nothing = {name: by_tender["complimentary"][name] for name in ("gross", "fees", "taxes", "tickets")}
    assert nothing == {"gross": 0, "fees": 0, "taxes": 0, "tickets": 2}
    of_another = await report(booking, snapshot, movieId="mov_other")
    assert (of_another["sales"]["bookings"], of_another["occupancy"]["byShowtime"]) == (0, [])
    assert (await report(booking, snapshot, movieId=snapshot.movie.movie_id))["sales"]["bookings"] == 2


async def test_a_show_whose_sold_seats_were_blocked_is_full_and_not_fuller(booking: Running) -> None:
    snapshot = a_snapshot(rows=3, cols=8)
    await booking.schedule(snapshot)
    await booking.confirm(a_sale(showtime_id=snapshot.showtime_id))
    free = [f"{row}{number}" for row in "ABC" for number in range(1, 9) if (row, number) != ("C", 8)]
    for revision, blocked, seats in ((2, free, 1), (3, [*free, "C8"], 0)):
        layout = snapshot.layout.model_copy(update={"blocked": tuple(blocked)})
        changed = snapshot.model_copy(update={"revision": revision, "layout": layout})
        await booking.say(ShowtimeChanged(showtime_id=snapshot.showtime_id, snapshot=changed))
        full = {"showtimeId": snapshot.showtime_id, "seats": seats, "sold": 2, "rate": 1.0}

        async def is_full(full: dict[str, Any] = full) -> bool:
            return bool((await report(booking, snapshot))["occupancy"] == {"overall": 1.0, "byShowtime": [full]})

        await until(is_full)


async def test_several_currencies_are_not_added_up(booking: Running) -> None:
    rupees = a_snapshot()
    dollars = a_snapshot(theater={"theater_id": rupees.theater.theater_id}, prices={"currency": "USD"})
    for snapshot in (rupees, dollars):
        await booking.schedule(snapshot)
        currency = snapshot.prices.currency
        quote = a_quote_of({"C7": (1_000, 0)}, currency=currency)
        sale = a_sale(showtime_id=snapshot.showtime_id, quote=quote)
        events = [event.model_copy(update={"currency": currency}) for event in at_counter(sale)[1:]]
        await booking.say(at_counter(sale)[0], *events, seats_sold(sale))
        await booking.until_status(sale, "confirmed")
    path = f"/api/admin/reports?{span(rupees)}"

    async def is_refused() -> bool:
        status, body = await booking.call("GET", path, None, "usr_9", "admin")
        return status == 422 and body["code"] == "mixed_currencies" and body["currencies"] == ["INR", "USD"]

    await until(is_refused)
    assert (await report(booking, rupees, currency="USD"))["sales"]["gross"] == 1_000
    status, body = await booking.call("GET", path.replace("?", "/export?report=sales&"), None, "usr_9", "admin")
    assert (status, body["code"]) == (422, "mixed_currencies")


async def test_a_manager_reads_reports_of_the_own_theaters_alone(booking: Running) -> None:
    mine, foreign = a_snapshot(), a_snapshot()
    for snapshot in (mine, foreign):
        await booking.schedule(snapshot)
        await booking.confirm(a_sale(showtime_id=snapshot.showtime_id))
        await until_sales(booking, snapshot, bookings=1)
    grants: Grants = {mine.theater.theater_id: ["manager"], foreign.theater.theater_id: ["staff"]}
    days = span(mine).partition("&theaterId")[0]
    status, own = await booking.call("GET", f"/api/admin/reports?{days}", None, "usr_3", grants=grants)
    assert (status, own["sales"]["bookings"]) == (200, 1)
    assert [show["showtimeId"] for show in own["occupancy"]["byShowtime"]] == [mine.showtime_id]
    for path in ("/api/admin/reports?", "/api/admin/reports/export?report=bookings&"):
        status, body = await booking.call("GET", path + span(foreign), None, "usr_3", grants=grants)
        assert (status, body["code"]) == (403, "forbidden")


async def exported(booking: Running, name: str, snapshot: ShowtimeSnapshot) -> list[dict[str, str]]:
    path = f"/api/admin/reports/export?report={name}&{span(snapshot)}"
    headers = {"Authorization": f"Bearer {SIGNER.token('usr_9', 'admin')}"}
    async with booking.http.get(path, headers=headers) as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/csv")
        raw = await response.read()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\n") == raw.count(b"\r\n")
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


async def test_each_report_is_exported_with_the_names_of_the_json(booking: Running) -> None:
    snapshot = a_snapshot()
    movie = snapshot.movie.model_copy(update={"title": '=HYPERLINK("https://x.test"),1'})
    snapshot = snapshot.model_copy(update={"movie": movie})
    await booking.schedule(snapshot)
    sale = a_sale(showtime_id=snapshot.showtime_id)
    await booking.confirm(sale)
    sold = await until_sales(booking, snapshot, bookings=1)
    (day,) = await exported(booking, "sales", snapshot)
    assert day == {name: str(value) for name, value in sold["sales"]["byDay"][0].items()} | {"currency": "INR"}
    (show,) = await exported(booking, "occupancy", snapshot)
    assert show == {name: str(value) for name, value in sold["occupancy"]["byShowtime"][0].items()}
    (top,) = await exported(booking, "top-movies", snapshot)
    assert top["title"] == "'" + movie.title
    assert await exported(booking, "no-shows", snapshot) == []
    (line,) = await exported(booking, "bookings", snapshot)
    document = await booking.document(sale)
    assert line["reference"] == document["reference"]
    assert (line["status"], line["amount"], line["refund"]) == ("confirmed", str(sale.quote.total), "0")


async def test_reports_made_anew_are_as_they_were(booking: Running, database: Database) -> None:
    snapshot = a_snapshot()
    await booking.schedule(snapshot)
    sales = [a_sale(showtime_id=snapshot.showtime_id) for _ in range(3)]
    for sale in sales:
        await booking.confirm(sale)
    await booking.call("POST", f"/api/bookings/{sales[0].booking_id}/cancel", {})
    before = await until_sales(booking, snapshot, bookings=3, refunds=sales[0].quote.total)
    assert await rebuild(database) == (3, [])
    assert await report(booking, snapshot) == before
    await booking.call("POST", f"/api/bookings/{sales[1].booking_id}/cancel", {})
    await until_sales(booking, snapshot, bookings=3, refunds=2 * sales[0].quote.total)
    await booking.db["report_sales_2"].update_many({}, {"$inc": {"gross": 1}})
    count, different = await rebuild(database)
    assert (count, len(different)) == (3, 1)
    await until_sales(booking, snapshot, bookings=3, gross=3 * sales[0].quote.total)


async def test_who_did_not_come_is_read_after_the_show_and_a_later_upload_takes_them_out(booking: Running) -> None:
    start_at = datetime.now(UTC) - timedelta(hours=3)
    snapshot = a_snapshot(start_at=start_at)
    await booking.schedule(snapshot)
    sales = [a_sale(showtime_id=snapshot.showtime_id, start_at=start_at) for _ in range(2)]
    for sale in sales:
        await booking.confirm(sale)
    show = {"showtimeId": snapshot.showtime_id}
    absent = (await until_sales(booking, snapshot, bookings=2))["noShows"]
    assert absent == {"tickets": 4, "rate": 1.0, "byShowtime": [{**show, "tickets": 4, "rate": 1.0}]}
    (line,) = await exported(booking, "no-shows", snapshot)
    assert line == {**show, "tickets": "4", "rate": "1.0"}
    reference = (await booking.document(sales[0]))["reference"]
    scan = {"reference": reference, "scannedAt": start_at.isoformat().replace("+00:00", "Z")}
    body = {**show, "deviceId": "gate-1", "scans": [scan]}
    status, answer = await booking.call("POST", "/api/admin/checkin/batch", body, "usr_9", "admin")
    assert (status, answer["results"][0]["outcome"]) == (200, "checked_in")

    async def is_halved() -> bool:
        return bool((await report(booking, snapshot))["noShows"]["tickets"] == 2)

    await until(is_halved)
    assert (await report(booking, snapshot))["noShows"]["rate"] == 0.5
    assert (await report(booking, snapshot))["occupancy"]["byShowtime"][0]["sold"] == 4
