"""The console as those plan with it who run a theater: shows, halls, prices, reports, rights."""

import asyncio
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from playwright.async_api import Page, Route, expect
from tests.browser.conftest import Visit
from tests.browser.people import works
from tests.conftest import until

from stack.buyer import StackClient, Stage, build, schedule
from stack.paying import sold

ZONE = ZoneInfo("Asia/Kolkata")
REFUSED = "Failed to load resource"  # Chromium says so of every answer that refuses
HALL = """A: .ss|ss.
K: @cx|<>s

P: pppppp"""


def noon(days: int) -> datetime:
    """12:00 by the theater's clock, so many days from now."""
    return datetime.now(ZONE).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=days)


async def showtime(client: StackClient, showtime_id: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (await client.call("GET", f"/api/showtimes/{showtime_id}")).body
    return found


async def seats(client: StackClient, showtime_id: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = (
        await client.call("GET", f"/api/seats/availability?showtimeId={showtime_id}")
    ).body["seats"]
    return found


async def add_show(page: Page, stage: Stage, time: str) -> None:
    """Fill in the form of a new show."""
    await page.get_by_label("Film").select_option(stage.movie_id)
    await page.get_by_label("Start").fill(time)
    await page.get_by_label("Base price").fill("250")


async def test_a_show_is_added_by_form_and_moved_by_keys_and_a_conflict_is_said_before_it_is_sent(
    visit: Visit, client: StackClient
) -> None:
    stage = await build(client, rows=3, cols=8)
    first = await schedule(client, stage, start_at=noon(2).astimezone(UTC))
    visitor = await visit(allowed=(REFUSED,))
    page = visitor.page
    await works(visitor, await client.worker("manager", stage.theater_id))
    await visitor.goto(f"/console/schedule?date={noon(2).date()}")
    await page.get_by_role("button", name="Add a show").click()
    await add_show(page, stage, "13:00")
    await expect(page.get_by_text(re.compile("The screen is busy: The Long Test"))).to_be_visible()
    assert await visitor.findings() == []
    await page.get_by_role("button", name="Add the show").click()
    await expect(page.get_by_role("alert")).to_contain_text("nothing was scheduled")
    await page.get_by_label("Start").fill("18:00")
    await page.get_by_role("button", name="Add the show").click()
    await expect(page.get_by_text("₹250.00")).to_be_visible()

    block = page.locator(f'[data-show="{first}"]')
    await block.focus()
    for _ in range(3):
        await page.keyboard.press("ArrowRight")
    await expect(page.get_by_text(re.compile("The Long Test moves from 12:00"))).to_be_visible()
    assert (await showtime(client, first))["startAt"] == noon(2).astimezone(UTC).isoformat().replace("+00:00", "Z")
    for _ in range(6):
        await page.keyboard.press("Shift+ArrowRight")
    await expect(page.locator("[data-part=move]")).to_contain_text("Screen 1 is busy")
    await expect(page.get_by_role("button", name="Move the show")).to_be_disabled()
    for _ in range(6):
        await page.keyboard.press("Shift+ArrowLeft")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text(re.compile("The Long Test now starts at 12:15"))).to_be_visible()
    later = noon(2).astimezone(UTC) + timedelta(minutes=15)
    assert (await showtime(client, first))["startAt"] == later.isoformat().replace("+00:00", "Z")
    assert await visitor.findings() == []


async def test_of_two_who_move_a_show_the_second_is_told(visit: Visit, client: StackClient) -> None:
    stage = await build(client, rows=3, cols=8)
    show = await schedule(client, stage, start_at=noon(3).astimezone(UTC))
    manager = await client.worker("manager", stage.theater_id)
    visitor = await visit(allowed=(REFUSED,))
    page = visitor.page
    await works(visitor, manager)
    await visitor.goto(f"/console/schedule?date={noon(3).date()}")
    block = page.locator(f'[data-show="{show}"]')
    await block.focus()
    await page.keyboard.press("ArrowLeft")
    await expect(page.locator("[data-part=move]")).to_be_visible()
    moved = (noon(3) + timedelta(hours=2)).astimezone(UTC).isoformat()
    answer = await manager.call("PATCH", f"/api/admin/showtimes/{show}", {"startAt": moved})
    assert answer.status == 200
    await page.get_by_role("button", name="Move the show").click()
    await expect(page.get_by_role("alert")).to_contain_text("Somebody changed this")
    await page.get_by_role("button", name="Leave it as it was").click()
    await expect(block).to_have_attribute("aria-label", re.compile("2:00"))


async def test_a_week_whose_answer_was_lost_is_copied_once_more_and_nothing_comes_twice(
    visit: Visit, client: StackClient
) -> None:
    stage = await build(client, rows=2, cols=4)
    manager = await client.worker("manager", stage.theater_id)
    await schedule(client, stage, start_at=noon(2).astimezone(UTC))
    visitor = await visit(allowed=(REFUSED,))
    page = visitor.page
    await works(visitor, manager)
    await visitor.goto(f"/console/schedule?date={noon(2).date()}")
    await page.get_by_role("button", name="Copy a week").click()
    dialog = page.get_by_role("dialog")

    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/copy-week", lose)
    await dialog.get_by_role("button", name="Copy the week").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("none comes twice")
    await page.unroute("**/copy-week")
    await schedule(client, stage, start_at=(noon(2) + timedelta(hours=4)).astimezone(UTC))
    await dialog.get_by_role("button", name="Copy the week").click()
    await expect(dialog).to_contain_text("1 show was copied.")
    await expect(dialog).to_contain_text("1 show was there already.")
    listed = await client.call("GET", f"/api/showtimes?theaterId={stage.theater_id}")
    assert listed.body["total"] == 4


async def test_shows_are_repeated_swapped_after_a_trial_and_cancelled_with_their_bookings_counted(
    visit: Visit, client: StackClient
) -> None:
    stage = await build(client, rows=2, cols=4, screens=2)
    show = await schedule(client, stage, start_at=noon(2).astimezone(UTC))
    manager = await client.worker("manager", stage.theater_id)
    await sold(manager, (await manager.hold(show, ["A1", "A2"])).body)
    visitor = await visit()
    page = visitor.page
    await works(visitor, manager)
    block, dialog = page.locator(f'[data-show="{show}"]'), page.get_by_role("dialog")
    await visitor.goto(f"/console/schedule?date={noon(2).date()}")
    await page.get_by_role("button", name="Add a show").click()
    await add_show(page, stage, "12:30")
    await page.get_by_label("Repeat").check()
    await page.get_by_label("Until").fill(str(noon(3).date()))
    assert await visitor.findings() == []
    await page.get_by_role("button", name="Add the shows").click()
    await expect(dialog).to_contain_text("1 show was added")
    await expect(dialog).to_contain_text("1 show was left out:")
    await expect(dialog).to_contain_text("the screen is busy")
    await page.get_by_role("button", name="Done").click()

    await block.click()
    await page.get_by_role("button", name="Swap the screen").click()
    await dialog.get_by_role("button", name="Try it first").click()
    await expect(dialog).to_contain_text("1 booking keeps its seats")
    assert (await showtime(client, show))["screenId"] == stage.screen_ids[0]
    await dialog.get_by_role("button", name="Swap the screen").click()
    await expect(page.get_by_text("The Long Test now plays on Screen 2")).to_be_visible()
    assert (await showtime(client, show))["screenId"] == stage.screen_ids[1]
    await block.click()
    await page.get_by_role("button", name="Cancel the show").click()
    await expect(dialog).to_contain_text("1 booking is refunded in full")
    await dialog.get_by_role("button", name="Cancel the show").click()
    await expect(page.get_by_text("The Long Test was cancelled.")).to_be_visible()
    await expect(block).to_have_count(0)
    assert (await showtime(client, show))["status"] == "cancelled"


async def test_a_pasted_grid_becomes_a_hall_whose_seats_are_as_drawn(visit: Visit, client: StackClient) -> None:
    stage = await build(client, rows=3, cols=8)
    visitor = await visit()
    page = visitor.page
    await works(visitor, await client.worker("manager", stage.theater_id))
    await visitor.goto("/console/layouts/new")
    await page.get_by_label("Name of the hall").fill("Attic")
    await page.get_by_role("button", name="As text, or paste a grid").click()
    await page.get_by_label("The grid").fill(HALL.replace("@cx", "@?x"))
    await expect(page.get_by_text("Line 2, column 5:")).to_be_visible()
    await expect(page.get_by_role("button", name="Use this hall")).to_be_disabled()
    await page.get_by_label("The grid").fill(HALL)
    assert await visitor.findings() == []
    await page.get_by_role("button", name="Use this hall").click()
    await page.get_by_role("button", name="Blocked", exact=True).click()
    await page.get_by_role("listbox").focus()
    await page.keyboard.press("ArrowRight")  # from A1, which is none, to A2
    await page.keyboard.press("Space")
    assert await visitor.findings() == []
    await page.get_by_role("button", name="Build the hall").click()
    await expect(page.get_by_role("button", name="Save the hall")).to_be_visible()
    screen = page.url.rsplit("/", 1)[1]
    show = await schedule(client, Stage(stage.theater_id, [screen], stage.movie_id), start_at=noon(4).astimezone(UTC))
    by_id = {seat["seatId"]: seat for seat in await seats(client, show)}
    assert set(by_id) == {"A2", "A3", "A4", "A5"} | {f"{row}{number}" for row in "BD" for number in range(1, 7)}
    assert {seat["label"]["row"] for seat in by_id.values()} == {"A", "K", "P"}
    assert {name for name, seat in by_id.items() if seat["status"] == "blocked"} == {"A2", "B3"}
    assert (by_id["B1"]["accessible"], by_id["B2"]["companionOf"], by_id["B4"]["pairedWith"]) == (True, "B1", "B5")
    assert {seat["type"] for name, seat in by_id.items() if name[0] == "D"} == {"premium"}


async def test_what_a_rule_makes_of_prices_is_shown_first_and_then_asked_of_guests(
    visit: Visit, client: StackClient
) -> None:
    stage = await build(client, rows=2, cols=4)
    show = await schedule(client, stage, price=20_000)
    visitor = await visit()
    page = visitor.page
    await works(visitor, await client.worker("manager", stage.theater_id))
    await visitor.goto(f"/console/prices?showtimeId={show}")
    await expect(page.get_by_role("cell", name="₹200.00").last).to_be_visible()
    await page.get_by_role("button", name="Add a rule").click()
    await page.get_by_label("Name of the rule").fill("Early bird")
    await page.get_by_label("Percent, minus for less").fill("-20")
    await page.get_by_label("Hours before, at least").fill("1")
    assert await visitor.findings() == []
    await page.get_by_role("button", name="Put it in the list").click()
    await expect(page.get_by_text("When: at least 1 hours before the start")).to_be_visible()
    await expect(page.locator("table.preview")).to_contain_text("₹160.00")
    assert {seat["price"] for seat in await seats(client, show)} == {20_000}
    await page.get_by_role("button", name="Save the rules").click()
    await expect(page.get_by_text(re.compile("^Saved"))).to_be_visible()

    async def guests_are_asked_for_it() -> bool:
        return {seat["price"] for seat in await seats(client, show)} == {16_000}

    await until(guests_are_asked_for_it)
    assert await visitor.findings() == []


async def test_a_report_counts_a_sale_and_comes_as_a_file(visit: Visit, client: StackClient) -> None:
    stage = await build(client, rows=2, cols=4)
    show = await schedule(client, stage)
    manager = await client.worker("manager", stage.theater_id)
    await sold(manager, (await manager.hold(show, ["A1", "A2"])).body)
    visitor = await visit()
    page = visitor.page
    await works(visitor, manager)
    await visitor.goto("/console/reports")
    await expect(page.get_by_role("heading", name="Sales")).to_be_visible()

    async def is_counted() -> bool:
        await page.reload()
        await expect(page.get_by_role("heading", name="Sales")).to_be_visible()
        return await page.locator("figure.chart canvas").count() > 0

    await until(is_counted)
    await expect(page.locator("dl.figures dd").first).to_have_text("2")
    assert await visitor.findings() == []
    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="Sales as CSV").click()
    file = await (await downloading.value).path()
    content = await asyncio.to_thread(file.read_bytes)
    assert content.startswith(b"\xef\xbb\xbfdate,")
    assert date.fromisoformat(content.decode("utf-8-sig").splitlines()[1].split(",")[0])


