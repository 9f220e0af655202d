"""Composition root of booking."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import TypeVarTuple, Unpack

from fastapi import FastAPI
from starlette.types import ASGIApp

from booking import admin_api, api, checkin_api, internal_api, invoice_api, metrics, reading_api, search_api
from booking.assembly import assemble
from booking.consumers import Consumers
from booking.domain.booking import Booking
from booking.messages import HttpMessages
from booking.payments import HttpPayments
from booking.people import MongoPeople
from booking.reports import api as reports_api
from booking.reports import backtest_api
from booking.reports.backtesting import Backtesting
from booking.reports.following import GATHER_SECONDS, LONGEST_SECONDS, Following
from booking.reports.reading import Reading
from booking.reports.store import Builds
from booking.series import MongoSeries
from booking.settings import Settings
from booking.showtimes import MongoShowtimes
from booking.store import MongoBookings
from booking.usecases.ports import Ports
from booking.usecases.use_cases import UseCases
from booking.usecases.wakeups import OF_OTHERS, OF_WORKERS, Wakeups
from chassis.app import Api, build
from chassis.due import whenever_due
from chassis.idempotency import Idempotent
from chassis.loops import forever, whenever
from chassis.metrics import MEASURE_SECONDS
from chassis.resources import ResourcesState, resources
from chassis.settings import load
from checkin.manifest import ManifestSigner
from tickets.code import TicketSigner
from tickets.references import References

News = TypeVarTuple("News")
API = Api(
    "booking",
    (
        api.router,
        reading_api.router,
        invoice_api.router,
        search_api.router,
        admin_api.router,
        checkin_api.router,
        reports_api.router,
        backtest_api.router,
        internal_api.router,
    ),
    idempotency=Idempotent,
    fast_path=api.fast_path,
)


class State(ResourcesState):
    """What requests find in their state."""

    signer: TicketSigner
    manifest_signer: ManifestSigner
    use_cases: UseCases
    reading: Reading
    backtesting: Backtesting


def create() -> ASGIApp:
    """The app, from the environment."""
    settings = load(Settings)
    return build(API, settings, lifespan=partial(lifespan, settings))


@asynccontextmanager
async def lifespan(settings: Settings, _app: FastAPI) -> AsyncIterator[State]:
    """Everything the process holds, given back in reverse."""
    seed = settings.ticket_signing_secret.get_secret_value()
    signer, manifest_signer = TicketSigner(seed), ManifestSigner(seed)
    unanswered_after = timedelta(seconds=settings.refund_unanswered_seconds)
    wakeups = Wakeups(OF_WORKERS if settings.works else OF_OTHERS)
    async with resources(settings, "booking") as process:
        written: list[Callable[[Booking], None]] = [wakeups.wake]
        unnumbered: list[Callable[[Booking, float], None]] = []
        bookings = MongoBookings(
            process.outbox("bookings"),
            signer.sign,
            References(seed).of,
            lambda booking: _tell(written, booking),
            lambda booking, began: _tell(unnumbered, booking, began),
        )
        showtimes, series = MongoShowtimes(process.database["showtimes"]), MongoSeries(process.database["series"])
        people = MongoPeople(process.database["people"])
        payments = HttpPayments(process.peer(settings.payment_url))
        messages = HttpMessages(process.peer(settings.notify_url))
        use_cases = assemble(Ports(bookings, people, showtimes, payments, messages, series), wakeups)
        recording = use_cases.recording
        builds = Builds(process.database)
        following = Following(bookings, builds)
        await process.prepare(bookings.ensure_indexes, people.ensure_indexes, showtimes.ensure_indexes, builds.prepare)
        if settings.works:
            # What a process that only answers writes is due to those, or is looked for.
            written.append(following.note)
            unnumbered.append(use_cases.numbering.note)
            await process.work(
                whenever_due("bookings", bookings.collection, partial(bookings.run_due, use_cases.look_at)),
                forever("numbers", use_cases.numbering.number_noted, pause=0),
                whenever("reports", following.news, following.follow, shortest=GATHER_SECONDS, longest=LONGEST_SECONDS),
                whenever_due("showtimes", showtimes.collection, partial(showtimes.run_due, recording.apply_snapshot)),
                forever(
                    "metrics",
                    partial(metrics.measure, bookings.unanswered_refunds, unanswered_after),
                    pause=MEASURE_SECONDS,
                ),
                handlers=Consumers(recording, people).handlers(),
            )
        yield {
            **process.state,
            "signer": signer,
            "manifest_signer": manifest_signer,
            "use_cases": use_cases,
            "reading": Reading(builds, showtimes.collection),
            "backtesting": Backtesting(builds, showtimes, bookings.collection),
        }


def _tell(listeners: Iterable[Callable[[Unpack[News]], None]], *news: *News) -> None:
    for listener in listeners:
        listener(*news)
