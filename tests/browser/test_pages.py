"""Every page opens by its address, asks nobody else, complains of nothing, and keeps nobody out."""

import pytest
from playwright.async_api import expect
from tests.browser.conftest import Visit

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
    for dark in (False, True):
        visitor = await visit(dark=dark, phone=dark)
        await visitor.goto(path)
        await expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
        assert await visitor.findings() == []
