"""The console as those who work at a theater use it."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.async_api import Page, expect
from tests.browser.conftest import PATIENCE_MS, Visit, Visitor
from tests.browser.people import works

from stack.buyer import StackClient, Stage, build, schedule
from stack.paying import sold


async def show_soon(client: StackClient) -> tuple[Stage, str]:
    """A stage, and a show on it that begins in an hour."""
    stage = await build(client, rows=3, cols=8)
    start = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=1)
    return stage, await schedule(client, stage, start_at=start)


def figure(page: Page, name: str) -> Any:
    """What stands below a name in the figures of the day."""
    return page.locator(".figure").filter(has=page.get_by_text(name, exact=True)).locator("dd").first


async def test_a_guest_reads_that_the_console_is_not_permitted(visit: Visit, client: StackClient) -> None:
    nobody, guest = await visit(), await visit(phone=True)
    await nobody.goto("/console")
    await expect(nobody.page.get_by_text("not permitted")).to_be_visible()
    await expect(nobody.page.get_by_label("Password")).to_be_visible()
    await works(guest, await client.buyer())
    await guest.goto("/console/reports")
    await expect(guest.page.get_by_role("alert")).to_contain_text("not permitted")
    staff = await visit()
    await works(staff, await client.worker("staff", (await build(client, rows=2, cols=4)).theater_id))
    await staff.goto("/console/audit")
    await expect(staff.page.get_by_role("alert")).to_contain_text("not permitted")
    await expect(staff.page.get_by_role("link", name="Counter")).to_be_visible()
    for visitor in (nobody, guest, staff):
        assert await visitor.findings() == []


async def test_today_counts_a_sale_without_being_loaded_again(visit: Visit, client: StackClient) -> None:
    stage, showtime = await show_soon(client)
    seller, manager = await client.worker("staff", stage.theater_id), await client.worker("manager", stage.theater_id)
    visitor = await visit()
    await works(visitor, manager)
    await visitor.goto("/console")
    page = visitor.page
    await expect(figure(page, "Sold")).to_have_text("0")
    held = await seller.hold(showtime, ["A1", "A2"])
    await sold(seller, held.body)
    await expect(figure(page, "Sold")).to_have_text("2", timeout=30_000)
    await expect(figure(page, "Takings")).to_have_text(f"₹{held.body['quote']['total'] / 100:.2f}")
    await expect(figure(page, "Checked in")).to_have_text("0")
    assert await visitor.findings() == []


async def test_staff_sell_at_the_counter_and_a_reload_goes_on_where_it_was(visit: Visit, client: StackClient) -> None:
    stage, showtime = await show_soon(client)
    seller = await client.worker("staff", stage.theater_id)
    visitor = await visit(phone=True, dark=True)
    await works(visitor, seller)
    page = visitor.page
    await visitor.goto(f"/console/counter/{showtime}")
    await page.get_by_role("button", name="One more: Adult").click()
    assert await visitor.findings() == []
    await page.get_by_role("button", name="Best 2 seats").click()
    await expect(page.get_by_role("heading", name="How it is paid")).to_be_visible()
    assert await visitor.findings() == []
    await page.reload()
    await page.get_by_label("Received").fill("600")
    change = page.get_by_text(re.compile("^Change:"))
    await expect(change).to_be_visible()
    back = (await change.inner_text()).removeprefix("Change: ")
    await expect(page.get_by_role("button", name="Complimentary")).to_have_count(0)
    await page.get_by_role("button", name=re.compile("^Sell for")).click()
    await expect(page.get_by_text(re.compile("Reference [0-9A-Z]{8}"))).to_be_visible()
    await expect(page.locator(".sold .due")).to_contain_text(back)
    printed = page.get_by_role("link", name="Print the ticket")
    await expect(printed).to_have_attribute("href", re.compile("^blob:"))
    (slip,) = [request for request in visitor.requests if request.url.endswith("/ticket.pdf?format=slip")]
    answer = await slip.response()
    assert answer is not None
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    assert await visitor.findings() == []
    await page.get_by_role("button", name="Next sale").click()
    await expect(page.get_by_role("button", name="Best seat")).to_be_visible()


async def typed(visitor: Visitor, text: str, verdict: str) -> None:
    """Somebody types what is on a ticket at the gate, and reads the verdict."""
    await visitor.page.get_by_label("Reference or ticket code").fill(text)
    await visitor.page.get_by_role("button", name="Check in", exact=True).click()
    await expect(visitor.page.get_by_role("alert")).to_contain_text(verdict)


STORE_OLDER_VERSIONS = """(async () => {
    await caches.open('marquee.console /web/oldest/');
    const older = await caches.open('marquee.console /web/older/');
    const script = { headers: { "Content-Type": "text/javascript" } };
    await older.put('/web/older/page.js', new Response('export const version = "older";', script));
})()"""
STORES = """navigator.serviceWorker.ready
    .then(({ active }) => active.state === "activated" || new Promise((done) => { active.onstatechange = done; }))
    .then(() => caches.keys())"""


async def stored(visitor: Visitor) -> list[str]:
    """The versions of the pages that this browser has, once its worker works."""
    async with asyncio.timeout(PATIENCE_MS / 1000):
        names: list[str] = await visitor.page.evaluate(STORES)
    return names


async def reloads_without_a_network(visitor: Visitor) -> None:
    """The page is loaded anew from what its worker has stored: nobody answers the worker either."""
    [worker] = visitor.page.context.service_workers
    assert await worker.evaluate("fetch('/console').then(() => 'answered', () => 'nobody answers')") == "nobody answers"
    await visitor.page.reload()
    await expect(visitor.page.get_by_text("Offline", exact=True)).to_be_visible()


async def test_two_gates_without_a_network_let_in_one_guest_and_the_later_reads_of_it(
    visit: Visit, client: StackClient
) -> None:
    stage, showtime = await show_soon(client)
    guest = await client.buyer()
    first, second, cancelled = [
        await guest.shown((await guest.buy(showtime, [seat]))["id"]) for seat in ("A1", "A4", "B1")
    ]
    await guest.call("POST", f"/api/bookings/{cancelled['id']}/cancel", {})
    gates = [await visit(phone=at == 1, dark=at == 1) for at in range(2)]
    for gate in gates:
        await works(gate, await client.worker("staff", stage.theater_id))
        await gate.goto("/console")
        await gate.page.evaluate(STORE_OLDER_VERSIONS)
        await gate.goto(f"/console/checkin/{showtime}")
        await expect(gate.page.get_by_text("The list is fresh.")).to_be_visible()
        assert await gate.findings() == []
        assert "marquee.console /web/oldest/" not in await stored(gate)
    left, right = gates
    await typed(left, "ABC", "No valid ticket")
    later = await guest.shown((await guest.buy(showtime, ["C1"]))["id"])
    for gate in gates:
        await gate.page.context.set_offline(True)
        await expect(gate.page.get_by_text("Offline", exact=True)).to_be_visible()
    # A tab of the version before still gets its files.
    assert await left.page.evaluate("import('/web/older/page.js').then(({ version }) => version)") == "older"
    await typed(left, first["qrCode"], "Admitted")
    await typed(left, f"{first['reference'][:4]} {first['reference'][4:].lower()}", "on this device")
    await reloads_without_a_network(left)
    await typed(left, first["qrCode"], "on this device")
    await typed(left, cancelled["reference"], "Not admitted")
    await typed(left, later["qrCode"], "Admitted")
    await typed(left, later["reference"], "No valid ticket")
    await typed(right, first["reference"], "Admitted")
    await typed(right, second["qrCode"], "Admitted")
    await expect(left.page.get_by_text("6 scans wait")).to_be_visible()
    for gate in gates:
        await gate.page.context.set_offline(False)
        await expect(gate.page.get_by_text(re.compile("scans? waits? on this device"))).to_have_count(0)
    conflict = right.page.get_by_role("region", name="Let in here, but not by the server")
    await expect(conflict).to_contain_text(first["reference"])
    await expect(conflict).to_contain_text("Already inside")
    assert await right.findings() == []
    await expect(left.page.get_by_role("region", name="Let in here, but not by the server")).to_have_count(0)
    await typed(left, second["reference"], "Already inside")


async def test_a_device_says_whether_it_is_ready_for_a_door_without_a_network(
    visit: Visit, client: StackClient
) -> None:
    stage = await build(client, rows=3, cols=8)
    now = datetime.now(UTC)
    by_day = "Asia/Kolkata" if 2 <= now.hour < 17 else "America/Los_Angeles"  # a show in an hour is today's there
    path = f"/api/admin/theaters/{stage.theater_id}"
    assert (await client.with_retries("PATCH", path, {"timezone": by_day}, token=await client.admin())).status == 200
    layout = {"rows": 3, "cols": 8, "numbering": {"from": "right"}}
    body = {"theaterId": stage.theater_id, "name": "Numbered from the right", "layout": layout}
    made = await client.with_retries("POST", "/api/admin/screens", body, token=await client.admin())
    stage.screen_ids.append(made.body["id"])
    in_an_hour = now.replace(second=0, microsecond=0) + timedelta(hours=1)
    guest, showtime = await client.buyer(), await schedule(client, stage, screen=1, start_at=in_an_hour)
    booking = await guest.shown((await guest.buy(showtime, ["A2"]))["id"])
    visitor = await visit()
    await works(visitor, await client.worker("staff", stage.theater_id))
    page = visitor.page
    await visitor.goto("/console/checkin")
    ready = page.get_by_role("region", name="Without a network")
    await expect(ready).to_contain_text("cannot let guests in without a network yet")
    await expect(page.get_by_text("Not on this device")).to_be_visible()
    await ready.get_by_role("button", name="Store today's lists").click()
    await expect(ready).to_contain_text("ready to let guests in without a network")
    assert await visitor.findings() == []
    await page.context.set_offline(True)
    await page.reload()
    await expect(ready).to_contain_text("ready to let guests in without a network")
    await page.get_by_role("link", name="On this device since").click()
    await expect(page.get_by_text("The list is fresh.")).to_be_visible()
    await typed(visitor, booking["reference"], "Admitted")
    await expect(page.get_by_role("alert")).to_contain_text("A7")  # as it stands on the seat


async def test_support_finds_a_booking_gives_back_a_part_and_ends_it(visit: Visit, client: StackClient) -> None:
    stage, showtime = await show_soon(client)
    guest = await client.buyer()
    booking = await guest.buy(showtime, ["A1", "A2"])
    left = f"₹{(booking['amount'] - 10_000) / 100:.2f}"
    visitor = await visit()
    await works(visitor, await client.worker("manager", stage.theater_id))
    page = visitor.page
    await visitor.goto("/console/bookings")
    await page.get_by_label("Reference, e-mail, phone or name").fill(guest.user["email"])
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("1 booking", exact=True)).to_be_visible()
    assert await visitor.findings() == []
    await page.get_by_role("link", name=booking["reference"]).click()
    await page.get_by_role("button", name="Refund").click()
    await page.get_by_label("Another amount").check()
    await page.get_by_label("Amount", exact=True).fill("100")
    await page.get_by_label("Reason").fill("The sound failed")
    assert await visitor.findings() == []
    await page.get_by_role("dialog").get_by_role("button", name="Refund").click()
    money = page.get_by_role("region", name="Money")
    await expect(money.get_by_text(left)).to_be_visible()
    await expect(money).to_contain_text("The sound failed")
    await page.get_by_role("button", name="Cancel the booking").click()
    await page.get_by_label("Reason").fill("The hall is closed")
    await page.get_by_role("dialog").get_by_role("button", name="Cancel the booking").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Cancelled")
    await expect(money).to_contain_text(f"Left₹{0:.2f}")
    assert await visitor.findings() == []
    await page.get_by_role("link", name="Cases").click()
    await expect(page.get_by_text("No case is open. All is well.")).to_be_visible()
    assert await visitor.findings() == []


async def test_seats_are_taken_out_on_the_map_and_who_had_one_gets_another(visit: Visit, client: StackClient) -> None:
    stage, showtime = await show_soon(client)
    guest, manager = await client.buyer(), await client.worker("manager", stage.theater_id)
    booking = await guest.buy(showtime, ["A4"])
    visitor = await visit()
    await works(visitor, manager)
    page = visitor.page
    await visitor.goto(f"/console/seats/{showtime}")
    out = page.locator(".seats-counts div").filter(has_text="Taken out").locator("dd")
    await expect(out).to_have_text("0")
    for number in (1, 4):
        await page.get_by_role("checkbox", name=f"Row A, seat {number},").click()
    await page.get_by_label("Reason").fill("Broken")
    await page.get_by_role("button", name="Take 2 seats out of sale").click()
    await expect(page.get_by_role("alert")).to_contain_text(booking["reference"])
    assert await visitor.findings() == []
    await page.get_by_role("button", name="Take out all the same").click()
    await expect(page.get_by_text("2 seats are out of sale.")).to_be_visible()
    await expect(out).to_have_text("2")
    await expect(page.locator(".seats-out")).to_have_text("Broken · A1, A4")
    await expect(page.get_by_role("checkbox", name="Row A, seat 1,")).to_have_accessible_name(re.compile("Broken$"))
    moved = await guest.shown(booking["id"])
    assert [seat["seatId"] for seat in moved["seats"] if seat["status"] == "booked"] != ["A4"]
    await page.get_by_role("checkbox", name="Row A, seat 1,").press("Space")
    await page.get_by_role("button", name="Put 1 seat back on sale").click()
    await expect(out).to_have_text("1")
    assert await visitor.findings() == []
