"""A mail that was caught, as its reader sees it."""

from collections.abc import Mapping
from html import escape
from typing import Any

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def rendered(mail: Mapping[str, Any]) -> str:
    """Its HTML with the pictures that it brings; its text where it has none."""
    html = mail.get("html")
    if not html:
        subject, text = (escape(mail.get(name) or "") for name in ("subject", "text"))
        return f"<!doctype html><title>{subject}</title><pre>{text}</pre>"
    for part in mail.get("attachments", ()):
        if part.get("contentId"):
            html = html.replace(f"cid:{part['contentId']}", f"data:{part['contentType']};base64,{part['base64']}")
    return str(html)
