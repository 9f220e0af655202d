"""Who makes the calls of the public document, and for each call what there must be for its example to go through."""

import re
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import MongoClient
from tests.conftest import until
from tests.e2e.documented import Values
from tests.e2e.test_sms import code_of

from stack.buyer import Buyer, StackClient, Stage, build, confirmation, schedule

PASSWORD = "a phrase of one's own"


@dataclass(slots=True)
class Scene:
    """Who calls, and a theater of its own with a show whose seats are sold one after the other."""

    client: StackClient
    caller: Buyer
    secret: str
    stage: Stage
    showtime: str
    slots: Iterator[int]
    seats: Iterator[str] = field(default_factory=lambda: (f"{row}{col}" for row in "ABCD" for col in range(1, 21)))

    async def nothing(self) -> Values:
        """Ids of what is there for all."""
        return {
            "movieId": self.stage.movie_id,
            "theaterId": self.stage.theater_id,
            "screenId": self.stage.screen_ids[0],
            "showtimeId": self.showtime,
            "scope": {"theaterId": self.stage.theater_id},
            "theaterIds": [],
            "favouriteTheaterIds": [self.stage.theater_id],
            "code": None,
        }

    async def a_seat(self) -> Values:
        """One that is free."""
        seat = next(self.seats)
        return {
            "showtimeId": self.showtime,
            "seatIds": [seat],
            "ticketTypes": {seat: "adult"},
            "expectedTotal": None,
        }

    async def best_seats(self) -> Values:
        """Of a show of its own, by the types that it has."""
        return {**await self.a_show(), "type": "standard", "ticketTypes": {"adult": 1}}

    async def a_hold(self) -> Values:
        """A live one of the caller; of a show of its own, since holds of one show are limited."""
        held = await self.caller.hold((await self.a_show())["showtimeId"], ["A1"])
        assert held.status == 201, held
        return {"holdId": held.body["id"]}

    async def a_payment(self) -> Values:
        """One that the provider has and nobody has confirmed."""
        ordered = (await self.caller.order((await self.a_hold())["holdId"])).body
        paid = await self.client.pay(ordered["orderId"], webhooks={"deliver": False})
        return {"paymentId": ordered["paymentId"], "bookingId": ordered["bookingId"], **confirmation(paid)}

    async def a_draft(self) -> Values:
        """A hold, named in both ways."""
        held = await self.a_hold()
        return {**held, "bookingDraft": {"holdId": held["holdId"]}}

    async def one_scope(self) -> Values:
        """Of the three that may be named."""
        return {"theaterId": self.stage.theater_id, "screenId": None, "showtimeId": None}

    async def a_booking(self) -> Values:
        """A confirmed one with its ticket."""
        seat = next(self.seats)
        booking = await self.caller.shown((await self.caller.buy(self.showtime, [seat]))["id"])
        payment = (await self.caller.with_retries("GET", f"/api/payments/{booking['paymentId']}")).body
        return {
            "bookingId": booking["id"],
            "paymentId": booking["paymentId"],
            "seatIds": seat,
            "expectedRefund": None,
            "providerRef": payment["providerRef"],
        }

    async def a_linked_booking(self) -> Values:
        """The same, with the token of the link in its mail."""
        booked = await self.a_booking()
        with MongoClient[Any](self.client.stack_info["servers"]["mongo"]["uri"]) as mongo:
            document = mongo["booking"]["bookings"].find_one({"_id": booked["bookingId"]}) or {}
        return {**booked, "token": document["tickets"][-1]["link_token"]}

    async def a_guest_at_the_gate(self) -> Values:
        """A ticket for a show that begins in an hour, as the gate reads it."""
        start = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
        showtime = await schedule(self.client, await build(self.client, rows=1, cols=4), start_at=start)
        booking = await self.caller.shown((await self.caller.buy(showtime, ["A1"]))["id"])
        scan = {"qrCode": booking["qrCode"], "scannedAt": datetime.now(UTC).isoformat()}
        return {"showtimeId": showtime, "qrCode": booking["qrCode"], "scans": [scan]}

    async def a_refunded_booking(self) -> Values:
        """One that its guest has cancelled."""
        booked = await self.a_booking()
        await self.caller.with_retries("POST", f"/api/bookings/{booked['bookingId']}/cancel", {})
        return booked

    async def a_booked_seat(self) -> Values:
        """The same, where a body names its seats: of as much as it cost."""
        booked = await self.a_booking()
        return {**booked, "seatIds": [booked["seatIds"]], "amount": None}

    async def a_case(self) -> Values:
        """A ticket that was refunded by hand."""
        booked = await self.a_booking()
        await self.client.call("POST", f"{self.client.simulator}/_sim/payments/{booked['providerRef']}/refund", {})
        token = await self.client.admin()

        async def opened() -> str | None:
            cases = (await self.client.with_retries("GET", "/api/admin/cases?pageSize=100", token=token)).body["items"]
            return next((str(case["id"]) for case in cases if case["bookingId"] == booked["bookingId"]), None)

        return {"caseId": await until(opened)}

    async def an_address(self) -> Values:
        """An e-mail that nobody has."""
        return {"email": f"{secrets.token_hex(6)}@guests.test"}

    async def a_guest(self) -> Values:
        """One without an account, whom nobody misses, calls."""
        made = await self.client.with_retries("POST", "/api/auth/guest", {})
        return {"accessToken": made.body["accessToken"]}

    async def another_caller(self) -> Values:
        """One whose password and session are known calls."""
        account = await self.an_account()
        login = {name: account[name] for name in ("email", "password")}
        token = (await self.client.with_retries("POST", "/api/auth/login", login)).body["accessToken"]
        sessions = (await self.client.with_retries("GET", "/api/users/me/sessions", token=token)).body["items"]
        return {"accessToken": token, "currentPassword": PASSWORD, "sessionId": sessions[0]["id"]}

    async def an_account(self) -> Values:
        """One that has signed in."""
        body = {**await self.an_address(), "name": "Asha Rao", "password": PASSWORD}
        made = await self.client.with_retries("POST", "/api/auth/register", body)
        return {**body, "refreshToken": made.body["refreshToken"], "userId": made.body["user"]["id"], "theaterIds": []}

    async def an_address_and_a_phone(self) -> Values:
        """Which nobody has."""
        return {**await self.an_address(), "phone": f"+9198{secrets.randbelow(10**8):08}"}

    async def a_code(self) -> Values:
        """Of a challenge by SMS, as it came; the challenge may be sent again, as if half a minute had passed."""
        phone = (await self.an_address_and_a_phone())["phone"]
        asked = await self.client.with_retries("POST", "/api/auth/register", {"name": "Asha Rao", "phone": phone})
        code = await code_of(self.client, phone)
        earlier = {"$set": {"sends": [datetime.now(UTC) - timedelta(minutes=1)]}}
        with MongoClient[Any](self.client.stack_info["servers"]["mongo"]["uri"]) as mongo:
            mongo["identity"]["code_sends"].update_many({}, earlier)
        return {"challengeId": asked.body["challengeId"], "code": code}

    async def a_link(self) -> Values:
        """Of the mail that asks a new account to verify its address."""
        return {"token": await self._token_of((await self.an_account())["email"], "/account/verify-email")}

    async def a_reset(self) -> Values:
        """The link of a forgotten password."""
        email = (await self.an_account())["email"]
        await self.client.with_retries("POST", "/api/auth/password/forgot", {"email": email})
        return {"token": await self._token_of(email, "/account/reset-password")}

    async def _token_of(self, email: str, path: str) -> str:
        box = f"{self.client.stack_info['mail']['http']}/messages?to={email}"

        async def token() -> str | None:
            texts = [mail["text"] for mail in (await self.client.call("GET", box)).body]
            links = [match[1] for text in texts if (match := re.search(rf"{path}[?]token=([\w-]+)", text))]
            return links[0] if links else None

        link: str = await until(token)
        return link

    async def a_stage(self) -> Values:
        """A movie, a theater and a screen that no show needs; the time is one at which nothing plays."""
        stage = await build(self.client, rows=3, cols=14)
        start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=400)
        return {
            "movieId": stage.movie_id,
            "theaterId": stage.theater_id,
            "screenId": stage.screen_ids[0],
            "startAt": start.isoformat(),
        }

    async def a_week(self) -> Values:
        """Of the theater of the scene, and one in which nothing plays there."""
        today = datetime.now(UTC).date()
        weeks = {"from": today.isoformat(), "to": (today + timedelta(days=280)).isoformat()}
        return {"theaterId": self.stage.theater_id, **weeks}

    async def a_film(self) -> Values:
        """One that plays nowhere."""
        return {"movieId": (await self.a_stage())["movieId"]}

    async def a_film_of_tmdb(self) -> Values:
        """One that TMDB has and we have not."""
        film = {"id": secrets.randbelow(10**9) + 1, "title": "Interval", "runtime": 121, "genre_ids": [18]}
        await self.client.call("POST", f"{self.client.stack_info['simulators']['tmdb']}/_sim/movies", film)
        return {"tmdbId": film["id"]}

    async def an_empty_theater(self) -> Values:
        """One without screens."""
        stage = await self.a_stage()
        token = await self.client.admin()
        await self.client.with_retries("DELETE", f"/api/admin/screens/{stage['screenId']}", token=token)
        return stage

    async def a_webhook(self) -> Values:
        """One of the theater of the scene."""
        theaters = {"theaterIds": [self.stage.theater_id]}
        body = {"url": "https://partner.example/marquee", "events": ["booking.confirmed"], **theaters}
        made = await self.client.with_retries("POST", "/api/admin/webhooks", body, token=await self.client.admin())
        return {"webhookId": made.body["id"], **theaters, "status": None}

    async def a_webhook_delivery(self) -> Values:
        """One that its partner has not taken yet."""
        webhook = await self.a_webhook()
        await self.a_booking()
        path, token = f"/api/admin/webhooks/{webhook['webhookId']}/deliveries", await self.client.admin()

        async def logged() -> str | None:
            items = (await self.client.with_retries("GET", path, token=token)).body["items"]
            return str(items[0]["id"]) if items else None

        return {**webhook, "deliveryId": await until(logged)}

    async def a_queue(self) -> Values:
        """A waiting room of a show of its own, which opens at once."""
        show = await self.a_show()
        await self.client.with_retries("POST", "/api/admin/queues", show, token=await self.client.admin())
        return {**show, "opensAt": None}

    async def a_show(self) -> Values:
        """One that nobody has a ticket for."""
        return {"showtimeId": await schedule(self.client, self.stage, slot=next(self.slots))}

    async def a_full_show(self) -> Values:
        """One whose seats somebody else holds."""
        show = await schedule(self.client, await build(self.client, rows=1, cols=2))
        assert (await (await self.client.buyer()).hold(show, ["A1", "A2"])).status == 201
        return {"showtimeId": show, "count": 2, "type": "standard"}

    async def a_wait(self) -> Values:
        """The caller's for seats of a full show."""
        joined = await self.caller.with_retries("POST", "/api/waitlist", await self.a_full_show())
        return {"entryId": joined.body["id"]}


