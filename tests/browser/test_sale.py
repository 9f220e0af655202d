"""A seat bought by a guest: chosen, held, paid, and what comes between."""

import asyncio
import re
import secrets
from collections.abc import Iterator

import pytest
from playwright.async_api import Locator, Page, Route, expect
from tests.browser.conftest import Visit, Visitor
from tests.conftest import HOLD_IS_OVER_SECONDS

from stack.buyer import StackClient, build, schedule

REFUSED = "the server responded with a status of 4"  # what Chromium says of an answer that a page expects
UNREACHABLE = "net::ERR_FAILED"
CLOCK = re.compile(r"^\d+:\d\d$")
IS_UNCOVERED = """(field) => {
  const { x, y, width, height } = field.getBoundingClientRect();
  return document.elementFromPoint(x + width / 2, y + height / 2) === field;
}"""
NAME, EMAIL = "Asha Rao", "asha.rao@example.com"


def seat(page: Page, row: str, number: int) -> Locator:
    """By its name, as a screen reader says it."""
    return page.get_by_role("checkbox", name=f"Row {row}, seat {number}, standard, ₹250.00, available")


async def page_of(visit: Visit, client: StackClient, showtime: str, **shape: bool) -> Visitor:
    """A visitor on the page of a showtime, whose payments may be asked of their providers."""
    providers = [f"asked another origin: {client.stack_info['simulators'][name]}" for name in ("razorpay", "stripe")]
    visitor = await visit(allowed=(*providers, REFUSED, UNREACHABLE), **shape)
    await visitor.goto(f"/showtimes/{showtime}")
    return visitor


async def showing(client: StackClient, slots: Iterator[int]) -> str:
    """A show of three rows of eight seats."""
    return await schedule(client, await build(client, rows=3, cols=8), slot=next(slots), price=25_000)


async def held(page: Page, *seats: Locator) -> Locator:
    """Choose these and go on; the clock runs."""
    for chosen in seats:
        await chosen.click()
    twice = "button => { button.click(); button.click(); }"
    await page.get_by_role("button", name="Continue with").evaluate(twice)
    clock = page.get_by_role("timer")
    await expect(clock).to_have_text(CLOCK)
    return clock


async def introduced(page: Page) -> None:
    """Say who gets the ticket."""
    await page.get_by_label("Name", exact=True).fill(NAME)
    await page.get_by_label("E-mail", exact=True).fill(EMAIL)


async def reference_of(page: Page) -> str:
    """What the confirmation shows, when its code is there."""
    code = page.get_by_role("img", name="QR code")
    await expect(code).to_be_visible()
    assert await code.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    reference = re.search(r"\b[0-9A-Z]{8}\b", await code.get_attribute("alt") or "")
    assert reference
    await expect(page.get_by_text(reference.group(), exact=True)).to_be_visible()
    return reference.group()


@pytest.mark.parametrize("is_phone", [False, True], ids=["desktop", "phone in the dark"])
async def test_a_guest_buys_two_seats_and_every_step_survives_a_reload(
    visit: Visit, client: StackClient, slots: Iterator[int], is_phone: bool
) -> None:
    visitor = await page_of(visit, client, await showing(client, slots), phone=is_phone, dark=is_phone)
    page = visitor.page
    await expect(seat(page, "C", 7)).to_be_visible()
    assert await visitor.findings() == []
    await seat(page, "C", 7).focus()
    for key in ("Space", "ArrowRight", "Space"):
        await page.keyboard.press(key)
    await held(page)
    await expect(page.get_by_role("heading", name="Ticket and payment")).to_be_focused()
    assert [request.method for request in visitor.requests if request.url.endswith("/api/seats/hold")] == ["POST"]
    assert await visitor.findings() == []

    await page.get_by_role("button", name="Pay", exact=True).click()
    name = page.get_by_label("Name", exact=True)
    await expect(name).to_be_focused()
    await page.wait_for_function(IS_UNCOVERED, arg=await name.element_handle())
    await introduced(page)
    await page.reload()
    await expect(page.get_by_role("timer")).to_have_text(CLOCK)
    await expect(page.get_by_label("E-mail", exact=True)).to_have_value(EMAIL)
    await page.get_by_role("button", name="Pay", exact=True).click()
    checkout = page.get_by_role("dialog")
    await expect(checkout.get_by_role("button", name="Pay", exact=True)).to_be_visible()
    await checkout.get_by_role("button", name="Pay", exact=True).click()
    reference = await reference_of(page)
    assert await visitor.findings() == []
    async with page.expect_download() as saving:
        await page.get_by_role("button", name="Ticket as PDF").click()
    assert (await saving.value).suggested_filename == f"{reference}.pdf"
    await page.reload()
    assert await reference_of(page) == reference

    await page.get_by_role("button", name="Book more seats").click()
    await expect(page.get_by_role("checkbox", name="Row C, seat 7, standard, ₹250.00, sold")).to_be_visible()


