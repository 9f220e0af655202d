"""Where a value is wrong is told by what the client wrote, never by the validator's own words."""

from typing import Annotated, Any

import orjson
import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, Field, StringConstraints

from chassis.bodies import RequestBody, body_as
from chassis.fault_paths import path_of


class Aisle(RequestBody):
    after: Annotated[int, Field(strict=True)]
    rows: tuple[str, ...] = ()


def _odd(value: str) -> str:
    raise ValueError("never good")


class Hall(RequestBody):
    rating: Annotated[str, StringConstraints(max_length=2), AfterValidator(_odd)] | Annotated[float, Field(le=10)] = 0
    aisles: tuple[Annotated[int, Field(strict=True)] | Aisle, ...] = ()
    labels: dict[Annotated[str, StringConstraints(max_length=2)], Aisle] = Field(default_factory=dict)
    pairs: tuple[tuple[str, str], ...] = ()


@pytest.mark.parametrize(
    ("sent", "paths"),
    [
        ({"rating": 11}, {"rating"}),
        ({"rating": "UA"}, {"rating"}),
        ({"aisles": [1, "2"]}, {"aisles.1"}),
        ({"aisles": [{"rows": []}]}, {"aisles.0", "aisles.0.after"}),
        ({"aisles": [{"after": 1, "rows": [5]}]}, {"aisles.0", "aisles.0.rows.0"}),
        ({"labels": {"C7": {"afetr": 1}}}, {"labels.C7.after", "labels.C7.afetr"}),
        ({"labels": {"C777": {"after": 1}}}, {"labels.C777"}),
        ({"pairs": [["A1"]]}, {"pairs.0.1"}),
        ({"pairs": [["A1", "A2", "A3"]]}, {"pairs.0"}),
        ([], {"body"}),
    ],
)
def test_a_path_names_what_the_client_wrote(sent: Any, paths: set[str]) -> None:
    with pytest.raises(RequestValidationError) as refused:
        body_as(Hall, orjson.dumps(sent))
    errors = refused.value.errors()
    assert {path_of(error["loc"], sent, missing=error["type"] == "missing") for error in errors} == paths


def test_a_parameter_is_named_alone() -> None:
    assert path_of(("query", "page"), None) == "page"
    assert path_of(("query", "date", "function-before[checked(), date]"), None) == "date"
    assert path_of(("body",), {}) == "body"
