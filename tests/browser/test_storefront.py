"""Films, bookings and the links of mails, as guests use them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import expect
from tests.browser.conftest import Visit
from tests.browser.people import an_account, sign_in
from tests.browser.thread import Thread, slowness_by
from tests.conftest import until

from stack.buyer import Buyer, StackClient, build, schedule

LARGEST_BYTES = 100_000
MOST_REQUESTS = 45
BUSIEST_MS = 500  # of the page's thread, on a machine that is as quick as the yardstick says
SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => shifts.push(...list.getEntries().map((entry) => entry.value)))
  .observe({type: "layout-shift", buffered: true});
"""

REFUSED = "the server responded with a status of 4"  # what Chromium says of an answer that a page expects


async def bought(client: StackClient, slots: Iterator[int], seats: list[str]) -> tuple[Buyer, dict[str, Any]]:
    """Seats of a show in some days, and who bought them."""
    showtime = await schedule(client, await build(client, rows=3, cols=6), slot=next(slots))
    buyer = await client.buyer()
    booking = await buyer.buy(showtime, seats)
    return buyer, await buyer.shown(booking["id"])


async def link_of_mail(client: StackClient, buyer: Buyer) -> str:
    """The path, with its token, that the newest ticket's mail leads to."""

    async def there() -> str | None:
        mails = await client.mails(buyer.user["email"])
        found = [re.search(r"https?://\S+/bookings/\S+\?token=\S+", mail["text"]) for mail in mails]
        return next((match.group() for match in reversed(found) if match), None)

    parts = urlsplit(await until(there, seconds=60))
    return f"{parts.path}?{parts.query}"


async def test_a_guest_finds_a_films_shows_by_city_and_day_and_a_reload_keeps_them(
    visit: Visit, client: StackClient, slots: Iterator[int]
) -> None:
    stage = await build(client, rows=2, cols=4)
    showtime = await schedule(client, stage, slot=next(slots))
    elsewhere = {"poster": "https://pictures.test/poster.jpg"}
    path = f"/api/admin/movies/{stage.movie_id}"
    assert (await client.with_retries("PATCH", path, elsewhere, token=await client.admin())).status == 200
    shown = (await client.call("GET", f"/api/showtimes/{showtime}")).body
    visitor = await visit()
    page = visitor.page
    await visitor.goto("/?city=Mumbai")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Films in Mumbai")
    await page.get_by_label("Title").fill("lóng TEST")
    await page.get_by_role("button", name="Any day", exact=True).click()
    for _ in ("chosen", "reloaded"):
        await expect(page.get_by_role("button", name="Any day", exact=True)).to_have_attribute("aria-pressed", "true")
        await expect(page.get_by_label("Title")).to_have_value("lóng TEST")
        await expect(page.get_by_role("link", name="The Long Test").first).to_be_visible()
        await page.reload()
    await page.get_by_label("Title").fill("no such film")
    await expect(page.get_by_text("No film here suits")).to_be_visible()
    await page.get_by_role("button", name="Take the filters away").click()
    assert await visitor.findings() == []

    await page.locator(f'a.film[href^="/movies/{stage.movie_id}"]').click()
    await expect(page.get_by_role("heading", level=1)).to_be_focused()
    await expect(page.locator("svg.poster")).to_be_visible()
    for _ in ("came", "reloaded"):
        show = page.locator(f'a[href="/showtimes/{showtime}"]')
        await expect(show).to_contain_text("8 seats free")
        await expect(show).to_contain_text("₹200")
        await page.reload()
    assert await visitor.findings() == []
    await page.get_by_role("link", name=shown["theater"]["name"]).click()
    await expect(page.get_by_role("heading", name="Cancelling")).to_be_visible()
    assert await visitor.findings() == []
    await page.go_back()
    await expect(page.get_by_role("heading", level=1)).to_have_text("The Long Test")

    far = await build(client, rows=2, cols=4)
    place = {"city": "Testville", "timezone": "UTC"}
    path = f"/api/admin/theaters/{far.theater_id}"
    assert (await client.with_retries("PATCH", path, place, token=await client.admin())).status == 200
    await schedule(client, far, slot=next(slots))
    newcomer = await visit()
    await newcomer.goto(f"/movies/{stage.movie_id}")
    await expect(newcomer.page.get_by_label("City")).to_have_value("Mumbai")
    await expect(newcomer.page.get_by_text("8 seats free")).to_be_visible()
    await newcomer.goto(f"/movies/{far.movie_id}?city=Mumbai")
    await newcomer.page.get_by_role("link", name="Testville").click()
    await expect(newcomer.page.get_by_text("8 seats free")).to_be_visible()


async def test_the_first_page_is_small_and_quick_and_nothing_on_it_jumps(
    visit: Visit, client: StackClient, slots: Iterator[int]
) -> None:
    await schedule(client, await build(client, rows=2, cols=4), slot=next(slots))
    visitor = await visit(phone=True)
    page = visitor.page
    await page.add_init_script(SHIFTS)
    network = await page.context.new_cdp_session(page)
    await network.send("Network.enable")
    thread = await Thread.of(page)
    sizes: list[float] = []
    network.on("Network.loadingFinished", lambda loaded: sizes.append(loaded["encodedDataLength"]))
    await visitor.goto("/?city=Mumbai&date=any")
    await expect(page.get_by_role("link", name="The Long Test").first).to_be_visible()
    await page.wait_for_load_state("networkidle")
    spent = await thread.spent()
    yardsticks = [await thread.yardstick() for _ in range(3)]
    assert sum(sizes) < LARGEST_BYTES
    assert 1 < len(sizes) <= MOST_REQUESTS
    assert spent < BUSIEST_MS * slowness_by(yardsticks)
    assert sum(await page.evaluate("shifts")) == 0


