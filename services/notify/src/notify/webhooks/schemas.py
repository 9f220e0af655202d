"""HTTP bodies of webhooks and their deliveries."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, HttpUrl, StringConstraints, TypeAdapter, ValidationError

from chassis.bodies import Absent, RequestBody, ResponseBody
from chassis.changes import Change
from chassis.times import Moment
from contracts.event import UtcTime
from contracts.ids import is_id
from contracts.partners import FOR_PARTNERS
from notify.webhooks.domain import DisabledReason, Status, Webhook, WebhookDelivery

_URL = TypeAdapter(HttpUrl)
_MOST_URL = 2048


def _address(text: str) -> str:
    """As browsers and servers read it: one spelling of a host, whatever number or script it was written in."""
    try:
        url = _URL.validate_python(text)
    except ValidationError:
        raise ValueError("is no address of a web server") from None
    if url.username is not None or url.password is not None:
        raise ValueError("must not have a user or password")
    if url.fragment is not None:
        raise ValueError("must not have a fragment")
    if len(str(url)) > _MOST_URL:
        raise ValueError(f"has more than {_MOST_URL} characters when all of it is written as servers read it")
    return str(url)


def _known_event(name: str) -> str:
    if name not in FOR_PARTNERS:
        raise ValueError("no event that partners are told of")
    return name


def _theater_id(text: str) -> str:
    if not is_id("thr", text):
        raise ValueError("no id of a theater")
    return text


def _each_once(values: list[str]) -> list[str]:
    if len(set(values)) < len(values):
        raise ValueError("each once")
    return values


Url = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=_MOST_URL),
    AfterValidator(_address),
    Field(json_schema_extra={"format": "uri"}),
]
EventName = Annotated[
    str, AfterValidator(_known_event), Field(json_schema_extra={"enum": sorted(FOR_PARTNERS)}, max_length=64)
]
EventNames = Annotated[
    list[EventName],
    Field(min_length=1, max_length=50, json_schema_extra={"uniqueItems": True}),
    AfterValidator(_each_once),
]
TheaterIds = Annotated[
    list[Annotated[str, AfterValidator(_theater_id), Field(max_length=64)]],
    Field(min_length=1, max_length=500, json_schema_extra={"uniqueItems": True}),
    AfterValidator(_each_once),
]


class NewWebhook(RequestBody):
    """Whom to tell of which events. Without `theaterIds` those of all theaters; for managers those of their own."""

    url: Url
    events: EventNames
    theater_ids: TheaterIds | None = None
    enabled: Annotated[bool, Field(strict=True)] = True


class WebhookPatch(Change[NewWebhook]):
    """What to change; null takes the limit to theaters away."""


class RecoveryBody(RequestBody):
    """From when on what did not arrive is sent again."""

    since: Moment


class WebhookView(ResponseBody):
    """A webhook without its secret. `theaterIds` null: all theaters. `failingSince` is when the first attempt failed
    after which none has succeeded; `disabledReason` is there where nobody disabled it by hand."""

    id: str
    url: str
    events: list[str]
    theater_ids: list[str] | None
    enabled: bool
    disabled_reason: Absent[DisabledReason] = None
    failing_since: Absent[datetime] = None
    created_by: str
    created_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, webhook: Webhook) -> "WebhookView":
        return cls(**_shown(webhook))


class WebhookWithSecretView(WebhookView):
    """A webhook that was just made, with the secret that its messages are signed with. It is shown this once; a replay
    of the answer is without it."""

    secret: Absent[Annotated[str, Field(pattern="^whsec_")]] = None

    @classmethod
    def with_secret(cls, webhook: Webhook) -> "WebhookWithSecretView":
        return cls(**_shown(webhook), secret=webhook.secret)


def _shown(webhook: Webhook) -> dict[str, object]:
    names = WebhookView.model_fields
    return {name: getattr(webhook, name) for name in names} | {
        "events": list(webhook.events),
        "theater_ids": None if webhook.theater_ids is None else list(webhook.theater_ids),
    }


class AttemptView(ResponseBody):
    """One attempt: the status that the partner answered with, or why there was no answer."""

    at: datetime
    milliseconds: Annotated[int, Field(ge=0)]
    status: int | None
    error: str | None


DeliveryStatus = Literal["pending", "delivered", "failed", "skipped"]


class WebhookDeliveryView(ResponseBody):
    """One event for one webhook. `messageId` is the `webhook-id` that it is sent with, the same each time; the
    newest 20 attempts are shown."""

    id: str
    webhook_id: str
    event: str
    message_id: str
    status: DeliveryStatus
    attempts: list[AttemptView]
    next_attempt_at: Absent[datetime] = None
    created_at: datetime

    @classmethod
    def of(cls, delivery: WebhookDelivery) -> "WebhookDeliveryView":
        attempts = [
            AttemptView(at=each.at, milliseconds=each.milliseconds, status=each.status, error=each.error)
            for each in delivery.attempts
        ]
        return cls(
            id=delivery.id,
            webhook_id=delivery.webhook_id,
            event=delivery.event,
            message_id=delivery.message_id,
            status=delivery.status.value,
            attempts=attempts,
            next_attempt_at=delivery.due_at if delivery.status is Status.PENDING else None,
            created_at=delivery.created_at,
        )


class RecoveryView(ResponseBody):
    """How many deliveries are sent again."""

    count: Annotated[int, Field(ge=0)]
    since: UtcTime
