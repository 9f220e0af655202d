"""What browsers, search engines and security researchers ask every site for."""

from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway import icon

router = APIRouter(include_in_schema=False)
PATHS = frozenset({"/.well-known/security.txt", "/robots.txt", "/favicon.ico"})
VALID_DAYS = 180
_FOR_A_DAY = {"Cache-Control": "public, max-age=86400"}
_ROBOTS = "User-agent: *\nDisallow: /api/\nDisallow: /bookings\nDisallow: /account\nDisallow: /console\n"


def security_txt(public_url: str, contact: str, now: datetime) -> str:
    """RFC 9116. Without a contact it is `security@` the public host; what it says holds for half a year from `now`."""
    written_to = contact or f"mailto:security@{urlsplit(public_url).hostname}"
    expires = datetime.combine(now.date() + timedelta(days=VALID_DAYS), time(), UTC)
    return (
        f"Contact: {written_to}\nExpires: {expires:%Y-%m-%dT%H:%M:%SZ}\nPreferred-Languages: en\n"
        f"Canonical: {public_url}/.well-known/security.txt\n"
    )


@router.get("/.well-known/security.txt")
async def read_security_txt(request: Request) -> Response:
    """Where to report a vulnerability."""
    text = security_txt(request.state.public_url, request.state.security_contact, datetime.now(UTC))
    return Response(text, headers=_FOR_A_DAY, media_type="text/plain")


@router.get("/robots.txt")
async def read_robots_txt() -> Response:
    """What search engines are not to index."""
    return Response(_ROBOTS, headers=_FOR_A_DAY, media_type="text/plain")


@router.get("/favicon.ico")
async def read_icon() -> Response:
    """The icon."""
    return Response(icon.ico(), headers=_FOR_A_DAY, media_type="image/x-icon")
