"""`make demo`: a scripted buyer buys two seats through the gateway of a running stack and checks the ticket.

`PROVIDER` says how they are paid for: razorpay, stripe, or counter, where the first admin sells them for cash.
"""

import asyncio
import base64
import io
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import zxingcpp
from PIL import Image

from contracts.currencies import exponent
from stack.buyer import Answer, Buyer, StackClient, connected
from stack.demo_seats import Json, drawn, label_of, neighbours
from stack.paying import COUNTER, ONLINE, WAYS, a_customer, seller, sold
from stack.state import State
from stack.waiting import until

SETTLE_SECONDS = 30
MAIL_SECONDS = 30
TRIES = 5


class DemoError(Exception):
    """The purchase went wrong; the text is one line for a person."""


@dataclass
class Purchase:
    """Who buys and how it is paid, whom it tells, and what happened so far."""

    buyer: Buyer
    provider: str
    say: Callable[[str], None]
    story: Json = field(default_factory=dict)

    async def ask(
        self, method: str, path: str, body: Json | None = None, *, expect: tuple[int, ...] = (200, 201)
    ) -> Answer:
        """A call to the gateway, which must answer as expected."""
        answer = await self.buyer.call(method, path, body)
        if answer.status not in expect:
            raise DemoError(f"{method} {path} answered {answer.status}: {str(answer.body)[:300]}")
        return answer


@dataclass(frozen=True)
class Wish:
    """How to pay, and for which showtime: for any where none is named."""

    provider: str = "razorpay"
    showtime_id: str | None = None


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    as_json = "--json" in arguments
    folder = Path(os.environ.get("STACK_DIR") or ".stack").resolve()
    try:
        wish = Wish(os.environ.get("PROVIDER") or "razorpay", os.environ.get("SHOWTIME"))
        story = asyncio.run(buy(_stack_info(folder), _say_nothing if as_json else print, wish))
    except (DemoError, aiohttp.ClientError, OSError) as error:
        sys.stderr.write(f"demo: {error}\n")
        return 1
    if as_json:
        print(json.dumps(story, indent=1))
    return 0


async def buy(stack_info: Json, say: Callable[[str], None], wish: Wish | None = None) -> Json:
    """The whole purchase; raises `DemoError`."""
    wish = wish or Wish()
    if wish.provider not in WAYS:
        raise DemoError(f"PROVIDER={wish.provider}: it may be {', '.join(WAYS)}")
    async with connected(stack_info) as client:
        purchase = await _begun(client, wish.provider, say)
        showtime = await (_chosen(purchase, wish.showtime_id) if wish.showtime_id else _choose(purchase))
        hold = await _hold(purchase, showtime)
        order, booking = await (_sold if wish.provider == COUNTER else _bought)(purchase, hold)
        _check_booking(purchase, order, booking)
        await _check_mail(purchase, booking)
        return purchase.story


async def _begun(client: StackClient, provider: str, say: Callable[[str], None]) -> Purchase:
    if provider == COUNTER:
        purchase = Purchase(await seller(client), provider, say, {"email": a_customer()["email"]})
        say(f"{purchase.buyer.user['email']} sells at the counter to {purchase.story['email']}")
        return purchase
    buyer = await client.buyer()
    say(f"Registered {buyer.user['email']}")
    return Purchase(buyer, provider, say, {"email": buyer.user["email"]})


def _stack_info(folder: Path) -> Json:
    stack_info = State(folder).stack_info()
    if stack_info is None:
        raise DemoError(f"no stack runs in {folder}: `make up` starts one")
    return stack_info


def _say_nothing(_line: str) -> None:
    """Nothing is said where one JSON object is the answer."""


async def _choose(purchase: Purchase) -> Json:
    """The first showtime ahead with two seats left, movie by movie."""
    movies = (await purchase.ask("GET", "/api/movies?pageSize=20")).body["items"]
    for movie in movies:
        showtimes = (await purchase.ask("GET", f"/api/showtimes?movieId={movie['id']}&pageSize=50")).body["items"]
        for showtime in sorted(showtimes, key=lambda item: str(item["startAt"])):
            if showtime["status"] == "scheduled" and _is_ahead(showtime) and showtime.get("seatsAvailable", 2) >= 2:
                _describe(purchase, movie, showtime)
                return dict(showtime)
    raise DemoError(f"none of {len(movies)} movies has a showtime ahead: `make up` without DEMO=0 brings some")


