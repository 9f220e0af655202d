"""Mails over the real bus, store and SMTP."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from prometheus_client import REGISTRY
from pymongo.errors import AutoReconnect
from services.notify.tests.conftest import Running, a_user
from services.notify.tests.factories import a_booking_id, cancelled, issued, money_back, refused, rescheduled

from chassis import telemetry
from notify.domain import BookingOutline, Delivery, Recipient
from notify.mails import Mail, MailComposer
from notify.main import create
from notify.store import Deliveries
from notify.usecases import MISCONFIGURED
from stack.testing import serving
from stack.waiting import until


async def test_a_ticket_becomes_one_mail_however_often_it_is_heard(notify: Running) -> None:
    booking, last = a_booking_id(), a_booking_id()
    await notify.say(a_user(), issued(booking), issued(booking), issued(last))
    delivery = await notify.until(f"mail:confirmation:{booking}:3", "sent")
    await notify.until(f"mail:confirmation:{last}:3", "sent")  # heard after both
    [mail] = [one for one in await notify.caught() if booking in one["messageId"]]
    assert delivery["attempts"] == 1
    assert mail["messageId"] == delivery["message_id"] == f"<mail.confirmation.{booking}.3@marquee.example>"
    assert mail["subject"] == "Your tickets: The Long Reel (7KQ2M9XD)"
    assert ["Auto-Submitted", "auto-generated"] in mail["headers"]
    for said in ("7KQ2M9XD", "Seat J7", "₹1,274.60", "Tuesday, 15 January 2030", "6:30 PM IST", "Screen 2"):
        assert said in mail["text"]
        assert said in mail["html"]
    inline, ticket, entry = mail["attachments"]
    assert f'src="cid:{inline["contentId"]}"' in mail["html"]
    assert base64.b64decode(inline["base64"]).startswith(b"\x89PNG")
    assert base64.b64decode(ticket["base64"]).startswith(b"%PDF")
    assert base64.b64decode(entry["base64"]).startswith(b"BEGIN:VCALENDAR")
    assert [part["disposition"] for part in mail["attachments"]] == ["inline", "attachment", "attachment"]


async def test_a_mail_belongs_to_the_trace_of_what_asked_for_it(notify: Running) -> None:
    booking, trace = a_booking_id(), "4bf92f3577b34da6a3ce929d0e0e4736"
    with telemetry.continued(f"00-{trace}-00f067aa0ba902b7-01"):
        await notify.say(issued(booking))
    await notify.until(f"mail:confirmation:{booking}:3", "queued")  # it waits for its recipient
    async with notify.hearing("notify.delivered.v1") as heard:
        await notify.say(a_user())
        message = await heard.get()
    assert message.headers["cloudEvents_subject"] == f"mail:confirmation:{booking}:3"
    assert str(message.headers["traceparent"]).split("-")[1] == trace


async def test_a_confirmation_older_than_a_cancellation_is_suppressed(notify: Running) -> None:
    booking = a_booking_id()
    await notify.say(cancelled(booking, version=3), issued(booking, version=3))
    await until(lambda: _count(notify, booking, 2))
    await notify.say(a_user())
    await notify.until(f"mail:cancellation:{booking}:3", "sent")
    await notify.until(f"mail:confirmation:{booking}:3", "suppressed")
    assert [mail["subject"].split(":")[0] for mail in await notify.caught()] == ["Your booking is cancelled"]


async def _has_revision(notify: Running, revision: int) -> bool:
    return bool((await notify.db["recipients"].find_one({"_id": "usr_1"}))["revision"] == revision)


async def _count(notify: Running, booking: str, wanted: int) -> bool:
    return bool(await notify.db["deliveries"].count_documents({"booking_id": booking}) == wanted)


async def test_a_refund_mail_learns_from_the_booking_whom_to_write_to(notify: Running) -> None:
    booking = a_booking_id()
    await notify.say(a_user(), money_back(booking))
    await notify.until(f"mail:refund:{booking}:refund_pay_x", "queued")
    await notify.say(cancelled(booking))
    await notify.until(f"mail:refund:{booking}:refund_pay_x", "sent")
    subjects = {mail["subject"] for mail in await notify.caught()}
    assert "Your refund is on its way: The Long Reel (7KQ2M9XD)" in subjects


async def test_a_refund_of_money_that_bought_nothing_is_told_to_whom_it_belongs(notify: Running) -> None:
    booking = a_booking_id()
    await notify.say(a_user(), money_back(booking, of_booking=False, user_id="usr_1"))
    delivery = await notify.until(f"mail:refund:{booking}:refund_pay_x", "sent")
    [mail] = await notify.caught()
    assert (delivery["user_id"], mail["subject"]) == ("usr_1", "Your refund is on its way")
    assert "This payment was not needed for your booking" in mail["text"]


async def test_all_that_is_said_again_is_written_once(notify: Running) -> None:
    booking, other, last = a_booking_id(), a_booking_id(), a_booking_id()
    events = [
        issued(booking),
        cancelled(booking),
        refused(other),
        money_back(booking),
        money_back(booking, number=2, provider_refund_id="rfnd_2"),
    ]
    await notify.say(a_user(), events[0])
    await notify.until(f"mail:confirmation:{booking}:3", "sent")
    await notify.say(*events[1:])
    for delivery in (
        f"mail:cancellation:{booking}:4",
        f"mail:refusal:{other}:3",
        f"mail:refund:{booking}:refund_pay_x",
    ):
        await notify.until(delivery, "sent")
    await notify.say(*events, *events, issued(last), cancelled(last), refused(last), money_back(last))
    await until(lambda: _count(notify, last, 4))  # each was heard after all the others of its queue
    assert await _count(notify, booking, 3)
    assert await _count(notify, other, 1)
    mails = [mail for mail in await notify.caught() if booking in mail["messageId"] or other in mail["messageId"]]
    assert sorted(mail["subject"].split(":")[0] for mail in mails) == [
        "Your booking is cancelled",
        "Your refund is on its way",
        "Your seats could not be booked (7KQ2M9XD)",
        "Your tickets",
    ]


async def test_a_server_that_says_later_is_asked_again_and_one_that_says_never_is_not(notify: Running) -> None:
    booking, other, third = a_booking_id(), a_booking_id(), a_booking_id()
    await notify.say(a_user())
    await notify.fails("data_451", 1)
    await notify.fails("rcpt_450", 1)
    await notify.say(issued(booking))
    assert (await notify.until(f"mail:confirmation:{booking}:3", "sent"))["attempts"] == 3
    await notify.fails("rcpt_550", 1)
    await notify.say(issued(other))
    failed = await notify.until(f"mail:confirmation:{other}:3", "bounced")
    assert (failed["attempts"], failed["detail"][:3]) == (1, "550")
    await notify.fails("data_552", 1)
    await notify.say(a_user(revision=2, email="new@example.com"))
    await until(lambda: _has_revision(notify, 2))
    await notify.say(issued(third))
    assert (await notify.until(f"mail:confirmation:{third}:3", "failed"))["detail"].startswith("552")
    assert len(await notify.caught()) == 1


async def test_an_answer_that_is_not_seen_leads_to_the_same_message_again(notify: Running) -> None:
    booking = a_booking_id()
    await notify.fails("drop_after_dot", 1)
    await notify.say(a_user(), issued(booking))
    delivery = await notify.until(f"mail:confirmation:{booking}:3", "sent")
    mails = await notify.caught()
    assert (delivery["attempts"], delivery["unanswered"], len(mails)) == (2, 1, 2)
    assert {mail["messageId"] for mail in mails} == {delivery["message_id"]}
    assert len({dict(mail["headers"])["Date"] for mail in mails}) == 1


async def test_answers_never_seen_end_after_three_hand_overs(notify: Running) -> None:
    booking = a_booking_id()
    await notify.fails("drop_after_dot", 9)
    await notify.say(a_user(), issued(booking))
    delivery = await notify.until(f"mail:confirmation:{booking}:3", "failed")
    assert (delivery["attempts"], len(await notify.caught())) == (3, 3)


async def test_a_connection_lost_before_the_message_is_as_if_nothing_had_been(notify: Running) -> None:
    booking = a_booking_id()
    await notify.fails("drop_before", 4)
    await notify.say(a_user(), issued(booking))
    delivery = await notify.until(f"mail:confirmation:{booking}:3", "sent")
    assert (delivery["attempts"], delivery["unanswered"], len(await notify.caught())) == (5, 0, 1)


async def test_a_server_that_is_down_costs_nothing_but_time(notify: Running, catcher: object) -> None:
    booking = a_booking_id()
    catcher.stop()  # type: ignore[attr-defined]
    await notify.say(a_user(), issued(booking))
    await until(lambda: _attempted(notify, f"mail:confirmation:{booking}:3"))
    catcher.start()  # type: ignore[attr-defined]
    await notify.until(f"mail:confirmation:{booking}:3", "sent")
    assert len(await notify.caught()) == 1


async def _attempted(notify: Running, delivery_id: str) -> bool:
    return bool((await notify.delivery(delivery_id)).get("attempts", 0) >= 2)


async def test_a_crash_before_the_hand_over_sends_it_and_one_amid_it_counts_as_an_answer_not_seen(
    outside: Running,
) -> None:
    booking, amid = a_booking_id(), a_booking_id()
    async with serving(create()):
        await outside.say(issued(booking), issued(amid))
        await until(lambda: _count(outside, booking, 1))
        await until(lambda: _count(outside, amid, 1))
    crashed = {"sending": True, "attempts": 1, "due_at": datetime.now(UTC) - timedelta(seconds=1)}
    await outside.db["deliveries"].update_one({"booking_id": amid}, {"$set": crashed})
    async with serving(create()):
        await outside.say(a_user())
        first = await outside.until(f"mail:confirmation:{booking}:3", "sent")
        second = await outside.until(f"mail:confirmation:{amid}:3", "sent")
    assert (first["attempts"], first["unanswered"]) == (1, 0)
    assert (second["attempts"], second["unanswered"]) == (2, 1)
    assert len(await outside.caught()) == 2


async def test_a_mail_is_stored_as_being_sent_before_it_is_handed_over(
    outside: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = a_booking_id()
    monkeypatch.setenv("MAIL_ANSWER_SECONDS", "10")  # so long it hangs
    await outside.fails("hang", 1)
    async with serving(create()):
        await outside.say(a_user(), issued(booking))
        await outside.until_sending(f"mail:confirmation:{booking}:3")
        assert await outside.caught() == []
        delivery = await outside.until(f"mail:confirmation:{booking}:3", "sent")
    assert (delivery["attempts"], delivery["unanswered"], len(await outside.caught())) == (2, 1, 1)


async def test_an_answer_that_was_seen_while_the_store_was_unavailable_is_stored(
    outside: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking, away = a_booking_id(), 3
    end = Deliveries.end

    async def late(self: Deliveries, *arguments: Any, **more: Any) -> None:
        nonlocal away
        away -= 1
        if away >= 0:
            raise AutoReconnect("the store is unavailable")
        await end(self, *arguments, **more)

    monkeypatch.setattr(Deliveries, "end", late)
    async with serving(create()):
        await outside.say(a_user(), issued(booking))
        delivery = await outside.until(f"mail:confirmation:{booking}:3", "sent")
    assert (delivery["attempts"], delivery["unanswered"], len(await outside.caught())) == (1, 0, 1)


@pytest.mark.parametrize(
    ("email", "address"),
    [
        ("用户@例子.example", "用户@xn--fsqu00a.example"),
        ("ü@example.com", "ü@example.com"),
        ("o'neil+x@example.com", "o'neil+x@example.com"),
    ],
)
async def test_every_address_a_guest_can_register_gets_its_mail(notify: Running, email: str, address: str) -> None:
    booking = a_booking_id()
    await notify.say(a_user(email=email), issued(booking))
    await notify.until(f"mail:confirmation:{booking}:3", "sent")
    [mail] = await notify.caught(address)
    assert mail["subject"].startswith("Your tickets")


class PlainServer:
    """A mail server without SMTPUTF8: RCPT and DATA as it got them."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  the library's name
        self.envelopes.append(envelope)
        return "250 taken"


