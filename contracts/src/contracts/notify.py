"""What notify says."""

from typing import ClassVar

from contracts.event import Event
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
    """The mail server took a message."""

    type: ClassVar[str] = "notify.delivered.v1"


class NotificationFailed(_DeliveryEvent):
    """A message will not be delivered; `detail` is the server's answer."""

    type: ClassVar[str] = "notify.failed.v1"

    detail: str