async def _chosen(purchase: Purchase, showtime_id: str) -> Json:
    showtime: Json = (await purchase.ask("GET", f"/api/showtimes/{showtime_id}")).body
    movie = await purchase.ask("GET", f"/api/movies/{showtime['movieId']}")
    _describe(purchase, movie.body, showtime)
    return showtime


def _is_ahead(showtime: Json) -> bool:
    return datetime.fromisoformat(showtime["startAt"]) > datetime.now(UTC) + timedelta(hours=1)


def _describe(purchase: Purchase, movie: Json, showtime: Json) -> None:
    zone = showtime["theater"]["timezone"]
    local = datetime.fromisoformat(showtime["startAt"]).astimezone(ZoneInfo(zone))
    purchase.story |= {"movie": movie["title"], "showtimeId": showtime["id"], "startAt": showtime["startAt"]}
    purchase.say(
        f"Chose {movie['title']} at {showtime['theater']['name']}, {showtime['screen']['name']}, "
        f"{local:%a %d %b %H:%M} ({zone})"
    )


async def _hold(purchase: Purchase, showtime: Json) -> Json:
    """Hold two neighbours; when another guest is faster, look again."""
    for _ in range(TRIES):
        seats: Json = (await purchase.ask("GET", f"/api/seats/availability?showtimeId={showtime['id']}")).body
        pair = neighbours(seats)
        if pair is None:
            raise DemoError("no two free seats side by side are left")
        purchase.say(drawn(seats, pair))
        body = {"showtimeId": showtime["id"], "seatIds": pair}
        answer = await purchase.ask("POST", "/api/seats/hold", body, expect=(201, 409))
        if answer.status == 201:
            hold: Json = answer.body
            labels = [label_of(seat) for seat in seats["seats"] if seat["seatId"] in pair]
            purchase.story |= {"holdId": hold["id"], "seats": pair, "labels": labels}
            purchase.say(f"Held {' and '.join(labels)} for {_money(hold['quote'], 'total')} until {hold['expiresAt']}")
            return hold
    raise DemoError(f"others took the seats {TRIES} times: {str(answer.body)[:300]}")


async def _bought(purchase: Purchase, hold: Json) -> tuple[Json, Json]:
    """Order or intent, and the confirmed booking: paid for, or one that costs nothing and confirms by itself."""
    way = ONLINE[purchase.provider]
    order: Json = (await purchase.ask("POST", f"/api/payments/{way.create}", {"holdId": hold["id"]})).body
    if order["provider"] == "free":
        purchase.say("It costs nothing, so there is nothing to pay")
        return order, await _confirmed(purchase, order["bookingId"])
    purchase.say(f"Opened {order[way.reference]} for {_money(order)}")
    paid: Json = await way.paid(purchase.buyer.client, order)
    try:
        proof = way.proof(order, paid)
    except (KeyError, TypeError):
        raise DemoError(f"the payment page answered {str(paid)[:300]}") from None
    payment_id = proof.get("razorpayPaymentId") or order[way.reference]
    purchase.story |= {way.reference: order[way.reference], "paymentId": payment_id}
    purchase.say(f"Paid: {payment_id}")
    answer = await purchase.ask("POST", "/api/bookings/confirm", proof, expect=(200, 202))
    return order, await _confirmed(purchase, answer.body["id"])


async def _sold(purchase: Purchase, hold: Json) -> tuple[Json, Json]:
    """The sale at the counter, and the booking that confirmed by itself."""
    answer = await sold(purchase.buyer, hold, customer={"name": "Asha Rao", "email": purchase.story["email"]})
    if answer.status != 201:
        raise DemoError(f"the counter answered {answer.status}: {str(answer.body)[:300]}")
    sale: Json = answer.body
    purchase.story["paymentId"] = sale["paymentId"]
    purchase.say(f"Paid in cash: {_money(sale)}, with {_money({**sale, 'amount': sale['change']})} back")
    return sale, await _confirmed(purchase, sale["bookingId"])


