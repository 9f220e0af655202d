"""Whom messages go to: users, contacts of the counter, addresses that bounced; and where messages stand."""

from datetime import UTC, datetime, timedelta

import pytest
from services.notify.tests.conftest import Running, a_user
from services.notify.tests.factories import a_booking_id, cancelled, issued, refused, resend, verification

from contracts.identity import UserErased
from contracts.ids import UserId, new_id
from contracts.sale import Contact
from notify.main import create
from stack.keys import Signer
from stack.testing import serving
from stack.waiting import until


async def _has_revision(notify: Running, revision: int) -> bool:
    document = await notify.db["recipients"].find_one({"_id": "usr_1"}) or {}
    return bool(document.get("revision") == revision)


async def _is_one(notify: Running, wanted: dict[str, str]) -> bool:
    return bool(await notify.db["deliveries"].count_documents(wanted) == 1)


async def _count(notify: Running, booking: str, wanted: int) -> bool:
    return bool(await notify.db["deliveries"].count_documents({"booking_id": booking}) == wanted)


async def test_an_address_that_bounced_gets_nothing_more_until_it_is_asked_for(notify: Running) -> None:
    booking, other = a_booking_id(), a_booking_id()
    await notify.say(a_user())
    await until(lambda: _has_revision(notify, 1))
    await notify.fails("rcpt_550", 1)
    await notify.say(issued(booking))
    await notify.until(f"mail:confirmation:{booking}:3", "bounced")
    await notify.say(issued(other))
    suppressed = await notify.until(f"mail:confirmation:{other}:3", "suppressed")
    assert suppressed["detail"] == "there is nobody at this address"
    await notify.say(resend(booking))
    await notify.until(f"mail:resend:{booking}:1", "sent")
    await notify.say(cancelled(booking))
    await notify.until(f"mail:cancellation:{booking}:4", "sent")
    assert len(await notify.caught()) == 2


async def test_a_ticket_sold_to_no_user_goes_where_its_buyer_said(notify: Running) -> None:
    booking, silent, last = a_booking_id(), a_booking_id(), a_booking_id()
    contact = Contact(name="Ravi", email="ravi@example.com")
    await notify.say(
        issued(silent, user_id="usr_nobody1").model_copy(update={"contact": Contact()}),
        issued(booking, user_id="usr_nobody2").model_copy(update={"contact": contact}),
        issued(last, user_id="usr_nobody3").model_copy(update={"contact": contact}),
    )
    await notify.until(f"mail:confirmation:{booking}:3", "sent")
    await notify.until(f"mail:confirmation:{last}:3", "sent")
    cancellation = cancelled(booking).model_copy(update={"user_id": UserId("usr_nobody2")})
    await notify.say(cancellation)
    await notify.until(f"mail:cancellation:{booking}:4", "sent")
    assert len(await notify.caught("ravi@example.com")) == 3
    assert await notify.delivery(f"mail:confirmation:{silent}:3") == {}


async def test_somebody_without_an_address_gets_no_mail_and_an_impossible_address_fails(notify: Running) -> None:
    booking, other = a_booking_id(), a_booking_id()
    await notify.say(a_user(email=None), issued(booking))
    await notify.until(f"mail:confirmation:{booking}:3", "suppressed")
    await notify.say(a_user(email="no address at all", revision=2))
    await until(lambda: _has_revision(notify, 2))
    await notify.say(issued(other))
    await notify.until(f"mail:confirmation:{other}:3", "failed")


async def test_a_recipient_who_never_becomes_known_is_given_up(notify: Running) -> None:
    booking = a_booking_id()
    await notify.say(issued(booking, user_id=new_id("usr")))
    await until(lambda: _count(notify, booking, 1))
    over = {"give_up_at": datetime.now(UTC) - timedelta(seconds=1), "due_at": datetime.now(UTC)}
    await notify.db["deliveries"].update_one({"booking_id": booking}, {"$set": over})
    await notify.until(f"mail:confirmation:{booking}:3", "failed")


async def test_a_mail_waits_for_its_recipient_and_goes_to_the_newest_address(notify: Running) -> None:
    booking = a_booking_id()
    await notify.say(issued(booking), refused(booking))
    await notify.until(f"mail:confirmation:{booking}:3", "queued")
    await notify.say(a_user(revision=2))
    await notify.until(f"mail:confirmation:{booking}:3", "sent")
    await notify.until(f"mail:refusal:{booking}:3", "sent")
    last = a_user().model_copy(update={"user_id": UserId("usr_2")})
    await notify.say(a_user(revision=1, email="old@example.com"), last)
    await until(lambda: notify.db["recipients"].find_one({"_id": last.user_id}))  # heard after the older one
    await notify.say(cancelled(booking))
    await notify.until(f"mail:cancellation:{booking}:4", "sent")
    assert [mail["to"] for mail in await notify.caught()] == ["asha@example.com"] * 3


async def test_other_services_read_where_the_messages_about_a_booking_stand(
    outside: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking, signer = a_booking_id(), Signer()
    async with signer.serving() as identity_url:
        monkeypatch.setenv("IDENTITY_URL", identity_url)
        async with serving(create()) as http:
            await outside.say(a_user(), issued(booking))
            sent = await outside.until(f"mail:confirmation:{booking}:3", "sent")
            await outside.fails("data_552", 1)
            await outside.say(cancelled(booking))
            await outside.until(f"mail:cancellation:{booking}:4", "failed")
            path = f"/internal/bookings/{booking}/messages"
            staff = {"Authorization": f"Bearer {signer.token('usr_2', grants={'thr_1': ['staff']})}"}
            async with http.get(path, headers=staff) as answer:
                items = (await answer.json())["items"]
            guest = {"Authorization": f"Bearer {signer.token('usr_1')}"}
            async with http.get(path, headers=guest) as answer:
                assert answer.status == 403
    assert [(item["channel"], item["kind"], item["status"]) for item in items] == [
        ("mail", "confirmation", "sent"),
        ("mail", "cancellation", "failed"),
    ]
    assert datetime.fromisoformat(items[0]["at"]) == sent["status_at"]


async def test_who_was_erased_gets_no_message_any_more_whatever_comes_later(notify: Running) -> None:
    booking, later = a_booking_id(), a_booking_id()
    await notify.say(a_user(), issued(booking))
    await notify.until(f"mail:confirmation:{booking}:3", "sent")
    await notify.say(UserErased(user_id=UserId("usr_1"), revision=5, at=datetime.now(UTC)))
    await until(lambda: _has_revision(notify, 5))
    await notify.say(a_user(), issued(later), cancelled(booking), verification("verify"))
    for delivery in (f"mail:confirmation:{later}:3", f"mail:cancellation:{booking}:4"):
        await notify.until(delivery, "suppressed")
    asked = {"kind": "verification", "user_id": "usr_1", "status": "suppressed"}
    await until(lambda: _is_one(notify, asked))
    assert len(await notify.caught()) == 1
    stored = await notify.db["recipients"].find_one({"_id": "usr_1"}) or {}
    assert (stored["name"], stored["email"], stored["phone"]) == ("", None, None)
