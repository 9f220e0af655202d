"""One's account, as its owner keeps it."""

import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Page, expect
from tests.browser.conftest import Visit, Visitor
from tests.browser.people import Account, an_account, code_for, sign_in
from tests.conftest import until

from stack.buyer import StackClient, build, schedule

REFUSED = "the server responded with a status of 4"  # what Chromium says of an answer that a page expects


async def signed_in(visit: Visit, client: StackClient) -> tuple[Visitor, Page, Account]:
    """A new account, at its page."""
    account = await an_account(client)
    visitor = await visit(allowed=(REFUSED,))
    await visitor.goto("/account")
    await sign_in(visitor.page, account)
    return visitor, visitor.page, account


async def test_a_profile_is_changed_and_a_new_address_counts_once_its_link_is_opened(
    visit: Visit, client: StackClient
) -> None:
    visitor, page, account = await signed_in(visit, client)
    await page.get_by_label("Name", exact=True).fill("Asha Rao")
    await page.get_by_role("button", name="Save the name").click()
    await expect(page.get_by_role("heading", name="Hello, Asha Rao")).to_be_visible()
    await page.get_by_label("Language of mails and messages").select_option("hi")
    await page.get_by_label("Messages by SMS").uncheck()
    await expect(page.get_by_label("Messages by SMS")).not_to_be_checked()

    address = f"{secrets.token_hex(5)}@guests.test"
    await page.get_by_label("New e-mail address").fill(address)
    await page.get_by_role("button", name="Change the address").click()
    await expect(page.get_by_text(f"A mail went to {address}")).to_be_visible()
    assert await visitor.findings() == []

    async def link() -> str | None:
        url = f"{client.stack_info['mail']['http']}/messages?to={address}"
        mails = (await client.call("GET", url)).body
        found = [re.search(r"https?://\S+/account/verify-email\S+", mail["text"]) for mail in mails]
        return next((match.group() for match in found if match), None)

    parts = urlsplit(await until(link, seconds=60))
    await visitor.goto(f"{parts.path}?{parts.query}")
    await expect(page.get_by_text("Your e-mail address is confirmed.")).to_be_visible()
    assert "token" not in page.url
    await visitor.goto("/account")
    await expect(page.get_by_text(address)).to_be_visible()
    await expect(page.get_by_label("Language of mails and messages")).to_have_value("hi")
    prefs = (await account.buyer.call("GET", "/api/users/me")).body["prefs"]
    assert (prefs["language"], prefs["smsNotifications"]) == ("hi", False)


async def test_a_phone_is_added_by_the_code_of_its_sms_and_no_session_is_left_over(
    visit: Visit, client: StackClient
) -> None:
    visitor, page, account = await signed_in(visit, client)
    sessions = page.get_by_role("region", name="Where you are signed in").get_by_role("listitem")
    await expect(sessions).to_have_count(2)
    phone = f"98{secrets.randbelow(10**8):08}"
    await page.get_by_label("New phone number").fill(phone)
    await page.get_by_role("button", name="Add the number").click()
    await page.get_by_role("textbox", name="Code").fill(await code_for(client, f"+91{phone}"))
    await page.get_by_role("button", name="Confirm the number").click()
    await expect(page.get_by_text(f"+91{phone} confirmed")).to_be_visible()
    me = (await account.buyer.call("GET", "/api/users/me")).body
    assert (me["phone"], me["phoneVerified"]) == (f"+91{phone}", True)
    await page.reload()
    await expect(sessions).to_have_count(2)
    assert await visitor.findings() == []


async def test_a_session_elsewhere_is_ended_and_a_changed_password_ends_the_others(
    visit: Visit, client: StackClient
) -> None:
    _, page, account = await signed_in(visit, client)
    other = await visit(allowed=(REFUSED,))
    await other.goto("/account")
    await sign_in(other.page, account)
    await page.reload()
    sessions = page.get_by_role("region", name="Where you are signed in")
    await expect(sessions.get_by_text("this browser")).to_have_count(1)
    before = await sessions.get_by_role("listitem").count()
    await sessions.get_by_role("button", name="End the session").first.click()
    await expect(sessions.get_by_role("listitem")).to_have_count(before - 1)

    await page.get_by_label("Present password").fill("not the password")
    await page.get_by_label("New password").fill("seventeen grey doves")
    await page.get_by_role("button", name="Change the password").click()
    await expect(page.get_by_text("This is not your present password.")).to_be_visible()
    await page.get_by_label("Present password").fill(account.password)
    await page.get_by_role("button", name="Change the password").click()
    await expect(page.get_by_text("All other sessions have ended.")).to_be_visible()
    await expect(page.get_by_label("Present password")).to_have_value("")


async def test_who_leaves_takes_the_data_along_and_is_told_of_tickets_for_shows_to_come(
    visit: Visit, client: StackClient, slots: Iterator[int], tmp_path: Path
) -> None:
    _, page, account = await signed_in(visit, client)
    await account.buyer.buy(await schedule(client, await build(client, rows=2, cols=4), slot=next(slots)), ["A1"])
    async with page.expect_download() as saving:
        await page.get_by_role("button", name="Download my data").click()
    saved = tmp_path / "export.json"
    await (await saving.value).save_as(saved)
    assert json.loads(saved.read_text(encoding="utf-8"))["user"]["email"] == account.email

    await page.get_by_role("button", name="Erase me").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Password").fill(account.password)
    await dialog.get_by_role("button", name="Erase me for good").click()
    await expect(dialog.get_by_text("You have a ticket for a show to come")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Erase me for good")).to_be_disabled()
    await dialog.get_by_label("Keep the tickets").check()
    await dialog.get_by_role("button", name="Erase me for good").click()
    await expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    login = {"email": account.email, "password": account.password}
    assert (await client.with_retries("POST", "/api/auth/login", login)).status == 401
