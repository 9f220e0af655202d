"""Composes mails: headers, text and HTML of the letter, a ticket's QR code inline, its files attached."""

from dataclasses import dataclass, replace
from email.utils import format_datetime, parseaddr

from contracts.booking import BookingCancelled, BookingRefused, BookingRescheduled, ResendRequested, TicketIssued
from contracts.event import Event
from contracts.identity import EmailChangeRequested, EmailVerificationRequested, GuestLinked, PasswordResetRequested
from contracts.notify import WebhookDisabled
from contracts.payment import PaymentRefunded, PaymentRefundFailed
from contracts.seating import WaitlistOffered
from notify import attachments, mime
from notify.account_letters import AccountLetters
from notify.attachments import Attachment
from notify.booking_letters import BookingLetters
from notify.domain import BookingOutline, Delivery, Kind, Recipient
from notify.formats import one_line
from notify.headers import Mailbox, mailbox_value, text_value
from notify.languages import Reader
from notify.letter import Letter
from notify.links import Links
from notify.rendering import Templates
from notify.triggers import ticket_of
from printing.text import printable
from tickets import qr

_LONGEST_NAME = 200
_OPTIONAL = frozenset({Kind.REMINDER})
_CHANGES = frozenset({Kind.CANCELLATION, Kind.RESCHEDULE})


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
        self._links = Links(public_url)
        self._templates = Templates()

    @property
    def sender(self) -> str:
        """The address that mails come from."""
        return self._sender.address

    @property
    def sender_domain(self) -> str:
        """The domain of that address."""
        return self._sender.domain

    def compose(self, delivery: Delivery, recipient: Recipient, outline: BookingOutline) -> Mail:
        """The mail of a delivery, the same bytes at each attempt; raises `ValueError` for an invalid address.

        Takes some milliseconds where a ticket is attached: to be called in a thread then.
        """
        mailbox = Mailbox.of(recipient.email or "")
        to = mailbox_value("To", one_line(recipient.name)[:_LONGEST_NAME], mailbox)
        reader = Reader.of(recipient.language, outline.show.timezone if outline.show else None)
        letter = self._letter(delivery, recipient, outline, reader)
        qr_id = f"qr.{delivery.booking_id}@{self._sender.domain}"
        values = {"language": reader.language, "home": self._links.home(), "qr_id": qr_id}
        values["code_alt"] = reader.say("Ticket {reference}", reference=outline.reference or "")
        text = mime.text_part(self._templates.text(letter, **values), "plain")
        html = mime.text_part(self._templates.html(letter, **values), "html")
        ticket = ticket_of(delivery.event) if letter.code else None
        picture = _picture(ticket.qr_text, qr_id) if ticket else None
        files = self._files(delivery, recipient, outline, reader)
        headers = self._headers(delivery, to, letter.subject, outline)
        return Mail(mailbox, mime.message(headers, _content(text, html, picture, files)))

    def _letter(self, delivery: Delivery, recipient: Recipient, outline: BookingOutline, reader: Reader) -> Letter:
        """What the mail says, with what all mails say."""
        say, name = reader.say, printable(recipient.name)
        if delivery.booking_id:
            letters = BookingLetters(reader, self._links, delivery.booking_id, outline, delivery.created_at)
            letter = _about_booking(letters, delivery)
            why = say("You get this mail because of your booking at Marquee.")
            if delivery.kind is Kind.WAITLIST_OFFER:
                why = say("You get this mail because you wait for seats at Marquee.")
        else:
            letter = _about_account(AccountLetters(reader, self._links), delivery.event)
            why = say("You get this mail because of your account at Marquee.")
        greeting = say("Hello {name},", name=name) if name else say("Hello,")
        return replace(letter, greeting=greeting, footer=(why, *letter.footer))

    def _files(
        self, delivery: Delivery, recipient: Recipient, outline: BookingOutline, reader: Reader
    ) -> list[Attachment]:
        """What is attached: a ticket with its calendar entry, or the entry of a show that moved or ended."""
        event, language = delivery.event, reader.language
        ticket = None if delivery.kind is Kind.REMINDER else ticket_of(event)
        if ticket:
            url = self._links.booking(ticket.booking_id, ticket.link_token)
            ticket = ticket.model_copy(update={"show": outline.show or ticket.show})
            return attachments.of_ticket(ticket, outline.moves, language, recipient.name, url)
        match event:
            case BookingCancelled(was_confirmed=True) | BookingRescheduled() if delivery.kind in _CHANGES:
                return attachments.of_change(event, outline, language, delivery.created_at)
        return []

    def _headers(self, delivery: Delivery, to: str, subject: str, outline: BookingOutline) -> dict[str, str]:
        headers = {
            "Message-ID": f"{delivery.message_id}",
            "Date": format_datetime(delivery.created_at),
            "From": self._from,
            "To": to,
            "Subject": text_value("Subject", one_line(subject)),
            "Auto-Submitted": "auto-generated",
        }
        if outline.first_message_id:
            headers |= {"In-Reply-To": outline.first_message_id, "References": outline.first_message_id}
        if delivery.kind in _OPTIONAL:
            headers["List-Unsubscribe"] = f"<{self._links.account()}>"
        return headers


