"""Every call of the public document, made as its example says, with ids that lead somewhere: each goes through for who
may make it, and the answer is as described."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
import schemathesis
from stripe import WebhookSignature
from tests.conftest import Stack
from tests.e2e.documented import example_of, is_endless, require_documented
from tests.e2e.scene import PREPARED, Scene
from twilio.request_validator import RequestValidator

from stack.buyer import StackClient, build, schedule


@pytest.fixture(params=["nobody", "guest", "admin"])
async def scene(request: pytest.FixtureRequest, stack: Stack, client: StackClient, slots: Iterator[int]) -> Scene:
    """One for each kind of caller; what only guests have belongs to a guest where nobody calls."""
    stage = await build(client, rows=4, cols=20)
    caller = await client.buyer()
    if request.param == "admin":
        caller = await client.worker("admin")  # not everybody's: it ends sessions
    secret = json.loads((stack.folder / "secrets.json").read_text(encoding="utf-8"))["RAZORPAY_WEBHOOK_SECRET"]
    return Scene(client, caller, secret, stage, await schedule(client, stage, slot=next(slots)), slots)


def sent(scene: Scene, case: Any, token: str | None) -> requests.Response:
    """The answer; a webhook bears the signature of the very bytes or fields."""
    has_body = case.media_type is not None
    is_form = case.media_type == "application/x-www-form-urlencoded"
    data = (urlencode(case.body) if is_form else json.dumps(case.body)).encode() if has_body else b""
    headers = {**case.headers, **({"Content-Type": case.media_type} if has_body else {})}
    if "Stripe-Signature" in headers:
        stripes = scene.client.stack_info["keys"]["stripe"]["webhookSecret"]
        headers["Stripe-Signature"] = WebhookSignature.generate_signature_header(data.decode(), stripes)
    elif case.path.startswith("/api/payments/webhook"):
        headers["X-Razorpay-Signature"] = hmac.new(scene.secret.encode(), data, hashlib.sha256).hexdigest()
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    url = scene.client.stack_info["gateway"] + case.path.format(**case.path_parameters)
    if "X-Twilio-Signature" in headers:
        auth_token = scene.client.stack_info["keys"]["twilio"]["authToken"]
        headers["X-Twilio-Signature"] = RequestValidator(auth_token).compute_signature(url, case.body)
    return requests.request(case.method, url, params=case.query, data=data, headers=headers, timeout=60)


def refusal_of(operation: Any, caller: str) -> int | None:
    """The status with which a caller is refused by rule, or None."""
    raw = operation.definition.raw
    if caller == "nobody":
        return 401 if raw["security"] == [{"bearer": []}] else None
    needs_a_role = raw["responses"].get("403", {}).get("$ref", "").endswith("/Forbidden")
    return 403 if caller == "guest" and needs_a_role else None


async def test_each_call_is_answered_as_its_example_says(scene: Scene, request: pytest.FixtureRequest) -> None:
    caller = request.node.callspec.params["scene"]
    schema = schemathesis.openapi.from_url(f"{scene.client.stack_info['gateway']}/api/openapi.json")
    faults = []
    for result in schema.get_all_operations():
        operation = result.ok()  # type: ignore[union-attr]  # one that is not valid fails here
        if is_endless(operation):
            continue
        name = operation.definition.raw["operationId"]
        refused = refusal_of(operation, caller)
        values = await scene.nothing()
        if refused is None:
            values |= await PREPARED.get(name, Scene.nothing)(scene)
        token = values.pop("accessToken", scene.caller.token)
        case = operation.Case(
            method=operation.method.upper(),  # type: ignore[arg-type]  # one of them
            **example_of(schema.raw_schema, operation, values),
        )
        response = sent(scene, case, None if caller == "nobody" else token)
        require_documented(case, response)
        if response.status_code != refused and (refused or not response.ok):
            faults.append((name, response.status_code, response.text))
    assert faults == []