async def _confirmed(purchase: Purchase, booking_id: str) -> Json:
    path = f"/api/bookings/{booking_id}"

    async def confirmed() -> Json | None:
        answer = await purchase.ask("GET", path, expect=(200, 404))
        if answer.status == 404:  # booking has not heard of it yet
            return None
        booking: Json = answer.body
        if booking["status"] not in {"pending", "confirmed"}:
            raise DemoError(f"{path} became {booking['status']} ({booking.get('reason')})")
        return booking if booking["status"] == "confirmed" else None

    return await _await(confirmed, SETTLE_SECONDS, f"{path} was not confirmed")


def _check_booking(purchase: Purchase, order: Json, booking: Json) -> None:
    """The seats and the amount are those that were bought, by the labels that the map showed."""
    seats, labels = [seat["seatId"] for seat in booking["seats"]], [label_of(seat) for seat in booking["seats"]]
    purchase.story |= {
        "bookingId": booking["id"],
        "reference": booking["reference"],
        "amount": booking["amount"],
        "currency": booking["currency"],
        "qrCode": booking["qrCode"],
    }
    purchase.say(f"Booked: reference {booking['reference']}, seats {', '.join(labels)}, {_money(booking)}")
    bought = (sorted(seats), sorted(labels), booking["amount"])
    if bought != (sorted(purchase.story["seats"]), sorted(purchase.story["labels"]), order["amount"]):
        raise DemoError(f"the booking is not what was bought: {booking}")


async def _check_mail(purchase: Purchase, booking: Json) -> None:
    """The confirmation has come, and its QR code is the booking's signed ticket."""
    mail = await _await(partial(_mail_of, purchase, booking), MAIL_SECONDS, "no confirmation mail came")
    purchase.say(f"Mail: {mail['subject']}")
    purchase.story["mail"] = {"subject": mail["subject"], "messageId": mail["messageId"]}
    texts = _qr_texts(mail)
    for label in purchase.story["labels"]:
        if label not in mail["text"]:
            raise DemoError(f"the mail does not name seat {label}: {mail['text'][:600]}")
    if booking["qrCode"] not in texts:
        raise DemoError(f"the mail's QR codes say {texts}, the ticket is {booking['qrCode']!r}")
    purchase.story["qrMatches"] = True
    purchase.say(f"Its QR code is the signed ticket: {booking['qrCode'][:48]}…")


async def _mail_of(purchase: Purchase, booking: Json) -> Json | None:
    client = purchase.buyer.client
    url = f"{client.stack_info['mail']['http']}/messages?to={purchase.story['email']}"
    mails: list[Json] = (await client.call("GET", url)).body
    return next(
        (mail for mail in mails if booking["reference"] in f"{mail['subject']} {mail['text']} {mail['html']}"), None
    )


def _qr_texts(mail: Mapping[str, Any]) -> list[str]:
    pictures = [part for part in mail["attachments"] if part["contentType"] in {"image/png", "image/jpeg"}]
    images = (Image.open(io.BytesIO(base64.b64decode(picture["base64"]))) for picture in pictures)
    # Told no format, the reader now and then sees a bar code in the rows of a QR code too.
    read = partial(zxingcpp.read_barcodes, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return [code.text for image in images for code in read(image.convert("L"))]


async def _await(condition: Callable[[], Awaitable[Json | None]], seconds: float, failure: str) -> Json:
    try:
        return await until(condition, seconds=seconds, every=0.2)
    except TimeoutError:
        raise DemoError(f"{failure} within {seconds:g} s") from None


def _money(priced: Mapping[str, Any], name: str = "amount") -> str:
    digits = exponent(priced["currency"])
    return f"{priced[name] / 10**digits:.{digits}f} {priced['currency']}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
