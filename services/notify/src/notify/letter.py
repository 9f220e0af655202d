"""What a mail says, apart from how it looks: the HTML and the text part are made from the same letter."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """Where a button or a line leads."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in the reader's words. `facts` are names with values; `lines` are names with amounts, the last one their
    total. `code` says what to do with the ticket's QR code, where the mail bears one; `event` is the show's title."""

    subject: str
    heading: str
    paragraphs: tuple[str, ...]
    greeting: str = ""
    event: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    code: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    button: Link | None = None
    links: tuple[Link, ...] = ()
    closing: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
