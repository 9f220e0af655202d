"""Composition root of booking."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.types import ASGIApp

from booking import api, metrics
from booking.consumers import Consumers
from booking.payments import HttpPayments
from booking.settings import Settings
from booking.store import MongoBookings, MongoShowtimes
from booking.tickets import Signer
from booking.usecases import UseCases
from booking.wakeups import Wakeups
from chassis.app import Api, build
from chassis.due import whenever_due
from chassis.idempotency import Idempotent
from chassis.loops import forever
from chassis.resources import ResourcesState, resources
from chassis.settings import load

API = Api("booking", (api.router, api.admin), idempotency=Idempotent)


class State(ResourcesState):
    """What requests find in their state."""

    signer: Signer
    bookings: MongoBookings
    showtimes: MongoShowtimes
    usecases: UseCases


def create() -> ASGIApp:
    """The app, from the environment."""
    settings = load(Settings)
    signer = Signer(settings.ticket_signing_secret.get_secret_value())
    return build(API, settings, lifespan=partial(lifespan, settings, signer))


@asynccontextmanager
async def lifespan(settings: Settings, signer: Signer, _app: FastAPI) -> AsyncIterator[State]:
    """Everything the process holds, given back in reverse."""
    async with resources(settings, "booking") as base:
        wakeups = Wakeups()
        bookings = MongoBookings(base.outbox("bookings"), signer.text, wakeups.wake)
        showtimes = MongoShowtimes(base.database["showtimes"])
        usecases = UseCases(bookings, showtimes, HttpPayments(base.peer(settings.payment_url)), wakeups)
        await base.prepare(bookings.ensure_indexes, showtimes.ensure_indexes)
        if settings.works:
            await base.work(
                whenever_due("unpaid", bookings.collection, partial(bookings.run_due, usecases.expire_unpaid)),
                whenever_due("showtimes", showtimes.collection, partial(showtimes.run_due, usecases.apply_snapshot)),
                forever("metrics", partial(metrics.measure, bookings), pause=5),
                handlers=Consumers(usecases, showtimes).handlers(),
            )
        yield {**base.state, "signer": signer, "bookings": bookings, "showtimes": showtimes, "usecases": usecases}
