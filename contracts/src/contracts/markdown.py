"""The events as a page for people, `docs/events.md`, out of the models themselves."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from contracts.event import Event
from contracts.schemas import Schema, schema_of
from contracts.subscriptions import EVENTS, SUBSCRIPTIONS

_INTRODUCTION = """# Events

Made by `make schemas` from `contracts`; do not edit. The schemas themselves are in `contracts/schemas/`.

Each event goes to the durable topic exchange `marquee.events` (private ones: `marquee.private`, for our services only)
with its name as routing key: CloudEvents 1.0, AMQP binary mode, JSON. Delivery is at least once and in any order. To
subscribe, log in as `subscriber` and bind a queue of your own, `partner.<you>.<what>`, to the names you want; queues of
ours are named `<service>.<event>`. A snapshot is all of its aggregate, the newest is enough; of changes each counts.
"""


def events_page() -> str:
    """The whole page, in Markdown."""
    parts: dict[str, Schema] = {}
    sections = [_section(producer, list(events), parts) for producer, events in groupby(EVENTS, _producer)]
    values = [
        f"### {name}\n\n{_description(part)}{_fields(part)}" for name, part in sorted(parts.items()) if _is_object(part)
    ]
    return "\n".join([_INTRODUCTION, *sections, "## Values\n", *values])


def _producer(event: type[Event]) -> str:
    return event.type.partition(".")[0]


def _section(producer: str, events: Iterable[type[Event]], parts: dict[str, Schema]) -> str:
    return "\n".join([f"## {producer}\n", *(_entry(event, parts) for event in events)])


def _entry(event: type[Event], parts: dict[str, Schema]) -> str:
    schema = schema_of(event)
    parts.update(schema.get("$defs", {}))
    heard_by = [service for service, heard in SUBSCRIPTIONS.items() if event in heard]
    marks = [word for word, is_so in (("private", event.private), ("transient", event.transient)) if is_so]
    facts = [
        f"Class `{event.__name__}`",
        f"a {event.carries} of `{event.subject_field}`",
        *marks,
        f"heard by {', '.join(heard_by)}" if heard_by else "heard by none of our services",
    ]
    return f"### {event.type}\n\n{_description(schema)}{'; '.join(facts)}.\n\n{_fields(schema)}"


def _description(schema: Schema) -> str:
    text = " ".join(schema.get("description", "").split())
    return f"{text}\n\n" if text else ""


def _fields(schema: Schema) -> str:
    needed = schema.get("required", ())
    rows = [
        f"| `{name}`{'' if name in needed else ' (optional)'} | {_kind(field)} |"
        for name, field in schema["properties"].items()
    ]
    return "\n".join(["| field | type |", "| --- | --- |", *rows, ""])


def _is_object(part: Schema) -> bool:
    return "properties" in part


def _kind(field: Schema) -> str:
    return " or ".join(dict.fromkeys(_kinds(field)))


def _kinds(field: Schema) -> Iterator[str]:
    match field:
        case {"$ref": str(ref)}:
            yield ref.rpartition("/")[2]
        case {"anyOf": [*variants]}:
            for variant in variants:
                yield from _kinds(variant)
        case {"enum": [*values]}:
            yield from (f"`{value}`" for value in values)
        case {"const": value}:
            yield f"`{value}`"
        case {"type": "array"}:
            yield f"list of {_kind(_items(field))}"
        case {"type": "string", "format": str(form)}:
            yield form
        case _:
            yield str(field.get("type", "any"))


def _items(field: Schema) -> dict[str, Any]:
    items: dict[str, Any] = field.get("items", {})
    return items
