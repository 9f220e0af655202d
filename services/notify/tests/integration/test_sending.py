"""A new delivery is sent at once and costs little; what is under way when the process ends is not forgotten."""

import pytest
from services.notify.tests.conftest import Running, a_user
from services.notify.tests.factories import a_booking_id, issued

from notify.main import create
from stack.mongo_commands import counted_commands
from stack.testing import serving
from stack.waiting import until

MAILS = 10


async def _known(notify: Running) -> bool:
    return bool(await notify.db["recipients"].find_one({"_id": "usr_1"}))


async def test_a_mail_costs_one_insert_and_one_update_and_is_never_claimed(notify: Running) -> None:
    await notify.say(a_user())
    await until(lambda: _known(notify))
    bookings = [a_booking_id() for _ in range(MAILS)]
    with counted_commands() as commands:
        for booking in bookings:
            await notify.say(issued(booking))
            await notify.until(f"mail:confirmation:{booking}:3", "sent")
    writes = {name: commands.count(name) for name in ("insert", "findAndModify")}
    assert writes == {"insert": MAILS, "findAndModify": 0}
    removals = commands.count("update") - MAILS  # of confirmed events, of several mails together
    assert 0 <= removals <= MAILS
    assert len(await notify.caught()) == MAILS


async def test_more_mails_than_connections_all_go_out_once(outside: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_CONNECTIONS", "1")
    bookings = [a_booking_id() for _ in range(60)]
    async with serving(create()):
        await outside.say(a_user())
        await until(lambda: _known(outside))
        await outside.say(*map(issued, bookings))
        for booking in bookings:
            delivery = await outside.until(f"mail:confirmation:{booking}:3", "sent")
            assert (delivery["attempts"], delivery["unanswered"]) == (1, 0)
    caught = [mail["messageId"] for mail in await outside.caught()]
    assert len(caught) == len(set(caught)) == len(bookings)
    async with outside.mail.get("/_sim/connections") as response:
        assert (await response.json())["made"] == 1


@pytest.mark.parametrize("recipient_comes", ["first", "later"])
async def test_what_is_under_way_is_recorded_before_the_process_ends(
    outside: Running, monkeypatch: pytest.MonkeyPatch, recipient_comes: str
) -> None:
    """Sent at once where the recipient is known, and as due work where not."""
    booking = a_booking_id()
    monkeypatch.setenv("MAIL_ANSWER_SECONDS", "3")
    await outside.fails("hang", 1)
    async with serving(create()):
        if recipient_comes == "first":
            await outside.say(a_user())
            await until(lambda: _known(outside))
        await outside.say(issued(booking))
        if recipient_comes == "later":
            await outside.until(f"mail:confirmation:{booking}:3", "queued")
            await outside.say(a_user())
        await outside.until_sending(f"mail:confirmation:{booking}:3")
    delivery = await outside.delivery(f"mail:confirmation:{booking}:3")
    assert (delivery["status"], delivery["attempts"], delivery["unanswered"]) == ("queued", 1, 1)
    async with serving(create()):
        await outside.until(f"mail:confirmation:{booking}:3", "sent")
    assert len(await outside.caught()) == 1
