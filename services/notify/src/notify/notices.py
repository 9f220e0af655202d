"""What is said of a message's end to other services."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.notify import NotificationDelivered, NotificationFailed
from notify.domain import ChannelName, Kind, Status

_OF_NOBODY = frozenset({Kind.OTP})  # a code goes to a phone: whose it is, is not known


@dataclass(frozen=True, slots=True)
class Subject:
    """Which message it is, and about what."""

    delivery_id: str
    channel: ChannelName
    kind: Kind
    booking_id: str | None
    user_id: str | None


def notification_of(
    subject: Subject, status: Status, detail: str, at: datetime
) -> NotificationDelivered | NotificationFailed | None:
    """What is said of a status. A mail that was sent is as delivered as can be known."""
    about = subject.booking_id or subject.user_id
    is_said = status not in {Status.QUEUED, Status.SUPPRESSED} and subject.kind not in _OF_NOBODY
    if subject.user_id is None or about is None or not is_said:
        return None
    fields: dict[str, Any] = {
        "delivery_id": subject.delivery_id,
        "user_id": subject.user_id,
        "kind": subject.kind.value,
        "channel": subject.channel.value,
        "about": about,
        "status": status.value,
        "at": at,
    }
    if status in {Status.SENT, Status.DELIVERED}:
        return NotificationDelivered(**fields)
    return NotificationFailed(**fields, detail=detail)