async def test_an_admin_gives_a_role_at_a_theater_and_the_audit_tells_of_it(visit: Visit, client: StackClient) -> None:
    stage = await build(client, rows=2, cols=4)
    worker, admin = await client.buyer(), await client.worker("admin")
    visitor = await visit(phone=True, dark=True)
    page = visitor.page
    await works(visitor, admin)
    await visitor.goto(f"/console/people?email={worker.user['email']}")
    theater = (await client.call("GET", f"/api/theaters/{stage.theater_id}")).body["name"]
    await page.get_by_role("button", name="Roles and access").click()
    await page.get_by_label(f"Staff at {theater}").check()
    assert await visitor.findings() == []
    await page.get_by_role("button", name="Save the roles").click()
    await expect(page.get_by_text("The roles are saved.")).to_be_visible()
    found = (await admin.call("GET", f"/api/admin/users?email={worker.user['email']}")).body["items"][0]
    assert found["grants"] == [{"theaterId": stage.theater_id, "role": "staff"}]
    await visitor.goto(f"/console/audit?what=users.&who={admin.user['id']}")
    await page.get_by_text("User: roles changed").first.click()
    await expect(page.get_by_role("table")).to_contain_text(theater)
    assert await visitor.findings() == []


async def test_a_chain_begins_with_a_theater_a_hall_and_a_film(visit: Visit, client: StackClient) -> None:
    name = f"Begun {secrets.token_hex(3)}"
    visitor = await visit()
    page = visitor.page
    await works(visitor, await client.worker("admin"))
    await visitor.goto("/console/theaters/new")
    where = {"Name": name, "Address": "1 Test Lane", "City": "Pune", "Latitude": "18.52", "Longitude": "73.86"}
    for label, text in where.items():
        await page.get_by_label(label).fill(text)
    assert await visitor.findings() == []
    await page.get_by_role("button", name="Open the theater").click()
    await page.get_by_role("button", name="Build the hall").click()
    await expect(page.get_by_role("button", name="Save the hall")).to_be_visible()
    await visitor.goto("/console/films/new")
    film = {"Title": name, "Run time in minutes": "95", "Genres": "Drama, War"}
    for label, text in film.items():
        await page.get_by_label(label).fill(text)
    await page.get_by_role("main").get_by_label("Language").fill("Hindi")
    assert await visitor.findings() == []
    await page.get_by_role("button", name="Enter the film").click()
    await expect(page.get_by_role("button", name="Save the film")).to_be_visible()
    made = (await client.call("GET", f"/api/movies/{page.url.rsplit('/', 1)[1]}")).body
    assert (made["title"], made["runtime"], made["genres"]) == (name, 95, ["Drama", "War"])
    await visitor.goto("/console/schedule")
    await expect(page.get_by_role("heading", name="Screen 1")).to_be_visible()
