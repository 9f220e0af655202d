"""Webhooks and receipts that the provider did not sign, and those that it did and that say nothing."""

import hashlib
import hmac
import secrets

import pytest
from tests.e2e.conftest import Ground, problem

from stack.buyer import StackClient, confirmation


def _signed(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("path", ["webhook", "webhook/razorpay"])
async def test_a_webhook_whose_signature_is_not_the_providers_is_refused(
    client: StackClient, ground: Ground, path: str
) -> None:
    before = await ground.state(client)
    call, secret = f"POST /api/payments/{path}", ground.secrets["RAZORPAY_WEBHOOK_SECRET"]
    body = ground.body({"event": "payment.captured", "payload": {"payment": {"entity": {"id": "pay_x"}}}})
    good = _signed(secret, body)
    forged = [
        "",
        "x",
        good[:-1],
        good + "0",
        f" {good[1:]}",
        good[::-1],
        _signed("another", body),
        _signed(secret, body + b" "),
        _signed(ground.secrets["RAZORPAY_KEY_SECRET"], body),
        "é" * 64,
        f"sha256={good}",
        "0" * 64,
        "x" * 9000,
    ]
    for signature in forged:
        answer = await ground.send(client, call, body, **{"X-Razorpay-Signature": signature})
        assert problem(answer) == (400, "invalid_signature"), signature
    assert problem(await ground.send(client, call, body)) == (400, "invalid_signature")
    assert problem(await ground.send(client, call, body, **{"Stripe-Signature": good})) == (400, "invalid_signature")
    for raw in (b"", b"{", b"\xff", b"[" * 100_000):
        answer = await ground.send(client, call, raw, **{"X-Razorpay-Signature": good})
        assert problem(answer) == (400, "invalid_signature"), raw[:20]
    assert problem(await ground.send(client, call, b"x" * 2 * 1_048_576)) == (413, "body_too_large")
    assert await ground.state(client) == before


async def test_what_the_provider_signs_is_taken_even_when_it_says_nothing(client: StackClient, ground: Ground) -> None:
    before = await ground.state(client)
    for raw in (
        b"",
        b"no json",
        b"[]",
        b'{"event": 5}',
        b'{"event": "payment.captured", "payload": 7}',
        b"\xff",
        b"NaN",
    ):
        for event in ({"X-Razorpay-Event-Id": secrets.token_hex(8)}, {}):
            signature = {"X-Razorpay-Signature": _signed(ground.secrets["RAZORPAY_WEBHOOK_SECRET"], raw)}
            for _ in range(2):
                answer = await ground.send(client, "POST /api/payments/webhook", raw, **signature, **event)
                assert answer.status == 200, raw
    assert await ground.state(client) == before


async def test_a_receipt_that_checkout_did_not_sign_is_refused(client: StackClient, ground: Ground) -> None:
    before = await ground.state(client)
    good = confirmation(ground.receipt)
    secret = ground.secrets["RAZORPAY_KEY_SECRET"]
    swapped = _signed(secret, f"{good['razorpayPaymentId']}|{good['orderId']}".encode())
    for forged in (
        {"razorpaySignature": "0" * 64},
        {"razorpaySignature": good["razorpaySignature"].upper()},
        {"razorpaySignature": "x" * 200},
        {"razorpaySignature": swapped},
        {"razorpayPaymentId": "pay_another"},
        {"razorpaySignature": _signed("another", f"{good['orderId']}|{good['razorpayPaymentId']}".encode())},
    ):
        answer = await ground.send(client, "POST /api/bookings/confirm", {**good, **forged}, who="guest")
        assert problem(answer) == (400, "invalid_signature"), forged
    assert await ground.state(client) == before
