"""Whatever the public document allows or forbids, sent at random by everybody, from nobody to an admin: no 5xx but what
says "try again", no answer that it does not describe, no good body refused, no bad one accepted."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from tests.conftest import Stack
from tests.e2e.documented import is_endless, require_documented

from stack.buyer import build, connected, schedule

EXAMPLES = 8
CALLERS = ("nobody", "guest", "staff", "manager", "admin")
OF_THEATERS = frozenset({"staff", "manager"})  # guests as well: they try what guests cannot
# Fields of which a schema cannot say all: a good value of another kind is 422 with its path.
BEYOND_SCHEMAS = frozenset(
    {
        "startAt",
        "phone",
        "email",
        "near",
        "date",
        "layout",
        "repeat",
        "dynamicPricingRules",
        "password",
        "newPassword",
        "cancellationPolicy",
        "accessibleRelease",
        "type",
        "language",
        "name",
        "title",
        "genres",
        "cast",
        "poster",
        "backdrop",
        "synopsis",
        "address",
        "city",
        "amenities",
        "contact",
        "theaterIds",
        "grants",
        "format",
        "reason",
        "theaterId",
        "movieId",
        "screenId",
        "status",
        "body",
        "reference",
        "scans",
        "deviceId",
        "ticketTypes",
        "withinKm",
        "from",
        "to",
        "scope",
        "dryRun",
        "currency",
        "reseat",
        "blockedSeats",
        "blockedReasons",
        "url",
        "events",
    }
)
BY_GUESS = frozenset({"invalid_signature", "invalid_token"})  # what a good body is refused with that knows no secret
seeded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
Check = Callable[[Case[Any]], None]


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    """One connection for all."""
    with requests.Session() as found:
        yield found


@pytest.fixture(scope="module")
def operations(stack: Stack) -> list[Any]:
    """Every call of the document that the running gateway serves, save streams, which do not end; deletions last."""
    schema = schemathesis.openapi.from_url(f"{stack.stack_info['gateway']}/api/openapi.json")
    results = schema.get_all_operations()
    operations = [result.ok() for result in results]  # type: ignore[union-attr]  # one that is not valid fails here
    operations = [one for one in operations if not is_endless(one)]
    return sorted(operations, key=lambda operation: operation.method == "delete")


@dataclass(frozen=True)
class Targets:
    """Path parameters that lead to something, by name, and tokens by caller: of this module alone, for they change."""

    ids: Mapping[str, str]
    tokens: Mapping[str, str]

    def headers(self, caller: str) -> dict[str, str]:
        """What `caller` sends; nobody has no token."""
        return {"Authorization": f"Bearer {self.tokens[caller]}"} if caller in self.tokens else {}


@pytest.fixture(scope="module")
def targets(stack: Stack) -> Targets:
    """A show, of which the guest holds a seat and has bought another; the user is somebody else."""

    async def make() -> Targets:
        async with connected(stack.stack_info) as client:
            stage = await build(client, rows=2, cols=6)
            showtime = await schedule(client, stage)
            guest, other = await client.buyer(), await client.buyer()
            booking = await guest.shown((await guest.buy(showtime, ["A1"]))["id"])
            ids = {
                "movieId": stage.movie_id,
                "theaterId": stage.theater_id,
                "screenId": stage.screen_ids[0],
                "showtimeId": showtime,
                "holdId": (await guest.hold(showtime, ["B1"])).body["id"],
                "bookingId": booking["id"],
                "paymentId": booking["paymentId"],
                "userId": other.user["id"],
            }
            works = {role: (await client.worker(role, stage.theater_id)).token for role in sorted(OF_THEATERS)}
            admin = await client.worker("admin")  # not everybody's: it ends sessions
            return Targets(ids, {"guest": guest.token, "admin": admin.token, **works})

    return asyncio.run(make())


def tried_by(caller: str, operations: list[Any]) -> list[Any]:
    """The calls that are worth trying."""
    return [one for one in operations if caller not in OF_THEATERS or one.path.startswith("/api/admin/")]


def rightly_refused(response: Any) -> bool:
    """Whether a call that fits its schemas was refused for something that no schema can say."""
    paths = [fault["path"].partition(".")[0] for fault in response.json().get("errors", ())]
    return response.json()["code"] != "validation_error" or BEYOND_SCHEMAS.issuperset(paths)


def fits(case: Case[Any]) -> bool:
    """Whether the body that was sent is one that the document allows."""
    (body,) = [one for one in case.operation.body if one.media_type == case.media_type]
    validator = jsonschema.Draft202012Validator(body.optimized_schema)
    return bool(validator.is_valid(case.body))


def thrown(operation: Any, mode: GenerationMode, check: Check, **fixed: Any) -> list[str]:
    """Some calls of one kind, the same in every run; a line for each that was not answered as it should have been."""
    faults: list[str] = []

    @seeded
    @given(case=operation.as_strategy(generation_mode=mode, **fixed))
    def throw(case: Case[Any]) -> None:
        try:
            check(case)
        except (AssertionError, FailureGroup) as fault:
            causes = getattr(fault, "exceptions", [fault])
            faults.append(
                f"{operation.label}: {case.body!r:.300} {case.query!r:.100} {[str(one)[:500] for one in causes]}"
            )

    throw()
    return faults


def test_reads_of_what_is_there_are_found(targets: Targets, operations: list[Any], session: requests.Session) -> None:
    def check(case: Case[Any]) -> None:
        response = case.call(session=session, headers=targets.headers("guest"), timeout=60)
        conditional = {304} if "If-None-Match" in (case.headers or {}) else set()
        not_now = {409} & {int(status) for status in case.operation.definition.raw["responses"]}
        by_link = {401} if "token" in (case.query or {}) else set()
        not_yet = {404} if case.path.endswith("/credit-note.pdf") else set()
        assert response.status_code in {200, 422} | conditional | not_now | by_link | not_yet, response.text

    faults: list[str] = []
    for operation in operations:
        names = {parameter.name for parameter in operation.path_parameters}
        if operation.method == "get" and "/admin/" not in operation.path:
            assert names <= targets.ids.keys(), operation.label
            fixed: dict[str, Any] = {"path_parameters": {name: targets.ids[name] for name in names}} if names else {}
            if any(parameter.name == "showtimeId" and parameter.is_required for parameter in operation.query):
                fixed = {"query": {"showtimeId": targets.ids["showtimeId"]}}
            faults += thrown(operation, GenerationMode.POSITIVE, check, **fixed)
    assert faults == []


@pytest.mark.parametrize("caller", CALLERS)
def test_what_the_document_allows_is_answered_as_it_says(
    targets: Targets, operations: list[Any], session: requests.Session, caller: str
) -> None:
    def check(case: Case[Any]) -> None:
        response = case.call(session=session, headers=targets.headers(caller), timeout=60)
        require_documented(case, response)
        assert response.status_code != 400 or response.json()["code"] in BY_GUESS, response.text
        assert response.status_code != 422 or rightly_refused(response), response.text

    faults: list[str] = []
    for operation in tried_by(caller, operations):
        names = {parameter.name for parameter in operation.path_parameters}
        known = names <= targets.ids.keys() and caller != "nobody"
        fixed = {"path_parameters": {name: targets.ids[name] for name in names}} if names and known else {}
        faults += thrown(operation, GenerationMode.POSITIVE, check, **fixed)
    assert faults == []


@pytest.mark.parametrize("caller", CALLERS)
def test_what_the_document_forbids_is_refused_as_it_says(
    targets: Targets, operations: list[Any], session: requests.Session, caller: str
) -> None:
    def check(case: Case[Any]) -> None:
        response = case.call(session=session, headers=targets.headers(caller), timeout=60)
        require_documented(case, response)
        accepted = response.status_code < 300 and bool(case.operation.body)
        assert not accepted or fits(case), response.text

    faults: list[str] = []
    for operation in tried_by(caller, operations):
        if operation.body or operation.query:  # any text is a path's id
            faults += thrown(operation, GenerationMode.NEGATIVE, check)
    assert faults == []
