"""Every page opens by its address, asks nobody else, complains of nothing, and keeps nobody out."""

import re

import pytest
from playwright.async_api import expect
from tests.browser.conftest import Visit
from tests.browser.people import works

from stack.buyer import StackClient, build

PATHS = [
    "/",
    "/dev",
    "/bookings",
    "/bookings/bkg_unknown",
    "/waitlist",
    "/account",
    "/account/verify-email",
    "/account/reset-password",
]


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_opens_and_keeps_nobody_out(visit: Visit, path: str) -> None:
    for phone in (False, True):
        visitor = await visit(phone=phone)
        await visitor.goto(path)
        await expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
        assert await visitor.findings() == []


async def test_no_section_of_the_console_keeps_anybody_out(visit: Visit, client: StackClient) -> None:
    """Those that no other test looks at."""
    visitor = await visit()
    await works(visitor, await client.worker("manager", (await build(client, rows=2, cols=4)).theater_id))
    for section in ("cases", "counter", "seats", "layouts", "theaters", "films"):
        await visitor.goto(f"/console/{section}")
        page = visitor.page.locator(".console-page")
        await expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"\w"))
        await expect(page.locator(".loading")).to_have_count(0)
        assert await visitor.findings() == [], section
