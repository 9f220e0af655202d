"""CloudEvents 1.0 in AMQP binary mode: the attributes are headers, the data is the event's JSON.

Source: CloudEvents AMQP protocol binding, section 3.1; the `cloudEvents_` prefix also suits JMS clients.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from uuid_utils import uuid7

from chassis import telemetry
from contracts.event import Event
from contracts.subscriptions import BY_TYPE

PREFIX = "cloudEvents_"
_TOLD_AT: ContextVar[datetime | None] = ContextVar("told_at", default=None)
_EVENT_ID: ContextVar[str] = ContextVar("event_id", default="")


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event with its CloudEvents attributes: fixed in the write of the state that it tells of, and the same however
    often it is sent."""

    id: str
    type: str
    subject: str
    time: str
    traceparent: str
    data: str

    def headers(self, source: str) -> dict[str, Any]:
        """The AMQP headers of a message from `source`."""
        attributes = {
            "specversion": "1.0",
            "id": self.id,
            "source": f"/marquee/{source}",
            "type": self.type,
            "subject": self.subject,
            "time": self.time,
            "traceparent": self.traceparent,
        }
        return {**{f"{PREFIX}{name}": value for name, value in attributes.items()}, "traceparent": self.traceparent}

    def document(self) -> dict[str, Any]:
        """The outbox entry in an aggregate's document. `time` is a date there, so that old entries can be found."""
        return {
            "id": self.id,
            "type": self.type,
            "subject": self.subject,
            "time": datetime.fromisoformat(self.time),
            "traceparent": self.traceparent,
            "data": self.data,
        }


def seal(event: Event, *, key: str | None = None, trace: str | None = None) -> Envelope:
    """The envelope of an event, with the present time and the current trace; outside of any, that of the traceparent
    `trace`, else a new one. Its id is `key` where aggregate and kind determine it, else a new uuid7."""
    return Envelope(
        id=key or str(uuid7()),
        type=event.type,
        subject=event.subject,
        time=datetime.now(UTC).isoformat(timespec="milliseconds"),
        traceparent=telemetry.traceparent() or trace or telemetry.new_traceparent(),
        data=event.model_dump_json(),
    )


def from_document(entry: Mapping[str, Any]) -> Envelope:
    """The envelope of an outbox entry."""
    time = entry["time"].astimezone(UTC).isoformat(timespec="milliseconds")
    return Envelope(entry["id"], entry["type"], entry["subject"], time, entry["traceparent"], entry["data"])


@contextmanager
def handling(headers: Mapping[str, Any]) -> Iterator[None]:
    """Within the block the message with these headers is handled."""
    try:
        at = datetime.fromisoformat(str(headers.get(f"{PREFIX}time", "")))
    except ValueError:
        at = None
    token, id_token = _TOLD_AT.set(at), _EVENT_ID.set(str(headers.get(f"{PREFIX}id", "")))
    try:
        yield
    finally:
        _TOLD_AT.reset(token)
        _EVENT_ID.reset(id_token)


def told_at() -> datetime:
    """When the event that is handled now was written, by its producer's clock; outside of any, and for one that does
    not say, now."""
    return _TOLD_AT.get() or datetime.now(UTC)


def event_id() -> str:
    """The id of the event that is handled now, the same however often it is delivered; outside of any it is empty."""
    return _EVENT_ID.get()


def unseal(event_type: str, body: bytes) -> Event:
    """The event a message carries; raises `KeyError` for a type no contract names and pydantic's `ValidationError`."""
    return BY_TYPE[event_type].model_validate_json(body)
