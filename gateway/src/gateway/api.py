"""What the gateway answers itself: documents, their page and the front door."""

from pathlib import Path
from typing import Annotated

from chassis.problems import Unavailable
from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, Response

from gateway import asyncapi
from gateway.openapi import MergedDocument

router = APIRouter(include_in_schema=False)
_PAGES = Path(__file__).parent / "pages"
PAGES = {"/": "index.html", "/api/docs": "docs.html", "/api/docs/docs.js": "docs.js", "/api/docs/docs.css": "docs.css"}
OWN = frozenset({*PAGES, "/healthz", "/readyz", "/metrics", "/api/openapi.json", "/api/asyncapi.json"})


def _merged(request: Request) -> MergedDocument:
    found: MergedDocument = request.state.openapi
    return found


@router.get("/api/openapi.json")
async def read_openapi(merged: Annotated[MergedDocument, Depends(_merged)]) -> Response:
    """One document for all services."""
    content = await merged.read()
    if content is None:
        raise Unavailable("no service has been reached yet")
    return Response(content, media_type="application/json", headers={"Cache-Control": "no-cache"})


@router.get("/api/asyncapi.json")
async def read_asyncapi() -> Response:
    """The events."""
    return Response(asyncapi.document(), media_type="application/json", headers={"Cache-Control": "no-cache"})


@router.api_route("/", methods=["GET", "HEAD"])
@router.api_route("/api/docs", methods=["GET", "HEAD"])
@router.api_route("/api/docs/docs.js", methods=["GET", "HEAD"])
@router.api_route("/api/docs/docs.css", methods=["GET", "HEAD"])
async def read_page(request: Request) -> Response:
    """A page or its parts."""
    return FileResponse(_PAGES / PAGES[request.url.path], headers={"Cache-Control": "no-cache"})
