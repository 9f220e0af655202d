"""Status callbacks: form posts to the address that a message names, signed as Twilio signs them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from simulators.deliveries import Message, WebhookPlan
from simulators.journal import JsonObject
from simulators.outgoing import Outgoing, WebhookSecret

API_VERSION = "2010-04-01"
_GATHERED = "_callbacks"


def signature(token: str, url: str, fields: Mapping[str, str]) -> str:
    """X-Twilio-Signature: HMAC-SHA-1 over the address and the fields, sorted by name."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


class Signing:
    """Signs with the account's auth token of today."""

    def __init__(self, token: WebhookSecret) -> None:
        self._token = token

    def __call__(self, message: Message, plan: WebhookPlan) -> Mapping[str, str]:
        fields = dict(parse_qsl(message.body, keep_blank_values=True))
        signed = signature(self._token.signing(plan), message.url or "", fields)
        return {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "X-Twilio-Signature": signed,
            "I-Twilio-Idempotency-Token": message.event_id,
        }


class Callbacks:
    """Sends a callback at each change of a message's status save the first; with `shuffle` all of them at its end."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

    def changed(self, message: JsonObject, *, is_final: bool, plan: WebhookPlan | None = None) -> JsonObject:
        """Send what tells of the message's status now; the message, with what is still to be sent of it."""
        url = message["_status_callback"]
        if url is None:
            return message
        bodies = [*message.get(_GATHERED, []), [message["status"], urlencode(_fields(message))]]
        with self._outgoing.gathered(plan):
            if self._outgoing.plan.shuffle and not is_final:
                return message | {_GATHERED: bodies}
            for status, body in bodies:
                self._outgoing.add(Message(secrets.token_hex(16), status, body, url))
        return message | {_GATHERED: []}


def _fields(message: JsonObject) -> dict[str, str]:
    fields = {
        "AccountSid": message["account_sid"],
        "ApiVersion": API_VERSION,
        "From": message["from"],
        "MessageSid": message["sid"],
        "MessageStatus": message["status"],
        "SmsSid": message["sid"],
        "SmsStatus": message["status"],
        "To": message["to"],
    }
    if message["messaging_service_sid"]:
        fields["MessagingServiceSid"] = message["messaging_service_sid"]
    if message["error_code"]:
        fields["ErrorCode"] = str(message["error_code"])
    return fields
