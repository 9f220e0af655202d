"""One OpenAPI document out of the services' own: calls under /api alone, component names kept apart."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from chassis.calls import Peer
from chassis.logs import logger

from gateway import routes

log = logger(__name__)
FRESH_SECONDS = 30.0
_REF = "#/components/"
_KEY = {
    "name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    "description": "Same key and body: the first 2xx answer again, with `Idempotency-Replayed: true`. Kept 24 h.",
}  # fmt: skip
_KNOWN = {
    "name": "If-None-Match", "in": "header", "schema": {"type": "string"},
    "description": "An ETag of an earlier answer: 304 where nothing has changed.",
}  # fmt: skip
_TAKE_NO_KEY = ("/api/auth/", "/api/payments/webhook")
Document = dict[str, Any]


class MergedDocument:
    """Fetched when asked for and kept; a service that is away keeps the last document it gave."""

    def __init__(self, peers: Mapping[str, Peer]) -> None:
        self._peers = peers
        self._kept: dict[str, Document] = {}
        self._fetched_at = -FRESH_SECONDS
        self._merged: bytes | None = None
        self._lock = asyncio.Lock()

    async def read(self) -> bytes | None:
        """The document as JSON, or None while no service has ever been reached."""
        async with self._lock:
            complete = len(self._kept) == len(self._peers)
            if not complete or time.monotonic() - self._fetched_at > FRESH_SECONDS:
                await asyncio.gather(*map(self._fetch, self._peers))
                self._fetched_at = time.monotonic()
                self._merged = orjson.dumps(merge(self._kept)) if self._kept else None
            return self._merged

    async def _fetch(self, service: str) -> None:
        try:
            answer = await self._peers[service].call("GET", "/openapi.json", timeout_seconds=5)
        except Exception as error:  # noqa: BLE001  whatever it is, its last document stays
            log.info("no API document", peer=service, reason=repr(error))
            return
        if answer.status == 200 and isinstance(answer.body, dict):
            self._kept[service] = answer.body


def merge(documents: Mapping[str, Document]) -> Document:
    """Each service's calls that the routing table sends to it, with the components they need."""
    merged: Document = {
        "openapi": "3.1.0",
        "info": {"title": "Marquee", "version": "1", "description": "Seats in cinemas. Errors are RFC 9457 problems."},
        "servers": [{"url": "/"}],
        "tags": [{"name": service} for service in sorted(documents)],
        "paths": {},
        "components": {},
    }
    for service in sorted(documents):
        _add(merged, service, _reduced(service, documents[service]))
    return merged


def _reduced(service: str, document: Document) -> Document:
    paths = {path: item for path, item in document.get("paths", {}).items() if _is_public(path, service)}
    return {"paths": paths, "components": document.get("components", {})}


def _is_public(path: str, service: str) -> bool:
    route = routes.find(path)
    return route is not None and route.service == service


def _add(merged: Document, service: str, document: Document) -> None:
    apart = _conflicts(merged["components"], document["components"])
    names = {f"{_REF}{section}/{name}": f"{_REF}{section}/{service}_{name}" for section, name in apart}
    schemes = {name: f"{service}_{name}" for section, name in apart if section == "securitySchemes"}
    for path, item in document["paths"].items():
        told = {
            key: _told(value, service, schemes, _headers(path, key, value)) if isinstance(value, dict) else value
            for key, value in item.items()
        }
        merged["paths"][path] = _renamed(told, names)
    for section, parts in document["components"].items():
        for name, part in parts.items():
            own = f"{service}_{name}" if (section, name) in apart else name
            merged["components"].setdefault(section, {})[own] = _renamed(part, names)


def _headers(path: str, method: str, operation: Document) -> list[Document]:
    """What is the same for every service: keys of calls that make something, and what a client knows already."""
    if method == "post" and not path.startswith(_TAKE_NO_KEY):
        return [_KEY]
    return [_KNOWN] if "304" in operation.get("responses", {}) else []


def _told(operation: Document, service: str, schemes: Mapping[str, str], headers: list[Document]) -> Document:
    """An operation under its service's tag, its security schemes by their names in the merged document, and its
    failures as what they are: problems."""
    security = [
        {schemes.get(name, name): scopes for name, scopes in need.items()} for need in operation.get("security", [])
    ]
    answers = {status: _answer(status, answer) for status, answer in operation.get("responses", {}).items()}
    parameters = [*operation.get("parameters", []), *headers]
    told = {**operation, "tags": [service], "responses": answers, **({"parameters": parameters} if parameters else {})}
    return {**told, "security": security} if security else told


def _answer(status: str, answer: Document) -> Document:
    """Services write failures as `application/json`, for want of a place to say otherwise."""
    if status[:1] not in {"4", "5"} or "application/json" not in answer.get("content", {}):
        return answer
    return {**answer, "content": {"application/problem+json": answer["content"]["application/json"]}}


def _conflicts(there: Document, coming: Document) -> set[tuple[str, str]]:
    """Components whose name is taken by something else, and all that refer to one of those."""
    parts = {(section, name): part for section, named in coming.items() for name, part in named.items()}
    apart = {key for key, part in parts.items() if there.get(key[0], {}).get(key[1], part) != part}
    while True:
        more = {key for key, part in parts.items() if key not in apart and apart.intersection(_references(part))}
        if not more:
            return apart
        apart |= more


def _references(part: Any) -> Iterator[tuple[str, str]]:
    if isinstance(part, dict):
        ref = part.get("$ref")
        if isinstance(ref, str) and ref.startswith(_REF):
            section, _, name = ref.removeprefix(_REF).partition("/")
            yield section, name
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)


def _renamed(part: Any, names: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {key: names.get(value, value) if key == "$ref" and isinstance(value, str) else _renamed(value, names)
                for key, value in part.items()}  # fmt: skip
    return [_renamed(value, names) for value in part] if isinstance(part, list) else part
