"""Sales under chaos: by all three ways to pay, with whatever payers, banks, networks and staff do to one."""

import asyncio
import random
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from stack.buyer import Answer, Buyer, StackClient
from stack.paying import ONLINE, RAZORPAY, STRIPE, OnlineWay, a_customer, seller, sold

Json = Any
_ROWS, _LAST_SEAT = "ABCDEFGHIJKLMNOPQRST", 19
_TENDERS = ("cash", "card_terminal", "complimentary")
_GAVE_UP = (aiohttp.ClientError, OSError, TimeoutError, KeyError, TypeError)


@dataclass(frozen=True, slots=True)
class Ground:
    """What is sold, by what chance, and how each sale ended. `hold_seconds` is how long a hold lasts."""

    client: StackClient
    showtimes: Sequence[str]
    dice: random.Random
    hold_seconds: float
    ends: Counter[str]


async def sell_on(ground: Ground, over: asyncio.Event) -> None:
    """One sale after the other until it is over."""
    while not over.is_set():
        try:
            buyer = await ground.client.buyer()
            for _ in range(5):
                if not over.is_set():
                    ground.ends[await _sale(ground, buyer)] += 1
        except _GAVE_UP as error:
            ground.ends[f"gave up ({error!r})"[:120]] += 1


async def _sale(ground: Ground, buyer: Buyer) -> str:
    if ground.dice.random() < 0.2:
        return await _at_the_counter(ground)
    held = await _held(ground, buyer)
    if held.status != 201:
        return f"hold: {held.code}"
    way = ground.dice.choice(list(ONLINE.values()))
    order = await way.opened(buyer, held.body["id"])
    if order.status != 201:
        return f"order: {order.code}"
    other = await _opened_elsewhere(ground, buyer, way, held.body["id"])
    paid = await _paid(ground, way, order.body)
    if other is not None:
        await _paid(ground, *other)
    return f"{way.provider}: {await _after(ground, buyer, way, order.body, paid)}"


async def _held(ground: Ground, buyer: Buyer) -> Answer:
    row, first = ground.dice.choice(_ROWS), ground.dice.randrange(1, _LAST_SEAT)
    return await buyer.hold(ground.dice.choice(ground.showtimes), [f"{row}{first}", f"{row}{first + 1}"])


async def _at_the_counter(ground: Ground) -> str:
    staff = await seller(ground.client)
    held = await _held(ground, staff)
    if held.status != 201:
        return f"hold: {held.code}"
    customer = a_customer() if ground.dice.random() < 0.7 else None
    sale = await sold(staff, held.body, tender=ground.dice.choice(_TENDERS), customer=customer)
    if sale.status != 201:
        return f"counter: {sale.code}"
    booking = await staff.settled(sale.body["bookingId"])
    match _chosen(ground.dice, {"kept": 80, "refunded": 10, "cancelled": 10}):
        case "refunded":
            return f"counter: refunded {await _by_staff(staff, booking, 'refund', amount=100)}"
        case "cancelled":
            return f"counter: cancelled {await _by_staff(staff, booking, 'cancel', refund='full')}"
    return f"counter: {booking['status']}"


async def _by_staff(staff: Buyer, booking: Mapping[str, Any], act: str, **wish: Json) -> str:
    """Each act has a key of its own, so that a repeat gives nothing back twice."""
    path, key = f"/api/admin/bookings/{booking['id']}/{act}", {"Idempotency-Key": secrets.token_hex(8)}
    answer = await staff.with_retries("POST", path, {"reason": "chaos", **wish}, headers=key)
    return str(answer.code or answer.status)


async def _opened_elsewhere(
    ground: Ground, buyer: Buyer, way: OnlineWay, hold_id: str
) -> tuple[OnlineWay, Json] | None:
    """Now and then a guest opens the other provider's page too, and pays at both."""
    if ground.dice.random() >= 0.05:
        return None
    other = STRIPE if way is RAZORPAY else RAZORPAY
    order = await other.opened(buyer, hold_id)
    return (other, order.body) if order.status == 201 else None


