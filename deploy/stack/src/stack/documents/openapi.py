"""The one OpenAPI document, made from the endpoints of all services: the same wherever it is made."""

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic.alias_generators import to_camel

from booking.main import API as BOOKING
from catalog.main import API as CATALOG
from chassis.app import Api
from chassis.problems import Problem
from gateway import routes
from gateway.main import API as GATEWAY
from identity.main import API as IDENTITY
from notify.main import API as NOTIFY
from payment.main import API as PAYMENT
from seating.main import API as SEATING
from stack.documents import examples, problems, rules
from stack.documents.operations import HEADERS, PARAMETERS, Operation
from stack.documents.schemas import REF, Schema, in_operation, references, rewritten, tidy

APIS = (IDENTITY, CATALOG, SEATING, PAYMENT, BOOKING, NOTIFY, GATEWAY)
_METHODS = ("get", "post", "put", "patch", "delete")
_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")
_PARAMETER = re.compile(r"\{(\w+)\}")
_NAMES = (
    (re.compile(r"^PageView_(\w+)View_$"), r"\1List"),
    (re.compile(r"View$"), ""),
    (re.compile(r"BodyChange$"), "Change"),
    (re.compile(r"Body$"), "Input"),
)
_TAGS = {
    "auth": "Accounts, sessions and their tokens.",
    "users": "The caller's own account.",
    "movies": "What plays.",
    "theaters": "Where it plays, with screens.",
    "showtimes": "When it plays.",
    "seats": "Seat maps and holds.",
    "waitlist": "Who waits for seats of showtimes that are sold out.",
    "queue": "Waiting rooms of showtimes that many want to buy at once.",
    "payments": "Orders, payments and the providers' webhooks.",
    "bookings": "What the caller bought.",
    "messages": "What the provider of SMS tells of them.",
    "admin": "For staff, managers and administrators.",
}
_DESCRIPTION = """Seats in cinemas, from the list of movies to the ticket.

Money is an integer in minor units beside its `currency`. Times are RFC 3339 in UTC. Ids are opaque strings.
Every failure is a problem document (RFC 9457): switch on its `code`.
A POST that creates or charges takes an `Idempotency-Key`, so that it may be repeated.
A field may be added to an answer at any time; a request with a field that the call does not know is refused."""


class Faulty(Exception):
    """The code says something that the document cannot publish."""


def document() -> Schema:
    """The whole document; raises `Faulty` or `Ambiguous` where two services disagree or a name breaks the rule."""
    known = problems.known()
    paths: dict[str, Schema] = {}
    answers: dict[str, Schema] = {}
    schemas: dict[str, Schema] = {}
    for api in APIS:
        described = _described(api)
        for operation in _operations(api, described["paths"]):
            entry, refused = operation.written(known)
            paths.setdefault(_PARAMETER.sub(_camel, operation.route.path), {})[operation.method] = entry
            answers.update(refused)
        _add(schemas, described.get("components", {}).get("schemas", {}), api.service)
    used = {code for answer in answers.values() for code in _codes(answer)}
    _require_answered(known, used)
    schemas |= problems.schemas(known)
    for schema in (*schemas.values(), *in_operation(paths)):
        tidy(schema)
    components = {
        "securitySchemes": _SCHEMES,
        "parameters": PARAMETERS,
        "headers": HEADERS,
        "responses": answers,
        "schemas": schemas,
    }
    whole = {
        "openapi": "3.1.0",
        "info": _info(),
        "servers": [{"url": "/"}],
        "tags": _tags(paths),
        "paths": _ordered(paths),
        "components": components,
    }
    whole = rewritten(whole, _public_ref)
    rules.tell(whole)
    _check_ids(whole)
    whole = _without_unused(whole)
    examples.tell(whole)
    return whole


_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "the `accessToken` of a login"}
}


def _info() -> Schema:
    return {
        "title": "Marquee",
        "version": version("marquee-gateway"),
        "description": _DESCRIPTION,
        "contact": {"name": "Marquee", "url": "https://marquee.example/"},
        "license": {"name": "Proprietary", "identifier": "LicenseRef-Marquee"},
    }


