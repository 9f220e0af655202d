"""Composition root of the Twilio simulator."""

from __future__ import annotations

import asyncio
import os

from fastapi import FastAPI, Request, Response

from simulators import assembly
from simulators.control import control_router
from simulators.deliveries import Endpoint
from simulators.edge import Answer, Edge, ProviderEdge
from simulators.journal import Journal
from simulators.outgoing import Outgoing, WebhookSecret
from simulators.settings import location, required
from simulators.twilio.api import Api, shown
from simulators.twilio.callbacks import Callbacks, Signing
from simulators.twilio.control import twilio_router
from simulators.twilio.errors import Refusal, outage
from simulators.twilio.messages import Account, Messages
from simulators.wire import serve

_ANSWER_SECONDS = 15.0
_MOST_ATTEMPTS = 2  # Twilio tries a callback once more


def run() -> None:
    here = location()
    account = Account(
        required("TWILIO_ACCOUNT_SID"),
        required("TWILIO_AUTH_TOKEN"),
        required("TWILIO_FROM"),
        os.environ.get("TWILIO_MESSAGING_SERVICE_SID") or None,
    )
    asyncio.run(serve(create(account, Journal(here.file("twilio.sqlite"))), here.host, here.port))


def create(account: Account, journal: Journal) -> FastAPI:
    token = WebhookSecret(journal, account.token)
    endpoint = Endpoint(None, Signing(token), answer_seconds=_ANSWER_SECONDS, most_attempts=_MOST_ATTEMPTS)
    parts = assembly.parts(journal, endpoint)
    outgoing = Outgoing(journal, parts.deliveries)
    callbacks = Callbacks(outgoing)
    messages = Messages(account, journal, parts.clock, parts.schedule, callbacks)
    app = assembly.application("Twilio simulator", parts, messages.start)
    app.add_exception_handler(Refusal, _refused)
    app.include_router(control_router(parts, lambda: {"messages": [shown(message) for message in messages.listed()]}))
    app.include_router(twilio_router(parts, messages, outgoing, token))
    api = Api(account, journal, messages)
    provider = ProviderEdge(api.answer, outage, _never_busy, "", parts.deliveries.before_response)
    app.mount("/", Edge(provider, journal, parts.clock, parts.faults))
    return app


def _never_busy(_: str) -> Answer:
    """Twilio knows no idempotency keys, so none is ever at work."""
    return outage(409)


async def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        raise error
    answer = error.answer()
    return Response(answer.content, answer.status, media_type=answer.media_type)
