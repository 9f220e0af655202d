"""Bodies as they are read and written, apart from HTTP."""

from typing import Annotated, Any

import orjson
import pytest
from fastapi.exceptions import RequestValidationError
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from chassis.bodies import Absent, RequestBody, ResponseBody, body_as, read_json


class Wish(RequestBody):
    count: Annotated[int, Field(strict=True)]
    factor: Annotated[float, Field(strict=True)] = 1.0


class Shown(ResponseBody):
    seat_id: str
    held_until: str | None
    hold_id: Absent[str] = None
    kind: str = "adult"


@pytest.mark.parametrize("text", ["3", "3.0", "3e0", "0.3E1", "3.000"])
def test_a_whole_number_is_one_however_it_is_written(text: str) -> None:
    raw = b'{"count": %s, "factor": %s}' % (text.encode(), text.encode())
    assert body_as(Wish, raw) == Wish.model_validate(read_json(raw)) == Wish(count=3, factor=3.0)


@pytest.mark.parametrize("text", ["3.5", '"3"', "true", "1e300", "null"])
def test_what_is_no_whole_number_stays_none(text: str) -> None:
    with pytest.raises(RequestValidationError) as refused:
        body_as(Wish, b'{"count": %s}' % text.encode())
    assert {error["loc"] for error in refused.value.errors()} == {("body", "count")}


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_reading_changes_no_value_whatever_its_depth(value: Any) -> None:
    assert read_json(orjson.dumps(value)) == value


def test_the_deepest_json_is_read() -> None:
    assert read_json(b"[" * 1000 + b"1.0" + b"]" * 1000)


def test_what_is_absent_is_left_out_and_all_else_is_there() -> None:
    assert orjson.loads(Shown(seat_id="A1", held_until=None).model_dump_json(by_alias=True)) == {
        "seatId": "A1",
        "heldUntil": None,
        "kind": "adult",
    }
    schema = Shown.model_json_schema(mode="serialization")
    assert set(schema["required"]) == {"seatId", "heldUntil", "kind"}
    assert schema["properties"]["holdId"]["type"] == "string"
    assert {"type": "null"} in schema["properties"]["heldUntil"]["anyOf"]