Prepare = Callable[[Scene], Awaitable[Values]]
PREPARED: Mapping[str, Prepare] = {
    "blockUser": Scene.an_account,
    "changePassword": Scene.another_caller,
    "cancelAnyBooking": Scene.a_booking,
    "cancelBooking": Scene.a_booked_seat,
    "cancelShowtime": Scene.a_show,
    "checkIn": Scene.a_guest_at_the_gate,
    "closeCase": Scene.a_case,
    "confirmBooking": Scene.a_payment,
    "copyWeek": Scene.a_week,
    "createIntent": Scene.a_draft,
    "createOrder": Scene.a_hold,
    "createScreen": Scene.a_stage,
    "createShowtimes": Scene.a_stage,
    "createWebhook": Scene.a_webhook,
    "deleteWebhook": Scene.a_webhook,
    "getWebhook": Scene.a_webhook,
    "listDeliveries": Scene.a_webhook_delivery,
    "recoverDeliveries": Scene.a_webhook_delivery,
    "redeliver": Scene.a_webhook_delivery,
    "updateWebhook": Scene.a_webhook,
    "deleteMovie": Scene.a_film,
    "deleteScreen": Scene.a_stage,
    "deleteTheater": Scene.an_empty_theater,
    "endQueue": Scene.a_queue,
    "endSession": Scene.another_caller,
    "endOtherSessions": Scene.another_caller,
    "eraseMe": Scene.a_guest,
    "getAnyBooking": Scene.a_booking,
    "getBooking": Scene.a_linked_booking,
    "getCancelQuote": Scene.a_booking,
    "getHold": Scene.a_hold,
    "getPayment": Scene.a_booking,
    "getPricing": Scene.one_scope,
    "getCreditNotePdf": Scene.a_refunded_booking,
    "getInvoicePdf": Scene.a_booking,
    "getQueue": Scene.a_queue,
    "getQrPng": Scene.a_linked_booking,
    "getQrSvg": Scene.a_linked_booking,
    "getTicketIcs": Scene.a_linked_booking,
    "getTicketPdf": Scene.a_linked_booking,
    "getTimeline": Scene.a_booking,
    "holdBestSeats": Scene.best_seats,
    "holdSeats": Scene.a_seat,
    "openQueue": Scene.a_queue,
    "importMovie": Scene.a_film_of_tmdb,
    "joinWaitlist": Scene.a_full_show,
    "leaveWaitlist": Scene.a_wait,
    "login": Scene.an_account,
    "logout": Scene.an_account,
    "resendAnyTicket": Scene.a_booking,
    "resendOtp": Scene.a_code,
    "resendTicket": Scene.a_booking,
    "resetPassword": Scene.a_reset,
    "refundAnyBooking": Scene.a_booked_seat,
    "refreshHold": Scene.a_hold,
    "refreshSession": Scene.an_account,
    "register": Scene.an_address,
    "releaseHold": Scene.a_hold,
    "sellAtCounter": Scene.a_hold,
    "setRoles": Scene.an_account,
    "uploadScans": Scene.a_guest_at_the_gate,
    "unblockUser": Scene.an_account,
    "updateMe": Scene.an_address_and_a_phone,
    "verifyEmail": Scene.a_link,
    "verifyOtp": Scene.a_code,
    "updateMovie": Scene.a_film,
    "updateScreen": Scene.a_stage,
    "updateShowtime": Scene.a_show,
    "updateTheater": Scene.a_stage,
}
