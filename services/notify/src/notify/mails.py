"""Composes mails: headers, text and HTML from the templates, a ticket's QR code inline and attached."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any

from css_inline import CSSInliner
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from contracts.booking import TicketIssued
from notify import headers
from notify.domain import BookingOutline, Delivery, Kind, Recipient
from notify.formats import local_time, money, one_line
from notify.headers import Mailbox, mailbox_value, text_value
from tickets import qr

_SUBJECTS = {
    Kind.CONFIRMATION: "Your tickets{subject}",
    Kind.CANCELLATION: "Your booking was cancelled{subject}",
    Kind.REFUSAL: "Your seats could not be booked{subject}",
    Kind.REFUND: "Your refund is on its way{subject}",
    Kind.RESCHEDULE: "Your show has a new time{subject}",
}
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Mail:
    """A message ready to be handed over: to whom, and its bytes."""

    recipient: Mailbox
    content: bytes


class MailComposer:
    """Composes the mail of a delivery; templates and inliner are made once."""

    def __init__(self, mail_from: str, public_url: str) -> None:
        name, address = parseaddr(mail_from)
        self._sender = Mailbox.of(address)
        self._from = mailbox_value("From", one_line(name), self._sender)
        self._public_url = public_url
        self._inliner = CSSInliner(load_remote_stylesheets=False)
        self._templates = Environment(
            loader=PackageLoader("notify"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"money": money, "local_time": local_time}

    @property
    def sender(self) -> str:
        """The address that mails come from."""
        return self._sender.address

    def compose(self, delivery: Delivery, recipient: Recipient, outline: BookingOutline) -> Mail:
        """The mail of a delivery, the same bytes at each attempt; raises `ValueError` for an invalid address."""
        mailbox = Mailbox.of(recipient.email or "")
        message = EmailMessage(policy=headers.UTF8 if mailbox.needs_smtputf8 else headers.ASCII)
        to = mailbox_value("To", one_line(recipient.name)[:_LONGEST_NAME], mailbox)
        self._set_headers(message, delivery, to, outline)
        ticket = delivery.event.qr_text if isinstance(delivery.event, TicketIssued) else None
        values = self._template_values(delivery, recipient, outline)
        text = self._templates.get_template(f"{delivery.kind}.txt").render(values)
        html = self._templates.get_template(f"{delivery.kind}.html").render(values)
        message.set_content(text, cte="quoted-printable")
        message.add_alternative(self._inliner.inline(html), subtype="html", cte="quoted-printable")
        if ticket is not None:
            _add_ticket(message, ticket, values["qr_id"], f"ticket-{outline.reference}.png")
        return Mail(mailbox, message.as_bytes())

    def _set_headers(self, message: EmailMessage, delivery: Delivery, to: str, outline: BookingOutline) -> None:
        title = f": {outline.show.movie_title}" if outline.show else ""
        reference = f" ({outline.reference})" if outline.reference else ""
        message["Message-ID"] = delivery.message_id
        message["Date"] = format_datetime(delivery.created_at)
        message["From"] = self._from
        message["To"] = to
        message["Subject"] = text_value("Subject", one_line(_SUBJECTS[delivery.kind].format(subject=title + reference)))
        message["Auto-Submitted"] = "auto-generated"

    def _template_values(self, delivery: Delivery, recipient: Recipient, outline: BookingOutline) -> dict[str, Any]:
        return {
            "event": delivery.event,
            "name": one_line(recipient.name),
            "reference": outline.reference,
            "show": outline.show,
            "public_url": self._public_url,
            "created_at": delivery.created_at,
            "qr_id": f"qr.{delivery.booking_id}@{self._sender.domain}",
        }


def _add_ticket(message: EmailMessage, text: str, content_id: str, filename: str) -> None:
    """mixed(alternative(text, related(html, inline QR)), QR): many clients hide inline pictures."""
    picture = qr.png(text)
    html = message.get_body(("html",))
    assert isinstance(html, EmailMessage)  # noqa: S101  it was added a few lines above
    html.add_related(picture, "image", "png", cid=f"<{content_id}>", disposition="inline", filename="qr.png")
    message.add_attachment(picture, "image", "png", filename=filename)
