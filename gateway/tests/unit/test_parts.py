"""The pure parts: the table, merging documents, who may read across origins."""

from typing import Any

import orjson
import pytest
from contracts.subscriptions import EVENTS
from gateway.openapi import merge
from hypothesis import given
from hypothesis import strategies as st

from gateway import asyncapi, routes


@given(st.binary(max_size=60))
def test_any_bytes_are_a_readable_path_or_none(raw: bytes) -> None:
    path = routes.readable(b"/" + raw)
    assert path is None or (path.startswith("/") and "\0" not in path and ".." not in path.split("/"))


@given(st.lists(st.sampled_from(["api", "internal", "seats", "..", ".", "", "%2e%2e", "%2F", "hold"]), max_size=8))
def test_no_path_finds_its_way_to_internal(segments: list[str]) -> None:
    path = routes.readable(("/" + "/".join(segments)).encode())
    found = path and routes.find(path)
    assert not found or (path or "").startswith(found.path)


def test_nothing_internal_stands_in_the_table_and_the_longest_prefix_wins() -> None:
    assert all(route.path.startswith("/api/") for route in routes.ROUTES)
    for path in ("/api/bookings/confirm", "/api/payments/create-order"):
        route = routes.find(path)
        assert route is not None
        assert (route.path, route.seconds) == (path, 15.0)
    assert routes.find("/api/bookings/confirmation") == routes.find("/api/bookings")


def a_document(path: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    ref = {"$ref": "#/components/schemas/Quote"}
    answer = {
        "200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Sale"}}}}
    }
    return {
        "paths": {
            path: {"get": {"responses": answer, "operationId": path}},
            "/internal/x": {"get": {}},
            "/healthz": {},
        },
        "components": {
            "schemas": {"Quote": schema, "Sale": {"properties": {"quote": ref}}, "Same": {"type": "null"}, **more}
        },
    }


def refs(part: Any) -> list[str]:
    if isinstance(part, dict):
        return [part["$ref"]] if "$ref" in part else [ref for value in part.values() for ref in refs(value)]
    return [ref for value in part for ref in refs(value)] if isinstance(part, list) else []


def test_components_of_one_name_but_different_content_are_kept_apart_with_all_that_refers_to_them() -> None:
    merged = merge({"seating": a_document("/api/seats/hold", {"type": "integer"}),
                    "booking": a_document("/api/bookings/my", {"type": "string"})})  # fmt: skip
    schemas = merged["components"]["schemas"]
    assert set(schemas) == {"Quote", "Sale", "Same", "seating_Quote", "seating_Sale"}
    assert refs(merged["paths"]["/api/seats/hold"]) == ["#/components/schemas/seating_Sale"]
    assert refs(schemas["seating_Sale"]) == ["#/components/schemas/seating_Quote"]
    assert refs(merged["paths"]["/api/bookings/my"]) == ["#/components/schemas/Sale"]


def test_only_calls_that_the_table_sends_to_a_service_are_shown_as_its_own() -> None:
    document = a_document("/api/seats/hold", {})
    assert set(merge({"seating": document})["paths"]) == {"/api/seats/hold"}
    assert merge({"booking": document})["paths"] == {}
    assert merge({"seating": document})["paths"]["/api/seats/hold"]["get"]["tags"] == ["seating"]


def test_merging_again_gives_the_same_document() -> None:
    documents = {"seating": a_document("/api/seats/hold", {}), "booking": a_document("/api/bookings/my", {"type": "x"})}
    assert merge(documents) == merge(documents)


@pytest.mark.parametrize("event", [event for event in EVENTS if not event.private], ids=lambda event: event.type)
def test_every_public_event_has_a_channel_whose_message_resolves(event: Any) -> None:
    document = orjson.loads(asyncapi.document())
    message = document["components"]["messages"][event.type]
    schema = document["components"]["schemas"][message["payload"]["$ref"].rpartition("/")[2]]
    assert event.subject_field in schema["properties"]
    assert all(_resolves(document, ref) for ref in refs(document))


def _resolves(document: dict[str, Any], ref: str) -> bool:
    at: Any = document
    for key in ref.removeprefix("#/").split("/"):
        at = at.get(key)
        if at is None:
            return False
    return True


def test_failures_are_shown_as_problems() -> None:
    document = a_document("/api/seats/hold", {})
    answers = document["paths"]["/api/seats/hold"]["get"]["responses"]
    answers["404"] = {"description": "hold_not_found", "content": {"application/json": {"schema": {}}}}
    told = merge({"seating": document})["paths"]["/api/seats/hold"]["get"]["responses"]
    assert set(told["404"]["content"]) == {"application/problem+json"}
    assert set(told["200"]["content"]) == {"application/json"}