def _camel(parameter: re.Match[str]) -> str:
    """`{booking_id}` is `{bookingId}` to clients."""
    return f"{{{to_camel(parameter[1])}}}"


def operations() -> Iterator[Operation]:
    """Every public endpoint of every service."""
    for api in APIS:
        yield from _operations(api, _described(api)["paths"])


def _described(api: Api) -> Schema:
    app = FastAPI(generate_unique_id_function=lambda route: to_camel(route.name))
    for router in api.routers:
        app.include_router(router)
    return app.openapi()


def _operations(api: Api, paths: Mapping[str, Schema]) -> Iterator[Operation]:
    for route in (route for router in api.routers for route in router.routes if isinstance(route, APIRoute)):
        passed = routes.find(route.path)
        is_public = api is GATEWAY or (passed is not None and passed.service == api.service)
        if route.include_in_schema and is_public:
            for method in sorted(route.methods or ()):
                yield Operation(api, route, method.lower(), paths[route.path_format][method.lower()])


def _add(schemas: dict[str, Schema], more: Mapping[str, Schema], service: str) -> None:
    for name, schema in more.items():
        if name in {"HTTPValidationError", "ValidationError"}:
            continue
        public = _public(name)
        if not _NAME.fullmatch(public):
            raise Faulty(f"{service}: {name} is no name of a schema: two classes share it, or it needs one of its own")
        if schemas.setdefault(public, schema) != schema:
            raise Faulty(f"{service}: {public} is the name of another schema already")


def _public(name: str) -> str:
    """`HoldView` is `Hold` to clients, `PageView[MovieView]` is `MovieList`, `LayoutBody` is `LayoutInput`."""
    for pattern, replacement in _NAMES:
        name = pattern.sub(replacement, name)
    return name


def _public_ref(ref: str) -> str:
    return REF + _public(ref.removeprefix(REF)) if ref.startswith(REF) else ref


def _codes(answer: Schema) -> Iterator[str]:
    for ref in references(answer["content"]):
        yield ref.removeprefix(REF)


def _require_answered(known: Mapping[str, type[Problem]], used: set[str]) -> None:
    """A problem of a service that no call can answer with is dead, or a call that answers with it does not say so."""
    for code, kind in known.items():
        of_service = kind.__module__.partition(".")[0] not in {"chassis", "gateway"}
        if of_service and problems.schema_name(code) not in used:
            raise Faulty(f"{code} stands in {kind.__module__}, but no call says that it can answer with it")


def _tags(paths: Mapping[str, Schema]) -> list[Schema]:
    used = {tag for item in paths.values() for operation in item.values() for tag in operation.get("tags", [None])}
    if odd := used - _TAGS.keys():
        raise Faulty(f"tags without a description: {odd}")
    return [{"name": name, "description": text} for name, text in _TAGS.items() if name in used]


def _ordered(paths: Mapping[str, Schema]) -> Schema:
    return {
        path: {method: item[method] for method in _METHODS if method in item} for path, item in sorted(paths.items())
    }


def _check_ids(whole: Schema) -> None:
    ids = [operation["operationId"] for item in whole["paths"].values() for operation in item.values()]
    if len(set(ids)) != len(ids):
        raise Faulty(f"operation ids stand twice: {sorted({name for name in ids if ids.count(name) > 1})}")


def _without_unused(whole: Schema) -> Schema:
    """Without components that nothing refers to, the others by name. `Problem`, what all problems have in common, is
    for clients that treat them alike."""
    while True:
        refs = {ref.removeprefix("#/components/") for ref in references(whole)}
        refs |= {"securitySchemes/bearer", "schemas/Problem"}
        used: dict[str, Any] = {
            section: {name: part for name, part in sorted(named.items()) if f"{section}/{name}" in refs}
            for section, named in whole["components"].items()
        }
        if used == whole["components"]:
            return {**whole, "components": used}
        whole = {**whole, "components": used}
