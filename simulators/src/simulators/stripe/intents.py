"""Payment intents as the API takes them: made, changed, confirmed, captured, cancelled, listed."""

from __future__ import annotations

from collections.abc import Mapping

from iso4217 import Currency

from simulators.journal import JsonObject
from simulators.stripe.attempts import OPEN, Attempts
from simulators.stripe.books import Books, same, shown
from simulators.stripe.cards import behaviour, is_card
from simulators.stripe.entities import new_intent
from simulators.stripe.errors import Declined, Refusal, unexpected_state
from simulators.stripe.events import Events
from simulators.stripe.forms import Params

CURRENCIES = {currency.code.lower(): currency for currency in Currency if currency.exponent is not None}
_WHOLE = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"]
)
_ROUNDED = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])  # their third decimal has to be 0
_LEAST = {"aed": 200, "czk": 1500, "dkk": 250, "gbp": 30, "hkd": 400, "huf": 17500, "mxn": 1000, "myr": 200}
_LEAST |= {"nok": 300, "pln": 200, "ron": 200, "sek": 300, "thb": 1000}
_MOST = 99_999_999  # eight digits
_MOST_INR = 999_999_999

# Marked in the payer's page, or of features that this account does not have: taken as they come.
_PASSED = frozenset(
    {"allowed_payment_method_types", "amount_details", "application_fee_amount", "excluded_payment_method_types"}
    | {"hooks", "payment_details", "payment_method_configuration", "payment_method_data", "payment_method_options"}
    | {"payment_method_types", "setup_future_usage", "transfer_data", "transfer_group", "use_stripe_sdk"}
    | {"mandate", "mandate_data", "radar_options", "confirmation_token", "on_behalf_of", "customer_account"}
)
_WORDS = frozenset({"description", "receipt_email", "shipping", "statement_descriptor", "statement_descriptor_suffix"})
_UPDATE = (
    _WORDS | _PASSED | {"amount", "currency", "customer", "metadata", "payment_method", "capture_method", "expand"}
)
_CONFIRM = frozenset({"payment_method", "return_url", "off_session", "error_on_requires_action", "receipt_email"})
_CONFIRM |= _PASSED | {"capture_method", "shipping", "amount_to_confirm", "client_secret", "expand"}
_CREATE = _UPDATE | _CONFIRM | {"automatic_payment_methods", "confirm", "confirmation_method"}
_CREATE -= {"client_secret", "amount_to_confirm"}
_CAPTURE = frozenset({"amount_to_capture", "final_capture", "metadata", "expand"}) | _PASSED
_CAPTURE |= {"statement_descriptor", "statement_descriptor_suffix"}
KNOWN: Mapping[str, frozenset[str]] = {
    "create": _CREATE,
    "update": _UPDATE,
    "confirm": _CONFIRM,
    "capture": _CAPTURE,
    "cancel": frozenset({"cancellation_reason", "expand"}),
}
_REASONS = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")
_CAPTURE_METHODS = ("automatic", "automatic_async", "manual")
_CANCELABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action", "processing")


