"""The AsyncAPI document: the events others may subscribe to, out of `contracts`. Private ones are left out."""

from importlib.metadata import version
from typing import Any

from pydantic.json_schema import models_json_schema

from contracts.event import Event
from contracts.subscriptions import EVENTS, SUBSCRIPTIONS
from stack.documents.schemas import Schema, tidy

EXCHANGE = "marquee.events"
_DESCRIPTION = """StackInfo about showtimes, seats, payments and bookings.

Each is published to one durable topic exchange under its name, at least once and in any order. To subscribe, declare a
queue of your own and bind it by the names you want. A *snapshot* is all of its aggregate: keep the newest. A *change*
is one fact: each counts, and a repeated one has the same CloudEvents `id`."""
_HEADERS: Schema = {
    "type": "object",
    "description": "CloudEvents 1.0, AMQP binding, binary mode",
    "properties": {
        "cloudEvents_specversion": {"const": "1.0"},
        "cloudEvents_id": {"type": "string"},
        "cloudEvents_source": {"type": "string", "format": "uri-reference"},
        "cloudEvents_type": {"type": "string"},
        "cloudEvents_subject": {"type": "string", "description": "the id of the aggregate"},
        "cloudEvents_time": {"type": "string", "format": "date-time"},
        "cloudEvents_traceparent": {"type": "string"},
    },
    "required": ["cloudEvents_specversion", "cloudEvents_id", "cloudEvents_source", "cloudEvents_type"],
}
_SERVER: Schema = {
    "host": "{host}:{port}",
    "pathname": "/{virtualHost}",
    "protocol": "amqp",
    "protocolVersion": "0-9-1",
    "title": "The broker of an installation",
    "description": "RabbitMQ. Whoever runs the installation gives out accounts that may read the exchange.",
    "variables": {
        "host": {"default": "localhost", "description": "where the broker is"},
        "port": {"default": "5672"},
        "virtualHost": {"default": "%2F", "description": "percent-encoded"},
    },
    "security": [{"$ref": "#/components/securitySchemes/subscriber"}],
}


def document() -> Schema:
    """AsyncAPI 3.0."""
    public = [event for event in EVENTS if not event.private]
    _, definitions = models_json_schema(
        [(event, "serialization") for event in public], by_alias=False, ref_template="#/components/schemas/{model}"
    )
    schemas = dict(sorted(definitions["$defs"].items()))
    for schema in schemas.values():
        tidy(schema)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Marquee events",
            "version": version("marquee-contracts"),
            "description": _DESCRIPTION,
            "contact": {"name": "Marquee", "url": "https://marquee.example/"},
            "license": {"name": "Proprietary"},
            "tags": [
                {"name": "snapshot", "description": "all of an aggregate: the newest is enough"},
                {"name": "change", "description": "one fact: each counts"},
            ],
        },
        "defaultContentType": "application/json",
        "servers": {"broker": _SERVER},
        "channels": {event.type: _channel(event) for event in public},
        "operations": {f"send.{event.type}": _operation(event) for event in public},
        "components": {
            "securitySchemes": {"subscriber": {"type": "userPassword", "description": "an account of a subscriber"}},
            "messages": {event.type: _message(event) for event in public},
            "schemas": schemas,
        },
    }


def _channel(event: type[Event]) -> dict[str, Any]:
    exchange = {"name": EXCHANGE, "type": "topic", "durable": True, "vhost": "/"}
    return {
        "address": event.type,
        "title": event.__name__,
        "servers": [{"$ref": "#/servers/broker"}],
        "messages": {event.__name__: {"$ref": f"#/components/messages/{event.type}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}},
    }


def _operation(event: type[Event]) -> dict[str, Any]:
    channel = f"#/channels/{event.type}"
    return {
        "action": "send",
        "channel": {"$ref": channel},
        "summary": _said(event),
        "messages": [{"$ref": f"{channel}/messages/{event.__name__}"}],
    }


def _message(event: type[Event]) -> dict[str, Any]:
    heard_by = [service for service, events in SUBSCRIPTIONS.items() if event in events]
    ours = f"Of our services {', '.join(heard_by)} subscribe." if heard_by else "None of our services subscribes."
    transient = "A later one stands for it: it is not kept for who was away. " if event.transient else ""
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": _said(event),
        "description": f"A {event.carries} about `{event.subject_field}`. {transient}{ours}",
        "tags": [{"name": event.type.partition(".")[0]}, {"name": event.carries}],
        "contentType": "application/json",
        "headers": _HEADERS,
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
    }


def _said(event: type[Event]) -> str:
    return " ".join((event.__doc__ or "").split())
