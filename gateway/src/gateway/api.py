"""What the gateway answers itself: documents, their page and the front door."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from gateway.published import documents

router = APIRouter(include_in_schema=False)
_PAGES = Path(__file__).parent / "pages"
PAGES = {"/": "index.html", "/api/docs": "docs.html", "/api/docs/docs.js": "docs.js", "/api/docs/docs.css": "docs.css"}
DOCUMENTS = documents()
OWN = frozenset({*PAGES, *DOCUMENTS, "/healthz", "/readyz", "/metrics"})
_CACHING = "public, no-cache"  # it may be kept, and is asked for again: a 304 where it is the same


@router.get("/api/openapi.json")
@router.get("/api/asyncapi.json")
@router.get("/api/schemas/{name}")
async def read_document(request: Request) -> Response:
    """A public document, the same from every copy of the gateway."""
    found = DOCUMENTS[request.url.path]
    headers = {"ETag": found.etag, "Cache-Control": _CACHING}
    if _has(request.headers.get("if-none-match", ""), found.etag):
        return Response(status_code=304, headers=headers)
    return Response(found.content, headers=headers, media_type="application/json")


def _has(if_none_match: str, etag: str) -> bool:
    """RFC 9110 §13.1.2: weak comparison with any of the list."""
    given = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return etag in given or given == ["*"]


@router.api_route("/", methods=["GET", "HEAD"])
@router.api_route("/api/docs", methods=["GET", "HEAD"])
@router.api_route("/api/docs/docs.js", methods=["GET", "HEAD"])
@router.api_route("/api/docs/docs.css", methods=["GET", "HEAD"])
async def read_page(request: Request) -> Response:
    """A page or its parts."""
    return FileResponse(_PAGES / PAGES[request.url.path], headers={"Cache-Control": "no-cache"})
