"""Debian's Chromium before the pages of a running stack; what a visitor's browser complains of fails the test."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, async_playwright, expect
from tests.conftest import Stack

from stack import install

WEB = Path(__file__).parents[2] / "web"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
DESKTOP = {"viewport": {"width": 1280, "height": 860}}
SERIOUS = {"serious", "critical"}
PATIENCE_MS = 20_000  # a busy machine is slow; what is there sooner is seen sooner
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Visitor:
    """A person's browser: one tab of it, and what it complained of. `allowed` are parts of complaints that a test
    expects, and origins beside the gateway's that a page may ask."""

    page: Page
    gateway: str
    allowed: tuple[str, ...] = ()
    complaints: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.text} {message.location.get('url', '')}")

    def _on_request(self, request: Request) -> None:
        self.requests.append(request)
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != urlsplit(self.gateway).netloc:
            self.complaints.append(f"asked another origin: {request.url}")

    async def goto(self, path: str) -> None:
        """Open a page of the gateway."""
        answer = await self.page.goto(self.gateway + path)
        assert answer is not None
        assert answer.status in {200, 304}, (path, answer.status)

    async def findings(self) -> list[str]:
        """What axe finds that keeps people out of this page, in light and in dark."""
        await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        is_dark = await self.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        found = await self._findings({})
        await self.page.emulate_media(color_scheme="light" if is_dark else "dark")
        found += await self._findings({"runOnly": ["color-contrast"]})
        await self.page.emulate_media(color_scheme="dark" if is_dark else "light")
        return found

    async def _findings(self, options: dict[str, Any]) -> list[str]:
        chosen = {"resultTypes": ["violations"], **options}
        result: dict[str, Any] = await self.page.evaluate("options => axe.run(document, options)", chosen)
        return [
            f"{finding['id']}: {finding['help']}: {[node['html'][:160] for node in finding['nodes'][:3]]}"
            for finding in result["violations"]
            if finding["impact"] in SERIOUS
        ]

    def unexpected(self) -> list[str]:
        """Complaints that the test did not expect."""
        return [said for said in self.complaints if not any(part in said for part in self.allowed)]


Visit = Callable[..., Awaitable[Visitor]]


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium without a window; `CHROMIUM` names another."""
    path = os.environ.get("CHROMIUM") or install.CHROMIUM.path
    if path == install.CHROMIUM.path:
        install.ensure(install.CHROMIUM)
    async with async_playwright() as playwright:
        # Its own sandbox needs what a container's root has not; the pages are ours.
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        await browser.close()


@pytest.fixture
async def visit(chromium: Browser, stack: Stack) -> AsyncIterator[Visit]:
    """Lets a visitor in: `visit(phone=True, dark=True, language="hi", allowed=("…",))`, each with a browser of their
    own, or in `context`, beside another's tab. At the end no browser may have complained."""
    visitors: list[Visitor] = []
    contexts: list[BrowserContext] = []

    async def visited(
        *,
        phone: bool = False,
        dark: bool = False,
        language: str = "en-IN",
        allowed: tuple[str, ...] = (),
        context: BrowserContext | None = None,
    ) -> Visitor:
        if context is None:
            shape: dict[str, Any] = PHONE if phone else DESKTOP
            context = await chromium.new_context(
                locale=language, color_scheme="dark" if dark else "light", reduced_motion="reduce", **shape
            )
            context.set_default_timeout(PATIENCE_MS)
            contexts.append(context)
        visitors.append(Visitor(await context.new_page(), stack.stack_info["gateway"], allowed))
        return visitors[-1]

    yield visited
    for context in contexts:
        await context.close()
    assert [visitor.unexpected() for visitor in visitors] == [[] for _ in visitors]
