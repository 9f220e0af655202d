"""Twilio: sends SMS, finds one whose answer was not seen, and reads where one stands.

Twilio knows no idempotency keys: after an answer that was not seen the message is looked for before it is sent again.
Of the SDK the client and its errors are used, and not its classes for each resource: those of all Twilio's products are
40 MB, and those of the messages' API are read within the first call.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

import aiohttp
from multidict import MultiDict
from twilio.base.domain import Domain
from twilio.base.exceptions import TwilioException
from twilio.base.serialize import iso8601_datetime
from twilio.base.version import Version
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from notify.domain import (
    Bounced,
    Deferred,
    Misconfigured,
    Outcome,
    Refused,
    Sent,
    Status,
    Unanswered,
    Unwanted,
)
from notify.settings import Settings

STOPPED = 21610
_HOST, _API_VERSION = "https://api.twilio.com", "2010-04-01"
_OUR_SETTINGS = frozenset({20003, 20404, 21212, 21408, 21603, 21606, 21608, 21701, 21703})
_NO_MOBILE = frozenset({21211, 21604, 21614, 30005, 30006})  # there is no phone at this number that takes an SMS
_LATER = frozenset({20429, 21611})
_ONCE_MORE = frozenset({30001, 30003, 30022, 30023, 30410})  # said after it was taken: worth one more try, late
_STATUSES: Mapping[str, Status] = {
    "delivered": Status.DELIVERED,
    "read": Status.DELIVERED,
    "undelivered": Status.FAILED,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
}
_CLOCKS_DIFFER = timedelta(minutes=2)
_MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class Report:
    """Where a message to a phone stands, as Twilio says. `again`: it did not arrive, and may if it is sent once more
    later."""

    to: str
    status: Status
    detail: str = ""
    again: bool = False


def report_of(to: str, status: str, error_code: int | None) -> Report:
    """What a status of Twilio's means; a code says why a message did not arrive."""
    meaning = _STATUSES.get(status, Status.SENT)
    if meaning is not Status.FAILED:
        return Report(to, meaning)
    detail = f"{status}, error {error_code}" if error_code else status
    if error_code == STOPPED:
        return Report(to, Status.SUPPRESSED, detail)
    if error_code in _NO_MOBILE:
        return Report(to, Status.BOUNCED, detail)
    return Report(to, Status.FAILED, detail, again=error_code in _ONCE_MORE)


class Twilio:
    """One account. To be entered inside a running loop; leaving it closes its connections."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._callback = f"{settings.public_url.rstrip('/')}/api/notify/twilio/status"
        self._validator = RequestValidator(settings.twilio_token)
        self._account = f"Accounts/{settings.twilio_account_sid}"
        self._messages = f"{self._account}/Messages.json"
        self._under_way = 0
        self._api: Version | None = None
        self._http: AsyncTwilioHttpClient | None = None

    async def __aenter__(self) -> Self:
        settings = self._settings
        self._http = AsyncTwilioHttpClient()
        client = Client(settings.twilio_account_sid, settings.twilio_token, http_client=self._http)
        self._api = Version(Domain(client, settings.twilio_base_url or _HOST), _API_VERSION)
        return self

    async def __aexit__(self, *_exception: object) -> None:
        if self._http is not None:
            await self._http.close()

    @property
    def is_busy(self) -> bool:
        """Whether a message would have to wait for others."""
        return self._under_way >= self._settings.sms_connections

    async def send(self, to: str, body: str) -> Outcome:
        """Hand a text over to a number in E.164; never raises."""
        sender = (
            {"MessagingServiceSid": self._settings.twilio_messaging_service_sid}
            if self._settings.twilio_messaging_service_sid
            else {"From": self._settings.twilio_from}
        )
        self._under_way += 1
        try:
            fields = {"To": to, "Body": body, "StatusCallback": self._callback, **sender}
            message = await self._answered(self._entered().create_async("POST", self._messages, data=fields))
            return Sent(str(message["sid"]))
        except Exception as error:  # noqa: BLE001  # each has a meaning, an unknown one that the outcome is unknown
            return _outcome_of(error)
        finally:
            self._under_way -= 1

    async def find(self, to: str, body: str, since: datetime) -> list[str]:
        """The sids of the messages with this text that were handed over since then; raises as the SDK does."""
        query = {"To": to, "DateSent>": iso8601_datetime(since - _CLOCKS_DIFFER), "PageSize": _MOST_LISTED}
        newest = await self._answered(self._entered().fetch_async("GET", self._messages, params=query))
        return [str(message["sid"]) for message in newest["messages"] if message["body"] == body]

    async def look(self, provider_id: str) -> Report | None:
        """Where a message stands; None where that cannot be known now."""
        try:
            uri = f"{self._account}/Messages/{provider_id}.json"
            message = await self._answered(self._entered().fetch_async("GET", uri))
            return report_of(message["to"], message["status"], message["error_code"])
        except (TwilioException, aiohttp.ClientError, OSError, ValueError, KeyError):
            return None

    def is_signed(self, query: str, fields: MultiDict[str], signature: str | None) -> bool:
        """Whether a callback to us, by the address that is public, bears Twilio's signature."""
        url = f"{self._callback}?{query}" if query else self._callback
        return signature is not None and bool(self._validator.validate(url, fields, signature))

    def _entered(self) -> Version:
        if self._api is None:
            raise RuntimeError("the client was not entered")
        return self._api

    async def _answered(self, call: Any) -> Any:
        """The SDK's own timeout does nothing."""
        return await asyncio.wait_for(call, self._settings.sms_answer_seconds)


def _outcome_of(error: Exception) -> Outcome:
    match error:
        case aiohttp.ClientConnectorError():
            return Deferred(f"no connection: {error!r}", reached=False)
        case TwilioException():
            return _refusal(getattr(error, "status", 0), getattr(error, "code", 0) or 0, str(error))
        case _:
            return Unanswered(repr(error))


def _refusal(status: int, code: int, said: str) -> Outcome:
    """By code and HTTP status; 5xx, and what is no answer of Twilio's own, may have been taken all the same."""
    detail = f"{status} {code}: {said}"[:300]
    if code == STOPPED:
        return Unwanted(detail)
    if code in _NO_MOBILE:
        return Bounced(detail)
    if code in _LATER or status == 429:
        return Deferred(detail)
    if code in _OUR_SETTINGS or status in {401, 403}:
        return Misconfigured(detail)
    return Refused(detail) if 400 <= status < 500 else Unanswered(detail)