class Intents:
    def __init__(self, books: Books, attempts: Attempts, events: Events) -> None:
        self._books = books
        self._attempts = attempts
        self._events = events

    def create(self, params: Params) -> JsonObject:
        params.refuse_unknown(_CREATE)
        amount, currency = _price(params)
        intent = new_intent(amount, currency, self._books.now(), livemode=self._books.livemode)
        intent |= self._changes(params, intent) | _confirmation(params)
        confirming = params.boolean("confirm")
        if not confirming and params.text("return_url") is not None:
            raise Refusal("`return_url` can only be set when `confirm` is true.", param="return_url")
        with self._events.gathered(None):
            self._books.save(intent)
            self._events.tell("payment_intent.created", intent)
        return self._confirmed(intent, params) if confirming else intent

    def update(self, intent_id: str, params: Params) -> JsonObject:
        intent = self._books.intent(intent_id)
        params.refuse_unknown(_UPDATE)
        fixed = [name for name in ("amount", "currency", "payment_method") if name in params]
        if fixed and intent["status"] not in OPEN:
            words = (
                f"This PaymentIntent's {fixed[0]} could not be updated because it has a status of {intent['status']}."
            )
            raise unexpected_state(words, shown(intent))
        return self._books.save(intent | self._changes(params, intent))

    def confirm(self, intent_id: str, params: Params) -> JsonObject:
        intent = self._books.intent(intent_id)
        params.refuse_unknown(_CONFIRM)
        if intent["status"] not in OPEN:
            why = f"it has a status of {intent['status']}."
            if intent["status"] == "succeeded":
                why = "it has already succeeded after being previously confirmed."
            raise unexpected_state(f"You cannot confirm this PaymentIntent because {why}", shown(intent))
        return self._confirmed(intent | self._changes(params, intent), params)

    def capture(self, intent_id: str, params: Params) -> JsonObject:
        intent = self._books.intent(intent_id)
        params.refuse_unknown(_CAPTURE)
        if intent["status"] != "requires_capture":
            words = (
                "This PaymentIntent could not be captured because it has a "
                f"status of {intent['status']}. Only a PaymentIntent with one of the following statuses may be "
                "captured: requires_capture."
            )
            raise unexpected_state(words, shown(intent))
        amount = params.whole("amount_to_capture")
        amount = intent["amount_capturable"] if amount is None else amount
        if not 1 <= amount <= intent["amount_capturable"]:
            words = "Capture amount must be greater than 0 and not more than the amount that may be captured."
            raise Refusal(
                words, code="amount_too_large" if amount > 0 else "parameter_invalid_integer", param="amount_to_capture"
            )
        return self._attempts.capture(intent | {"metadata": params.metadata(intent["metadata"])}, amount)

    def cancel(self, intent_id: str, params: Params) -> JsonObject:
        intent = self._books.intent(intent_id)
        params.refuse_unknown(KNOWN["cancel"])
        reason = params.choice("cancellation_reason", _REASONS)
        # A payment that the bank is at work on can be stopped only in rare cases: never here.
        if intent["status"] not in _CANCELABLE or intent["status"] == "processing":
            words = (
                f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a "
                "PaymentIntent with one of the following statuses may be canceled: " + ", ".join(_CANCELABLE) + "."
            )
            raise unexpected_state(words, shown(intent))
        return self._attempts.cancel(intent, reason)

    def listed(self, params: Params) -> JsonObject:
        customer = params.text("customer")
        return self._books.page("payment_intent", params, same("customer", customer), ("customer", "customer_account"))

    def _changes(self, params: Params, intent: JsonObject) -> JsonObject:
        """What a request sets, of whatever may be set at any time."""
        changes: JsonObject = {"metadata": params.metadata(intent["metadata"])}
        if params.text("customer") is not None:
            raise Refusal(f"No such customer: '{params.text('customer')}'", code="resource_missing", param="customer")
        if intent["status"] in OPEN and ("amount" in params or "currency" in params):
            changes |= dict(zip(("amount", "currency"), _price(params, intent), strict=True))
        if "receipt_email" in params:
            changes["receipt_email"] = params.email("receipt_email")
        for name, most in {"description": 1000, "statement_descriptor": 22, "statement_descriptor_suffix": 22}.items():
            if name in params:
                changes[name] = params.text(name, most)
        method = params.choice("capture_method", _CAPTURE_METHODS)
        changes |= {} if method is None else {"capture_method": method}
        changes |= {
            name: params.raw(name) for name in ("shipping", "setup_future_usage", "transfer_group") if name in params
        }
        if params.text("payment_method") is not None:
            means = self._method(params.required("payment_method"))
            changes |= {"payment_method": means["id"], "status": "requires_confirmation"}
        return changes

    def _method(self, name: str) -> JsonObject:
        if is_card(name):
            return self._attempts.method("card", name)
        method = self._books.journal.get("payment_method", name)
        if method is None:
            raise Refusal(f"No such PaymentMethod: '{name}'", code="resource_missing", param="payment_method")
        return method

    def _confirmed(self, intent: JsonObject, params: Params) -> JsonObject:
        """Raises `Declined` when the bank says no: the intent is open again, and the books show the attempt."""
        if intent["payment_method"] is None:
            words = (
                "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update "
                "the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with "
                "a payment method or ConfirmationToken."
            )
            raise unexpected_state(words, shown(intent))
        _check_return(intent, params)
        with self._events.gathered(None):
            method = self._books.get("payment_method", intent["payment_method"])
            after = self._attempts.attempt(intent, behaviour(method["_card"]), method)
        error = after["last_payment_error"]
        if error is None:
            return after
        more = {"charge": error["charge"], "payment_intent": shown(after), "payment_method": error["payment_method"]}
        if error["decline_code"] is not None:
            more["decline_code"] = error["decline_code"]
        raise Declined(error["message"], status=402, kind="card_error", code=error["code"], executed=True, more=more)


