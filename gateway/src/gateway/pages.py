"""The pages of storefront and console: which shell is at a path, what it may load, and the files of all of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from chassis.conditional import etag_of_bytes, is_unchanged
from chassis.logs import logger
from chassis.problems import NotFound
from gateway.site import MEDIA_TYPES, Pages, Site, SiteMissingError

log = logger(__name__)
COMPONENT = "/marquee-seats.js"
_WORKER = "console/worker.js"  # of its own folder a worker may serve what is below it alone, which no page is
_ID = "[A-Za-z0-9_-]{1,64}"
_SHELL = re.compile(
    rf"(?P<checkout>/showtimes/{_ID})"
    rf"|(?P<storefront>/|/(?:movies|theaters)/{_ID}|/bookings(?:/{_ID})?|/waitlist"
    rf"|/account(?:/verify-email|/reset-password)?)"
    rf"|(?P<dev>/dev)"
    rf"|(?P<console>/console(?:/{_ID}){{0,3}})"
)  # one pattern, because every call to the gateway is asked
_AREAS = ("movies", "theaters", "showtimes", "bookings", "waitlist", "account", "console")
PATHS = ("/", COMPONENT, "/web/{path:path}", *(f"/{area}{rest}" for area in _AREAS for rest in ("", "/{path:path}")))
"""Where pages and their files may be, as routes; `is_page` says whether one is."""
_LINKED = re.compile(r"/(?:bookings|account)/")  # what links of mails open: their address bears a token
_FOR_GOOD = "public, max-age=31536000, immutable"
_REVALIDATED = "public, no-cache"
_CAMERA = "camera=(self), microphone=(), geolocation=()"
PUBLIC_CHECKOUTS = (
    "https://checkout.razorpay.com",
    "https://api.razorpay.com",
    "https://js.stripe.com",
    "https://hooks.stripe.com",
    "https://api.stripe.com",
)


def shell_at(path: str) -> str | None:
    """The kind of the page at a decoded path."""
    shell = _SHELL.fullmatch(path)
    return shell.lastgroup if shell else None


def is_page(path: str) -> bool:
    """Whether a page, or a file of one, is at a decoded path."""
    return path == COMPONENT or path.startswith(("/web/", "/dev/")) or shell_at(path) is not None


@dataclass(frozen=True)
class Publisher:
    """Answers with pages; `checkouts` are the origins whose scripts and frames take a guest's payment. `pages` is None
    where none are installed."""

    pages: Pages | None
    checkouts: tuple[str, ...]

    @property
    def site(self) -> Site:
        """Raises `NotFound` where there are no pages."""
        try:
            if self.pages is not None:
                return self.pages.site
        except SiteMissingError as error:
            raise NotFound(str(error)) from error
        raise NotFound("the pages are not installed here: `make setup` installs them where Node.js with npm is")

    def shell(self, path: str, name: str) -> tuple[bytes, dict[str, str]]:
        """The HTML at a path, and its headers."""
        site = self.site
        headers = {"Content-Security-Policy": self._policy(site, name), "Cache-Control": _REVALIDATED}
        if _LINKED.match(path):
            headers["Cache-Control"] = "no-store"
        if name == "console":
            headers["Permissions-Policy"] = _CAMERA
        return site.shell(name), headers

    def _policy(self, site: Site, name: str) -> str:
        checkouts = "".join(f" {origin}" for origin in self.checkouts) if name == "checkout" else ""
        frames = checkouts or " 'none'"
        return (
            f"default-src 'none'; script-src 'self' {site.import_map_hash}{checkouts}; style-src 'self'; "
            f"img-src 'self' data: blob:; connect-src 'self'{checkouts}; frame-src{frames}; "
            "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )

    def file(self, path: str) -> tuple[bytes, str, dict[str, str]]:
        """The bytes, media type and headers of what is below `/web/`, or of the seat map for other pages."""
        site = self.site
        if path == COMPONENT:
            text = f'export * from "{site.root}/seats/element.js";\n'
            return text.encode(), MEDIA_TYPES[".js"], {"Cache-Control": _REVALIDATED}
        inside = path.removeprefix(f"{site.root}/")
        content = site.files.get(inside)
        if content is None or inside.endswith(".html"):
            raise NotFound
        headers = {"Cache-Control": _FOR_GOOD}
        if inside == _WORKER:
            headers["Service-Worker-Allowed"] = "/console"
        return content, MEDIA_TYPES[PurePosixPath(inside).suffix], headers


def checkout_origins(stand_ins: Iterable[str]) -> tuple[str, ...]:
    """Those of the providers' stand-ins where some are given, else the providers' own."""
    given = tuple(url.rstrip("/") for url in stand_ins if url)
    return given or PUBLIC_CHECKOUTS


def publisher(folder: Path | None, checkouts: tuple[str, ...], *, watches: bool) -> Publisher:
    """The pages of a folder; none, with a word in the log, where they are not installed."""
    try:
        return Publisher(None if folder is None else Pages(folder, watches=watches), checkouts)
    except SiteMissingError as error:
        log.warning("there are no pages", reason=str(error))
        return Publisher(None, checkouts)


def answer(request: Request) -> Response:
    """The page, or file of one, at the request's path. Raises `NotFound`."""
    published: Publisher = request.state.publisher
    path = request.url.path
    if path == "/" and published.pages is None:
        return RedirectResponse("/api/docs", status_code=302)
    name = shell_at(path)
    if name is not None:
        content, headers = published.shell(path, name)
        media_type = MEDIA_TYPES[".html"]
    else:
        content, media_type, headers = published.file(path)
    if "no-store" not in headers["Cache-Control"]:
        headers["ETag"] = etag_of_bytes(content)
        if is_unchanged(request.headers.get("if-none-match", ""), headers["ETag"]):
            return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
