"""The mail server is away for long: every message waits, none is lost, none goes out twice."""

from datetime import timedelta

from services.notify.tests.conftest import Running, a_user
from services.notify.tests.factories import (
    a_booking_id,
    cancelled,
    email_change,
    issued,
    money_back,
    password_reset,
    refund_failed,
    refused,
    rescheduled,
    resend,
    seats_cancelled,
    seats_moved,
    verification,
)

from chassis.backoff import backoff_seconds
from notify.domain import ChannelName
from notify.main import create
from notify.triggers import TriggerEvent, id_of
from simulators.process import Simulator
from stack.testing import serving
from stack.waiting import until

AN_HOUR = timedelta(hours=1)


def one_of_each() -> list[TriggerEvent]:
    """A message of each kind, so that none outdates another."""
    ended = a_booking_id()
    events: list[TriggerEvent] = [issued(a_booking_id()), resend(a_booking_id()), seats_cancelled(a_booking_id())]
    events.append(seats_moved(a_booking_id()))
    events += [refused(a_booking_id()), rescheduled(a_booking_id())]
    events += [cancelled(ended), money_back(ended), refund_failed(ended)]
    return [*events, verification("welcome"), email_change(), password_reset()]


async def test_every_kind_of_message_outlasts_an_hour_without_a_mail_server(
    outside: Running, catcher: Simulator
) -> None:
    events = one_of_each()
    ids = [id_of(ChannelName.MAIL, event) for event in events]
    deliveries = outside.db["deliveries"]
    async with serving(create()):
        await outside.say(a_user())
        catcher.stop()
        await outside.say(*events)

        async def all_tried() -> bool:
            return bool(await deliveries.count_documents({"attempts": {"$gte": 2}}) == len(ids))

        await until(all_tried)
    # An hour passes: what was to be done then is an hour older, and was tried as often as in an hour.
    async for delivery in deliveries.find({}):
        earlier = {name: delivery[name] - AN_HOUR for name in ("created_at", "give_up_at", "due_at")}
        await deliveries.update_one({"_id": delivery["_id"]}, {"$set": {**earlier, "attempts": 60}})
    catcher.start()
    async with serving(create()):
        for delivery_id in ids:
            await outside.until(delivery_id, "sent")
    caught = [mail["messageId"] for mail in await outside.caught()]
    assert len(caught) == len(set(caught)) == len(ids)


def test_after_any_outage_a_message_is_tried_within_a_minute_of_its_end() -> None:
    pauses = [backoff_seconds(attempts, first=0.5, maximum=60.0) for attempts in range(1, 200)]
    assert max(pauses) <= 60.0
    assert sum(pauses[:70]) >= AN_HOUR.total_seconds() / 2
