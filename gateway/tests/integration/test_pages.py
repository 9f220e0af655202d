"""The pages: each at its address, with all that they ask for; what links of mails open is stored nowhere."""

import re
from pathlib import Path

import pytest
from gateway.tests.conftest import Build, Harness

WEB = Path(__file__).parents[3] / "web"
LINKED = [
    "/bookings/bkg_01KBH2T2Q0F5P2S4Q5XH0J9ABC?token=secret",
    "/account/verify-email?token=secret",
    "/account/reset-password?token=secret",
]
PAGES = ["/", "/movies/mov_1", "/showtimes/sho_1", "/bookings", "/account", "/console", "/console/checkin"]


@pytest.fixture
async def published(build: Build) -> Harness:
    """The gateway with the pages of the house."""
    return await build(WEB_DIR=str(WEB))


@pytest.mark.parametrize("target", LINKED)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_link_of_a_mail_opens_a_page_that_nothing_stores(published: Harness, target: str, method: str) -> None:
    reply = await published.client.ask(method, target)
    assert reply.status == 200
    assert reply.value("content-type").startswith("text/html")
    assert reply.value("cache-control") == "no-store"
    assert reply.value("referrer-policy") == "no-referrer"
    assert reply.header("etag") is None
    assert b"secret" not in reply.body


@pytest.mark.parametrize("target", PAGES)
async def test_a_page_and_all_that_it_asks_for_are_there_and_ours(published: Harness, target: str) -> None:
    page = await published.client.ask("GET", target)
    assert page.status == 200
    assert page.value("cache-control") == "public, no-cache"
    parts = set(re.findall(r'(?:src|href)="([^"]+)"', page.body.decode()))
    assert all(part.startswith("/web/") for part in parts)
    for part in parts:
        reply = await published.client.ask("GET", part)
        assert reply.status == 200
        assert reply.value("cache-control") == "public, max-age=31536000, immutable"
    again = await published.client.ask("GET", target, {"If-None-Match": page.value("etag")})
    assert (again.status, again.body) == (304, b"")


async def test_the_worker_of_the_console_alone_may_serve_its_pages(published: Harness) -> None:
    shell = await published.client.ask("GET", "/console")
    [main] = re.findall(r'<script type="module" src="([^"]+)"', shell.body.decode())
    worker = await published.client.ask("GET", f"{main.removesuffix('main.js')}worker.js?languages=hi,ta")
    assert (worker.status, worker.value("content-type").split(";")[0]) == (200, "text/javascript")
    assert worker.value("service-worker-allowed") == "/console"
    assert "connect-src 'self'" in worker.value("content-security-policy")
    assert (await published.client.ask("GET", main)).header("service-worker-allowed") is None


async def test_the_seat_map_is_there_for_pages_of_others(published: Harness) -> None:
    elsewhere = {"Origin": "https://cinema.example"}
    reply = await published.client.ask("GET", "/marquee-seats.js", elsewhere)
    [module] = re.findall(r'from "([^"]+)"', reply.body.decode())
    for target in ("/marquee-seats.js", module):
        reply = await published.client.ask("GET", target, elsewhere)
        assert reply.status == 200
        assert reply.value("access-control-allow-origin") == "*"
        assert reply.value("cross-origin-resource-policy") == "cross-origin"


@pytest.mark.parametrize(
    "target",
    [
        "/bookings/",
        "/bookings/a/b",
        "/bookings/a.b",
        "/account/x",
        "/web/",
        "/web/older/base/api.js",
        "/web/../Makefile",
        "/web/%2e%2e/Makefile",
        "/movies",
    ],
)
async def test_there_is_no_other_page(published: Harness, target: str) -> None:
    assert (await published.client.ask("GET", target)).status in {400, 404}


async def test_without_pages_the_api_is_served_and_the_front_door_leads_to_its_documents(harness: Harness) -> None:
    front = await harness.client.ask("GET", "/")
    assert (front.status, front.value("location")) == (302, "/api/docs")
    assert (await harness.client.ask("GET", "/api/docs")).status == 200
    assert (await harness.client.ask("GET", "/bookings")).problem == (404, "not_found")