async def test_a_mails_link_opens_the_booking_on_another_device_and_a_wrong_one_says_what_to_do(
    visit: Visit, client: StackClient, slots: Iterator[int]
) -> None:
    buyer, booking = await bought(client, slots, ["A1", "A2"])
    link = await link_of_mail(client, buyer)
    visitor = await visit(phone=True)
    page = visitor.page
    await visitor.goto(link)
    for _ in ("opened", "reloaded"):
        await expect(page.get_by_role("heading", level=1)).to_have_text("The Long Test")
        await expect(page.get_by_text("A1, A2", exact=True)).to_be_visible()
        picture = page.get_by_role("img", name=booking["reference"])
        await expect(picture).to_be_visible()
        assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        assert "token" not in page.url
        await page.reload()
    for name in ("Ticket as PDF", "Add to calendar"):
        async with page.expect_download() as saving:
            await page.get_by_role("link", name=name).click()
        assert await (await saving.value).failure() is None
    await expect(page.get_by_role("button", name="Send the mail again")).to_have_count(0)
    assert await visitor.findings() == []

    stranger = await visit(allowed=(REFUSED,))
    await stranger.goto(f"/bookings/{booking['id']}?token=wrong")
    await expect(stranger.page.get_by_role("alert")).to_contain_text("The newest mail about your booking")
    await expect(stranger.page.get_by_role("button", name="Sign in")).to_be_visible()


async def test_one_of_two_seats_is_cancelled_for_the_refund_that_was_shown(
    visit: Visit, client: StackClient, slots: Iterator[int]
) -> None:
    account = await an_account(client)
    showtime = await schedule(client, await build(client, rows=3, cols=6), slot=next(slots))
    booking = await account.buyer.shown((await account.buyer.buy(showtime, ["A1", "A2"]))["id"])
    visitor = await visit(phone=True)
    page = visitor.page
    await visitor.goto("/bookings")
    await sign_in(page, account)
    await page.get_by_role("link", name="The Long Test").click()
    await expect(page.get_by_role("img", name=booking["reference"])).to_be_visible()
    async with page.expect_download() as saving:
        await page.get_by_role("button", name="Ticket as PDF").click()
    assert await (await saving.value).failure() is None

    await page.get_by_role("button", name="Cancel seats").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Seat A1").uncheck()
    answer = await account.buyer.call("GET", f"/api/bookings/{booking['id']}/cancel-quote?seatIds=A2")
    shown = f"₹{answer.body['refund'] / 100:.2f}"
    assert await visitor.findings() == []
    await dialog.get_by_role("button", name=f"Cancel and get {shown} back").click()
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_text("A1", exact=True)).to_be_visible()
    await expect(page.get_by_role("status").filter(has_text=shown)).to_be_visible()
    after = (await account.buyer.booking(booking["id"])).body
    assert [seat["status"] for seat in after["seats"]] == ["booked", "cancelled"]
    assert after["refund"]["amount"] == answer.body["refund"]
    await expect(page.get_by_role("button", name="Credit note as PDF")).to_be_visible()


async def test_seats_of_the_waiting_list_are_shown_with_their_clock_and_lead_to_the_sale(
    visit: Visit, client: StackClient, slots: Iterator[int]
) -> None:
    showtime = await schedule(client, await build(client, rows=1, cols=2), slot=next(slots))
    buyer = await client.buyer()
    sold = await buyer.buy(showtime, ["A1", "A2"])
    account = await an_account(client)
    visitor = await visit()
    page = visitor.page
    await page.clock.install(time=datetime.now(UTC) + timedelta(hours=1))  # the device's clock is wrong
    await visitor.goto("/waitlist")
    await sign_in(page, account)
    await expect(page.get_by_text("You are on no waiting list.")).to_be_visible()
    wish = {"showtimeId": showtime, "count": 2}
    assert (await account.buyer.with_retries("POST", "/api/waitlist", wish)).status == 201
    await page.reload()
    await expect(page.get_by_text("Waiting", exact=True)).to_be_visible()
    assert await visitor.findings() == []

    await buyer.shown(sold["id"])
    assert (await buyer.with_retries("POST", f"/api/bookings/{sold['id']}/cancel", {})).status == 200
    await expect(page.get_by_text("Seats are held for you")).to_be_visible(timeout=60_000)
    await expect(page.get_by_role("timer")).to_have_text(re.compile(r"^(?!0:00)\d+:\d\d$"))
    offer = (await account.buyer.call("GET", "/api/waitlist/my")).body["items"][0]["offer"]
    link = page.get_by_role("link", name="Buy the seats")
    await expect(link).to_have_attribute("href", f"/showtimes/{showtime}?hold={offer['holdId']}")
    await page.get_by_role("button", name="Leave the list").click()
    await expect(page.get_by_role("button", name="Leave the list")).to_have_count(0)
