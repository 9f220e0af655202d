"""Of every call of the public document: each answer that it may give bears what browsers are to go by."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from gateway.tests.conftest import SERVICES, Build, Request
from gateway.tests.integration.test_edge import SECURITY

from gateway import routes
from gateway.api import is_own

_DOCUMENT = Path(__file__).parents[2] / "src/gateway/documents/openapi.json"
_PATHS: dict[str, dict[str, Any]] = json.loads(_DOCUMENT.read_text(encoding="utf-8"))["paths"]
CALLS = [
    (method.upper(), path, tuple(sorted(map(int, operation["responses"]))))
    for path, operations in _PATHS.items()
    for method, operation in operations.items()
    if method in {"get", "post", "put", "patch", "delete"}
]


def _filled(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "x1", path)


def test_every_call_of_the_document_is_some_services_or_our_own() -> None:
    assert len(CALLS) > 100
    assert {path for _, path, _ in CALLS if routes.find(_filled(path)) is None and not is_own(_filled(path))} == set()


@pytest.mark.parametrize("mode", ["development", "production"])
async def test_every_documented_answer_bears_the_security_headers(build: Build, mode: str) -> None:
    harness, status = await build(NODE_ENV=mode), 200

    async def answer(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 %d X\r\nServer: uvicorn\r\nContent-Length: 0\r\n\r\n" % status)

    for service in SERVICES:
        for replica in harness.services[service]:
            replica.script = answer
    seen = set[int]()
    for method, path, statuses in CALLS:
        target = _filled(path)
        for status in statuses[:1] if is_own(target) else statuses:  # our own app answers what it wants to
            reply = await harness.client.ask(method, target)
            seen.add(reply.status)
            where = method, path, status, reply.status
            assert reply.status == status or is_own(target), where
            open_to_all = {"cross-origin-resource-policy": reply.header("cross-origin-resource-policy")}
            assert {name: reply.header(name) for name in SECURITY} == {**SECURITY, **open_to_all}, where
            assert open_to_all["cross-origin-resource-policy"] in {"same-origin", "cross-origin"}, where
            assert "default-src 'none'" in reply.value("content-security-policy"), where
            assert (reply.header("strict-transport-security") is not None) == (mode == "production"), where
            assert (reply.header("server"), reply.header("x-powered-by")) == (None, None), where
            assert reply.value("x-request-id"), where
    assert seen >= {200, 201, 202, 204, 304, 400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 503, 504}
