"""Guests with accounts and people who work at a theater, and how they sign in on a page."""

import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from playwright.async_api import Page, expect
from tests.browser.conftest import Visitor
from tests.conftest import until

from stack.buyer import Buyer, StackClient

SOON_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Account:
    """What one signs in by, and its owner as a client of the API."""

    email: str
    password: str
    buyer: Buyer


async def an_account(client: StackClient) -> Account:
    """Newly registered."""
    name = secrets.token_hex(6)
    email, password = f"{name}@guests.test", secrets.token_urlsafe(12)
    body = {"name": f"Guest {name}", "email": email, "password": password}
    answer = (await client.with_retries("POST", "/api/auth/register", body)).body
    return Account(email, password, Buyer(client, answer["accessToken"], answer["user"]))


async def sign_in(page: Page, account: Account) -> None:
    """By the form that the page shows; the page then names the user at its top."""
    await page.get_by_label("E-mail").fill(account.email)
    await page.get_by_label("Password", exact=True).fill(account.password)
    await page.locator("form").get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("link", name=str(account.buyer.user["name"]))).to_be_visible()


async def code_for(client: StackClient, phone: str) -> str:
    """The code of the newest SMS to a phone, once one has come."""

    async def come() -> str | None:
        url = f"{client.stack_info['simulators']['twilio']}/_sim/messages"
        texts = [message["body"] for message in (await client.call("GET", url)).body if message["to"] == phone]
        return next(iter(re.findall(r"(?<![0-9])[0-9]{6}(?![0-9])", texts[-1] if texts else "")), None)

    code: str = await until(come, seconds=60)
    return code


async def works(visitor: Visitor, worker: Buyer) -> None:
    """The worker has signed in at the visitor's browser."""
    ends_at = (datetime.now(UTC) + timedelta(seconds=SOON_SECONDS)).timestamp() * 1000
    access = json.dumps({"token": worker.token, "endsAt": ends_at, "user": worker.user})
    await visitor.page.add_init_script(f"sessionStorage.setItem('marquee.access', JSON.stringify({access}))")
