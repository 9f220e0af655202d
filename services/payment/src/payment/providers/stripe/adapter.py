"""Stripe as the port `Provider`: its calls, and its answers turned into yes, no and unknown.

An order is a payment intent, which is its capture as well; each try to pay it is a charge.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from cachetools import LRUCache
from pydantic import ValidationError

from chassis.logs import logger
from contracts.ids import is_id, made_at
from payment.domain import Order, ProviderName
from payment.providers.stripe import entities
from payment.providers.stripe.amounts import least_amount, payable, to_stripe
from payment.providers.stripe.client import ERRORS, Parse, StripeApi, is_taken, outcome_of, read, refusal
from payment.providers.stripe.settings import StripeSettings
from payment.providers.stripe.webhooks import SIGNATURE_HEADER, webhook_of
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
NAME: ProviderName = "stripe"
SCRIPT_URL = "https://js.stripe.com/v3/"
PAGE = 100
"""How many entries a list gives at most."""
_LOOKUP_PAGES = 5
_CLOCKS = timedelta(minutes=2)
_REMEMBERED = 1_000
_INTENT, _CHARGE = re.compile(r"pi_[A-Za-z0-9_]{1,60}"), re.compile(r"(ch|py)_[A-Za-z0-9_]{1,60}")
_DISPUTE = re.compile(r"(dp|du)_[A-Za-z0-9_]{1,60}")
_WITH_CHARGE = ["latest_charge.balance_transaction"]

T = TypeVar("T")
Body = dict[str, Any]
_NO_SUCH = No("what is asked for has no such id", "not_found")


class Stripe:
    """The adapter. Of an intent that it has just opened it remembers the client's secret until a page has it: it is
    stored nowhere, and asked for when a page wants it again."""

    name = NAME
    closes_orders = True

    def __init__(self, api: StripeApi, settings: StripeSettings) -> None:
        self._api, self._settings = api, settings
        self._script_url = settings.script_url("/v3/", SCRIPT_URL)
        self.accepted_differences = settings.accepted_reasons
        self.seal_keys: Sequence[str] = settings.webhook_secrets
        self._client_secrets: LRUCache[str, str] = LRUCache(_REMEMBERED)

    def least_amount(self, currency: str) -> int:
        """As Stripe lists it; elsewhere it is seen from its answer."""
        return least_amount(currency)

    def payable(self, amount: int, currency: str) -> int:
        """Of three decimals the last one has to be 0, of an ariary there are no parts."""
        return payable(amount, currency)

    def offer(self) -> Mapping[str, str]:
        """Stripe.js, and what it is started with."""
        return {"publishable_key": self._settings.publishable_key, "checkout_url": self._script_url}

    async def page_values(self, order: Order) -> Outcome[Mapping[str, str]]:
        """What Stripe.js wants. An intent that was opened before is looked at: it may be canceled by now."""
        secret = self._client_secrets.pop(order.order_id, None)
        if secret is not None:
            return Yes(self._page(order.order_id, secret))
        outcome = await self._intent(order.order_id, lambda body: (entities.order_of(body), body.get("client_secret")))
        match outcome:
            case Yes((ProviderOrder(is_closed=True), _)):
                return No("the intent is canceled", "closed")
            case Yes((_, str(secret))):
                return Yes(self._page(order.order_id, secret))
            case Yes():
                return Unknown("an intent without its client secret")
        return outcome

    def proven_payment(self, order: Order, proof: Mapping[str, str]) -> str | None:
        """A page proves nothing: it names the intent, and the provider is asked."""
        return order.order_id if proof.get("paymentIntentId") == order.order_id else None

    def webhook(self, raw: bytes, headers: Mapping[str, str]) -> Webhook | None:
        """Verified when it comes: the signature is of some minutes."""
        settings = self._settings
        return webhook_of(raw, headers.get(SIGNATURE_HEADER), settings.webhook_secrets, is_live=settings.is_live)

    async def open_order(
        self, receipt: str, number: int, amount: int, currency: str, notes: Mapping[str, str]
    ) -> Outcome[ProviderOrder]:
        """An intent for whatever methods the account has. The key names receipt and number, so that no answer about an
        intent that was canceled comes again for the next one."""
        asked_for = to_stripe(amount, currency)
        if asked_for is None:
            return No("no such amount can be asked for in this currency", field="amount")
        params = {
            "amount": asked_for,
            "currency": currency.lower(),
            "automatic_payment_methods": {"enabled": True},
            "description": notes.get("booking_id", receipt),
            "metadata": {**notes, entities.RECEIPT: receipt},
        }

        async def opened_before() -> Outcome[ProviderOrder | None]:
            orders = await self.orders_of(receipt)
            if not isinstance(orders, Yes):
                return orders
            return Yes(next((order for order in orders.value if not order.is_closed), None))

        create = self._api.v1.payment_intents.create_async
        return await self._once(create, params, f"{receipt}-{number}", self._opened, opened_before)

    async def close_order(self, order_id: str) -> Outcome[bool]:
        """`POST /v1/payment_intents/:id/cancel`; what it refuses is looked at."""
        if not _INTENT.fullmatch(order_id):
            return _NO_SUCH
        outcome = await outcome_of(self._api.v1.payment_intents.cancel_async(order_id), _is_canceled)
        if isinstance(outcome, No) and outcome.kind == "refused":
            return await self._intent(order_id, _is_canceled)
        return outcome

    async def orders_of(self, receipt: str) -> Outcome[Sequence[ProviderOrder]]:
        """The intents since the receipt was made that bear it: what is asked for is among the newest ones. Stripe's
        search would know receipts, but only after a minute."""
        since = datetime.fromtimestamp(made_at(receipt) if is_id("pay", receipt) else 0, UTC) - _CLOCKS
        orders: list[ProviderOrder] = []
        cursor: str | None = None
        for _ in range(_LOOKUP_PAGES):
            page = await self._page_of(
                self._api.v1.payment_intents.list_async, {"created": {"gte": _unix(since)}}, cursor, entities.order_of
            )
            if not isinstance(page, Yes):
                return page
            orders += [order for order in page.value.items if order.receipt == receipt]
            cursor = page.value.next
            if cursor is None:
                break
        return Yes(orders)

    async def order(self, order_id: str) -> Outcome[ProviderOrder]:
        """`GET /v1/payment_intents/:id`."""
        return await self._intent(order_id, entities.order_of)

    async def payment(self, payment_id: str) -> Outcome[ProviderPayment]:
        """The newest try of an intent, or one charge."""
        if _CHARGE.fullmatch(payment_id):
            charge = self._api.v1.charges.retrieve_async(payment_id, {"expand": ["balance_transaction"]})
            return await outcome_of(charge, entities.payment_of_charge)
        return await self._intent(payment_id, entities.payment_of_intent)

    async def payments_of(self, order_id: str) -> Outcome[Sequence[ProviderPayment]]:
        """The newest try alone: earlier ones have failed."""
        return await self._intent(order_id, entities.payments_in_intent)

    async def payments_between(
        self, start: datetime, end: datetime, cursor: str | None
    ) -> Outcome[Page[ProviderPayment]]:
        """`GET /v1/charges?created[gte]=&created[lte]=`; the cursor is the last one's id."""
        params = {**_window(start, end), "expand": ["data.balance_transaction"]}
        return await self._page_of(self._api.v1.charges.list_async, params, cursor, entities.payment_of_charge)

    async def refunds_between(
        self, start: datetime, end: datetime, cursor: str | None
    ) -> Outcome[Page[ProviderRefund]]:
        """`GET /v1/refunds?created[gte]=&created[lte]=`."""
        return await self._page_of(self._api.v1.refunds.list_async, _window(start, end), cursor, entities.refund_of)

    async def refund(
        self, payment_id: str, key: str, number: int, amount: int, currency: str
    ) -> Outcome[ProviderRefund]:
        """`POST /v1/refunds`, under a key of its own for each number."""
        of, left = _of_payment(payment_id), to_stripe(payable(amount, currency), currency)
        if of is None:
            return _NO_SUCH
        if not left:
            return No("less than can be given back in this currency", final=True)
        metadata = {entities.KEY: key, entities.NUMBER: str(number)}

        async def made_before() -> Outcome[ProviderRefund | None]:
            bodies = await self._page_of(self._api.v1.refunds.list_async, of, None, dict)
            if not isinstance(bodies, Yes):
                return bodies
            made = (body for body in bodies.value.items if (body.get("metadata") or {}).items() >= metadata.items())
            return Yes(next((entities.refund_of(body) for body in made), None))

        params = {**of, "amount": left, "metadata": metadata}
        create = self._api.v1.refunds.create_async
        return await self._once(create, params, f"{key}-{number}", entities.refund_of, made_before)

    async def refunds_of(self, payment_id: str) -> Outcome[Sequence[ProviderRefund]]:
        """`GET /v1/refunds?payment_intent=`; a list of nothing is told from an intent that is not there."""
        of = _of_payment(payment_id)
        if of is None:
            return _NO_SUCH
        page = await self._page_of(self._api.v1.refunds.list_async, of, None, entities.refund_of)
        if not isinstance(page, Yes):
            return page
        if not page.value.items and isinstance(payment := await self.payment(payment_id), No):
            return payment
        return Yes(page.value.items)

    async def dispute(self, dispute_id: str) -> Outcome[ProviderDispute]:
        """`GET /v1/disputes/:id`."""
        if not _DISPUTE.fullmatch(dispute_id):
            return _NO_SUCH
        return await outcome_of(self._api.v1.disputes.retrieve_async(dispute_id), entities.dispute_of)

    async def disputes_between(
        self, start: datetime, end: datetime, cursor: str | None
    ) -> Outcome[Page[ProviderDispute]]:
        """`GET /v1/disputes?created[gte]=&created[lte]=`."""
        return await self._page_of(self._api.v1.disputes.list_async, _window(start, end), cursor, entities.dispute_of)

    # How each is asked for

    async def _once(
        self,
        create: Callable[..., Awaitable[Any]],
        params: Body,
        key: str,
        parse: Parse[T],
        made_before: Callable[[], Awaitable[Outcome[T | None]]],
    ) -> Outcome[T]:
        """Create under a key. An error that Stripe stored under it is its answer for a day, whatever has changed since,
        and where something else is asked for by now it takes the key no more: what was made is looked for, and only
        where nothing was, it is asked for under a key of this minute."""
        try:
            answer = await create(params, {"idempotency_key": key})
        except ERRORS as error:
            if not is_taken(error):
                return refusal(error)
            before = await made_before()
            if not isinstance(before, Yes):
                return Unknown(before.detail)
            if before.value is not None:
                return Yes(before.value)
            again = f"{key}-{datetime.now(UTC):%Y%m%d%H%M}"
            return await outcome_of(create(params, {"idempotency_key": again}), parse)
        return read(answer, parse)

    async def _intent(self, intent_id: str, parse: Parse[T]) -> Outcome[T]:
        if not _INTENT.fullmatch(intent_id):
            return _NO_SUCH
        intent = self._api.v1.payment_intents.retrieve_async(intent_id, {"expand": _WITH_CHARGE})
        return await outcome_of(intent, parse)

    async def _page_of(
        self, read: Callable[..., Awaitable[Any]], params: Body, cursor: str | None, parse: Parse[T]
    ) -> Outcome[Page[T]]:
        """One entry that is not understood hides no other."""
        more = {"starting_after": cursor} if cursor else {}

        def page(body: Body) -> Page[T]:
            items = entities.items_of(body)
            last = items[-1].get("id") if items else None
            return Page(list(_understood(items, parse)), str(last) if body.get("has_more") and last else None)

        return await outcome_of(read({**params, "limit": PAGE, **more}), page)

    def _opened(self, body: Body) -> ProviderOrder:
        secret = body.get("client_secret")
        order = entities.order_of(body)
        self._client_secrets.pop(order.order_id, None)
        if isinstance(secret, str):  # else it is an answer from before: the page looks what has become of it
            self._client_secrets[order.order_id] = secret
        return order

    def _page(self, intent_id: str, secret: str) -> Mapping[str, str]:
        return {
            "payment_intent_id": intent_id,
            "client_secret": secret,
            "publishable_key": self._settings.publishable_key,
        }


def _is_canceled(body: Body) -> bool:
    return entities.order_of(body).is_closed


def _of_payment(payment_id: str) -> Body | None:
    """The parameter that names an intent or a charge; None where the id cannot be one."""
    if _INTENT.fullmatch(payment_id):
        return {"payment_intent": payment_id}
    return {"charge": payment_id} if _CHARGE.fullmatch(payment_id) else None


def _window(start: datetime, end: datetime) -> Body:
    return {"created": {"gte": _unix(start), "lte": _unix(end)}}


def _unix(time: datetime) -> int:
    return int(time.timestamp())


def _understood(items: Iterable[Body], parse: Parse[T]) -> Iterator[T]:
    for item in items:
        try:
            yield parse(item)
        except ValidationError as error:
            log.warning("an entry of a list is not understood", entry_id=item.get("id"), errors=error.error_count())
