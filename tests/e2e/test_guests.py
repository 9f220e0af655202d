"""Buying without an account, and finding the booking again in one."""

import re
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import until
from tests.e2e.test_mails import links, mails_to

from stack.buyer import Buyer, StackClient, build, schedule

ME = "/api/users/me"
PASSWORD = "a long enough one"


@pytest.fixture
def address() -> str:
    return f"{secrets.token_hex(6)}@guests.test"


async def a_guest(client: StackClient) -> Buyer:
    made = await client.call("POST", "/api/auth/guest", {})
    assert (made.status, made.body["user"]["guest"]) == (201, True)
    return Buyer(client, made.body["accessToken"], made.body["user"])


async def mail_to(client: StackClient, address: str, subject: str) -> dict[str, Any]:
    async def there() -> dict[str, Any] | None:
        return next((mail for mail in await mails_to(client, address) if subject in mail["subject"]), None)

    mail: dict[str, Any] = await until(there)
    return mail


async def test_a_guest_buys_and_finds_the_booking_in_the_account_that_has_the_address(
    client: StackClient, slots: Iterator[int], address: str
) -> None:
    showtime = await schedule(client, await build(client, rows=2, cols=8), slot=next(slots))
    guest = await a_guest(client)
    held = await guest.hold(showtime, ["A1"])
    refused = await guest.call("POST", "/api/payments/create-order", {"holdId": held.body["id"]})
    assert (refused.status, refused.code) == (409, "contact_required")
    assert (await guest.call("PATCH", ME, {"name": "Asha", "email": address})).status == 200
    assert (await guest.call("DELETE", f"/api/seats/hold/{held.body['id']}")).status == 204
    booking = await guest.buy(showtime, ["A2"])

    opened = links(await mail_to(client, address, "Your tickets"))
    link = next(url for url in opened.values() if booking["id"] in url and "token=" in url)
    token = re.findall(r"token=([^&#]+)", link)[0]
    read = await client.call("GET", f"/api/bookings/{booking['id']}?token={token}")
    assert (read.status, read.body["reference"]) == (200, booking["reference"])

    registered = await client.call(
        "POST", "/api/auth/register", {"name": "Asha", "email": address, "password": PASSWORD}
    )
    account = Buyer(client, registered.body["accessToken"], registered.body["user"])
    assert (await account.call("GET", "/api/bookings/my")).body["total"] == 0
    verifying = next(iter(links(await mail_to(client, address, "Welcome")).values()))
    body = {"token": re.findall(r"token=([^&#]+)", verifying)[0]}
    assert (await account.call("POST", "/api/auth/email/verify", body)).status == 204
    signed_in = await client.call("POST", "/api/auth/login", {"email": address, "password": PASSWORD})
    account = Buyer(client, signed_in.body["accessToken"], signed_in.body["user"])
    mine = await account.call("GET", "/api/bookings/my")
    assert [each["id"] for each in mine.body["items"]] == [booking["id"]]
    await mail_to(client, address, "Your bookings are in your account")

    async def is_refused() -> bool:
        return (await guest.call("GET", "/api/bookings/my")).status == 401

    await until(is_refused)
    warned = await account.call("DELETE", ME, {"password": PASSWORD})
    assert (warned.status, warned.code, warned.body["bookingIds"]) == (409, "upcoming_bookings", [booking["id"]])
    assert (await account.call("DELETE", ME, {"password": PASSWORD, "keepTickets": True})).status == 204
    assert (await client.call("GET", f"/api/bookings/{booking['id']}?token={token}")).status == 200
    again = await client.call("POST", "/api/auth/login", {"email": address, "password": PASSWORD})
    assert (again.status, again.code) == (401, "invalid_credentials")


async def test_a_hold_goes_with_the_guest_who_signs_in(client: StackClient, slots: Iterator[int], address: str) -> None:
    showtime = await schedule(client, await build(client, rows=2, cols=8), slot=next(slots))
    guest = await a_guest(client)
    held = await guest.hold(showtime, ["B1"])
    body = {"name": "A", "email": address, "password": PASSWORD, "claim": True}
    registered = await guest.call("POST", "/api/auth/register", body)
    account = Buyer(client, registered.body["accessToken"], registered.body["user"])
    order = await account.order(held.body["id"])
    assert order.status == 201
    paid = await client.pay(order.body["orderId"])
    booking = await account.decided(paid)
    assert (booking.status, booking.body["status"]) == (200, "confirmed")
    assert (await account.booking(booking.body["id"])).status == 200
