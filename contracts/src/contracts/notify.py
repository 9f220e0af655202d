"""What notify says."""

from typing import ClassVar, Literal

from contracts.audit import AuditRecord
from contracts.event import Event, UtcTime
from contracts.ids import UserId


class _DeliveryEvent(Event):
    """One message to one user over one channel. `about` is the id of the booking or user it tells of."""

    subject_field: ClassVar[str] = "delivery_id"

    delivery_id: str
    user_id: UserId
    kind: str
    channel: str
    about: str


class NotificationDelivered(_DeliveryEvent):
    """The mail server or the carrier took a message (`sent`), or the handset has it (`delivered`)."""

    type: ClassVar[str] = "notify.delivered.v1"

    status: Literal["sent", "delivered"] = "sent"
    at: UtcTime | None = None


class NotificationFailed(_DeliveryEvent):
    """A message will not be delivered; `detail` is the server's answer."""

    type: ClassVar[str] = "notify.failed.v1"

    detail: str
    status: Literal["failed", "bounced"] = "failed"  # bounced: there is nobody at that address
    at: UtcTime | None = None


class WebhookDisabled(Event):
    """Nothing is sent to a partner's webhook any more: `failing` since then, or its server said that it is `gone`.
    `number` counts how often that happened to it, from 1. Private: the address may bear a secret. `user_id` is who made
    it."""

    type: ClassVar[str] = "notify.webhook_disabled.v1"
    subject_field: ClassVar[str] = "webhook_id"
    private: ClassVar[bool] = True

    webhook_id: str
    user_id: UserId
    url: str
    reason: Literal["failing", "gone"]
    failing_since: UtcTime
    number: int
    at: UtcTime


class AuditRecorded(AuditRecord):
    """Somebody changed a partner's webhook by an admin call."""

    type: ClassVar[str] = "notify.audit_recorded.v1"
