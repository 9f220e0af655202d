"""Composition root of the Stripe simulator."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware

from simulators import assembly
from simulators.balance import Balance
from simulators.control import Dashboard, Parts, control_router
from simulators.deliveries import Endpoint
from simulators.edge import Edge, ProviderEdge
from simulators.journal import Journal
from simulators.outgoing import Outgoing, WebhookSecret
from simulators.settings import current, location, required
from simulators.stripe.api import Api, Context, Keys
from simulators.stripe.attempts import Attempts
from simulators.stripe.books import Books
from simulators.stripe.control import Control, stripe_router
from simulators.stripe.disputes import Disputes
from simulators.stripe.errors import Refusal, busy, outage, request_id
from simulators.stripe.events import Events, Signing
from simulators.stripe.idempotency import KEY_HEADER
from simulators.stripe.intents import Intents
from simulators.stripe.refunds import Refunds
from simulators.wire import serve

_SCRIPT = Path(__file__).with_name("stripe.js")
_ANSWER_SECONDS = 10.0
_LIFE_SECONDS = 3 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Account:
    keys: Keys
    webhook_secret: str
    webhook_url: str | None


def run() -> None:
    here = location()
    account = Account(
        Keys(current("STRIPE_SECRET_KEY"), required("STRIPE_PUBLISHABLE_KEY")),
        current("STRIPE_WEBHOOK_SECRET"),
        os.environ.get("WEBHOOK_URL"),
    )
    app = create(account, Journal(here.file("stripe.sqlite")))
    asyncio.run(serve(app, here.host, here.port))


def create(account: Account, journal: Journal) -> FastAPI:
    secret = WebhookSecret(journal, account.webhook_secret)
    endpoint = Endpoint(account.webhook_url, Signing(secret), _ANSWER_SECONDS, _LIFE_SECONDS, sign_each_attempt=True)
    parts = assembly.parts(journal, endpoint)
    outgoing, balance = Outgoing(journal, parts.deliveries), Balance(journal)
    books = Books(journal, parts.clock, livemode=account.keys.secret.startswith("sk_live_"))
    context = _context(books, Events(books, outgoing), balance, parts)
    app = assembly.application("Stripe simulator", parts, context.attempts.start)
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
    app.add_exception_handler(Refusal, _refused)
    app.include_router(control_router(parts, books.ledger))
    app.include_router(stripe_router(Control(context, Dashboard(parts, outgoing, secret, balance))))
    app.add_api_route("/v3/", _script, methods=["GET"], response_class=Response)
    api = Api(context, account.keys)
    provider = ProviderEdge(api.answer, outage, busy, KEY_HEADER, parts.deliveries.before_response)
    app.mount("/", Edge(provider, journal, parts.clock, parts.faults))
    return app


def _context(books: Books, events: Events, balance: Balance, parts: Parts) -> Context:
    attempts = Attempts(books, parts.schedule, events, balance)
    intents = Intents(books, attempts, events)
    refunds, disputes = Refunds(books, events, balance), Disputes(books, events, balance)
    return Context(books, events, attempts, intents, refunds, disputes, balance)


async def _script() -> Response:
    script = _SCRIPT.read_text(encoding="utf-8")
    return Response(script, media_type="text/javascript", headers={"cache-control": "no-cache"})


async def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        raise error
    answer = error.answer(request_id())
    return Response(answer.content, answer.status, media_type=answer.media_type)
