"""A sample of each mail in each language. `python -m services.notify.tests.samples FOLDER` writes their HTML and text,
to be looked at in a browser."""

import sys
from base64 import b64encode
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import cast

from services.notify.tests import factories
from services.notify.tests.factories import START

from contracts.ids import BookingId
from notify.domain import BookingOutline, ChannelName, Delivery, Kind, Recipient
from notify.languages import CATALOGS
from notify.mails import MailComposer
from notify.triggers import TriggerEvent, new_delivery, show_of, ticket_of

COMPOSER = MailComposer("Marquee <tickets@marquee.example>", "https://marquee.example")
BOOKING = BookingId("bkg_01m8kxb1zhepstkgm68a7pym27")
TICKET = factories.issued(BOOKING)
EVENTS: dict[str, TriggerEvent] = {
    "confirmation": TICKET,
    "resend": factories.resend(BOOKING),
    "seats_cancelled": factories.seats_cancelled(BOOKING),
    "seats_moved": factories.seats_moved(BOOKING),
    "cancellation": factories.cancelled(BOOKING),
    "show_cancelled": factories.cancelled(BOOKING).model_copy(update={"reason": "showtime_cancelled"}),
    "refusal": factories.refused(BOOKING),
    "waitlist_offer": factories.waitlist_offered(),
    "refund": factories.money_back(BOOKING),
    "refund_delayed": factories.refund_failed(BOOKING),
    "reschedule": factories.rescheduled(BOOKING),
    "reminder": TICKET,
    "welcome": factories.verification("welcome"),
    "verification": factories.verification("verify"),
    "change": factories.verification("change"),
    "email_change": factories.email_change(),
    "guest_linked": factories.guest_linked(),
    "password_reset": factories.password_reset(),
    "webhook_disabled": factories.webhook_disabled("failing"),
    "webhook_gone": factories.webhook_disabled("gone"),
}
ABOUT_BOOKINGS = tuple(name for name, event in EVENTS.items() if hasattr(event, "booking_id"))


def a_delivery(name: str, event: TriggerEvent, at: datetime = START) -> Delivery:
    delivery = new_delivery(ChannelName.MAIL, event, f"<{name}@marquee.example>", at)
    return replace(delivery, kind=Kind.REMINDER) if name == "reminder" else delivery


def composed(
    name: str,
    language: str = "en",
    *,
    event: TriggerEvent | None = None,
    recipient: Recipient | None = None,
    outline: BookingOutline | None = None,
    at: datetime = START,
) -> EmailMessage:
    """The sample `name`, written at a time, read back from its bytes."""
    event = event or EVENTS[name]
    recipient = recipient or Recipient("usr_1", "Asha Rao", "asha@example.com", language=language)
    if outline is None:
        outline = BookingOutline("7KQ2M9XD", show_of(event) or factories.a_show(), ticket_of(event) or TICKET)
    outline = outline if name in ABOUT_BOOKINGS else BookingOutline()
    content = COMPOSER.compose(a_delivery(name, event, at), recipient, outline).content
    return message_from_bytes(content, policy=SMTP)


def body(message: EmailMessage, kind: str) -> str:
    """The text (`plain`) or `html` of a mail."""
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""


def write(folder: Path) -> None:
    """HTML with the code's picture in it, and text, of each sample in each language."""
    folder.mkdir(parents=True, exist_ok=True)
    for language in CATALOGS:
        for name in EVENTS:
            message = composed(name, language)
            html = body(message, "html")
            for part in message.walk():
                if part.get_content_type() == "image/png":
                    picture = b64encode(cast("bytes", part.get_payload(decode=True))).decode()
                    content_id = str(part["Content-ID"]).strip("<>")
                    html = html.replace(f"cid:{content_id}", f"data:image/png;base64,{picture}")
            (folder / f"{name}.{language}.html").write_text(html)
            (folder / f"{name}.{language}.txt").write_text(body(message, "plain"))
            (folder / f"{name}.{language}.eml").write_bytes(bytes(message))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
