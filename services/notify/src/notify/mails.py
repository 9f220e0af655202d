"""Composes mails: headers, text and HTML from the templates, a ticket's QR code inline and attached."""

from dataclasses import dataclass
from email.utils import format_datetime, parseaddr

from notify import mime
from notify.domain import BookingOutline, Delivery, Kind, Recipient
from notify.formats import one_line
from notify.headers import Mailbox, mailbox_value, text_value
from notify.rendering import Templates
from notify.triggers import ticket_of
from tickets import qr

_TITLES = {
    Kind.CONFIRMATION: "Your tickets",
    Kind.SEATS_CANCELLED: "Your new ticket",
    Kind.RESEND: "Your tickets",
    Kind.CANCELLATION: "Your booking was cancelled",
    Kind.REFUSAL: "Your seats could not be booked",
    Kind.REFUND: "Your refund is on its way",
    Kind.RESCHEDULE: "Your show has a new time",
}
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Mail:
    """A message ready to be handed over: to whom, and its bytes."""

    recipient: Mailbox
    content: bytes


class MailComposer:
    """Composes the mail of a delivery; what mails have in common is made once."""

    def __init__(self, mail_from: str, public_url: str) -> None:
        name, address = parseaddr(mail_from)
        self._sender = Mailbox.of(address)
        self._from = mailbox_value("From", one_line(name), self._sender)
        self._public_url = public_url
        self._templates = Templates(tuple({_template_of(kind) for kind in Kind}))

    @property
    def sender(self) -> str:
        """The address that mails come from."""
        return self._sender.address

    @property
    def sender_domain(self) -> str:
        """The domain of that address."""
        return self._sender.domain

    def compose(self, delivery: Delivery, recipient: Recipient, outline: BookingOutline) -> Mail:
        """The mail of a delivery, the same bytes at each attempt; raises `ValueError` for an invalid address."""
        mailbox = Mailbox.of(recipient.email or "")
        to = mailbox_value("To", one_line(recipient.name)[:_LONGEST_NAME], mailbox)
        values = self._template_values(delivery, recipient, outline)
        text = mime.text_part(self._templates.render(f"{_template_of(delivery.kind)}.txt", values), "plain")
        html = mime.text_part(self._templates.render(f"{_template_of(delivery.kind)}.html", values), "html")
        ticket = ticket_of(delivery.event)
        if ticket:
            content = _with_ticket(text, html, ticket.qr_text, f"{values['qr_id']}", f"{outline.reference}")
        else:
            content = mime.multipart("alternative", [text, html])
        return Mail(mailbox, mime.message(self._headers(delivery, to, outline), content))

    def _headers(self, delivery: Delivery, to: str, outline: BookingOutline) -> dict[str, str]:
        show = f": {outline.show.movie_title}" if outline.show else ""
        reference = f" ({outline.reference})" if outline.reference else ""
        return {
            "Message-ID": f"{delivery.message_id}",
            "Date": format_datetime(delivery.created_at),
            "From": self._from,
            "To": to,
            "Subject": text_value("Subject", one_line(_TITLES[delivery.kind] + show + reference)),
            "Auto-Submitted": "auto-generated",
        }

    def _template_values(self, delivery: Delivery, recipient: Recipient, outline: BookingOutline) -> dict[str, object]:
        return {
            "title": _TITLES[delivery.kind],
            "event": delivery.event,
            "ticket": ticket_of(delivery.event),
            "name": one_line(recipient.name),
            "reference": outline.reference,
            "show": outline.show,
            "public_url": self._public_url,
            "created_at": delivery.created_at,
            "qr_id": f"qr.{delivery.booking_id}@{self._sender.domain}",
        }


def _template_of(kind: Kind) -> str:
    """The template of a kind of mail: a ticket reads alike however often it is sent."""
    return Kind.CONFIRMATION if kind in {Kind.RESEND, Kind.SEATS_CANCELLED} else kind


def _with_ticket(text: bytes, html: bytes, ticket_code: str, content_id: str, reference: str) -> bytes:
    """mixed(alternative(text, related(html, QR code)), QR code): many clients hide inline pictures."""
    picture = qr.png(ticket_code)
    inline = {"Content-Disposition": 'inline; filename="qr.png"', "Content-ID": f"<{content_id}>"}
    attached = {"Content-Disposition": f'attachment; filename="ticket-{reference}.png"'}
    related = mime.multipart("related", [html, mime.png_part(picture, inline)])
    alternative = mime.multipart("alternative", [text, related])
    return mime.multipart("mixed", [alternative, mime.png_part(picture, attached)])
