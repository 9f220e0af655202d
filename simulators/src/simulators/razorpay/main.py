"""Composition root of the Razorpay simulator."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware

from simulators import assembly
from simulators.control import control_router
from simulators.edge import Edge, ProviderEdge
from simulators.journal import Journal
from simulators.razorpay.api import KEY_HEADER, Api, Context
from simulators.razorpay.books import Books
from simulators.razorpay.control import Control, razorpay_router
from simulators.razorpay.errors import Refusal, busy, outage
from simulators.razorpay.events import Events, Signing
from simulators.razorpay.fields import DIGITS
from simulators.razorpay.orders import Orders
from simulators.razorpay.payments import Payments
from simulators.razorpay.refunds import Refunds
from simulators.settings import location, required
from simulators.wire import serve

_CHECKOUT = Path(__file__).with_name("checkout.js")


@dataclass(frozen=True, slots=True)
class Account:
    key_id: str
    key_secret: str
    webhook_secret: str
    webhook_url: str | None


def run() -> None:
    here = location()
    account = Account(
        required("RAZORPAY_KEY_ID"),
        required("RAZORPAY_KEY_SECRET"),
        required("RAZORPAY_WEBHOOK_SECRET"),
        os.environ.get("WEBHOOK_URL"),
    )
    app = create(account, Journal(here.file("razorpay.sqlite")))
    asyncio.run(serve(app, here.host, here.port))


def create(account: Account, journal: Journal) -> FastAPI:
    signing = Signing(journal, account.webhook_secret)
    parts = assembly.parts(journal, account.webhook_url, signing)
    books = Books(journal, parts.clock)
    events = Events(books, parts.deliveries)
    payments, refunds = Payments(books, parts.schedule, events), Refunds(books, parts.schedule, events)
    context = Context(books, Orders(books), payments, refunds)
    app = assembly.application("Razorpay simulator", parts, payments.start, refunds.start)
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
    app.add_exception_handler(Refusal, _refused)
    app.include_router(control_router(parts, books.ledger))
    control = Control(context, parts.deliveries, events, signing, account.key_secret)
    app.include_router(razorpay_router(control))
    _add_pages(app)
    api = Api(context, account.key_id, account.key_secret)
    provider = ProviderEdge(api.answer, outage, busy, KEY_HEADER, parts.deliveries.before_response)
    app.mount("/", Edge(provider, journal, parts.clock, parts.faults))
    return app


def _add_pages(app: FastAPI) -> None:
    @app.get("/v1/checkout.js")
    async def checkout() -> Response:
        return Response(_checkout(), media_type="text/javascript", headers={"cache-control": "no-cache"})


def _checkout() -> str:
    digits = f"const DIGITS = {json.dumps(DIGITS)};"
    return _CHECKOUT.read_text(encoding="utf-8").replace("const DIGITS = {};", digits)


async def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        raise error
    answer = error.answer()
    return Response(answer.content, answer.status, media_type=answer.media_type)
