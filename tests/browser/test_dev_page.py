"""The local stack at a glance: a sale shows itself in events, books and mail, and the buttons act."""

from urllib.parse import urlsplit

from playwright.async_api import expect
from tests.browser.conftest import Visit
from tests.conftest import Stack

from stack.buyer import StackClient, build, schedule


async def test_a_sale_can_be_watched_and_paid_for(visit: Visit, stack: Stack, client: StackClient) -> None:
    visitor = await visit()
    await visitor.goto("/dev")
    page = visitor.page
    await expect(page.get_by_text("What the services say to each other")).to_be_visible()
    showtime = await schedule(client, await build(client, rows=2))
    buyer = await client.buyer()
    hold = await buyer.hold(showtime, ["A1", "A2"])
    order = await buyer.order(hold.body["id"])
    await expect(page.get_by_role("region", name="Events").get_by_text("seats_held.v1").first).to_be_visible()
    row = page.get_by_role("row").filter(has_text=order.body["orderId"])
    await row.get_by_role("button", name="Pay").click()
    await expect(row.get_by_text("captured")).to_be_visible()
    mail = page.get_by_role("row").filter(has_text=buyer.user["email"]).filter(has_text="Your tickets")
    await expect(mail).to_be_visible()
    async with page.context.expect_page() as opened:
        await mail.get_by_role("link").click()
    letter = await opened.value
    await expect(letter.get_by_text("Your seats are booked").first).to_be_visible()
    assert urlsplit(letter.url).path.startswith("/dev/mail/")
