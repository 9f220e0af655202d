"""Whatever the API's own document allows or forbids, sent at random: no 5xx but what says "try again", every error a
problem with its code, every other answer as the document describes it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from tests.conftest import Stack
from tests.e2e.conftest import Ground

EXAMPLES = 6
TRY_AGAIN = frozenset({503, 504})
IDS = {"movie_id": "movie", "theater_id": "theater", "showtime_id": "showtime", "hold_id": "hold",
       "payment_id": "payment", "booking_id": "booking"}  # fmt: skip
seeded = settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))  # fmt: skip
Check = Callable[[Case], None]


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    """One connection for all."""
    with requests.Session() as found:
        yield found


@pytest.fixture(scope="module")
def operations(stack: Stack) -> list[Any]:
    """Every call that the running house tells of."""
    schema = schemathesis.openapi.from_url(f"{stack.facts['gateway']}/api/openapi.json")
    return [found.ok() for found in schema.get_all_operations()]


def as_documented(case: Case, response: Any) -> None:
    """Raise where an answer is not what the document promises."""
    assert response.status_code < 500 or response.status_code in TRY_AGAIN, (case.method, case.path, response.text)
    if response.status_code >= 400:
        assert response.headers["content-type"][0].startswith("application/problem+json"), response.text
        problem = response.json()
        assert {"type", "title", "status", "detail", "code", "traceId"} <= problem.keys()
        assert problem["status"] == response.status_code
        assert ("errors" in problem) == (problem["code"] == "validation_error")
    case.validate_response(response, checks=[response_schema_conformance, content_type_conformance])


def thrown(operation: Any, mode: GenerationMode, check: Check, **fixed: Any) -> None:
    """Some calls of one kind, the same in every run."""

    @seeded
    @given(case=operation.as_strategy(generation_mode=mode, **fixed))
    def throw(case: Case) -> None:
        check(case)

    throw()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_nothing_that_is_sent_breaks_the_house(
    ground: Ground, operations: list[Any], session: requests.Session, mode: GenerationMode
) -> None:
    headers = {"Authorization": f"Bearer {ground.tokens['admin']}"}

    def check(case: Case) -> None:
        as_documented(case, case.call(session=session, headers=headers, timeout=60))

    for operation in operations:
        if mode is GenerationMode.POSITIVE or operation.body or operation.query:  # any text is a path's id
            thrown(operation, mode, check)


def test_reads_of_what_is_there_are_as_documented(
    ground: Ground, operations: list[Any], session: requests.Session
) -> None:
    headers = {"Authorization": f"Bearer {ground.tokens['guest']}"}

    def check(case: Case) -> None:
        response = case.call(session=session, headers=headers, timeout=60)
        as_documented(case, response)
        known = {304} if "If-None-Match" in (case.headers or {}) else set()
        assert response.status_code in {200, 422} | known, response.text

    for operation in operations:
        names = {parameter.name for parameter in operation.path_parameters}
        if operation.method == "get" and names <= IDS.keys():
            fixed = {"path_parameters": {name: ground.ids[IDS[name]] for name in names}} if names else {}
            if any(parameter.name == "showtimeId" and parameter.is_required for parameter in operation.query):
                fixed = {"query": {"showtimeId": ground.ids["showtime"]}}
            thrown(operation, GenerationMode.POSITIVE, check, **fixed)
