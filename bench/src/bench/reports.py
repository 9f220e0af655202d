"""What reports cost after a year of sales: a month's report, the export of all bookings, and the memory meanwhile.

The year is made of contributions of bookings that were never made, with the sums that follow from them by booking's
own functions. The newest bookings are entered as booking enters what it sells; the many before them are written as
they would then lie there, for a million transactions' worth would take a quarter of an hour.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

from aiohttp import ClientTimeout

from bench.report import Row
from booking.domain.contributions import Attendance, Contribution, Figures, SalesKey, SoldBooking
from booking.domain.corrections import Applied, corrections
from booking.reports.documents import applied_document, key_document, key_id
from booking.reports.store import Build
from booking.showtimes import MongoShowtimes
from chassis.mongo import Database, connect
from contracts.catalog import MovieDetails, ShowtimeSnapshot, TheaterDetails
from contracts.layout import Layout
from contracts.prices import PriceTable
from stack.buyer import StackClient

DAYS, THEATERS, MOVIES, SHOWTIMES = 365, 20, 30, 10_000
BATCH, ROUNDS, ENTERED = 500, 5, 10_000
TENDERS = ("razorpay", "razorpay", "stripe", "cash", "card_terminal")
FIRST_DAY = date(2025, 11, 1)
MONTH = "from=2026-03-01&to=2026-03-31"
YEAR = f"from={FIRST_DAY}&to={FIRST_DAY + timedelta(days=DAYS)}"
MOST_SECONDS, LEAST_ROWS = 0.2, 20_000
_LAYOUT = Layout(rows=10, cols=20)


@dataclass(frozen=True, slots=True)
class Past:
    """A year of `bookings` over the showtimes, one after the other."""

    bookings: int

    def snapshots(self) -> Iterator[ShowtimeSnapshot]:
        """Every showtime, in the order of their starts."""
        for number in range(SHOWTIMES):
            start_at = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, 10, tzinfo=UTC) + timedelta(
                days=number * DAYS // SHOWTIMES, hours=number % 6
            )
            yield _snapshot(number, start_at)

    def applied(self, start: int, stop: int) -> Iterator[list[Applied]]:
        """The bookings of these numbers in batches; each was sold on the day of its show or on one of the three before
        it."""
        for first in range(start, stop, BATCH):
            yield [self._one(number) for number in range(first, min(first + BATCH, stop))]

    def _one(self, number: int) -> Applied:
        show = number * SHOWTIMES // self.bookings
        day = FIRST_DAY + timedelta(days=max(0, show * DAYS // SHOWTIMES - number % 4))
        return Applied(f"bkg_{number:026}", 1, _contribution(number, show, day))


def _snapshot(number: int, start_at: datetime) -> ShowtimeSnapshot:
    theater = {"theater_id": f"thr_{number % THEATERS}", "name": "Regal", "address": "1 Main Road", "city": "Pune"}
    movie = {"movie_id": f"mov_{number % MOVIES}", "title": f"Movie {number % MOVIES}", "runtime_minutes": 120}
    return ShowtimeSnapshot.model_validate(
        {
            "showtime_id": f"sho_{number:026}",
            "revision": 1,
            "status": "scheduled",
            "start_at": start_at,
            "end_at": start_at + timedelta(hours=2),
            "language": "en",
            "format": "2D",
            "movie": MovieDetails.model_validate(movie),
            "theater": TheaterDetails.model_validate({**theater, "timezone": "Asia/Kolkata"}),
            "screen": {"screen_id": f"scr_{number % THEATERS}", "name": "1"},
            "layout": _LAYOUT,
            "prices": PriceTable(base_price=25_000, currency="INR"),
        }
    )


def _contribution(number: int, show: int, day: date) -> Contribution:
    figures = Figures(gross=59_000, refunds=0, fees=4_000, taxes=5_000, tickets=2, bookings=1)
    sold_at = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
    line = SoldBooking(
        date=day,
        reference=f"{number:08}",
        id=f"bkg_{number:026}",
        status="confirmed",
        reason=None,
        theater_id=f"thr_{show % THEATERS}",
        showtime_id=f"sho_{show:026}",
        movie_id=f"mov_{show % MOVIES}",
        title=f"Movie {show % MOVIES}",
        start_at=sold_at,
        tickets=2,
        amount=59_000,
        refund=0,
        currency="INR",
        tender=TENDERS[number % len(TENDERS)],
        confirmed_at=sold_at,
    )
    return Contribution({day: figures}, Attendance(2, 2), line)


async def enter(database: Database, past: Past) -> float:
    """Enter the year; how many of the newest bookings a second, entered as booking enters what it sells."""
    showtimes, build = MongoShowtimes(database["showtimes"]), Build(database, 1)
    for snapshot in past.snapshots():
        await showtimes.save(snapshot)
    await database["showtimes"].update_many({}, {"$unset": {"due_at": ""}})
    newest = min(ENTERED, past.bookings)
    await _write(build, past.applied(0, past.bookings - newest))
    started = time.perf_counter()
    for batch in past.applied(past.bookings - newest, past.bookings):
        await build.apply(batch)
    return newest / (time.perf_counter() - started)


async def _write(build: Build, batches: Iterator[list[Applied]]) -> None:
    """Write contributions of bookings of which nothing is there yet, and then their sums."""
    sales, attendance = dict[SalesKey, Figures](), dict[str, Attendance]()
    for batch in batches:
        changed = corrections({}, batch)
        documents = [{"_id": each.booking_id, **applied_document(each)} for each in changed.applied.values()]
        await build.bookings.raw.insert_many(documents, ordered=False)
        for key, figures in changed.sales.items():
            sales[key] = sales.get(key, Figures()) + figures
        for showtime_id, seats in changed.attendance.items():
            attendance[showtime_id] = attendance.get(showtime_id, Attendance()) + seats
    if sales:
        of_keys = ({"_id": key_id(key), **asdict(figures), **key_document(key)} for key, figures in sales.items())
        await build.sales.raw.insert_many(of_keys, ordered=False)
        of_shows = ({"_id": key, **asdict(seats)} for key, seats in attendance.items())
        await build.attendance.raw.insert_many(of_shows, ordered=False)


async def reports(client: StackClient, bookings: int) -> list[Row]:
    """Through the gateway, on a stack where nothing else happens."""
    async with connect(client.stack_info["servers"]["mongo"]["uri"], "booking") as database:
        entered = await enter(database, Past(bookings))
    rows: list[Row] = [("bookings entered in the sums", f"{entered:,.0f} a second", "")]
    for what, theater in (("of all theaters", ""), ("of a theater", "&theaterId=thr_7")):
        seconds = [await _seconds(client, f"/api/admin/reports?{MONTH}{theater}") for _ in range(ROUNDS)]
        rows.append((f"a month's report {what}", f"{median(seconds) * 1000:.0f} ms", f"{MOST_SECONDS * 1000:.0f} ms"))
    before = _memory(client)
    lines, seconds_of_export, most = await _exported(client)
    rows.append(
        ("bookings exported", f"{lines / seconds_of_export:,.0f} rows/s of {lines:,}", f"{LEAST_ROWS:,} rows/s")
    )
    rows.append(("memory of booking while it exports", f"{most - before:+.0f} MiB on {before:.0f}", "flat"))
    return rows


async def _seconds(client: StackClient, path: str) -> float:
    token, started = await client.admin(), time.perf_counter()
    answer = await client.call("GET", path, token=token)
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status} {answer.body}")
    return time.perf_counter() - started


async def _exported(client: StackClient) -> tuple[int, float, float]:
    """How many lines, in how many seconds, and the most memory that booking had meanwhile, in MiB."""
    url = f"{client.stack_info['gateway']}/api/admin/reports/export?report=bookings&{YEAR}"
    headers = {"Authorization": f"Bearer {await client.admin()}"}
    lines, most, started = -1, 0.0, time.perf_counter()
    async with client.http.get(url, headers=headers, timeout=ClientTimeout(sock_read=60)) as response:
        async for part in response.content.iter_chunked(1 << 18):
            lines += part.count(b"\r\n")
            most = max(most, _memory(client))
            await asyncio.sleep(0)
    return lines, time.perf_counter() - started, most


def _memory(client: StackClient) -> float:
    """Resident memory of the first process of booking, in MiB."""
    process = client.stack_info["services"]["booking"][0]["pid"]
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024
