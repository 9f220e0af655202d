"""Events by their names and schemas, and what of a change to one breaks a producer or a consumer."""

import re
from pathlib import Path
from typing import Any

import pytest

from contracts.event import Event
from contracts.schemas import Schema, breaks
from contracts.subscriptions import BY_TYPE, EVENTS, SUBSCRIPTIONS, has_subscriber, queue_name

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "contracts" / "schemas"
NOUNS = {"notify": "notification"}  # the producer's word, where it is not the module's name
STALE = "run `make schemas` and review the diff"
each_event = pytest.mark.parametrize("event", EVENTS, ids=[event.type for event in EVENTS])


def wire_name(event: type[Event]) -> str:
    """Producer, class in snake case without the producer's own word, version."""
    producer = event.__module__.rpartition(".")[2]
    name, version = re.fullmatch(r"(\w+?)(?:V(\d+))?", event.__name__).groups()  # type: ignore[union-attr]  # matches all
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower().removeprefix(f"{NOUNS.get(producer, producer)}_")
    return f"{producer}.{words}.v{version or 1}"


def test_there_is_no_golden_file_without_an_event() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} == set(BY_TYPE), STALE


@each_event
def test_the_wire_name_is_producer_and_class_and_version(event: type[Event]) -> None:
    assert event.type == wire_name(event)


@each_event
def test_the_subject_is_a_required_field(event: type[Event]) -> None:
    assert event.model_fields[event.subject_field].is_required()


def test_names_and_queues_are_unique_and_whoever_subscribes_hears_an_event_that_exists() -> None:
    heard = [(service, event) for service, events in SUBSCRIPTIONS.items() for event in events]
    assert len(BY_TYPE) == len(EVENTS)
    assert len({queue_name(service, event) for service, event in heard}) == len(heard)
    assert {event for _, event in heard} == {event for event in EVENTS if has_subscriber(event)}


def test_a_private_event_is_heard_by_a_service_of_ours() -> None:
    assert all(has_subscriber(event) for event in EVENTS if event.private)


def a_schema(**fields: Any) -> Schema:
    properties = {"seat_ids": {"type": "array", "items": {"type": "string"}}, "why": {"enum": ["late", "lost"]}}
    return {"type": "object", "properties": {**properties, **fields}, "required": ["seat_ids", "why"]}


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ({**a_schema(), "properties": {"why": {"enum": ["late", "lost"]}}}, "event.seat_ids was removed"),
        ({**a_schema(by={"type": "string"}), "required": ["seat_ids", "why", "by"]}, "event.by is new and required"),
        (a_schema(seat_ids={"type": "string"}), "event.seat_ids type changed from array to string"),
        (a_schema(seat_ids={"type": "array", "items": {"type": "integer"}}), "type changed from string to integer"),
        (a_schema(why={"enum": ["late"]}), "event.why enum changed from ['late', 'lost'] to ['late']"),
        (a_schema(why={"enum": ["late", "lost", "other"]}), "event.why enum changed"),
        ({**a_schema(), "required": ["why"]}, "event.seat_ids became optional"),
    ],
)
def test_what_is_not_an_added_optional_field_breaks(new: Schema, reason: str) -> None:
    assert len([line for line in breaks(a_schema(), new) if reason in line]) == 1


def test_an_added_optional_field_and_a_better_description_break_nothing() -> None:
    new = {**a_schema(note={"type": "string", "default": ""}), "description": "clearer", "title": "Other"}
    assert breaks(a_schema(), new) == []


def test_a_break_inside_a_named_value_is_found() -> None:
    def holding(kind: str) -> Schema:
        return {
            "properties": {"quote": {"$ref": "#/$defs/Quote"}},
            "$defs": {"Quote": {"properties": {"total": {"type": kind}}}},
        }

    assert breaks(holding("integer"), holding("string")) == ["event.quote.total type changed from integer to string"]


@pytest.mark.parametrize("loosened", [{"type": "string"}, {"type": "string", "pattern": "^[A-Z]{2}$"}])
def test_a_constraint_that_changes_breaks(loosened: Schema) -> None:
    strict = {"type": "string", "pattern": "^[A-Z]{3}$"}
    assert breaks({"properties": {"currency": strict}}, {"properties": {"currency": loosened}})
