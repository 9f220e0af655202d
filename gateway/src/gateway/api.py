"""What the gateway answers itself: documents with their page, and the pages of storefront and console."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from chassis.conditional import json_unless_unchanged
from chassis.problems import NotFound
from gateway import pages, well_known
from gateway.live import handshake, stream
from gateway.published import documents
from gateway.waiting import paths

router = APIRouter(include_in_schema=False)
_DOCS = Path(__file__).parent / "docs"
_FILES = {"/api/docs": "docs.html", "/api/docs/docs.js": "docs.js", "/api/docs/docs.css": "docs.css"}
DOCUMENTS = documents()
_EXACT = frozenset({*DOCUMENTS, *well_known.PATHS, *handshake.PATHS, stream.PATH, "/healthz", "/readyz", "/metrics"})
_CACHING = "public, no-cache"  # caches keep it and revalidate each time: 304 while it is the same


@router.get("/api/openapi.json")
@router.get("/api/asyncapi.json")
@router.get("/api/schemas/{name}")
async def read_document(request: Request) -> Response:
    """A public document, the same from every replica of the gateway."""
    document = DOCUMENTS[request.url.path]
    return json_unless_unchanged(request, document.etag, lambda: document.content, _CACHING)


def has_page(path: str | None) -> bool:
    """Whether a page, or a part of one, is at a decoded path."""
    return path is not None and (path in _FILES or pages.is_page(path))


def is_own(path: str | None) -> bool:
    """Whether our own app answers at a decoded path."""
    return path is not None and (path in _EXACT or has_page(path) or paths.is_queue(path))


@router.api_route("/api/docs", methods=["GET", "HEAD"])
@router.api_route("/api/docs/{name}", methods=["GET", "HEAD"])
async def read_docs(request: Request) -> Response:
    """The page that shows the public documents, or a part of it."""
    name = _FILES.get(request.url.path)
    if name is None:
        raise NotFound
    return FileResponse(_DOCS / name, headers={"Cache-Control": "no-cache"})


async def read_page(request: Request) -> Response:
    """A page of the storefront or the console, or a file of one."""
    return pages.answer(request)


for _path in pages.PATHS:
    router.add_api_route(_path, read_page, methods=["GET", "HEAD"])
