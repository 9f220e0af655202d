"""Razorpay without a server: signatures, tolerant parsing, the meaning of errors, and keys."""

import hashlib
import hmac
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.payment.tests.factories import NOW

from payment.providers.razorpay import adapter
from payment.providers.razorpay.adapter import Razorpay, provider_key, refusal
from payment.providers.razorpay.client import Answer, RazorpayClient
from payment.providers.razorpay.settings import RazorpaySettings
from payment.providers.razorpay.signatures import signs, signs_checkout
from payment.providers.razorpay.webhooks import body_of, hint_of
from payment.usecases.provider import Hint, No, Unknown, Yes

# The vectors are in the provider's own documentation.
KEY_SECRET = "EnLs21M47BllR3X8PSFtjtbd"
CHECKOUT = "0d4e745a1838664ad6c9c9902212a32d627d68e917290b0ad5f08ff4561bc50f"
WEBHOOK = "f1acb6d7bb5782644a8ee6f77b82715d4d98dbf3300f4ef13f7e81704f8f2e2b"


def hinted(raw: bytes) -> Hint | None:
    """What a body as it comes is about."""
    body = body_of(raw)
    return None if body is None else hint_of(body)


def test_checkout_signs_order_and_payment_in_this_order() -> None:
    assert signs_checkout([KEY_SECRET], "order_IEIaMR65cu6nz3", "pay_IH4NVgf4Dreq1l", CHECKOUT)
    assert not signs_checkout([KEY_SECRET], "pay_IH4NVgf4Dreq1l", "order_IEIaMR65cu6nz3", CHECKOUT)


def test_a_webhook_is_signed_over_its_bytes_with_any_listed_secret() -> None:
    assert signs(["new", "whsecret"], b'{"entity":"event"}', WEBHOOK)
    assert not signs(["new", "whsecret"], b'{"entity": "event"}', WEBHOOK)
    assert not signs(["new"], b'{"entity":"event"}', WEBHOOK)


@given(st.binary(max_size=50), st.none() | st.text(max_size=80))
def test_no_signature_and_no_body_break_the_check(body: bytes, signature: str | None) -> None:
    expected = hmac.new(b"s", body, hashlib.sha256).hexdigest()
    assert signs(["s"], body, signature) is (signature == expected)


@given(st.binary(max_size=200))
def test_any_bytes_can_be_read_as_a_hint(raw: bytes) -> None:
    hinted(raw)


@pytest.mark.parametrize(
    ("raw", "hint"),
    [
        (
            b'{"event":"payment.captured","payload":{"payment":{"entity":{"id":"pay_1","order_id":"order_1"}}}}',
            Hint("payment.captured", "payment", "pay_1", "order_1", payment_status="captured"),
        ),
        (
            (
                b'{"event":"refund.failed","payload":{"refund":{"entity":{"id":"rfnd_1","payment_id":"pay_1",'
                b'"status":"failed"}}}}'
            ),
            Hint("refund.failed", "refunds", "pay_1", refund_id="rfnd_1", refund_outcome="failed"),
        ),
        (
            b'{"event":"order.paid","payload":{"order":{"entity":{"id":"order_1","notes":[]}}}}',
            Hint("order.paid", "order", None, "order_1", payment_status="captured"),
        ),
        (b'{"event":["x"],"payload":{"payment":[]}}', Hint("")),
        (b"[1]", None),
        (b"\xff", None),
    ],
)
def test_a_webhook_is_a_hint_about_ids(raw: bytes, hint: Hint | None) -> None:
    assert hinted(raw) == hint


def refused(status: int, description: str) -> No | Unknown:
    return refusal(Answer(status, {"error": {"code": "BAD_REQUEST_ERROR", "description": description}}))


def test_errors_mean_no_only_where_the_provider_said_so() -> None:
    assert refused(400, "The id provided does not exist") == No("The id provided does not exist", "not_found")
    assert refused(400, "pay_x is not a valid id") == No("pay_x is not a valid id", "not_found")
    assert refused(429, "Too many requests") == No("Too many requests", "throttled")
    assert refused(400, "invalid request sent") == No("invalid request sent")
    assert refused(400, "The payment has been fully refunded already").final  # type: ignore[union-attr]  # it is a No
    assert refused(400, "The amount must be atleast INR 1.00").final  # type: ignore[union-attr]  # it is a No
    assert isinstance(refused(409, "Another request with the same idempotency key is still in progress."), Unknown)
    assert isinstance(refused(502, "The gateway request timed out"), Unknown)
    assert isinstance(refusal(Answer(500, {})), Unknown)
    assert isinstance(refusal(Answer(302, {"error": "odd"})), Unknown)


