"""Twilio's side of the control plane: what carriers and recipients do."""

from __future__ import annotations

from fastapi import APIRouter

from simulators.control import Cause, Parts, add_webhooks
from simulators.journal import JsonObject
from simulators.outgoing import Outgoing, WebhookSecret
from simulators.twilio.api import shown
from simulators.twilio.messages import Messages, Number, Status


class Report(Cause):
    """What the carrier says of a message; 21610 as its error means that the number sent STOP."""

    status: Status
    error_code: int | None = None


def twilio_router(parts: Parts, messages: Messages, outgoing: Outgoing, token: WebhookSecret) -> APIRouter:
    router = APIRouter(prefix="/_sim")

    @router.get("/messages")
    async def listed(to: str | None = None) -> list[JsonObject]:
        return [shown(message) for message in messages.listed() if to is None or message["to"] == to]

    @router.post("/messages/{sid}/status")
    async def report(sid: str, said: Report) -> JsonObject:
        async with parts.deliveries.before_response():
            with parts.journal.atomic():
                return shown(messages.set_status(sid, said.status, said.error_code, said.webhooks))

    @router.post("/numbers")
    async def number(number: Number) -> Number:
        return messages.set_number(number)

    add_webhooks(router, outgoing, token)
    return router