def least_amount(currency: str) -> int:
    """Half a dollar or its like, in minor units."""
    return _LEAST.get(currency, 50)


def _price(params: Params, former: JsonObject | None = None) -> tuple[int, str]:
    given = former or {}
    amount = params.whole("amount") if "amount" in params or former is None else given["amount"]
    if amount is None:
        params.required("amount")
    currency = (params.required("currency") if "currency" in params or former is None else given["currency"]).lower()
    if currency not in CURRENCIES:
        words = f"Invalid currency: {currency}. Stripe currently supports these currencies: {', '.join(CURRENCIES)}"
        raise Refusal(words, param="currency")
    _check_amount(int(amount or 0), currency)
    return int(amount or 0), currency


def _check_amount(amount: int, currency: str) -> None:
    if amount < 1:
        raise Refusal(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    if amount < least_amount(currency):
        words = f"Amount must be at least {_worded(least_amount(currency), currency)}"
        raise Refusal(words, code="amount_too_small", param="amount")
    most = _MOST_INR if currency == "inr" else _MOST
    if amount > most:
        words = f"Amount must be no more than {_worded(most, currency)}"
        raise Refusal(words, code="amount_too_large", param="amount")
    if currency in _ROUNDED and amount % 10:
        raise Refusal(f"Amount in {currency} must be divisible by 10", param="amount")


def _worded(amount: int, currency: str) -> str:
    return f"{amount} {currency}" if currency in _WHOLE else f"{amount / 100:.2f} {currency}"


def _confirmation(params: Params) -> JsonObject:
    """Whether the dashboard's means of payment are offered is said when the intent is made, or never."""
    method = params.choice("confirmation_method", ("automatic", "manual"))
    changes: JsonObject = {} if method is None else {"confirmation_method": method}
    automatic = params.within("automatic_payment_methods")
    if automatic is not None:
        automatic.refuse_unknown({"enabled", "allow_redirects"})
        automatic.required("enabled")
        redirects = automatic.choice("allow_redirects", ("always", "never")) or "always"
        changes["automatic_payment_methods"] = {"allow_redirects": redirects, "enabled": automatic.boolean("enabled")}
    return changes


def _check_return(intent: JsonObject, params: Params) -> None:
    automatic = intent["automatic_payment_methods"] or {"allow_redirects": "always", "enabled": False}
    if automatic["enabled"] and automatic["allow_redirects"] == "always" and params.text("return_url") is None:
        words = (
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of "
            "these payment methods might redirect your customer off of your page, you must provide a `return_url`. If "
            "you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to "
            "`true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and "
            "Payment Intents."
        )
        raise Refusal(words)
