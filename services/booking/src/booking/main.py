"""Composition root of booking."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.types import ASGIApp

from booking import admin_api, api, invoice_api, metrics, reading_api
from booking.assembly import assemble
from booking.consumers import Consumers
from booking.domain.booking import Booking
from booking.messages import HttpMessages
from booking.payments import HttpPayments
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
from chassis.loops import forever
from chassis.metrics import MEASURE_SECONDS
from chassis.resources import ResourcesState, resources
from chassis.settings import load
from tickets.code import TicketSigner

API = Api(
    "booking",
    (api.router, reading_api.router, invoice_api.router, admin_api.router),
    idempotency=Idempotent,
    fast_path=api.fast_path,
)


class State(ResourcesState):
    """What requests find in their state."""

    signer: TicketSigner
    use_cases: UseCases


def create() -> ASGIApp:
    """The app, from the environment."""
    settings = load(Settings)
    return build(API, settings, lifespan=partial(lifespan, settings))


@asynccontextmanager
async def lifespan(settings: Settings, _app: FastAPI) -> AsyncIterator[State]:
    """Everything the process holds, given back in reverse."""
    signer = TicketSigner(settings.ticket_signing_secret.get_secret_value())
    wakeups = Wakeups(OF_WORKERS if settings.works else OF_OTHERS)
    async with resources(settings, "booking") as process:
        written: list[Callable[[Booking], None]] = [wakeups.wake]
        bookings = MongoBookings(process.outbox("bookings"), signer.sign, lambda booking: _tell(written, booking))
        showtimes, series = MongoShowtimes(process.database["showtimes"]), MongoSeries(process.database["series"])
        payments = HttpPayments(process.peer(settings.payment_url))
        messages = HttpMessages(process.peer(settings.notify_url))
        use_cases = assemble(Ports(bookings, showtimes, payments, messages, series), wakeups)
        recording = use_cases.recording
        await process.prepare(bookings.ensure_indexes, showtimes.ensure_indexes)
        if settings.works:
            written.append(use_cases.numbering.note)  # what a process that only answers writes is due to those
            await process.work(
                whenever_due("bookings", bookings.collection, partial(bookings.run_due, use_cases.look_at)),
                forever("numbers", use_cases.numbering.number_noted, pause=0),
                whenever_due("showtimes", showtimes.collection, partial(showtimes.run_due, recording.apply_snapshot)),
                forever("metrics", partial(metrics.measure, bookings.unanswered_refunds), pause=MEASURE_SECONDS),
                handlers=Consumers(recording).handlers(),
            )
        yield {**process.state, "signer": signer, "use_cases": use_cases}


def _tell(listeners: Iterable[Callable[[Booking], None]], booking: Booking) -> None:
    for listener in listeners:
        listener(booking)
