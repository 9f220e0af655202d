"""What comes after a message that was sent: the reminder of a show, and a word about money that does not come.

The delivery of a ticket or of a new time keeps its event and is due again when the reminder is; that costs a sale no
write of its own. The newest of them reminds, so that of a show that has moved only the new time is told.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from chassis.times import now_in_milliseconds
from contracts.booking import BookingCancelled, BookingRefused
from contracts.event import Event
from notify.channels import Channel
from notify.domain import GIVE_UP_AFTER, ChannelName, Delivery, Kind, RelatedDelivery, Status
from notify.store import Deliveries
from notify.triggers import show_of

_REMINDING = frozenset({Kind.CONFIRMATION, Kind.SEATS_CANCELLED, Kind.SEATS_MOVED, Kind.RESCHEDULE})
_ENDING = frozenset({Kind.CANCELLATION, Kind.REFUSAL})
_ABOUT_REFUNDS = frozenset({Kind.REFUND, Kind.REFUND_DELAYED})
_AFTER_THE_NEWEST = timedelta(minutes=1)
"""So long a ticket outlives the turn of a new time, whose reminder takes the seats from it."""


class FollowUps:
    """`reminder` is how long before its start a show is reminded of, `refund_late` how long money may be on its way
    before the guest is told that it is late."""

    def __init__(
        self,
        deliveries: Deliveries,
        channels: Mapping[ChannelName, Channel],
        *,
        reminder: timedelta,
        refund_late: timedelta,
    ) -> None:
        self._deliveries, self._channels = deliveries, channels
        self._reminder, self._refund_late = reminder, refund_late

    def next_at(self, delivery: Delivery, status: Status) -> datetime | None:
        """When a delivery that ends now with this status is due again; None for never."""
        now, show = now_in_milliseconds(), show_of(delivery.event)
        if status is Status.SUPPRESSED:
            return None
        if _owed(delivery.event):
            return now + self._refund_late
        if delivery.kind in _REMINDING and show and show.start_at - self._reminder > now:
            return show.start_at - self._reminder
        return None

    async def work(self, delivery: Delivery) -> None:
        """Follow up a delivery that was sent: insert the message that comes after it, or wait, or let it rest."""
        now = now_in_milliseconds()
        related = await self._deliveries.about_booking(delivery.booking_id or "")
        if delivery.kind in _ENDING:
            if not any(other.kind in _ABOUT_REFUNDS for other in related):
                await self._insert(delivery, Kind.REFUND_DELAYED, "late", now, until=now + GIVE_UP_AFTER)
        elif later := self._turn_after_a_new_time(delivery, related, now):
            await self._deliveries.postpone(delivery, until=later)
            return
        elif _newest(delivery.channel, related) == delivery.id:
            await self._remind(delivery, now)
        await self._deliveries.rest(delivery)

    def _turn_after_a_new_time(
        self, delivery: Delivery, related: list[RelatedDelivery], now: datetime
    ) -> datetime | None:
        """Until when a ticket waits for the reminder of a newer time to take its seats; None where it need not."""
        times = [
            other.show.start_at - self._reminder + _AFTER_THE_NEWEST
            for other in related
            if other.kind is Kind.RESCHEDULE
            and other.show
            and other.id != delivery.id
            and (other.booking_version or 0) > (delivery.booking_version or 0)
        ]
        return max((at for at in times if at > now), default=None)

    async def _remind(self, delivery: Delivery, now: datetime) -> None:
        show = show_of(delivery.event)
        if show and show.start_at > now:
            await self._insert(delivery, Kind.REMINDER, f"{show.start_at:%Y%m%dT%H%M}", now, until=show.start_at)

    async def _insert(self, after: Delivery, kind: Kind, which: str, now: datetime, *, until: datetime) -> None:
        """Insert the due delivery of this kind that comes after another; nothing where it is known already."""
        delivery_id = f"{after.channel}:{kind}:{after.booking_id}:{which}"
        channel = self._channels[after.channel]
        if not channel.writes(kind):
            return
        delivery = replace(
            after,
            id=delivery_id,
            kind=kind,
            status=Status.QUEUED,
            attempts=0,
            unanswered=0,
            repeated_at=None,
            message_id=channel.message_id(delivery_id),
            created_at=now,
            give_up_at=until,
        )
        await self._deliveries.insert(delivery)


def _owed(event: Event) -> bool:
    """Whether the event promises money back."""
    return isinstance(event, BookingCancelled | BookingRefused) and event.refund > 0


def _newest(channel: ChannelName, related: list[RelatedDelivery]) -> str | None:
    """The delivery that tells of the booking as it is now; None where the booking has ended."""
    if any(other.kind in _ENDING for other in related):
        return None
    reminding = [other for other in related if other.channel is channel and other.kind in _REMINDING]
    return max(reminding, key=lambda other: other.booking_version or 0).id if reminding else None