def _about_booking(letters: BookingLetters, delivery: Delivery) -> Letter:
    """The letter of a kind of delivery about a booking."""
    match delivery.event:
        case _ if delivery.kind is Kind.REMINDER:
            letter = letters.reminder()
        case BookingCancelled() | BookingRefused() as event if delivery.kind is Kind.REFUND_DELAYED:
            letter = letters.refund_delayed(event.refund, event.currency)
        case TicketIssued() as event if delivery.kind is Kind.SEATS_CANCELLED:
            letter = letters.seats_cancelled(event)
        case TicketIssued() as event if delivery.kind is Kind.SEATS_MOVED:
            letter = letters.seats_moved(event)
        case TicketIssued() as event:
            letter = letters.confirmation(event)
        case ResendRequested() as event:
            letter = letters.resend(event.ticket)
        case BookingCancelled() as event:
            letter = letters.cancellation(event)
        case BookingRefused() as event:
            letter = letters.refusal(event)
        case BookingRescheduled() as event:
            letter = letters.reschedule(event, is_before_old_start=event.previous_start_at > delivery.created_at)
        case WaitlistOffered() as event:
            letter = letters.waitlist_offer(event)
        case event:
            letter = _about_money(letters, event)
    return letter


def _about_money(letters: BookingLetters, event: Event) -> Letter:
    match event:
        case PaymentRefunded():
            return letters.refund(event)
        case PaymentRefundFailed():
            return letters.refund_delayed(event.amount, event.currency)
        case _:
            raise TypeError(f"no letter about {event.type}")


def _about_account(letters: AccountLetters, event: Event) -> Letter:
    match event:
        case EmailVerificationRequested():
            return letters.verification(event)
        case EmailChangeRequested():
            return letters.email_change(event)
        case GuestLinked():
            return letters.guest_linked(event)
        case PasswordResetRequested():
            return letters.password_reset(event)
        case WebhookDisabled():
            return letters.webhook_disabled(event)
        case _:
            raise TypeError(f"no letter about {event.type}")


def _picture(ticket_code: str, content_id: str) -> bytes:
    inline = {"Content-Disposition": 'inline; filename="qr.png"', "Content-ID": f"<{content_id}>"}
    return mime.binary_part(qr.png(ticket_code), "image/png", inline)


def _content(text: bytes, html: bytes, picture: bytes | None, files: list[Attachment]) -> bytes:
    """mixed(alternative(text, related(html, QR code)), files): many clients hide inline pictures, so that the ticket is
    attached too; without files or picture the levels that they need are left out."""
    shown = mime.multipart("related", [html, picture]) if picture else html
    body = mime.multipart("alternative", [text, shown])
    if not files:
        return body
    parts = [
        mime.binary_part(
            file.content, file.content_type, {"Content-Disposition": f'attachment; filename="{file.filename}"'}
        )
        for file in files
    ]
    return mime.multipart("mixed", [body, *parts])
