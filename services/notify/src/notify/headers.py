"""Header fields from stored text, encoded here and written as they are: no name or title can add a header.

The standard library's own policy reads a value before it writes it: an encoded word (RFC 2047) inside a name would be
decoded, and what it hides would become a header.
"""

import re
from dataclasses import dataclass
from email.header import Header

import idna

_ATOM = r"[^\s\x00-\x20\x7f()<>@,;:\\\"\[\].]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_LINE = 76


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where a message goes: the domain as A-labels (RFC 5891), which every mail server takes."""

    local_part: str
    domain: str

    @classmethod
    def of(cls, address: str) -> "Mailbox":
        """Parse an address; raises `ValueError` for an invalid one."""
        local_part, _, domain = address.rpartition("@")
        if not _LOCAL_PART.fullmatch(local_part) or not local_part.isprintable():
            raise ValueError("not an address")
        return cls(local_part, idna.encode(domain, uts46=True).decode())

    @property
    def address(self) -> str:
        """`local@domain`, for envelope and header."""
        return f"{self.local_part}@{self.domain}"

    @property
    def needs_smtputf8(self) -> bool:
        """Whether a server must speak SMTPUTF8 to take it."""
        return not self.local_part.isascii()


def text_value(name: str, text: str) -> str:
    """The value of an unstructured field, in folded lines; encoded words where the text is not plain."""
    charset = "us-ascii" if _is_plain(text) else "utf-8"
    return Header(text, charset, maxlinelen=_LINE, header_name=name).encode(linesep="\r\n")


def mailbox_value(name: str, display_name: str, mailbox: Mailbox) -> str:
    """The value of a field that names one mailbox; the display name is quoted, or encoded where it is not plain."""
    if not display_name:
        return mailbox.address
    if _is_plain(display_name):
        phrase = '"' + re.sub(r'([\\"])', r"\\\1", display_name) + '"'
    else:
        phrase = Header(display_name, "utf-8", maxlinelen=_LINE, header_name=name).encode(linesep="\r\n")
    return f"{phrase}\r\n <{mailbox.address}>"


def _is_plain(text: str) -> bool:
    """Whether the text needs no encoding: printable ASCII in which no encoded word can begin."""
    return text.isascii() and text.isprintable() and "=?" not in text
