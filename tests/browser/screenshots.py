"""`make screenshots`: pictures of the pages of a running stack, for the documents."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect
from tests.browser.conftest import DESKTOP, PHONE

from stack import install
from stack.buyer import StackClient, connected

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"


async def _context(browser: Browser, **more: Any) -> BrowserContext:
    return await browser.new_context(locale="en-IN", reduced_motion="reduce", **more)


async def _picture(page: Page, name: str) -> None:
    """Of what is seen of the page; a stack's own passwords stay its own."""
    await page.wait_for_load_state("networkidle")
    await page.screenshot(path=FOLDER / f"{name}.png", mask=[page.locator("dd.secret")], mask_color="#888888")
    sys.stdout.write(f"{name}.png\n")


def _seat(page: Page, name: str) -> Locator:
    return page.get_by_role("checkbox", name=re.compile(rf"^{name},.*available$")).first


async def _storefront(browser: Browser, gateway: str, showtime: str) -> None:
    page = await (await _context(browser, **DESKTOP)).new_page()
    await page.goto(f"{gateway}/?date=any")  # late in the day little is left of it
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await _picture(page, "films")
    await page.goto(f"{gateway}/showtimes/{showtime}")
    for _ in range(2):
        await _seat(page, "Row [E-L], seat (8|9)").click()
    await _picture(page, "seats")
    await page.get_by_role("button", name="Continue with").click()
    await page.get_by_label("Name", exact=True).fill("Asha Rao")
    await page.get_by_label("E-mail", exact=True).fill("asha@guests.example")
    await _picture(page, "payment")
    await page.get_by_role("button", name="Pay", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="Pay", exact=True).click()
    await expect(page.get_by_role("img", name="QR code")).to_be_visible()
    await _picture(page, "ticket")
    phone = await (await _context(browser, color_scheme="dark", **PHONE)).new_page()
    await phone.goto(f"{gateway}/showtimes/{showtime}")
    await expect(_seat(phone, "Row [E-L], seat [0-9]+")).to_be_visible()
    await _picture(phone, "seats-on-a-phone")


async def _console(browser: Browser, gateway: str, admin: dict[str, str], theater: str) -> None:
    context = await _context(browser, **DESKTOP)
    page = await context.new_page()
    await page.goto(f"{gateway}/console")
    await page.get_by_label("E-mail").fill(admin["email"])
    await page.get_by_label("Password", exact=True).fill(admin["password"])
    await page.get_by_role("button", name="Sign in").last.click()
    await expect(page.get_by_text("Takings")).to_be_visible()
    await _picture(page, "console-today")
    await page.get_by_label("Theater", exact=True).first.select_option(value=theater)
    for section in ("schedule", "prices", "reports"):
        await page.goto(f"{gateway}/console/{section}")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await _picture(page, f"console-{section}")
    await page.goto(f"{gateway}/dev")
    await expect(page.get_by_text("Razorpay")).to_be_visible()
    await _picture(page, "local-stack")


async def main() -> None:
    """Pictures into docs/screenshots."""
    folder = Path(os.environ.get("STACK_DIR", ".stack"))
    stack_info = json.loads((folder / "stack.json").read_text(encoding="utf-8"))
    install.ensure(install.CHROMIUM)
    FOLDER.mkdir(exist_ok=True)
    async with connected(stack_info) as client, async_playwright() as playwright:
        showtime, theater = await _showtime(client)
        browser = await playwright.chromium.launch(executable_path=install.CHROMIUM.path, args=["--no-sandbox"])
        await _storefront(browser, stack_info["gateway"], showtime)
        await _console(browser, stack_info["gateway"], stack_info["admin"], theater)
        await browser.close()


async def _showtime(client: StackClient) -> tuple[str, str]:
    """A show of the demo data with many free seats, and its theater."""
    answer = await client.call("GET", "/api/showtimes?pageSize=100")
    items = (item for item in answer.body["items"] if item["seatsTotal"] >= 100 and item["seatsAvailable"] > 60)
    show = next(items, None)
    if show is None:
        raise SystemExit("no show of the demo data has many free seats: start a stack with `make up` and no DEMO=0")
    return str(show["id"]), str(show["theaterId"])


if __name__ == "__main__":
    asyncio.run(main())
