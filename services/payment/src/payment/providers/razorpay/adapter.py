"""Razorpay as the port `Provider`: its calls, and its answers turned into yes, no and unknown."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from chassis.logs import logger
from contracts.currencies import EXPONENTS
from payment.amounts import payable
from payment.domain import Order, ProviderName
from payment.providers.razorpay import entities
from payment.providers.razorpay.client import Answer, NoAnswer, NotSent, RazorpayClient
from payment.providers.razorpay.settings import RazorpaySettings
from payment.providers.razorpay.signatures import signs, signs_checkout
from payment.providers.razorpay.webhooks import EVENT_ID_HEADER, SIGNATURE_HEADER, body_of, hint_of
from payment.usecases.provider import (
    No,
    Outcome,
    Page,
    ProviderDispute,
    ProviderOrder,
    ProviderPayment,
    ProviderRefund,
    Unknown,
    Webhook,
    Yes,
)

log = logger(__name__)
NAME: ProviderName = "razorpay"
CHECKOUT_URL = "https://checkout.razorpay.com/v1/checkout.js"
PAGE = 100
"""How many entries a list gives at most; a page with fewer is the last."""
_WRITE_SECONDS = 6.0
_READ_SECONDS = 5.0  # guests do not wait for it so long: what asks for them has a shorter timeout
_LOOKUP_SECONDS = 2.0  # a guest waits for the order
_ID = re.compile(r"[A-Za-z0-9_]{1,64}")
_KEY = re.compile(r"[A-Za-z0-9_-]{10,37}")
_FINAL = ("fully refunded already", "greater than amount captured", "more than 6 months old", "must be atleast")
# Captured by itself however late its bank answers: nothing of ours captures.
_CAPTURE = {
    "capture": "automatic",
    "capture_options": {"automatic_expiry_period": 7200, "manual_expiry_period": 7200, "refund_speed": "normal"},
}

T = TypeVar("T")
Parse = Callable[[dict[str, Any]], T]


class Razorpay:
    """The adapter."""

    name = NAME
    closes_orders = False

    def __init__(self, client: RazorpayClient, settings: RazorpaySettings) -> None:
        self._client, self._key_id = client, settings.key_id
        self._key_secrets, self._webhook_secrets = settings.key_secrets, settings.webhook_secrets
        self._checkout_url = settings.script_url("/v1/checkout.js", CHECKOUT_URL)
        self._account_id = settings.account_id
        self.accepted_differences = settings.accepted_reasons
        self.seal_keys: Sequence[str] = settings.webhook_secrets

    def least_amount(self, currency: str) -> int:
        """Razorpay names ₹1 alone; elsewhere it is taken for one whole unit of the currency, or for 100 minor ones
        where those are less. What it refuses beyond that is seen from its answer."""
        return int(min(100, 10 ** EXPONENTS.get(currency, 2)))

    def payable(self, amount: int, currency: str) -> int:
        """What every provider takes."""
        return payable(amount, currency)

    def offer(self) -> Mapping[str, str]:
        """The key's public half, and the script that shows Checkout."""
        return {"key_id": self._key_id, "checkout_url": self._checkout_url}

    async def page_values(self, order: Order) -> Outcome[Mapping[str, str]]:
        """What checkout.js wants."""
        return Yes({"order_id": order.order_id, "key_id": self._key_id})

    def proven_payment(self, order: Order, proof: Mapping[str, str]) -> str | None:
        """Checkout signs the pair of order and payment; the order that counts is the one in our own books."""
        payment_id, signature = proof.get("razorpayPaymentId"), proof.get("razorpaySignature", "")
        if payment_id is None or not signs_checkout(self._key_secrets, order.order_id, payment_id, signature):
            return None
        return payment_id

    def webhook(self, raw: bytes, headers: Mapping[str, str]) -> Webhook | None:
        """The event's id comes as a header; without one the body stands for it."""
        if not signs(self._webhook_secrets, raw, headers.get(SIGNATURE_HEADER)):
            return None
        event_id = headers.get(EVENT_ID_HEADER) or hashlib.sha256(raw).hexdigest()
        body = body_of(raw)
        if body is None:
            return Webhook(event_id, None)
        return Webhook(event_id, hint_of(body), self._is_of_account(body.get("account_id")))

    def _is_of_account(self, account_id: object) -> bool:
        """A webhook that names no account is judged by its signature alone."""
        return account_id is None or self._account_id in {None, account_id}

    async def open_order(
        self, receipt: str, number: int, amount: int, currency: str, notes: Mapping[str, str]
    ) -> Outcome[ProviderOrder]:
        """Captured automatically. A receipt that is taken is an unknown outcome: look it up. There is no second order,
        for none is ever closed."""
        body = {"amount": amount, "currency": currency, "receipt": receipt, "notes": dict(notes), "payment": _CAPTURE}
        outcome = await self._post("/orders", body, entities.order_of)
        if isinstance(outcome, No) and "receipt should be unique" in outcome.detail:
            return Unknown(outcome.detail)
        return outcome

    async def close_order(self, order_id: str) -> Outcome[bool]:
        """Orders stay payable for ever."""
        return No("no order can be closed", final=True)

    async def orders_of(self, receipt: str) -> Outcome[Sequence[ProviderOrder]]:
        """The list is filtered once more: what it gives for a receipt it does not know is undocumented."""

        def parse(body: dict[str, Any]) -> Sequence[ProviderOrder]:
            return [order for order in entities.orders_in(body) if order.receipt == receipt]

        return await self._get("/orders", parse, {"receipt": receipt, "count": PAGE}, _LOOKUP_SECONDS)

    async def order(self, order_id: str) -> Outcome[ProviderOrder]:
        """`GET /orders/:id`."""
        return await self._get(_path("orders", order_id), entities.order_of)

    async def payment(self, payment_id: str) -> Outcome[ProviderPayment]:
        """`GET /payments/:id`, offers expanded."""
        return await self._get(_path("payments", payment_id), entities.payment_of, {"expand[]": "offers"})

    async def payments_of(self, order_id: str) -> Outcome[Sequence[ProviderPayment]]:
        """`GET /orders/:id/payments`."""
        return await self._get(_path("orders", order_id, "payments"), entities.payments_in, {"count": PAGE})

    async def payments_between(
        self, start: datetime, end: datetime, cursor: str | None
    ) -> Outcome[Page[ProviderPayment]]:
        """`GET /payments?from=&to=`; the cursor is how many to skip."""
        return await self._page("/payments", start, end, cursor, entities.payment_of)

    async def refunds_between(
        self, start: datetime, end: datetime, cursor: str | None
    ) -> Outcome[Page[ProviderRefund]]:
        """`GET /refunds?from=&to=`."""
        return await self._page("/refunds", start, end, cursor, entities.refund_of)

    async def refund(
        self, payment_id: str, key: str, number: int, amount: int, currency: str
    ) -> Outcome[ProviderRefund]:
        """`POST /payments/:id/refund`, with key and receipt both derived from `key` and `number`."""
        own = provider_key(key, number)
        body = {"amount": amount, "speed": "normal", "receipt": own, "notes": {entities.KEY_NOTE: key}}
        path = _path("payments", payment_id, "refund")
        return await self._post(path, body, entities.refund_of, {"X-Refund-Idempotency": own})

    async def refunds_of(self, payment_id: str) -> Outcome[Sequence[ProviderRefund]]:
        """`GET /payments/:id/refunds`."""
        return await self._get(_path("payments", payment_id, "refunds"), entities.refunds_in, {"count": PAGE})

    async def dispute(self, dispute_id: str) -> Outcome[ProviderDispute]:
        """`GET /disputes/:id`."""
        return await self._get(_path("disputes", dispute_id), entities.dispute_of)

    async def disputes_between(
        self, start: datetime, end: datetime, cursor: str | None
    ) -> Outcome[Page[ProviderDispute]]:
        """`GET /disputes?from=&to=`."""
        return await self._page("/disputes", start, end, cursor, entities.dispute_of)

    async def _page(
        self, path: str, start: datetime, end: datetime, cursor: str | None, parse: Parse[T]
    ) -> Outcome[Page[T]]:
        """One entry that is not understood hides no other: of a window all the others are read."""
        skip = int(cursor or 0)

        def page(body: dict[str, Any]) -> Page[T]:
            items = entities.items_of(body)
            return Page(list(_understood(items, parse)), str(skip + PAGE) if len(items) == PAGE else None)

        window = {"from": int(start.timestamp()), "to": int(end.timestamp())}
        return await self._get(path, page, {**window, "count": PAGE, "skip": skip})

    async def _get(
        self,
        path: str | None,
        parse: Parse[T],
        query: Mapping[str, str | int] | None = None,
        timeout_seconds: float | None = None,
    ) -> Outcome[T]:
        seconds = timeout_seconds or _READ_SECONDS
        return await self._call("GET", path, parse, query=query, timeout_seconds=seconds)

    async def _post(
        self, path: str | None, body: Mapping[str, Any], parse: Parse[T], headers: Mapping[str, str] | None = None
    ) -> Outcome[T]:
        return await self._call("POST", path, parse, body=body, headers=headers, timeout_seconds=_WRITE_SECONDS)

    async def _call(self, method: str, path: str | None, parse: Parse[T], **request: Any) -> Outcome[T]:
        if path is None:
            return No("what is asked for has no such id", "not_found")
        try:
            answer = await self._client.call(method, path, **request)
        except NotSent as error:
            return No(f"the provider cannot be reached: {error}", "unreachable")
        except NoAnswer as error:
            return Unknown(str(error))
        if not 200 <= answer.status < 300:
            return refusal(answer)
        try:
            return Yes(parse(answer.body))
        except ValidationError as error:
            return Unknown(f"an answer that is not understood: {error.error_count()} errors")


