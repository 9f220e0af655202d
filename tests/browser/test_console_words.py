"""What the console says in place of ids, and of what is not acceptable: in words, and in the reader's own."""

import re

from playwright.async_api import expect
from tests.browser.conftest import Visit
from tests.browser.people import works
from tests.conftest import until

from stack.buyer import Buyer, StackClient, build, schedule

REFUSED = "Failed to load resource"  # Chromium says so of every answer that refuses
AN_ID = re.compile(r"\b(usr|thr|scr|mov|sho|bkg|whk)_[0-9a-z]{26}")
TITLE = "The Named Test"
FAR = "2040-01-01T10:00"


async def changed_by(manager: Buyer, theater_id: str, showtime: str) -> None:
    """The manager opens a waiting room, makes a webhook whose address nobody takes, and changes a price; the audit
    knows of it."""
    webhook = {"url": "http://127.0.0.1:9/taken/by/nobody", "events": ["catalog.showtime_changed"], "enabled": True}
    calls = [
        ("POST", "/api/admin/queues", {"showtimeId": showtime}, 201),
        ("POST", "/api/admin/webhooks", {**webhook, "theaterIds": [theater_id]}, 201),
        ("PATCH", "/api/admin/pricing", {"scope": {"showtimeId": showtime}, "basePrice": 33_300}, 200),
    ]
    for method, path, body, status in calls:
        assert (await manager.call(method, path, body)).status == status, path

    async def recorded() -> bool:
        found = {record["action"] for record in (await manager.call("GET", "/api/admin/audit")).body["items"]}
        return {"queues.opened", "webhooks.created", "pricing.changed"} <= found

    await until(recorded, seconds=60)


async def test_people_shows_and_screens_have_names_where_changes_and_rooms_are_listed(
    visit: Visit, client: StackClient
) -> None:
    stage = await build(client, rows=2, cols=4, title=TITLE)
    showtime = await schedule(client, stage)
    manager = await client.worker("manager", stage.theater_id)
    await changed_by(manager, stage.theater_id, showtime)
    visitor = await visit()
    page = visitor.page
    await works(visitor, manager)
    await visitor.goto("/console/queues")
    await expect(page.get_by_role("heading", level=2, name=f"{TITLE} · Screen 1")).to_be_visible()
    assert await visitor.findings() == []

    await visitor.goto("/console/audit")
    records = page.locator(".entry summary")
    price = records.filter(has_text="Prices: changed")
    await expect(price).to_contain_text(f"{TITLE} · Screen 1")
    await expect(price).to_contain_text("by you")
    await expect(records.filter(has_text="Screen: created")).to_contain_text("Screen 1 by Admin")
    await expect(records.filter(has_text="Webhook: created")).to_contain_text("/taken/by/nobody")
    assert not AN_ID.search(await page.locator(".entries").inner_text())
    await records.filter(has_text="Show: created").click()
    await expect(page.get_by_role("table")).to_contain_text(TITLE)
    await expect(page.get_by_text(showtime)).to_be_visible()
    assert await visitor.findings() == []

    await visitor.goto("/console/webhooks")
    await page.get_by_role("button", name="Deliveries").click()
    await expect(page.get_by_role("table")).to_contain_text("nobody takes calls there")
    assert await visitor.findings() == []


async def test_what_is_not_acceptable_is_said_at_its_field_in_the_readers_language(
    visit: Visit, client: StackClient
) -> None:
    stage = await build(client, rows=2, cols=4)
    await schedule(client, stage)
    visitor = await visit(language="hi-IN", allowed=(REFUSED,))
    page = visitor.page
    await works(visitor, await client.worker("manager", stage.theater_id))
    await visitor.goto("/console/queues")
    form = page.get_by_role("main").locator("form")
    await form.locator("input[type=datetime-local]").fill(FAR)
    await form.locator("input[type=number]").fill("60001")
    await form.locator("button[type=submit]").click()
    rate = form.locator("input[type=number]")
    await expect(rate).to_have_accessible_description("अधिकतम 60,000 है।")
    await expect(form.get_by_role("alert")).to_have_text("दर्ज की गई कुछ जानकारी स्वीकार नहीं की जा सकती।")
    await rate.fill("60")
    await form.locator("button[type=submit]").click()
    opens = form.locator("input[type=datetime-local]")
    await expect(opens).to_have_accessible_description(re.compile("यह शो शुरू होने से पहले खुलना चाहिए।"))
