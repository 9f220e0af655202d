"""Problems declare what they bear, and bear nothing else."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.problems import Problem, answering, members_of, problem_body


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
