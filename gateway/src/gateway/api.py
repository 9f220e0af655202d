"""What the gateway answers itself: documents, their page and the front door."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from chassis.conditional import json_unless_unchanged
from gateway import well_known
from gateway.published import documents

router = APIRouter(include_in_schema=False)
_PAGES = Path(__file__).parent / "pages"
PAGES = {"/": "index.html", "/api/docs": "docs.html", "/api/docs/docs.js": "docs.js", "/api/docs/docs.css": "docs.css"}
DOCUMENTS = documents()
OWN_PATHS = frozenset({*PAGES, *DOCUMENTS, *well_known.PATHS, "/healthz", "/readyz", "/metrics"})
_CACHING = "public, no-cache"  # caches keep it and revalidate each time: 304 while it is the same


@router.get("/api/openapi.json")
@router.get("/api/asyncapi.json")
@router.get("/api/schemas/{name}")
async def read_document(request: Request) -> Response:
    """A public document, the same from every replica of the gateway."""
    document = DOCUMENTS[request.url.path]
    return json_unless_unchanged(request, document.etag, lambda: document.content, _CACHING)


@router.api_route("/", methods=["GET", "HEAD"])
@router.api_route("/api/docs", methods=["GET", "HEAD"])
@router.api_route("/api/docs/docs.js", methods=["GET", "HEAD"])
@router.api_route("/api/docs/docs.css", methods=["GET", "HEAD"])
async def read_page(request: Request) -> Response:
    """A page or its parts."""
    return FileResponse(_PAGES / PAGES[request.url.path], headers={"Cache-Control": "no-cache"})
