"""The provider's routes: who may call, which path means what, refusals and repeats turned into answers."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from simulators.balance import Balance
from simulators.edge import Answer, Call
from simulators.journal import JsonObject
from simulators.stripe import account, errors
from simulators.stripe.attempts import Attempts
from simulators.stripe.books import Books, same, shown
from simulators.stripe.disputes import Disputes
from simulators.stripe.errors import Declined, Refusal
from simulators.stripe.events import API_VERSION, Events
from simulators.stripe.expansion import Expansion
from simulators.stripe.forms import Params, params_of
from simulators.stripe.idempotency import KEY_HEADER, Idempotency
from simulators.stripe.intents import Intents
from simulators.stripe.refunds import Refunds

Handler = Callable[[Params, Mapping[str, str]], JsonObject]
Routes = dict[tuple[str, str], Handler]


@dataclass(frozen=True, slots=True)
class Keys:
    """The secret one may call everything, the publishable one what a payer's page needs."""

    secret: str
    publishable: str


@dataclass(frozen=True, slots=True)
class Context:
    """Everything the routes speak to."""

    books: Books
    events: Events
    attempts: Attempts
    intents: Intents
    refunds: Refunds
    disputes: Disputes
    balance: Balance


class Api:
    def __init__(self, context: Context, keys: Keys) -> None:
        self._context = context
        self._keys = keys
        self._routes = [(method, _pattern(path), handler) for (method, path), handler in _routes(context).items()]
        self._expansion = Expansion(context.books)
        self._idempotency = Idempotency(context.books.journal, context.books.clock)

    def answer(self, call: Call) -> Answer:
        request = errors.request_id()
        key = call.headers.get(KEY_HEADER) if call.method == "POST" else None
        self._context.events.request = {"id": request, "idempotency_key": key}
        try:
            answer = self._answered(call, key, request)
        except Refusal as refusal:
            answer = refusal.answer(request)
        finally:
            self._context.events.request = {"id": None, "idempotency_key": None}
        headers = {"Request-Id": request, "Stripe-Version": call.headers.get("stripe-version", API_VERSION)}
        headers |= {} if key is None else {"Idempotency-Key": key}
        return replace(answer, headers={**headers, **answer.headers})

    def _answered(self, call: Call, key: str | None, request: str) -> Answer:
        is_public = self._is_public(call)
        params = params_of(call)
        earlier = None if key is None else self._idempotency.earlier(key, call, params)
        if earlier is not None:
            return earlier
        try:
            return self._executed(call, params, key, request, is_public=is_public)
        except Refusal as refusal:
            answer = refusal.answer(request)
            if key is not None and refusal.executed:
                self._idempotency.store(key, call, params, request, answer)
            return answer

    def _executed(self, call: Call, params: Params, key: str | None, request: str, *, is_public: bool) -> Answer:
        """In one transaction with what its key is to be answered again."""
        with self._context.books.journal.atomic():
            try:
                answer = Answer.of(self._expansion.of(shown(self._done(call, params, is_public=is_public)), params))
            except Declined as declined:
                answer = declined.answer(request)
            if key is not None:
                self._idempotency.store(key, call, params, request, answer)
            return answer

    def _done(self, call: Call, params: Params, *, is_public: bool) -> JsonObject:
        for method, pattern, handler in self._routes:
            match = pattern.fullmatch(call.path)
            if match is None or method != call.method:
                continue
            if is_public:
                self._check_public(call, params, match.groupdict())
            return handler(params, match.groupdict())
        raise errors.unknown_url(call.method, call.path)

    def _is_public(self, call: Call) -> bool:
        """Whether the caller has no more than the publishable key."""
        key = _key_of(call.headers.get("authorization", ""))
        if not key:
            raise errors.no_key()
        if hmac.compare_digest(key.encode(), self._keys.secret.encode()):
            return False
        if hmac.compare_digest(key.encode(), self._keys.publishable.encode()):
            return True
        raise errors.wrong_key(key)

    def _check_public(self, call: Call, params: Params, at: Mapping[str, str]) -> None:
        """A page sees and confirms the intent whose client secret it was given."""
        allowed = ("GET", "/v1/payment_intents/{intent}"), ("POST", "/v1/payment_intents/{intent}/confirm")
        if not any(call.method == method and _pattern(path[3:]).fullmatch(call.path) for method, path in allowed):
            raise errors.not_for_publishable()
        intent = self._context.books.intent(at["intent"])
        if params.text("client_secret") != intent["client_secret"]:
            raise errors.missing("payment_intent", at["intent"], "intent")