class Answering(RazorpayClient):
    """A client that gives one answer without asking anybody."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body

    async def call(self, method: str, path: str, **_request: Any) -> Answer:
        return Answer(200, self._body)


ACCOUNT = {"key_id": "rzp_test_x", "key_secret": "s", "webhook_secret": "w"}


def answered(body: dict[str, Any]) -> Razorpay:
    return Razorpay(Answering(body), RazorpaySettings.model_validate(ACCOUNT))


async def test_an_entry_of_a_list_that_is_not_understood_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """And counts for the length of a page: there may be more behind it."""
    monkeypatch.setattr(adapter, "PAGE", 2)
    entry = {"id": "pay_1", "amount": 100, "currency": "INR", "created_at": 1796464800, "status": "captured"}
    odd = [{**entry, "id": "pay_2", "status": "levitating"}, {"id": "pay_3"}, "pay_4"]
    for other in odd[:2]:
        outcome = await answered({"items": [other, entry]}).payments_between(NOW, NOW, None)
        assert isinstance(outcome, Yes)
        assert ([seen.payment_id for seen in outcome.value.items], outcome.value.next) == (["pay_1"], "2")
    outcome = await answered({"items": [odd[2], entry]}).payments_between(NOW, NOW, "4")
    assert isinstance(outcome, Yes)
    assert [seen.payment_id for seen in outcome.value.items] == ["pay_1"]


@pytest.mark.parametrize(("currency", "least"), [("INR", 100), ("EUR", 100), ("JPY", 1), ("CLP", 1), ("KWD", 100)])
def test_the_least_amount_follows_from_the_currency(currency: str, least: int) -> None:
    assert answered({}).least_amount(currency) == least


PAYMENT = {
    "id": "pay_1",
    "amount": 500,
    "currency": "INR",
    "status": "captured",
    "captured": True,
    "order_id": "order_1",
    "created_at": 1767225600,
    "notes": [],
    "amount_refunded": None,
}


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"notes": {"a": 1}},
        {"notes": None},
        {"fee": None, "unheard_of": [1]},
        {"captured_at": 1767225601, "error_code": ""},
    ],
)
async def test_an_odd_payment_is_understood(odd: dict[str, Any]) -> None:
    outcome = await answered({**PAYMENT, **odd}).payment("pay_1")
    assert isinstance(outcome, Yes)
    assert (outcome.value.status, outcome.value.amount, outcome.value.refunded) == ("captured", 500, 0)


@pytest.mark.parametrize(
    ("odd", "status"),
    [
        ({"status": "refunded"}, "captured"),
        ({"status": "failed"}, "failed"),
        ({"status": "refunded", "captured": False}, "lapsed"),
    ],
)
async def test_a_refunded_payment_was_captured_unless_it_never_was(odd: dict[str, Any], status: str) -> None:
    outcome = await answered({**PAYMENT, **odd}).payment("pay_1")
    assert isinstance(outcome, Yes)
    assert outcome.value.status == status


@pytest.mark.parametrize("odd", [{"amount": "500"}, {"amount": 5.5}, {"id": None}, {"status": "strange"}])
async def test_an_answer_that_is_not_understood_is_unknown(odd: dict[str, Any]) -> None:
    assert isinstance(await answered({**PAYMENT, **odd}).payment("pay_1"), Unknown)


@pytest.mark.parametrize("payment_id", ["../orders", "pay_1?x=1", "", "pay 1", "é", "a" * 65])
async def test_what_is_no_id_never_gets_into_an_address(payment_id: str) -> None:
    outcome = await answered(PAYMENT).payment(payment_id)
    assert isinstance(outcome, No)
    assert outcome.kind == "not_found"


@given(st.text(min_size=1, max_size=90), st.integers(1, 40))
def test_a_refund_key_suits_header_and_receipt_whatever_booking_calls_it(key: str, number: int) -> None:
    own = provider_key(key, number)
    assert 10 <= len(own) <= 40
    assert re.fullmatch(r"[A-Za-z0-9_-]+", own)
    assert own != provider_key(key, number + 1)


def test_pages_load_checkout_from_razorpay_itself_unless_it_is_simulated() -> None:
    assert answered({}).offer() == {
        "key_id": "rzp_test_x",
        "checkout_url": "https://checkout.razorpay.com/v1/checkout.js",
    }


@pytest.mark.parametrize(
    ("urls", "script"),
    [
        ({"base_url": "http://127.0.0.1:9001/"}, "http://127.0.0.1:9001/v1/checkout.js"),
        (
            {"base_url": "http://razorpay:8000", "page_url": "http://localhost:9001"},
            "http://localhost:9001/v1/checkout.js",
        ),
    ],
)
def test_a_stand_in_is_loaded_from_where_payers_find_it(urls: dict[str, str], script: str) -> None:
    settings = RazorpaySettings.model_validate({**ACCOUNT, **urls})
    assert settings.is_simulated
    assert Razorpay(Answering({}), settings).offer()["checkout_url"] == script


@pytest.mark.parametrize(
    ("status", "deducted", "seen"),
    [
        ("open", 0, "open"),
        ("under_review", 0, "open"),
        ("action_required", 0, "open"),
        ("won", 0, "won"),
        ("lost", 500, "lost"),
        ("closed", 500, "lost"),
        ("closed", 0, "won"),
    ],
)
async def test_a_dispute_is_open_until_its_status_says_otherwise(status: str, deducted: int, seen: str) -> None:
    body = {"id": "disp_1", "payment_id": "pay_1", "amount": 500, "currency": "INR", "created_at": 1767225600}
    outcome = await answered({**body, "status": status, "amount_deducted": deducted}).dispute("disp_1")
    assert isinstance(outcome, Yes)
    assert outcome.value.status == seen
