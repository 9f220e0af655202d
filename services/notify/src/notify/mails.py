"""What a mail says and how it is built: text and HTML, the QR code inline and attached."""

import io
import re
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any

import segno
from contracts.booking import ShowFacts, TicketIssued
from css_inline import CSSInliner
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from notify.domain import Delivery, Kind, Recipient
from notify.formats import local_time, money, one_line

_BEYOND_ASCII = re.compile(r"[^\s@<>,;:\"\\()\[\]]+@[^\s@<>,;:\"\\()\[\]]+")
_SUBJECTS = {
    Kind.CONFIRMATION: "Your tickets{about}",
    Kind.CANCELLATION: "Your booking was cancelled{about}",
    Kind.REFUSAL: "Your seats could not be booked{about}",
    Kind.REFUND: "Your refund is on its way{about}",
}


@dataclass(frozen=True, slots=True)
class About:
    """Reference and show of the booking a mail is about, where they are known."""

    reference: str | None = None
    show: ShowFacts | None = None


class Mails:
    """Composes mails; templates and inliner are made ready once."""

    def __init__(self, mail_from: str, public_url: str) -> None:
        self._name, self.sender = parseaddr(mail_from)
        self._public_url = public_url
        self._inliner = CSSInliner(load_remote_stylesheets=False)
        self._templates = Environment(
            loader=PackageLoader("notify"), autoescape=select_autoescape(["html"]), undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self._templates.filters |= {"money": money, "local_time": local_time}

    def compose(self, delivery: Delivery, recipient: Recipient, about: About) -> EmailMessage:
        """The message, the same whenever it is made; raises `ValueError` for an address that is none."""
        message = EmailMessage(policy=SMTP)
        self._set_headers(message, delivery, recipient, about)
        ticket = delivery.news.qr_text if isinstance(delivery.news, TicketIssued) else None
        given = self._given(delivery, recipient, about)
        text = self._templates.get_template(f"{delivery.kind}.txt").render(given)
        html = self._templates.get_template(f"{delivery.kind}.html").render(given)
        message.set_content(text, cte="quoted-printable")
        message.add_alternative(self._inliner.inline(html), subtype="html", cte="quoted-printable")
        if ticket is not None:
            _add_ticket(message, ticket, given["qr_id"], f"ticket-{about.reference}.png")
        return message

    def _set_headers(self, message: EmailMessage, delivery: Delivery, recipient: Recipient, about: About) -> None:
        title = f": {about.show.movie_title}" if about.show else ""
        reference = f" ({about.reference})" if about.reference else ""
        message["Message-ID"] = delivery.message_id
        message["Date"] = format_datetime(delivery.created_at)
        message["From"] = Address(one_line(self._name), addr_spec=self.sender)
        message["To"] = _address(recipient)
        message["Subject"] = one_line(_SUBJECTS[delivery.kind].format(about=title + reference))
        message["Auto-Submitted"] = "auto-generated"

    def _given(self, delivery: Delivery, recipient: Recipient, about: About) -> dict[str, Any]:
        domain = self.sender.rpartition("@")[2]
        return {"news": delivery.news, "name": one_line(recipient.name), "reference": about.reference,
                "show": about.show, "public_url": self._public_url,
                "qr_id": f"qr.{delivery.booking_id}@{domain}"}  # fmt: skip


def _address(recipient: Recipient) -> Address:
    """Any that identity takes, ASCII or not: the standard library's parser takes ASCII alone."""
    name, email = one_line(recipient.name)[:200], recipient.email or ""
    if not email.isascii() and _BEYOND_ASCII.fullmatch(email):
        username, _, domain = email.partition("@")
        return Address(name, username=username, domain=domain)
    try:
        address = Address(name, addr_spec=email)
    except (MessageError, IndexError) as error:  # it stumbles over some
        raise ValueError(f"not an address: {error}") from error
    if not address.username or not address.domain:
        raise ValueError("not an address")
    return address


def _add_ticket(message: EmailMessage, text: str, content_id: str, filename: str) -> None:
    """mixed(alternative(text, related(html, inline QR)), QR): many clients hide inline pictures."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=5, border=4)
    picture = out.getvalue()
    html = message.get_body(("html",))
    assert isinstance(html, EmailMessage)  # noqa: S101  it was added a few lines above
    html.add_related(picture, "image", "png", cid=f"<{content_id}>", disposition="inline", filename="qr.png")
    message.add_attachment(picture, "image", "png", filename=filename)
