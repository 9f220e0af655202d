"""A booking's mails from the sale to its end: one thread, whose links open what they name as long as they should."""

import re
from collections.abc import Iterator
from typing import Any

from tests.conftest import Stack, until

from stack.buyer import Buyer, StackClient, build, schedule

Mail = dict[str, Any]


async def mails_to(client: StackClient, address: str) -> list[Mail]:
    """The mails to an address, oldest first."""
    url = f"{client.stack_info['mail']['http']}/messages?to={address}"
    return list((await client.call("GET", url)).body)


async def next_mail(client: StackClient, buyer: Buyer, subject: str, known: int = 0) -> Mail:
    """The mail after the first `known` ones whose subject begins so."""

    async def there() -> Mail | None:
        mails = [mail for mail in await mails_to(client, buyer.user["email"]) if mail["subject"].startswith(subject)]
        return mails[known] if len(mails) > known else None

    mail: Mail = await until(there)
    return mail


async def status_of(client: StackClient, url: str) -> int:
    """Of a file that is no text."""
    async with client.http.get(url) as response:
        return response.status


def links(mail: Mail) -> dict[str, str]:
    """Label → address of each link in the text part."""
    return dict(re.findall(r"^(.+): (https?://\S+)$", mail["text"], re.MULTILINE))


async def test_a_bookings_mails_are_one_thread_and_the_newest_links_open_it(
    stack: Stack, client: StackClient, slots: Iterator[int]
) -> None:
    showtime = await schedule(client, await build(client, rows=2, cols=6), slot=next(slots))
    buyer = await client.buyer()
    booking = await buyer.buy(showtime, ["A1", "A2"])
    path = f"/api/bookings/{booking['id']}"
    first = await next_mail(client, buyer, "Your tickets")
    opened = links(first)
    assert [part["contentType"] for part in first["attachments"]] == ["image/png", "application/pdf", "text/calendar"]
    for label in ("Ticket as PDF", "Add to calendar"):
        assert await status_of(client, opened[label]) == 200

    await buyer.shown(booking["id"])
    assert (await buyer.call("POST", f"{path}/resend")).status == 202
    again = await next_mail(client, buyer, "Your tickets", known=1)
    assert again["messageId"] != first["messageId"]

    part = await buyer.with_retries("POST", f"{path}/cancel", {"seatIds": ["A2"]})
    assert part.status == 200
    changed = await next_mail(client, buyer, "Your new ticket")
    assert "Cancelled: A2." in changed["text"]
    assert await status_of(client, links(changed)["Ticket as PDF"]) == 200
    assert await status_of(client, opened["Ticket as PDF"]) == 401

    async def rest_is_cancelled() -> bool:
        return (await buyer.with_retries("POST", f"{path}/cancel", {})).status == 200

    await until(rest_is_cancelled)
    ended = await next_mail(client, buyer, "Your booking is cancelled")
    for mail in (again, changed, ended):
        assert dict(mail["headers"])["References"] == first["messageId"]
    await next_mail(client, buyer, "Your refund is on its way", known=1)
    stack.audit()


async def test_a_new_account_confirms_its_address_and_a_forgotten_password_is_chosen_anew(client: StackClient) -> None:
    buyer = await client.buyer()
    welcome = await next_mail(client, buyer, "Welcome to Marquee")
    token = re.search(r"\?token=([\w.~-]+)", welcome["text"])
    assert token is not None
    assert (await client.call("POST", "/api/auth/email/verify", {"token": token[1]})).status == 204
    assert (await buyer.call("GET", "/api/users/me")).body["emailVerified"] is True
    assert (await client.call("POST", "/api/auth/password/forgot", {"email": buyer.user["email"]})).status == 202
    forgotten = await next_mail(client, buyer, "Choose a new password")
    token = re.search(r"\?token=([\w.~-]+)", forgotten["text"])
    assert token is not None
    chosen = {"token": token[1], "password": "a good long password"}
    assert (await client.call("POST", "/api/auth/password/reset", chosen)).status == 204
    signed_in = {"email": buyer.user["email"], "password": "a good long password"}
    assert (await client.call("POST", "/api/auth/login", signed_in)).status == 200


async def test_a_guest_who_reads_hindi_gets_hindi(client: StackClient, slots: Iterator[int]) -> None:
    showtime = await schedule(client, await build(client, rows=2, cols=6), slot=next(slots))
    buyer = await client.buyer()
    assert (await buyer.call("PATCH", "/api/users/me", {"prefs": {"language": "hi"}})).status == 200
    await buyer.buy(showtime, ["A1"])
    mail = await next_mail(client, buyer, "आपके टिकट")
    assert "आपकी सीटें बुक हो गई हैं" in mail["text"]
    assert "सीट A1" in mail["html"]
