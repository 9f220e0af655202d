"""Problems declare what they bear, and bear nothing else."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import orjson
import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError

from chassis.bodies import RequestBody
from chassis.problems import Problem, answering, members_of, problem_body, response_for


class SeatGone(Problem):
    """The seat is gone."""

    status, code = 409, "seat_gone"
    seat_id: str
    gone_at: datetime | None = None


class SeatBroken(SeatGone):
    """The seat is broken."""

    code = "seat_broken"
    repair: str


def test_a_problem_bears_its_members_by_the_names_of_the_public_edge() -> None:
    body = problem_body(SeatGone("too late", seat_id="A1", gone_at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert body["seatId"] == "A1"
    assert body["goneAt"] == datetime(2026, 1, 1, tzinfo=UTC)
    assert (body["status"], body["code"], body["detail"]) == (409, "seat_gone", "too late")


def test_a_member_that_may_be_left_out_is() -> None:
    assert "goneAt" not in problem_body(SeatGone(seat_id="A1"))


@pytest.mark.parametrize("members", [{}, {"seat_id": "A1", "row": "A"}, {"seatId": "A1"}])
def test_no_problem_is_raised_with_other_members_than_it_declares(members: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="SeatGone has the members"):
        SeatGone("too late", **members)


def test_members_are_inherited() -> None:
    assert members_of(SeatBroken).keys() == {"seat_id", "gone_at", "repair"}


def test_what_an_endpoint_can_answer_is_told_by_status() -> None:
    responses = answering(SeatGone, SeatBroken)
    assert [response["x-problems"] for response in responses.values()] == [["seat_gone", "seat_broken"]]
    assert responses.keys() == {409}


class Wish(RequestBody):
    """What somebody wants."""

    name: Annotated[str, Field(min_length=2, max_length=3)]
    count: Annotated[int, Field(ge=1, lt=10)]
    kinds: Annotated[list[Literal["a", "b"]], Field(max_length=2, default_factory=list)]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"name": "x"}, {"path": "name", "code": "too_short", "limit": 2}),
        ({"name": "xxxx"}, {"path": "name", "code": "too_long", "limit": 3}),
        ({"name": 7}, {"path": "name", "code": "malformed"}),
        ({"count": 0}, {"path": "count", "code": "too_small", "limit": 1}),
        ({"count": 10}, {"path": "count", "code": "too_large"}),
        ({"kinds": ["c"]}, {"path": "kinds.0", "code": "not_offered"}),
        ({"kinds": ["a", "a", "a"]}, {"path": "kinds", "code": "too_many", "limit": 2}),
        ({"nmae": "xx"}, {"path": "nmae", "code": "unknown_field"}),
    ],
)
def test_a_value_that_is_not_acceptable_has_the_kind_of_wrong_and_the_limit(
    changes: dict[str, Any], fault: dict[str, Any]
) -> None:
    body = {"name": "xx", "count": 1, **changes}
    with pytest.raises(ValidationError) as refused:
        Wish.model_validate(body, by_alias=True)
    faults = [{**error, "loc": ("body", *error["loc"])} for error in refused.value.errors()]
    (shown,) = orjson.loads(response_for(RequestValidationError(faults, body=body)).body)["errors"]
    assert shown.pop("message")
    assert shown == fault
