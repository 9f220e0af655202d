"""Every public call with bodies and parameters it cannot take: the documented problem, and nothing changed."""

import copy
import json
from typing import Any

import pytest
from tests.e2e.conftest import Ground, problem
from tests.e2e.refusal import Refused
from tests.e2e.refused import CALLS, REFUSED

from stack.buyer import StackClient

WITHOUT_A_BODY = {  # such a call may leave it out
    "POST /api/bookings/{booking}/cancel",
    "POST /api/auth/guest",
    "DELETE /api/users/me",
}
NO_JSON = (
    b"",
    b"{",
    b"hello",
    b"a=1&b=2",
    b"\x00",
    b"\xff\xfe",
    b'{"a":' * 20_000,
    b"[" * 100_000,
    b'{"name": "\xff"}',
    '{"a": 1}'.encode("utf-16"),
    b"{'a': 1}",
    b'{"a": 1} {}',
    b'{"a": 01}',
)


def _with(good: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The body with the value at a dotted path, whose objects are made where the good body has none."""
    body = at = copy.deepcopy(good)
    *outer, last = path.split(".")
    for name in outer:
        at = at.setdefault(name, {})
    at[last] = value
    return body


@pytest.mark.parametrize("refused", REFUSED, ids=lambda refused: refused.call)
async def test_a_value_that_is_no_such_thing_is_named_and_refused(
    client: StackClient, ground: Ground, refused: Refused
) -> None:
    before = await ground.state(client)
    for path, values in refused.bad.items():
        for value in values:
            answer = await ground.send(client, refused.call, _with(refused.good, path, value), who=refused.who)
            assert problem(answer) == (422, "validation_error"), (path, repr(value)[:200], answer)
            outer = path.partition(".")[0]
            assert any(one["path"].partition(".")[0] in {outer, "body"} for one in answer.body["errors"]), (path, value)
    for name in refused.missing:
        body = {other: value for other, value in refused.good.items() if other != name}
        assert problem(await ground.send(client, refused.call, body, who=refused.who)) == (422, "validation_error"), (
            name
        )
    assert await ground.state(client) == before


@pytest.mark.parametrize(("who", "call"), CALLS)
async def test_a_body_that_is_no_json_is_malformed_and_one_that_is_no_object_not_valid(
    client: StackClient, ground: Ground, who: str, call: str
) -> None:
    before = await ground.state(client)
    for raw in NO_JSON[call in WITHOUT_A_BODY :]:
        assert problem(await ground.send(client, call, raw, who=who)) == (400, "malformed_body"), raw[:20]
    for raw in (b"[]", b"null", b'"x"', b"5", b"true", b"[" * 100 + b"]" * 100):
        assert problem(await ground.send(client, call, raw, who=who)) == (422, "validation_error"), raw[:20]
    large = b'{"name": "' + b"x" * 2 * 1_048_576 + b'"}'
    assert problem(await ground.send(client, call, large, who=who)) == (413, "body_too_large")
    assert await ground.state(client) == before


@pytest.mark.parametrize(("who", "call"), CALLS)
async def test_half_a_surrogate_is_no_text(client: StackClient, ground: Ground, who: str, call: str) -> None:
    one = next(refused for refused in REFUSED if refused.call == call)
    for name in one.bad:
        body = json.dumps(_with(one.good, name, "long enough \ud800")).encode()
        assert problem(await ground.send(client, call, body, who=who)) == (400, "malformed_body"), name
