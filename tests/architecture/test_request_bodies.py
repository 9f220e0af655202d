"""Every body that a client may send is closed at every depth, and what is wrong in it is told by the client's names."""

import datetime as dt
import types
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError

from catalog.schemas.pricing import PricingPatch
from chassis.bodies import RequestBody
from chassis.changes import Change
from chassis.fault_paths import path_of
from contracts.event import Value
from stack.documents.openapi import APIS

NO_DAYS_AND_TIMES: list[Any] = [0, 5.0, 86400, "86400", "1798156800", "20261231", "2026-W53-4", "2026-W53-4T12:00:00Z"]
JUNK: list[Any] = [
    None,
    5,
    2.5,
    True,
    "x",
    "86400",
    "\u0000",
    [],
    [5],
    [[]],
    [None],
    {},
    [{}],
    {"x": 1},
    [{"x": 1}],
    [{"x": {"x": 1}}],
    {"x": {"x": 1}},
    ["x", {"x": None}],
]


def _sent() -> set[type[BaseModel]]:
    """What the endpoints of all services take."""
    routes = [route for api in APIS for router in api.routers for route in router.routes if isinstance(route, APIRoute)]
    bodies = [route.body_field.field_info.annotation for route in routes if route.body_field is not None]
    return {model for body in bodies for model in _models(body)} - {RequestBody, Change}


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    if get_origin(kind) is Annotated or get_origin(kind) in {Union, types.UnionType} or get_args(kind):
        for inner in get_args(kind):
            yield from _models(inner)
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind


def _reachable(model: type[BaseModel], seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
    if model not in seen:
        seen.add(model)
        for field in model.model_fields.values():
            for inner in _models(field.annotation):
                _reachable(inner, seen)
    return seen


SENT = sorted(_sent(), key=lambda model: model.__name__)
ALL = sorted({part for model in SENT for part in _reachable(model, set())}, key=lambda model: model.__name__)


def test_all_services_that_take_bodies_are_looked_at() -> None:
    assert {model.__module__.partition(".")[0] for model in SENT} >= {
        "identity",
        "catalog",
        "seating",
        "payment",
        "booking",
    }
    assert any(issubclass(part, Value) for part in ALL)


@pytest.mark.parametrize("model", ALL)
def test_a_body_is_closed_at_every_depth(model: type[BaseModel]) -> None:
    assert model.model_config.get("extra") == "forbid"
    assert model.model_config.get("validate_by_name") in {None, False}


def _words(model: type[BaseModel]) -> set[str]:
    fields = [field for part in _reachable(model, set()) for field in part.model_fields.items()]
    return {field.alias or name for name, field in fields} | {"x"}


def _spoilt(model: type[BaseModel]) -> Iterator[Any]:
    yield from JUNK
    for name, field in model.model_fields.items():
        for junk in JUNK:
            yield {field.alias or name: junk}
            for inner in _models(field.annotation):
                for deep in inner.model_fields:
                    word = inner.model_fields[deep].alias or deep
                    yield from (
                        {field.alias or name: around} for around in ({word: junk}, [{word: junk}], {"x": {word: junk}})
                    )


@pytest.mark.parametrize("model", SENT)
def test_a_path_has_names_and_indexes_as_the_client_wrote_them(model: type[BaseModel]) -> None:
    words = _words(model)
    for sent in _spoilt(model):
        try:
            model.model_validate(sent)
        except ValidationError as error:
            for one in error.errors():
                path = path_of(("body", *one["loc"]), sent, missing=one["type"] == "missing")
                odd = [part for part in path.split(".") if not (part in words or part.isdigit())]
                assert path == "body" or not odd, (sent, one["loc"], path)


def _in_time(kind: Any) -> bool:
    return kind in {date, datetime, dt.time} or any(map(_in_time, get_args(kind)))


TIMES = [(model, name) for model in ALL for name, field in model.model_fields.items() if _in_time(field.annotation)]
PARAMETERS = [
    parameter.field_info
    for api in APIS
    for router in api.routers
    for route in router.routes
    if isinstance(route, APIRoute)
    for parameter in route.dependant.query_params
    if _in_time(parameter.field_info.annotation)
]


@pytest.mark.parametrize(("model", "name"), TIMES)
def test_a_day_or_time_in_a_body_is_no_number_in_any_guise(model: type[BaseModel], name: str) -> None:
    word = model.model_fields[name].alias or name
    for sent in [*NO_DAYS_AND_TIMES, *([sent] for sent in NO_DAYS_AND_TIMES)]:
        with pytest.raises(ValidationError) as refused:
            model.model_validate({word: sent})
        assert word in {one["loc"][0] for one in refused.value.errors()}, sent


def test_a_day_or_time_in_a_query_is_no_number_in_any_guise() -> None:
    assert PARAMETERS
    for field in PARAMETERS:
        adapter: TypeAdapter[Any] = TypeAdapter(Annotated[field.annotation, field])  # type: ignore[arg-type]  # known at run time
        for sent in filter(lambda sent: isinstance(sent, str), NO_DAYS_AND_TIMES):
            with pytest.raises(ValidationError):
                adapter.validate_python(sent)


SAYS_NOTHING_BY_NULL = {"/api/admin/pricing": PricingPatch}
"""Where null is a value: a scope then says nothing of prices, and a wider one counts."""


def test_the_body_of_every_patch_is_a_change_or_tells_no_defaults() -> None:
    bodies = {
        route.path: route.body_field.field_info.annotation
        for api in APIS
        for router in api.routers
        for route in router.routes
        if isinstance(route, APIRoute) and "PATCH" in (route.methods or ()) and route.body_field is not None
    }
    assert {path.split("/")[2] for path in bodies} >= {"users", "admin"}
    others = {path: body for path, body in bodies.items() if not (isinstance(body, type) and issubclass(body, Change))}
    assert others == SAYS_NOTHING_BY_NULL
    for body in SAYS_NOTHING_BY_NULL.values():
        assert not [field for field in body.model_json_schema()["properties"].values() if "default" in field]


@pytest.mark.parametrize("model", [model for model in ALL if issubclass(model, Change)])
def test_a_change_tells_no_defaults(model: type[BaseModel]) -> None:
    schema = model.model_json_schema()
    changes = [schema, *(part for name, part in schema.get("$defs", {}).items() if name.endswith("Change"))]
    assert not [field for part in changes for field in part["properties"].values() if "default" in field]
    assert not any("required" in part for part in changes)
