"""Every call of the public document, made as its example says, with ids that lead somewhere: each goes through for who
may make it, and the answer is as described."""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
import schemathesis
from pymongo import MongoClient
from stripe import WebhookSignature
from tests.conftest import Stack, until
from tests.e2e.documented import require_documented
from tests.e2e.test_sms import code_of
from twilio.request_validator import RequestValidator

from stack.buyer import Buyer, StackClient, Stage, build, confirmation, schedule
from stack.documents.schemas import resolved

PASSWORD = "a phrase of one's own"
Values = dict[str, Any]


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
            "theaterIds": [],
            "favouriteTheaterIds": [self.stage.theater_id],
            "code": None,
        }

    async def a_seat(self) -> Values:
        """One that is free."""
        return {"showtimeId": self.showtime, "seatIds": [next(self.seats)], "expectedTotal": None}

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

    async def a_film(self) -> Values:
        """One that plays nowhere."""
        return {"movieId": (await self.a_stage())["movieId"]}

    async def an_empty_theater(self) -> Values:
        """One without screens."""
        stage = await self.a_stage()
        token = await self.client.admin()
        await self.client.with_retries("DELETE", f"/api/admin/screens/{stage['screenId']}", token=token)
        return stage

    async def a_show(self) -> Values:
        """One that nobody has a ticket for."""
        return {"showtimeId": await schedule(self.client, self.stage, slot=next(self.slots))}


Prepare = Callable[[Scene], Awaitable[Values]]
PREPARED: Mapping[str, Prepare] = {
    "cancelAnyBooking": Scene.a_booking,
    "cancelBooking": Scene.a_booked_seat,
    "cancelShowtime": Scene.a_show,
    "closeCase": Scene.a_case,
    "confirmBooking": Scene.a_payment,
    "createIntent": Scene.a_draft,
    "createOrder": Scene.a_hold,
    "createScreen": Scene.a_stage,
    "createShowtimes": Scene.a_stage,
    "deleteMovie": Scene.a_film,
    "deleteScreen": Scene.a_stage,
    "deleteTheater": Scene.an_empty_theater,
    "getAnyBooking": Scene.a_booking,
    "getBooking": Scene.a_linked_booking,
    "getCancelQuote": Scene.a_booking,
    "getHold": Scene.a_hold,
    "getPayment": Scene.a_booking,
    "getCreditNotePdf": Scene.a_refunded_booking,
    "getInvoicePdf": Scene.a_booking,
    "getQrPng": Scene.a_linked_booking,
    "getQrSvg": Scene.a_linked_booking,
    "getTicketIcs": Scene.a_linked_booking,
    "getTicketPdf": Scene.a_linked_booking,
    "holdSeats": Scene.a_seat,
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
    "updateMe": Scene.an_address_and_a_phone,
    "verifyEmail": Scene.a_link,
    "verifyOtp": Scene.a_code,
    "updateMovie": Scene.a_film,
    "updateScreen": Scene.a_stage,
    "updateShowtime": Scene.a_show,
    "updateTheater": Scene.a_stage,
}


@pytest.fixture(params=["nobody", "guest", "admin"])
async def scene(request: pytest.FixtureRequest, stack: Stack, client: StackClient, slots: Iterator[int]) -> Scene:
    """One for each kind of caller; what only guests have belongs to a guest where nobody calls."""
    stage = await build(client, rows=4, cols=20)
    caller = await client.buyer()
    if request.param == "admin":
        caller = Buyer(client, await client.admin(), {})
    secret = json.loads((stack.folder / "secrets.json").read_text(encoding="utf-8"))["RAZORPAY_WEBHOOK_SECRET"]
    return Scene(client, caller, secret, stage, await schedule(client, stage, slot=next(slots)), slots)


def example_of(document: Any, operation: Any, values: Values) -> Values:
    """What is sent: the examples of parameters and body, with the values of the scene in place of theirs."""
    raw = operation.definition.raw
    given: Values = {"path_parameters": {}, "query": {}, "headers": {}}
    places = {"path": "path_parameters", "query": "query", "header": "headers"}
    for parameter in (resolved(document, one) for one in raw.get("parameters", ())):
        name = parameter["name"]
        if parameter["in"] != "header" or parameter.get("required"):
            given[places[parameter["in"]]][name] = str(values.get(name, parameter["example"]))
    if "requestBody" in raw:
        ((media, content),) = raw["requestBody"]["content"].items()
        given["body"] = {name: values.get(name, value) for name, value in content["example"].items()}
        given["media_type"] = media
    return given


def sent(scene: Scene, case: Any, token: str | None) -> requests.Response:
    """The answer; a webhook bears the signature of the very bytes or fields."""
    has_body = case.media_type is not None
    is_form = case.media_type == "application/x-www-form-urlencoded"
    data = (urlencode(case.body) if is_form else json.dumps(case.body)).encode() if has_body else b""
    headers = {**case.headers, **({"Content-Type": case.media_type} if has_body else {})}
    if "Stripe-Signature" in headers:
        stripes = scene.client.stack_info["keys"]["stripe"]["webhookSecret"]
        headers["Stripe-Signature"] = WebhookSignature.generate_signature_header(data.decode(), stripes)
    elif case.path.startswith("/api/payments/webhook"):
        headers["X-Razorpay-Signature"] = hmac.new(scene.secret.encode(), data, hashlib.sha256).hexdigest()
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    url = scene.client.stack_info["gateway"] + case.path.format(**case.path_parameters)
    if "X-Twilio-Signature" in headers:
        auth_token = scene.client.stack_info["keys"]["twilio"]["authToken"]
        headers["X-Twilio-Signature"] = RequestValidator(auth_token).compute_signature(url, case.body)
    return requests.request(case.method, url, params=case.query, data=data, headers=headers, timeout=60)


def refusal_of(operation: Any, caller: str) -> int | None:
    """The status with which a caller is refused by rule, or None."""
    raw = operation.definition.raw
    if caller == "nobody":
        return 401 if raw["security"] == [{"bearer": []}] else None
    return 403 if caller == "guest" and "403" in raw["responses"] else None


async def test_each_call_is_answered_as_its_example_says(scene: Scene, request: pytest.FixtureRequest) -> None:
    caller = request.node.callspec.params["scene"]
    schema = schemathesis.openapi.from_url(f"{scene.client.stack_info['gateway']}/api/openapi.json")
    faults = []
    for result in schema.get_all_operations():
        operation = result.ok()  # type: ignore[union-attr]  # one that is not valid fails here
        name = operation.definition.raw["operationId"]
        refused = refusal_of(operation, caller)
        values = await scene.nothing()
        if refused is None:
            values |= await PREPARED.get(name, Scene.nothing)(scene)
        case = operation.Case(
            method=operation.method.upper(),  # type: ignore[arg-type]  # one of them
            **example_of(schema.raw_schema, operation, values),
        )
        response = sent(scene, case, None if caller == "nobody" else scene.caller.token)
        require_documented(case, response)
        if response.status_code != refused and (refused or not response.ok):
            faults.append((name, response.status_code, response.text))
    assert faults == []