def _key_of(authorization: str) -> str:
    """Bearer, or the user of Basic."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        return value.strip()
    try:
        return base64.b64decode(value).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile("/v1" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))


def _routes(context: Context) -> Routes:
    return _intent_routes(context) | _charge_routes(context) | _refund_routes(context) | _account_routes(context)


def _intent_routes(context: Context) -> Routes:
    intents, books = context.intents, context.books
    return {
        ("POST", "/payment_intents"): lambda params, _: intents.create(params),
        ("GET", "/payment_intents"): lambda params, _: intents.listed(params),
        ("GET", "/payment_intents/{intent}"): lambda params, at: _read(
            books, "payment_intent", at["intent"], params, "client_secret"
        ),
        ("POST", "/payment_intents/{intent}"): lambda params, at: intents.update(at["intent"], params),
        ("POST", "/payment_intents/{intent}/confirm"): lambda params, at: intents.confirm(at["intent"], params),
        ("POST", "/payment_intents/{intent}/capture"): lambda params, at: intents.capture(at["intent"], params),
        ("POST", "/payment_intents/{intent}/cancel"): lambda params, at: intents.cancel(at["intent"], params),
        ("GET", "/payment_methods/{id}"): lambda params, at: _read(books, "payment_method", at["id"], params),
    }


def _charge_routes(context: Context) -> Routes:
    books, disputes = context.books, context.disputes
    return {
        ("GET", "/charges"): lambda params, _: books.page(
            "charge", params, same("payment_intent", params.text("payment_intent")), ("payment_intent", "customer")
        ),
        ("GET", "/charges/{id}"): lambda params, at: _read(books, "charge", at["id"], params),
        ("GET", "/disputes"): lambda params, _: disputes.listed(params),
        ("GET", "/disputes/{id}"): lambda params, at: _read(books, "dispute", at["id"], params),
        ("POST", "/disputes/{id}"): lambda params, at: disputes.update(at["id"], params),
        ("POST", "/disputes/{id}/close"): lambda params, at: disputes.close(at["id"], params),
    }


def _refund_routes(context: Context) -> Routes:
    books, refunds = context.books, context.refunds
    return {
        ("POST", "/refunds"): lambda params, _: refunds.create(params),
        ("GET", "/refunds"): lambda params, _: refunds.listed(params),
        ("GET", "/refunds/{id}"): lambda params, at: _read(books, "refund", at["id"], params),
        ("POST", "/refunds/{id}"): lambda params, at: refunds.update(at["id"], params),
        ("POST", "/refunds/{id}/cancel"): lambda params, at: refunds.cancel(at["id"], params),
    }


def _account_routes(context: Context) -> Routes:
    books, events = context.books, context.events
    return {
        ("GET", "/balance"): lambda params, _: account.balance(books, params),
        ("GET", "/balance_transactions"): lambda params, _: account.transactions(books, params),
        ("GET", "/balance_transactions/{id}"): lambda params, at: _read(books, "balance_transaction", at["id"], params),
        ("GET", "/events"): lambda params, _: account.events(books, events, params),
        ("GET", "/events/{id}"): lambda params, at: events.listed(_read(books, "event", at["id"], params)),
    }


def _read(books: Books, kind: str, key: str, params: Params, *more: str) -> JsonObject:
    params.refuse_unknown({"expand", *more})
    return books.get(kind, key)
