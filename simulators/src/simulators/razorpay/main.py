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
from simulators.balance import Balance
from simulators.control import Dashboard, control_router
from simulators.deliveries import Endpoint
from simulators.edge import Edge, ProviderEdge
from simulators.journal import Journal
from simulators.outgoing import Outgoing, WebhookSecret
from simulators.razorpay.api import KEY_HEADER, Api, Context
from simulators.razorpay.books import Books
from simulators.razorpay.control import Control, razorpay_router
from simulators.razorpay.disputes import Disputes
from simulators.razorpay.errors import Refusal, busy, outage
from simulators.razorpay.events import Events, Signing
from simulators.razorpay.fields import DIGITS
from simulators.razorpay.orders import Orders
from simulators.razorpay.payments import Payments
from simulators.razorpay.refunds import Refunds
from simulators.settings import current, location, required
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
        current("RAZORPAY_KEY_SECRET"),
        current("RAZORPAY_WEBHOOK_SECRET"),
        os.environ.get("WEBHOOK_URL"),
    )
    app = create(account, Journal(here.file("razorpay.sqlite")))
    asyncio.run(serve(app, here.host, here.port))


def create(account: Account, journal: Journal) -> FastAPI:
    secret = WebhookSecret(journal, account.webhook_secret)
    parts = assembly.parts(journal, Endpoint(account.webhook_url, Signing(secret)))
    outgoing = Outgoing(journal, parts.deliveries)
    books, balance = Books(journal, parts.clock), Balance(journal)
    events = Events(books, outgoing)
    payments = Payments(books, parts.schedule, events, balance)
    refunds = Refunds(books, parts.schedule, events, balance)
    context = Context(books, Orders(books), payments, refunds, Disputes(books, events))
    app = assembly.application("Razorpay simulator", parts, payments.start, refunds.start)
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
    app.add_exception_handler(Refusal, _refused)
    app.include_router(control_router(parts, books.ledger))
    dashboard = Dashboard(parts, outgoing, secret, balance)
    app.include_router(razorpay_router(Control(context, dashboard, account.key_secret)))
    app.add_api_route("/v1/checkout.js", _checkout, methods=["GET"], response_class=Response)
    api = Api(context, account.key_id, account.key_secret)
    provider = ProviderEdge(api.answer, outage, busy, KEY_HEADER, parts.deliveries.before_response)
    app.mount("/", Edge(provider, journal, parts.clock, parts.faults))
    return app


async def _checkout() -> Response:
    digits = f"const DIGITS = {json.dumps(DIGITS)};"
    script = _CHECKOUT.read_text(encoding="utf-8").replace("const DIGITS = {};", digits)
    return Response(script, media_type="text/javascript", headers={"cache-control": "no-cache"})


async def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        raise error
    answer = error.answer()
    return Response(answer.content, answer.status, media_type=answer.media_type)
