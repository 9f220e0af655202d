"""What notify says."""

from typing import ClassVar, Literal

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