async def test_of_two_who_want_one_seat_the_slower_is_told_and_goes_on(
    visit: Visit, client: StackClient, slots: Iterator[int]
) -> None:
    showtime = await showing(client, slots)
    fast, slow = await page_of(visit, client, showtime), await page_of(visit, client, showtime, phone=True)
    is_over = asyncio.Event()

    async def after_the_other(route: Route) -> None:
        await is_over.wait()
        await route.continue_()

    await slow.page.route("**/api/seats/hold", after_the_other)
    await seat(slow.page, "B", 2).click()
    await slow.page.get_by_role("button", name="Continue with").click()
    await held(fast.page, seat(fast.page, "B", 2))
    is_over.set()
    await expect(slow.page.get_by_role("alert").filter(has_text="Somebody was faster: B2 is taken")).to_be_visible()
    await expect(slow.page.get_by_role("button", name="Continue", exact=True)).to_be_disabled()
    assert await slow.findings() == []
    await held(slow.page, seat(slow.page, "B", 4))


async def test_a_guest_waits_in_line_and_goes_on_with_what_was_tried(
    visit: Visit, client: StackClient, slots: Iterator[int]
) -> None:
    showtime = await showing(client, slots)
    visitor = await page_of(visit, client, showtime, phone=True)
    page = visitor.page
    await expect(seat(page, "A", 1)).to_be_visible()
    room = {"showtimeId": showtime, "ratePerMinute": 6}
    opened = await client.call("POST", "/api/admin/queues", room, token=await client.admin())
    assert opened.status in {200, 201}, opened
    joined = await (await client.buyer()).call("POST", f"/api/queue/{showtime}/join", {})
    assert joined.body["state"] == "admitted"
    await page.get_by_role("button", name="Find the best seats").click()
    await expect(page.get_by_role("heading", name="The waiting room")).to_be_focused()
    await expect(page.get_by_text("Your place", exact=True)).to_be_visible()
    assert await visitor.findings() == []
    await expect(page.get_by_role("timer")).to_have_text(CLOCK, timeout=60_000)


async def test_who_signs_in_in_place_keeps_the_seats(visit: Visit, client: StackClient, slots: Iterator[int]) -> None:
    account = {"name": NAME, "email": f"{secrets.token_hex(6)}@guests.test", "password": secrets.token_urlsafe(12)}
    await client.with_retries("POST", "/api/auth/register", account)
    visitor = await page_of(visit, client, await showing(client, slots), phone=True)
    page = visitor.page
    await held(page, seat(page, "B", 7))
    await page.get_by_role("button", name="Sign in with mine").click()
    form = page.get_by_role("dialog")
    await expect(form.get_by_label("E-mail")).to_be_focused()
    await form.get_by_label("E-mail").fill(account["email"])
    for password in ("not this one", account["password"]):
        await form.get_by_label("Password", exact=True).fill(password)
        await page.keyboard.press("Enter")
        if password != account["password"]:
            await expect(form.get_by_role("alert")).to_have_text("E-mail or password is not right.")
            assert await visitor.findings() == []
    await expect(page.get_by_text(f"The ticket goes to {account['email']}.")).to_be_visible()
    await expect(page.get_by_role("timer")).to_have_text(CLOCK)
    await page.get_by_role("button", name="Pay", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="Pay", exact=True).click()
    reference = await reference_of(page)
    signed_in = await client.call("POST", "/api/auth/login", {field: account[field] for field in ("email", "password")})
    mine = await client.call("GET", "/api/bookings/my", token=signed_in.body["accessToken"])
    assert [booking["reference"] for booking in mine.body["items"]] == [reference]
    await visitor.goto("/account")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    stored = "[...Object.keys(localStorage), ...Object.keys(sessionStorage)]"
    assert set(await page.evaluate(stored)) <= {"marquee.language", "marquee.city"}