def _understood(items: Iterable[dict[str, Any]], parse: Parse[T]) -> Iterator[T]:
    for item in items:
        try:
            yield parse(item)
        except ValidationError as error:
            log.warning("an entry of a list is not understood", entry_id=item.get("id"), errors=error.error_count())


def _path(kind: str, entity_id: str, *more: str) -> str | None:
    """The path of an entity, or of what belongs to it; None where the id cannot be one: it never gets into an
    address."""
    return "/".join(("", kind, entity_id, *more)) if _ID.fullmatch(entity_id) else None


def refusal(answer: Answer) -> No | Unknown:
    """What an answer without success means, by its status and text."""
    error = answer.body.get("error")
    error = error if isinstance(error, dict) else {}
    detail = str(error.get("description") or f"status {answer.status}")
    if answer.status == 429:
        return No(detail, "throttled")
    if not 400 <= answer.status < 500 or "still in progress" in detail:
        return Unknown(detail)
    if answer.status == 404 or "does not exist" in detail or "is not a valid id" in detail:
        return No(detail, "not_found")
    field = error.get("field")
    return No(detail, final=any(text in detail for text in _FINAL), field=field if isinstance(field, str) else None)


def provider_key(key: str, number: int) -> str:
    """A refund's key as the header takes it (letters, digits, `_`, `-`; 10 at least) and as a receipt (40 at most).

    The provider answers a key that failed with the failed refund for ever, so each new try has a number.
    """
    own = key if _KEY.fullmatch(key) else f"refund_{hashlib.sha256(key.encode()).hexdigest()[:28]}"
    return own if number == 1 else f"{own}-{number}"
