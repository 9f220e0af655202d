"""The public documents: as committed, valid, and whole by their own rules."""

import copy
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate
from pydantic.alias_generators import to_camel

from chassis import zones
from contracts.currencies import EXPONENTS
from contracts.schemas import schema_of
from contracts.subscriptions import EVENTS
from stack.documents import asyncapi, openapi
from stack.documents.__main__ import broken, committed, files
from stack.documents.released import ROOT
from stack.documents.schemas import references, resolved
from stack.documents.story import FIELDS, WHOLE

STALE = "run `make schemas` and review the diff"
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.document()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for item in document["paths"].values():
        yield from ((one["operationId"], one) for method, one in item.items() if method in METHODS)


def problems_of(document: dict[str, Any], operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Status and schema of each problem an operation can answer with."""
    for status, answer in operation["responses"].items():
        schema = resolved(document, answer).get("content", {}).get("application/problem+json", {}).get("schema")
        if schema is not None:
            yield from ((status, resolved(document, one)) for one in schema.get("oneOf", [schema]))


MADE = files()


@pytest.mark.parametrize("path", sorted(MADE), ids=str)
def test_a_golden_file_is_what_the_code_says(path: Path) -> None:
    lines = [f"breaks clients: {line}" for line in broken(committed(), MADE)]
    assert (ROOT / path).read_text(encoding="utf-8") == MADE[path], "\n".join([STALE, *lines])


def test_made_again_it_is_the_same_to_the_byte(document: dict[str, Any]) -> None:
    assert repr(openapi.document()) == repr(document)


def test_it_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for whole in (document, asyncapi.document()):
        for ref in set(references(whole)):
            resolved(whole, {"$ref": ref})


def test_no_answer_hides_behind_a_wildcard(document: dict[str, Any]) -> None:
    statuses = {status for _, operation in operations(document) for status in operation["responses"]}
    assert all(re.fullmatch(r"[2-5]\d\d", status) for status in statuses)
    assert "500" not in statuses


def test_every_problem_has_a_code_of_its_own_that_the_enum_knows(document: dict[str, Any]) -> None:
    codes = document["components"]["schemas"]["ErrorCode"]["enum"]
    for name, operation in operations(document):
        for status, problem in problems_of(document, operation):
            assert problem["properties"]["code"]["const"] in codes, name
            assert problem["properties"]["status"]["const"] == int(status), name


def test_who_needs_a_token_says_so_and_what_happens_without_one(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert "security" in operation, name
        assert "401" in operation["responses"] or {"bearer": []} not in operation["security"], name
    named = dict(operations(document))
    assert named["getAvailability"]["security"] == [{}, {"bearer": []}]
    assert named["listMovies"]["security"] == []
    assert "403" in named["createMovie"]["responses"]


def test_what_clients_call_things_is_known(document: dict[str, Any]) -> None:
    named = dict(operations(document))
    assert {"holdSeats", "confirmBooking", "listMovies", "createOrder", "cancelBooking"} <= named.keys()
    assert all(re.fullmatch(r"[a-z][a-zA-Z]+", name) for name in named)
    assert all(re.fullmatch(r"[A-Z][A-Za-z0-9]+", name) for name in document["components"]["schemas"])


def test_every_call_is_explained(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert operation["summary"], name
        assert operation["description"], name
        assert all(resolved(document, answer)["description"] for answer in operation["responses"].values()), name


def media(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
    """Each schema of a parameter, body or answer with the examples it has."""
    parts = [
        part
        for _, operation in operations(document)
        for part in (operation.get("requestBody"), *operation["responses"].values())
    ]
    contents = [one for part in parts if part for one in resolved(document, part).get("content", {}).values()]
    parameters = [
        resolved(document, one) for _, operation in operations(document) for one in operation.get("parameters", ())
    ]
    for part in (*contents, *parameters):
        if part.get("schema"):
            yield (
                part["schema"],
                [part["example"]] if "example" in part else [one["value"] for one in part["examples"].values()],
            )


def test_every_parameter_body_and_answer_has_an_example_that_fits(document: dict[str, Any]) -> None:
    for schema, examples in media(document):
        assert examples
        for example in examples:
            jsonschema.validate(example, {**document, **schema}, jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "operation", [one for one in openapi.operations() if one.route.body_field], ids=lambda one: one.route.name
)
def test_the_example_of_a_body_is_a_good_one(operation: Any, document: dict[str, Any]) -> None:
    named = dict(operations(document))[to_camel(operation.route.name)]
    example = copy.deepcopy(named["requestBody"]["content"]["application/json"]["example"])
    if "startAt" in example:  # it must lie ahead, whenever this runs
        example["startAt"] = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    assert operation.route.body_field.validate(example, {}, loc=("body",))[1] == []


def test_the_story_of_the_examples_tells_of_nothing_that_is_no_more(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert WHOLE.keys() <= schemas.keys()
    assert [(owner, name) for owner, name in FIELDS if name not in schemas[owner]["properties"]] == []


def test_a_change_of_something_tells_no_defaults(document: dict[str, Any]) -> None:
    for item in document["paths"].values():
        body = item.get("patch", {}).get("requestBody")
        if body is not None:
            assert "default" not in _names(document, body)


def _names(document: dict[str, Any], part: Any) -> set[str]:
    """The keys of a part and of all that it refers to, but not the names of fields."""
    if isinstance(part, list):
        return {name for one in part for name in _names(document, one)}
    if not isinstance(part, dict):
        return set()
    found = set(part)
    for key, value in part.items():
        if key == "$ref":
            found |= _names(document, resolved(document, {"$ref": value}))
        elif key == "properties":
            found |= _names(document, list(value.values()))
        else:
            found |= _names(document, value)
    return found


@pytest.mark.parametrize("event", EVENTS, ids=[event.type for event in EVENTS])
def test_the_schema_of_an_event_is_plain(event: Any) -> None:
    schema = schema_of(event)
    jsonschema.Draft202012Validator.check_schema(schema)
    words = _names({"$defs": schema.get("$defs", {})}, {key: value for key, value in schema.items() if key != "$defs"})
    assert not [word for word in words if word.startswith("x-")]


def test_the_events_document_names_its_server_and_tells_snapshots_from_changes() -> None:
    document = asyncapi.document()
    assert document["servers"]["broker"]["protocol"] == "amqp"
    for event in EVENTS:
        if not event.private:
            message = document["components"]["messages"][event.type]
            assert {"name": event.carries} in message["tags"]
            assert event.subject_field in document["components"]["schemas"][event.__name__]["properties"]
    assert {event.carries for event in EVENTS} == {"snapshot", "change"}
    assert not {event.type for event in EVENTS if event.private} & document["channels"].keys()


def test_the_values_of_a_closed_list_are_all_told(document: dict[str, Any]) -> None:
    fields = resolved(document, document["components"]["schemas"]["NewTheater"])["properties"]
    assert {"Asia/Kolkata", "UTC"} <= set(resolved(document, fields["timezone"])["enum"]) == zones.zone_names()
    fields = resolved(document, document["components"]["schemas"]["NewShowtime"])["properties"]
    assert set(resolved(document, fields["currency"])["enum"]) == EXPONENTS.keys()


def test_text_that_must_not_be_empty_is_not_blank_either(document: dict[str, Any]) -> None:
    title = document["components"]["schemas"]["NewMovie"]["properties"]["title"]
    assert jsonschema.Draft202012Validator(title).is_valid("Dune")
    assert not any(jsonschema.Draft202012Validator(title).is_valid(value) for value in (" ", ""))
