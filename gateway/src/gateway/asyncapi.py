"""The AsyncAPI document: the events others may subscribe to, out of `contracts`. Private ones are left out."""

import functools
from typing import Any

import orjson
from contracts.event import Event
from contracts.subscriptions import EVENTS, SUBSCRIPTIONS
from pydantic.json_schema import models_json_schema

EXCHANGE = "marquee.events"
_HEADERS = {
    "type": "object",
    "description": "CloudEvents 1.0, binary mode",
    "properties": {f"cloudEvents_{name}": {"type": "string"}
                   for name in ("specversion", "id", "source", "type", "subject", "time", "traceparent")},
}  # fmt: skip


@functools.cache
def document() -> bytes:
    """AsyncAPI 3.0 as JSON."""
    public = [event for event in EVENTS if not event.private]
    _, definitions = models_json_schema(
        [(event, "serialization") for event in public], by_alias=False, ref_template="#/components/schemas/{model}"
    )
    return orjson.dumps({
        "asyncapi": "3.0.0",
        "info": {"title": "Marquee events", "version": "1",
                 "description": "At least once, in any order. Declare a queue of your own and bind it by routing key."},
        "defaultContentType": "application/json",
        "channels": {event.type: _channel(event) for event in public},
        "operations": {f"say.{event.type}": _operation(event) for event in public},
        "components": {"messages": {event.type: _message(event) for event in public}, "schemas": definitions["$defs"]},
    })  # fmt: skip


def _channel(event: type[Event]) -> dict[str, Any]:
    exchange = {"name": EXCHANGE, "type": "topic", "durable": True, "vhost": "/"}
    return {"address": event.type, "messages": {event.__name__: {"$ref": f"#/components/messages/{event.type}"}},
            "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}}}  # fmt: skip


def _operation(event: type[Event]) -> dict[str, Any]:
    return {"action": "send", "channel": {"$ref": f"#/channels/{event.type}"}, "summary": event.__doc__}


def _message(event: type[Event]) -> dict[str, Any]:
    heard_by = [service for service, events in SUBSCRIPTIONS.items() if event in events]
    return {"name": event.type, "title": event.__name__, "summary": event.__doc__,
            "tags": [{"name": event.type.partition(".")[0]}], "x-heard-by": heard_by,
            "contentType": "application/json", "headers": _HEADERS,
            "payload": {"$ref": f"#/components/schemas/{event.__name__}"}}  # fmt: skip
