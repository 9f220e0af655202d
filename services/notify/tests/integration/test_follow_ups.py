"""Reminders before the show, which move with it, and a word about money that is late."""

from datetime import UTC, datetime, timedelta

import pytest
from services.notify.tests.conftest import Running, a_user
from services.notify.tests.factories import (
    START,
    a_booking_id,
    cancelled,
    issued,
    money_back,
    rescheduled,
    seats_cancelled,
)

from contracts.ids import BookingId
from notify.main import create
from stack.testing import serving
from stack.waiting import until

pytestmark = pytest.mark.usefixtures("early_looks")
BEFORE = timedelta(hours=3)


async def the_time_comes(notify: Running, delivery_id: str) -> None:
    """What follows a delivery is due now, and is done."""
    await notify.db["deliveries"].update_one({"_id": delivery_id}, {"$set": {"due_at": datetime.now(UTC)}})

    async def done() -> bool:
        due_at = (await notify.delivery(delivery_id)).get("due_at")
        return due_at is None or due_at > datetime.now(UTC) + timedelta(minutes=1)

    await until(done)


async def kinds(notify: Running, booking: BookingId) -> set[str]:
    return {document["kind"] async for document in notify.db["deliveries"].find({"booking_id": booking})}


async def a_ticket(notify: Running, booking: BookingId) -> str:
    """The id of the delivery of a ticket that was sent."""
    await notify.say(a_user(), issued(booking))
    delivery_id = f"mail:confirmation:{booking}:3"
    await notify.until(delivery_id, "sent")
    return delivery_id


async def test_a_guest_is_reminded_when_the_time_comes(outside: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    booking, ticket = a_booking_id(), "mail:confirmation:{}:3"
    monkeypatch.setenv("REMINDER_HOURS", "1.5")
    async with serving(create()):
        await outside.say(a_user().model_copy(update={"email_notifications": True}), issued(booking))
        sent = await outside.until(ticket.format(booking), "sent")
        assert sent["due_at"] == START - timedelta(hours=1.5)
        await the_time_comes(outside, ticket.format(booking))
        await outside.until(f"mail:reminder:{booking}:20300115T1300", "sent")
        assert await _rests(outside, ticket.format(booking))
    first, reminder = await outside.caught()
    assert reminder["subject"] == "Your show begins soon: The Long Reel (7KQ2M9XD)"
    assert dict(reminder["headers"])["In-Reply-To"] == first["messageId"]
    for said in ("J7, J8", "Regal", "token=tok_1"):
        assert said in reminder["text"]
    assert "cid:" not in reminder["html"]


async def _rests(notify: Running, delivery_id: str) -> bool:
    return not {"due_at", "event"} & (await notify.delivery(delivery_id)).keys()


async def test_a_ticket_waits_for_its_reminder_without_its_code(notify: Running) -> None:
    booking = a_booking_id()
    delivery = await notify.delivery(await a_ticket(notify, booking))
    assert delivery["due_at"] == START - BEFORE
    assert "MQ2" not in str(delivery)
    soon = a_booking_id()
    await notify.say(issued(soon, start_at=datetime.now(UTC) + timedelta(hours=2)))
    await notify.until(f"mail:confirmation:{soon}:3", "sent")
    assert await _rests(notify, f"mail:confirmation:{soon}:3")  # nobody is reminded of what they have just bought


async def test_a_show_that_moves_is_reminded_of_once_by_its_new_time(notify: Running) -> None:
    booking = a_booking_id()
    ticket, moved = await a_ticket(notify, booking), f"mail:reschedule:{booking}:2"
    await notify.say(a_user(revision=2).model_copy(update={"email_notifications": True}), rescheduled(booking))
    await notify.until(moved, "sent")
    await the_time_comes(notify, ticket)
    assert await kinds(notify, booking) == {"confirmation", "reschedule"}
    assert (await notify.delivery(moved))["due_at"] == START + timedelta(hours=3) - BEFORE
    await the_time_comes(notify, moved)
    await notify.until(f"mail:reminder:{booking}:20300115T1600", "sent")
    await the_time_comes(notify, ticket)
    reminders = [mail for mail in await notify.caught() if "begins soon" in mail["subject"]]
    assert [("9:30 PM IST" in mail["text"], "J7, J8" in mail["text"]) for mail in reminders] == [(True, True)]


async def test_a_new_ticket_reminds_of_the_seats_that_are_left(notify: Running) -> None:
    booking = a_booking_id()
    ticket, new = await a_ticket(notify, booking), f"mail:seats_cancelled:{booking}:5"
    await notify.say(a_user(revision=2).model_copy(update={"email_notifications": True}), seats_cancelled(booking))
    await notify.until(new, "sent")
    await the_time_comes(notify, ticket)
    assert "reminder" not in await kinds(notify, booking)
    await the_time_comes(notify, new)
    await notify.until(f"mail:reminder:{booking}:20300115T1300", "sent")
    [reminder] = [mail for mail in await notify.caught() if "begins soon" in mail["subject"]]
    assert "J7" in reminder["text"]
    assert "J8" not in reminder["text"]


async def test_nobody_is_reminded_of_what_was_cancelled_or_who_wants_none(notify: Running) -> None:
    booking, unwanted = a_booking_id(), a_booking_id()
    ticket = await a_ticket(notify, booking)
    await notify.say(cancelled(booking))
    await notify.until(f"mail:cancellation:{booking}:4", "sent")
    await the_time_comes(notify, ticket)
    assert await kinds(notify, booking) == {"confirmation", "cancellation"}
    await the_time_comes(notify, await a_ticket(notify, unwanted))  # this user wants no mails that can be turned off
    suppressed = await notify.until(f"mail:reminder:{unwanted}:20300115T1300", "suppressed")
    assert suppressed["detail"] == "the person wants none of this kind"
    assert not any("begins soon" in mail["subject"] for mail in await notify.caught())


async def test_money_that_does_not_come_is_told_to_be_late_once(notify: Running) -> None:
    late, paid = a_booking_id(), a_booking_id()
    await notify.say(a_user(), cancelled(late), cancelled(paid), money_back(paid))
    for booking in (late, paid):
        await notify.until(f"mail:cancellation:{booking}:4", "sent")
    await notify.until(f"mail:refund:{paid}:refund_pay_x", "sent")
    for booking in (late, paid):
        await the_time_comes(notify, f"mail:cancellation:{booking}:4")
    await notify.until(f"mail:refund_delayed:{late}:late", "sent")
    assert "refund_delayed" not in await kinds(notify, paid)
    [mail] = [mail for mail in await notify.caught() if "delayed" in mail["subject"]]
    assert "₹1,274.60" in mail["text"]
