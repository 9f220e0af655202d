"""Caught messages: taken apart into text, HTML and attachments, kept in SQLite."""

from __future__ import annotations

import base64
import secrets
import time
from email import message_from_bytes
from email.message import MIMEPart
from email.parser import BytesHeaderParser
from email.policy import SMTP

import idna

from simulators.journal import Journal, JsonObject

_KIND = "message"
_BOOKS = "taken"
_RECIPIENT = "recipient"
_HEADERS = BytesHeaderParser(policy=SMTP)


class Messages:
    """The box, and the books of what was ever taken."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def take(self, sender: str | None, recipients: list[str], content: bytes) -> None:
        """Keep a message as SMTP brought it."""
        key = secrets.token_hex(8)
        body = {"id": key, "sender": sender, "recipients": recipients, "raw": base64.b64encode(content).decode()}
        with self._journal.atomic():
            self._journal.put(_KIND, key, body, at=time.time())
            self._journal.put(
                _BOOKS, key, {"messageId": _message_id(content), "recipients": recipients}, at=time.time()
            )
            for address in {same_mailbox(recipient) for recipient in recipients}:
                self._journal.put(_RECIPIENT, f"{key} {address}", {"message": key}, parent=address)

    def listed(self, to: str | None, newest: int | None) -> list[JsonObject]:
        """Oldest first; `to` is compared without regard to case, and to the spelling of a domain beyond ASCII; of
        `newest` the last so many, left out: all."""
        if to is not None:
            caught = self._sent_to(same_mailbox(to))[-newest if newest else 0 :]
        else:
            caught = self._journal.all(_KIND) if newest is None else self._journal.newest(_KIND, newest)
        return [_shown(message) for message in caught]

    def shown(self, key: str) -> JsonObject | None:
        """One message taken apart; None for an unknown id."""
        message = self._journal.get(_KIND, key)
        return None if message is None else _shown(message)

    def raw(self, key: str) -> bytes | None:
        """The bytes as they came; None for an unknown id."""
        message = self._journal.get(_KIND, key)
        return None if message is None else base64.b64decode(message["raw"])

    def taken(self) -> list[JsonObject]:
        """Id and recipients of every message that was ever taken, cleared or not."""
        return self._journal.all(_BOOKS)

    def clear(self) -> None:
        """Empty the box; the books keep what was taken."""
        with self._journal.atomic():
            self._journal.delete(_KIND)
            self._journal.delete(_RECIPIENT)

    def _sent_to(self, address: str) -> list[JsonObject]:
        """By index: a test that waits for one mail asks often, and there may be thousands."""
        keys = [entry["message"] for entry in self._journal.children(_RECIPIENT, address)[::-1]]
        return [message for key in keys if (message := self._journal.get(_KIND, key)) is not None]


def same_mailbox(address: str) -> str:
    """What two spellings of one mailbox have in common: `A@BÜCHER.example` and `a@xn--bcher-kva.example`."""
    local, at, domain = address.lower().rpartition("@")
    try:
        return f"{local}{at}{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError:  # a domain that is none is only equal to itself
        return f"{local}{at}{domain}"


def _shown(caught: JsonObject) -> JsonObject:
    raw = base64.b64decode(caught["raw"])
    message = message_from_bytes(raw, policy=SMTP)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    bodies = [part for part in (text, html) if part is not None]
    parts = [part for part in message.walk() if not part.is_multipart()]
    return {
        "id": caught["id"],
        "from": str(message["From"] or caught["sender"]),
        "to": ", ".join(caught["recipients"]),
        "subject": str(message["Subject"] or ""),
        "messageId": _message_id(raw),
        "text": _text(text),
        "html": _text(html),
        "headers": [[name, str(value)] for name, value in message.items()],
        "attachments": [_attachment(part) for part in parts if all(part is not body for body in bodies)],
    }


def _message_id(raw: bytes) -> str:
    return str(_HEADERS.parsebytes(raw)["Message-ID"] or "").strip()


def _text(part: MIMEPart | None) -> str | None:
    if part is None:
        return None
    content = part.get_payload(decode=True)
    data = content if isinstance(content, bytes) else b""
    try:
        text = data.decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:  # a charset nobody knows
        text = data.decode(errors="replace")
    return text.replace("\r\n", "\n")


def _attachment(part: MIMEPart) -> JsonObject:
    content = part.get_payload(decode=True)
    data = content if isinstance(content, bytes) else b""
    content_id = part["Content-ID"]
    return {
        "filename": part.get_filename(),
        "contentType": part.get_content_type(),
        "contentId": None if content_id is None else str(content_id).strip().strip("<>"),
        "disposition": part.get_content_disposition(),
        "size": len(data),
        "base64": base64.b64encode(data).decode(),
    }