async def test_a_server_of_ascii_alone_takes_any_domain_but_no_name_beyond_ascii(
    outside: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, booking, other = PlainServer(), a_booking_id(), a_booking_id()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(plain), "127.0.0.1", 0)
    monkeypatch.setenv("SMTP_PORT", str(server.sockets[0].getsockname()[1]))
    async with server, serving(create()):
        await outside.say(a_user("आशा", email="asha@bücher.example"), issued(booking))
        await outside.until(f"mail:confirmation:{booking}:3", "sent")
        await outside.say(a_user(email="आशा@bücher.example", revision=2))
        await until(lambda: _has_revision(outside, 2))
        await outside.say(issued(other))
        refused = await outside.until(f"mail:confirmation:{other}:3", "failed")
    [envelope] = plain.envelopes
    assert envelope.rcpt_tos == ["asha@xn--bcher-kva.example"]
    assert isinstance(envelope.content, bytes)
    assert envelope.content.isascii()
    assert "not ASCII before the @" in refused["detail"]


async def test_a_mail_that_cannot_be_written_fails_visibly_and_the_next_one_goes_out(
    notify: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose, broken, good = MailComposer.compose, a_booking_id(), a_booking_id()

    def breaking(composer: MailComposer, delivery: Delivery, recipient: Recipient, outline: BookingOutline) -> Mail:
        if delivery.booking_id == broken:
            raise RuntimeError("a template went wrong")
        return compose(composer, delivery, recipient, outline)

    monkeypatch.setattr(MailComposer, "compose", breaking)
    async with notify.hearing("notify.failed.v1") as heard:
        MISCONFIGURED.labels("mail").set(1)
        await notify.say(a_user(), issued(broken))
        failed = await notify.until(f"mail:confirmation:{broken}:3", "failed")
        assert (
            REGISTRY.get_sample_value("marquee_messages_misconfigured", {"channel": "mail"}) == 1
        )  # no server was asked
        await notify.say(issued(good))
        await notify.until(f"mail:confirmation:{good}:3", "sent")
        message = await heard.get()
    assert "a template went wrong" in failed["detail"]
    assert broken.encode() in message.body


async def test_a_tickets_code_ends_with_its_mail_and_later_mails_still_name_the_show(notify: Running) -> None:
    booking = a_booking_id()
    await notify.say(a_user(), issued(booking))
    delivered = await notify.until(f"mail:confirmation:{booking}:3", "sent")
    assert "MQ2" not in str(delivered)
    await notify.say(money_back(booking))
    await notify.until(f"mail:refund:{booking}:refund_pay_x", "sent")
    assert (await notify.caught())[-1]["subject"] == "Your refund is on its way: The Long Reel (7KQ2M9XD)"


async def test_a_new_start_is_told_once_and_not_when_a_newer_one_or_a_cancellation_is_known(notify: Running) -> None:
    moved, ended = a_booking_id(), a_booking_id()
    first, newer = rescheduled(moved, version=4, revision=2), rescheduled(moved, version=5, revision=3)
    await notify.say(first, newer, newer, rescheduled(ended, version=4), cancelled(ended, version=5))
    await until(lambda: _count(notify, moved, 2))
    await until(lambda: _count(notify, ended, 2))
    await notify.say(a_user())
    await notify.until(f"mail:reschedule:{moved}:2", "suppressed")
    await notify.until(f"mail:reschedule:{moved}:3", "sent")
    await notify.until(f"mail:reschedule:{ended}:2", "suppressed")
    await notify.until(f"mail:cancellation:{ended}:5", "sent")
    subjects = sorted(mail["subject"].split(":")[0] for mail in await notify.caught())
    assert subjects == ["Your booking is cancelled", "Your show has a new time"]


async def test_settings_the_server_refuses_pause_the_mail_and_are_nobodys_failure(
    outside: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = a_booking_id()
    monkeypatch.setenv("SMTP_USER", "marquee")  # with a user STARTTLS is demanded, which the catcher does not offer
    monkeypatch.setenv("SMTP_PASS", "secret")
    async with serving(create()):
        await outside.say(a_user(), issued(booking))
        await until(lambda: _attempted(outside, f"mail:confirmation:{booking}:3"))
        assert MISCONFIGURED.labels("mail")._value.get() == 1
    monkeypatch.delenv("SMTP_USER")
    async with serving(create()):
        await outside.until(f"mail:confirmation:{booking}:3", "sent")
    assert len(await outside.caught()) == 1
    assert MISCONFIGURED.labels("mail")._value.get() == 0


async def test_two_copies_send_a_mail_once(outside: Running) -> None:
    bookings = [a_booking_id() for _ in range(20)]
    async with serving(create()), serving(create()):
        await outside.say(a_user(), *map(issued, bookings))
        for booking in bookings:
            await outside.until(f"mail:confirmation:{booking}:3", "sent")
    assert len(await outside.caught()) == len(bookings)