async def test_a_sold_out_show_is_waited_for_and_what_comes_free_is_offered_by_itself(
    visit: Visit, client: StackClient, slots: Iterator[int]
) -> None:
    showtime = await schedule(client, await build(client, rows=1, cols=2), slot=next(slots), price=25_000)
    other = await client.buyer()
    hold = await other.hold(showtime, ["A1", "A2"])
    visitor = await page_of(visit, client, showtime, dark=True)
    page = visitor.page
    await expect(page.get_by_role("heading", name="Sold out")).to_be_visible()
    assert await visitor.findings() == []
    await introduced(page)
    await page.get_by_role("button", name="Join the waiting list").click()
    await expect(page.get_by_text("You are on the waiting list")).to_be_visible()
    assert (await other.call("DELETE", f"/api/seats/hold/{hold.body['id']}")).status == 204
    await expect(page.get_by_role("timer")).to_have_text(CLOCK, timeout=60_000)
    await expect(page.get_by_text(f"The ticket goes to {EMAIL}.")).to_be_visible()


async def test_seats_whose_time_runs_out_can_be_held_again_by_one_click(
    visit: Visit, client: StackClient, slots: Iterator[int]
) -> None:
    visitor = await page_of(visit, client, await showing(client, slots), dark=True)
    page = visitor.page
    await held(page, seat(page, "A", 1))
    await expect(page.get_by_role("alert").filter(has_text="Less than a minute left")).to_be_visible()
    await page.get_by_role("button", name="More time (3×)").click()
    await expect(page.get_by_role("button", name="More time (2×)")).to_be_visible()
    over = page.get_by_role("heading", name="The time is up")
    await expect(over).to_be_visible(timeout=HOLD_IS_OVER_SECONDS * 1000)
    await page.reload()
    await expect(over).to_be_visible()
    assert await visitor.findings() == []
    await page.get_by_role("button", name="Hold the same seats again").click()
    await expect(page.get_by_role("timer")).to_have_text(CLOCK)
    await page.get_by_role("button", name="Change seats").click()
    await expect(
        page.get_by_role("checkbox", name="Row A, seat 1, standard, ₹250.00, available, selected")
    ).to_be_checked()


async def test_a_payment_that_is_refused_reloaded_and_never_called_back_over_a_dead_network_ends_in_the_ticket(
    visit: Visit, client: StackClient, slots: Iterator[int]
) -> None:
    visitor = await page_of(visit, client, await showing(client, slots), phone=True)
    page = visitor.page
    await held(page, seat(page, "A", 3))
    await introduced(page)
    pay, checkout = page.get_by_role("button", name="Pay", exact=True), page.get_by_role("dialog")
    await pay.click()
    await checkout.get_by_role("button", name="Fail").click()
    await checkout.get_by_role("button", name="Close").click()
    await expect(
        page.get_by_role("alert").filter(has_text="Nothing was taken, and your seats are still held")
    ).to_be_visible()
    assert await visitor.findings() == []
    await pay.click()
    await expect(checkout).to_be_visible()
    await page.reload()
    await pay.click()
    await page.route("**/api/bookings/**", lambda route: route.abort())
    await checkout.get_by_role("button", name="Pay and lose the callback").click()
    await expect(page.get_by_text("You are offline. Nothing is lost")).to_be_visible()
    await page.unroute("**/api/bookings/**")
    await reference_of(page)


async def test_a_card_that_is_declined_within_the_page_is_followed_by_one_that_works(
    visit: Visit, client: StackClient, slots: Iterator[int]
) -> None:
    visitor = await page_of(visit, client, await showing(client, slots))
    page = visitor.page
    await held(page, seat(page, "B", 5))
    await introduced(page)
    await page.get_by_label("Card (Stripe)").check()
    await page.get_by_label("Card that is declined").check()
    await page.get_by_role("button", name="Pay", exact=True).click()
    await expect(
        page.get_by_role("alert").filter(has_text="Nothing was taken, and your seats are still held")
    ).to_be_visible()
    await page.get_by_label("Card whose bank asks back").check()
    await page.get_by_role("button", name="Pay", exact=True).click()
    await page.get_by_role("button", name="Complete").click()
    await reference_of(page)
