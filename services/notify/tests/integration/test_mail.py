"""Mails over the real bus, store and SMTP."""

import base64

from services.notify.tests.conftest import Running, a_user
from services.notify.tests.factories import a_booking_id, issued


async def test_a_ticket_becomes_one_mail_however_often_it_is_heard(notify: Running) -> None:
    booking = a_booking_id()
    await notify.say(a_user(), issued(booking), issued(booking))
    delivery = await notify.until(f"confirmation:{booking}:3", "delivered")
    [mail] = await notify.caught()
    assert delivery["attempts"] == 1
    assert mail["messageId"] == delivery["message_id"] == f"<confirmation.{booking}.3@marquee.example>"
    assert mail["subject"] == "Your tickets: The Long Reel (7KQ2M9XD)"
    assert ["Auto-Submitted", "auto-generated"] in mail["headers"]
    for said in ("7KQ2M9XD", "Seat C7", "₹1,274.60", "Tue 15 January 2030, 18:30 IST (Asia/Kolkata)", "Screen 2"):
        assert said in mail["text"]
        assert said in mail["html"]
    inline, attached = mail["attachments"]
    assert f'src="cid:{inline["contentId"]}"' in mail["html"]
    assert (inline["disposition"], attached["disposition"]) == ("inline", "attachment")
    assert base64.b64decode(attached["base64"]).startswith(b"\x89PNG")