async def _paid(ground: Ground, way: OnlineWay, order: Mapping[str, Any]) -> Json:
    """What a payer does. Some fail first, some only have money set aside, some pay another sum, twice, or too late."""
    dice, client = ground.dice, ground.client
    webhooks = _webhooks(dice)
    match _chosen(dice, {"plain": 76, "fails first": 8, "set aside": 3, "too little": 3, "twice": 4, "too late": 6}):
        case "fails first":
            await way.paid(client, order, outcome="failed", webhooks=webhooks)
        case "set aside":
            return await way.paid(client, order, outcome="authorized", webhooks=webhooks)
        case "too little":
            return await way.paid(client, order, amount=order["amount"] - 100, webhooks=webhooks)
        case "twice":
            await way.paid(client, order, webhooks=webhooks)
        case "too late":
            await asyncio.sleep(ground.hold_seconds * 1.2)
    return await way.paid(client, order, webhooks=webhooks)


def _webhooks(dice: random.Random) -> dict[str, Json]:
    return {
        "deliver": dice.random() < 0.8,
        "duplicates": dice.randrange(3),
        "shuffle": True,
        "delayMs": dice.choice([0, 0, 0, 500, 3000]),
        "badSignature": dice.random() < 0.03,
        "staleSnapshot": dice.random() < 0.1,
        "beforeResponse": dice.random() < 0.2,
        "ageSeconds": 900 if dice.random() < 0.03 else 0,
    }


async def _after(ground: Ground, buyer: Buyer, way: OnlineWay, order: Mapping[str, Any], paid: Json) -> str:
    dice = ground.dice
    if dice.random() < 0.2:
        return "callback lost"
    if "error" in paid:
        return "refused by the provider"
    confirmed = await way.confirmed(buyer, order, paid)
    if confirmed.status != 200:
        return f"confirm {confirmed.status}"
    shares = {"kept": 80, "cancelled": 10, "disputed": 4, "refunded by hand": 4, "refunded and cancelled": 2}
    follows = _chosen(dice, shares)
    if follows == "disputed":
        return await _disputed(ground, way, paid)
    done = [await _refunded_by_hand(ground, way, paid)] if "refunded" in follows else []
    if "cancelled" in follows:
        done.append(await _cancelled(ground, buyer, way, confirmed.body, paid))
    return ", ".join(done) or "confirmed"


async def _cancelled(ground: Ground, buyer: Buyer, way: OnlineWay, booking: Mapping[str, Any], paid: Json) -> str:
    """The whole or one seat of it; some refunds come back from the bank."""
    seats = [seat["seatId"] for seat in booking["seats"]]
    body = {"seatIds": seats[:1]} if ground.dice.random() < 0.4 else {}
    key = {"Idempotency-Key": secrets.token_hex(8)}
    answer = await buyer.with_retries("POST", f"/api/bookings/{booking['id']}/cancel", body, headers=key)
    if answer.status == 200 and way is STRIPE and ground.dice.random() < 0.3:
        await asyncio.sleep(2)
        failed = await ground.client.with_retries("POST", f"{_at_provider(ground, way, paid)}/fail-later", {})
        return f"cancelled, its refund failed later: {failed.status}"
    return f"cancelled {answer.status}"


async def _disputed(ground: Ground, way: OnlineWay, paid: Json) -> str:
    url = f"{_at_provider(ground, way, paid)}/dispute"
    answer = await ground.client.with_retries("POST", url, {"webhooks": _webhooks(ground.dice)})
    return f"disputed {answer.status}"


async def _refunded_by_hand(ground: Ground, way: OnlineWay, paid: Json) -> str:
    body = {"amount": 100, "webhooks": _webhooks(ground.dice)}
    answer = await ground.client.with_retries("POST", f"{_at_provider(ground, way, paid)}/refund", body)
    return f"refunded by hand {answer.status}"


def _at_provider(ground: Ground, way: OnlineWay, paid: Json) -> str:
    """The control plane's address of what was paid."""
    base = f"{ground.client.stack_info['simulators'][way.provider]}/_sim"
    if way is RAZORPAY:
        return f"{base}/payments/{paid['razorpay_payment_id']}"
    return f"{base}/payment_intents/{paid['payment_intent']['id']}"


def _chosen(dice: random.Random, shares: Mapping[str, int]) -> str:
    return dice.choices(list(shares), weights=list(shares.values()))[0]
