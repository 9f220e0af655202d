"""Messages: made as Twilio takes them, then on their way from queued to delivered by the simulator's clock."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from typing import Literal

from pydantic import Field

from simulators.clock import Clock
from simulators.deliveries import Camel, WebhookPlan
from simulators.journal import Journal, JsonObject
from simulators.schedule import Schedule
from simulators.twilio.callbacks import API_VERSION, Callbacks
from simulators.twilio.errors import Refusal, not_found
from simulators.twilio.segments import segments

Status = Literal["accepted", "queued", "sending", "sent", "delivered", "undelivered", "failed"]
Outcome = Literal["delivered", "undelivered", "failed", "sent"]
FINAL = frozenset({"delivered", "undelivered", "failed"})
STOPPED = 21610
_RANK = {"accepted": 0, "queued": 0, "sending": 1, "sent": 2, "delivered": 3, "undelivered": 3, "failed": 3}
_STEP_SECONDS = 0.05  # between two states
_MESSAGE, _NUMBER = "message", "number"
_E164 = re.compile(r"\+[1-9][0-9]{7,14}")
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 +\-_&]{1,11}")
_MAX_BODY = 1600
_MAGIC = {  # the numbers of Twilio's test credentials
    "+15005550001": (21211, "Invalid 'To' Phone Number: +1500555XXXX"),
    "+15005550002": (21612, "Message cannot be sent with the current combination of 'To' and/or 'From' parameters"),
    "+15005550003": (
        21408,
        "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    ),
    "+15005550004": (STOPPED, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number is not a valid mobile number"),
}


class Number(Camel):
    """What becomes of messages to a number: their last status with its error code; `stopped` after STOP."""

    number: str
    outcome: Outcome = "delivered"
    error_code: int | None = None
    stopped: bool = False
    after_ms: float = Field(default=0, ge=0)


@dataclass(frozen=True, slots=True)
class Account:
    """Who may send, and from what."""

    sid: str
    token: str
    sender: str
    service_sid: str | None


class Messages:
    def __init__(
        self, account: Account, journal: Journal, clock: Clock, schedule: Schedule, callbacks: Callbacks
    ) -> None:
        self._account = account
        self._journal = journal
        self._clock = clock
        self._schedule = schedule
        self._callbacks = callbacks

    def start(self) -> None:
        """Take up the messages that were on their way when the process ended."""
        for message in self._journal.all(_MESSAGE):
            if not message["_is_settled"]:
                self._schedule_step(message, self._clock.now())

    def create(self, fields: Mapping[str, str]) -> JsonObject:
        """The message as it is answered; raises `Refusal`."""
        to, body = self._to(fields), _body(fields)
        sender, service_sid = self._sender(fields)
        if self.number(to).stopped:
            raise Refusal(STOPPED, "Attempt to send to unsubscribed recipient")
        now = self._clock.now()
        message = self._new(to, body, sender, service_sid) | {
            "_status_callback": fields.get("StatusCallback"),
            "_at": now,
            "_is_settled": False,
        }
        self._journal.put(_MESSAGE, message["sid"], message, ref=to, at=now)
        self._schedule_step(message, now + _STEP_SECONDS)
        return message

    def get(self, sid: str, path: str) -> JsonObject:
        message = self._journal.get(_MESSAGE, sid)
        if message is None:
            raise not_found(path)
        return message

    def listed(self) -> list[JsonObject]:
        """Oldest first."""
        return self._journal.all(_MESSAGE)

    def found(self, query: Mapping[str, str]) -> list[JsonObject]:
        """Newest first, by `To`, `From` and `DateSent` as the list of the API takes them."""
        to = query.get("To")
        messages = self._journal.by_ref(_MESSAGE, to) if to else self._journal.all(_MESSAGE)[::-1]
        return [message for message in messages if _fits(message, query)]

    def number(self, number: str) -> Number:
        return Number.model_validate(self._journal.get(_NUMBER, number) or {"number": number})

    def set_number(self, number: Number) -> Number:
        self._journal.put(_NUMBER, number.number, number.model_dump())
        return number

    def set_status(self, sid: str, status: Status, error_code: int | None, plan: WebhookPlan | None) -> JsonObject:
        """What the carrier says of a message, in whatever order: a callback tells it. A lower status than the message
        has does not change it. The message takes no further step by itself."""
        message = self.get(sid, f"/_sim/messages/{sid}")
        if error_code == STOPPED:
            self.set_number(self.number(message["to"]).model_copy(update={"stopped": True}))
        said = self._as(message, status, error_code)
        announced = self._callbacks.changed(said, is_final=True, plan=plan)
        known = announced if _RANK[status] >= _RANK[message["status"]] else message
        self._journal.update(_MESSAGE, sid, known | {"_is_settled": True})
        return said

    def _schedule_step(self, message: JsonObject, due: float) -> None:
        self._schedule.at(due, partial(self._step, message["sid"]))

    def _step(self, sid: str) -> None:
        with self._journal.atomic():
            message = self._journal.get(_MESSAGE, sid)
            if message is None or message["_is_settled"]:
                return
            self._advance(message, self.number(message["to"]))

    def _advance(self, message: JsonObject, number: Number) -> None:
        path: list[Status] = ["sending", "sent"]
        if number.outcome == "failed":
            path = ["sending"]
        if number.outcome != "sent":
            path.append(number.outcome)
        status = next((status for status in path if _RANK[status] > _RANK[message["status"]]), path[-1])
        is_last = status == path[-1]
        changed = self._as(message, status, number.error_code if is_last else None) | {"_is_settled": is_last}
        self._journal.update(_MESSAGE, message["sid"], self._callbacks.changed(changed, is_final=is_last))
        if not is_last:
            wait = number.after_ms / 1000 if len(path) > 1 and status == path[-2] else 0.0
            self._schedule_step(message, self._clock.now() + _STEP_SECONDS + wait)

    def _as(self, message: JsonObject, status: Status, error_code: int | None) -> JsonObject:
        now = self._date()
        sent = message["date_sent"] or (now if _RANK[status] >= _RANK["sent"] else None)
        sender = message["from"] or self._account.sender
        return message | {
            "status": status,
            "error_code": error_code,
            "date_updated": now,
            "date_sent": sent,
            "from": sender,
            "num_segments": str(segments(message["body"])),
        }

    def _to(self, fields: Mapping[str, str]) -> str:
        to = fields.get("To", "")
        if not to:
            raise Refusal(21604, "A 'To' phone number is required.")
        if to in _MAGIC:
            raise Refusal(*_MAGIC[to])
        if not _E164.fullmatch(to):
            raise Refusal(21211, f"Invalid 'To' Phone Number: {to}")
        return to

    def _sender(self, fields: Mapping[str, str]) -> tuple[str | None, str | None]:
        service_sid, sender = fields.get("MessagingServiceSid"), fields.get("From")
        if service_sid:
            if service_sid != self._account.service_sid:
                raise Refusal(21701, "The Messaging Service does not exist")
            return sender, service_sid
        if not sender:
            raise Refusal(21603, "A 'From' phone number is required.")
        if not (_E164.fullmatch(sender) or _ALPHANUMERIC.fullmatch(sender)):
            raise Refusal(21212, f"Invalid From Number (caller ID): {sender}")
        if sender != self._account.sender:
            raise Refusal(21606, f"The 'From' phone number {sender} is not a valid, SMS-capable Twilio phone number")
        return sender, None

    def _new(self, to: str, body: str, sender: str | None, service_sid: str | None) -> JsonObject:
        sid, now = f"SM{secrets.token_hex(16)}", self._date()
        uri = f"/{API_VERSION}/Accounts/{self._account.sid}/Messages/{sid}"
        return {
            "account_sid": self._account.sid,
            "api_version": API_VERSION,
            "body": body,
            "date_created": now,
            "date_sent": None,
            "date_updated": now,
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": None if service_sid else sender,
            "messaging_service_sid": service_sid,
            "num_media": "0",
            "num_segments": "0" if service_sid else str(segments(body)),
            "price": None,
            "price_unit": "USD",
            "sid": sid,
            "status": "accepted" if service_sid else "queued",
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": to,
            "uri": f"{uri}.json",
        }

    def _date(self) -> str:
        return format_datetime(datetime.fromtimestamp(int(self._clock.now()), UTC))


def _body(fields: Mapping[str, str]) -> str:
    body = fields.get("Body", "")
    if not body.strip():
        raise Refusal(21602, "Message body is required.")
    if len(body) > _MAX_BODY:
        raise Refusal(21617, "The concatenated message body exceeds the 1600 character limit")
    return body


def _fits(message: JsonObject, query: Mapping[str, str]) -> bool:
    if "From" in query and query["From"] != message["from"]:
        return False
    return all(_is_of_date(message["_at"], name, query[name]) for name in _dates(query))


def _dates(query: Mapping[str, str]) -> Iterable[str]:
    return (name for name in ("DateSent", "DateSent<", "DateSent>") if name in query)


def _is_of_date(at: float, name: str, value: str) -> bool:
    day = len(value) == len("2026-01-01")
    try:
        limit = datetime.fromisoformat(value)
    except ValueError:
        raise Refusal(20001, f"Invalid date: {value}") from None
    limit = limit if limit.tzinfo else limit.replace(tzinfo=UTC)
    moment = datetime.fromtimestamp(at, UTC)
    if name == "DateSent":
        return moment.date() == limit.date() if day else int(at) == int(limit.timestamp())
    if name == "DateSent<":
        return moment.date() <= limit.date() if day else at <= limit.timestamp() + 1
    return at >= limit.timestamp()
