"""The page for developers at `/dev`: answers this machine alone, and only where the stack has turned it on.

A page of another origin must reach none of it, by whatever name it knows us: the `Host` is compared, and a call that
changes something needs our own `Origin`.
"""

from http import HTTPStatus
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from chassis.problems import Forbidden, NotFound
from gateway import pages
from gateway.dev import events, mail
from gateway.dev.local_stack import LocalStack

_NOT_STORED = {"Cache-Control": "no-store"}


async def _local(request: Request) -> LocalStack:
    """The stack, for a peer on this machine that calls us by our name. Raises `NotFound` for all others, `Forbidden`
    for a change that no page of ours asks for."""
    local: LocalStack | None = request.state.local_stack
    ours = urlsplit(request.state.public_url)
    if local is None or not _is_loopback(request) or request.headers.get("host") != ours.netloc:
        raise NotFound
    if request.method not in {"GET", "HEAD"} and request.headers.get("origin") != f"{ours.scheme}://{ours.netloc}":
        raise Forbidden("only a page of this origin may do that")
    return local


def _is_loopback(request: Request) -> bool:
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _json(body: object, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status_code=status, headers=_NOT_STORED, media_type="application/json")


Local = Annotated[LocalStack, Depends(_local)]
router = APIRouter(include_in_schema=False)


@router.api_route("/dev", methods=["GET", "HEAD"])
async def read_page(request: Request, _local_stack: Local) -> Response:
    """The page itself."""
    return pages.answer(request)


@router.get("/dev/stack")
async def read_stack(local: Local) -> Response:
    """Each process and whether it is up, the simulators, and who can sign in."""
    described = local.described()
    shown = {name: described[name] for name in ("simulators", "mail", "admin", "user") if name in described}
    return _json({"services": await local.services(), **shown})


@router.get("/dev/mail/{mail_id}")
async def read_mail(local: Local, mail_id: str) -> Response:
    """A mail that was caught, rendered; its own scripts, were there any, would not run."""
    status, letter = await local.ask("mail", "GET", f"messages/{mail_id}")
    if status != HTTPStatus.OK:
        raise NotFound
    return HTMLResponse(mail.rendered(letter), headers={**_NOT_STORED, "Content-Security-Policy": mail.POLICY})


@router.api_route("/dev/simulators/{name}/{path:path}", methods=["GET", "POST", "DELETE"])
async def ask_simulator(request: Request, local: Local, name: str, path: str) -> Response:
    """A call to a simulator's control plane."""
    target = f"{path}?{request.url.query}" if request.url.query else path
    status, body = await local.ask(name, request.method, target, await request.body())
    return _json(body, status)


@router.get("/dev/events")
async def read_events(request: Request, _local_stack: Local) -> StreamingResponse:
    """What the services say from now on."""
    return StreamingResponse(
        events.flowing(request.state.rabbitmq_url), headers=_NOT_STORED, media_type="text/event-stream"
    )
