"""A booking's ticket as a PDF: a page to send, and a slip for the counter's 80 mm printer."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from babel import Locale

from printing.formats import language_name, local_date, local_time, locale_at, money, zone_name
from printing.text import printable
from printing.typesetting import Template
from tickets import qr
from tickets.page import Show, TicketPage, TicketSeat
from tickets.words import Words, words_in

_ROOMY = 1_000  # letters, by the count below
_PAGE, _SLIP = Template("tickets", "ticket.typ"), Template("tickets", "slip.typ")


def ticket_pdf(page: TicketPage) -> bytes:
    """One A4 page with all that a guest needs. Call it in a thread: it takes some milliseconds."""
    return _PAGE.pdf(_data(page))


def counter_slip(page: TicketPage) -> bytes:
    """The same in black on a strip 80 mm wide and as long as it must be."""
    return _SLIP.pdf(_data(page))


def _data(page: TicketPage) -> dict[str, Any]:
    """What the templates print: text that is ready to be set."""
    printed = _printed(page)
    return printed | {"is_crowded": _is_crowded(printed)}


def _printed(page: TicketPage) -> dict[str, Any]:
    words, locale = words_in(page.language), locale_at(page.language, page.show.timezone)
    return {
        "language": page.language if words is not words_in("") else "en",
        "qr": qr.svg(page.code).decode(),
        "emblem": list(hashlib.sha256(page.show.movie_title.encode(errors="replace")).digest()[:8]),
        "words": {
            name: getattr(words, name) for name in ("ticket", "date", "time", "screen", "seats", "reference", "guest")
        }
        | {"prices": words.prices, "total": words.total, "how_to_get_in": words.how_to_get_in},
        "title": printable(page.show.movie_title),
        "about": _about(page.show, locale),
        "theater": printable(page.show.theater_name),
        "address": page.show.whole_address(),
        "screen": printable(page.show.screen_name),
        "date": local_date(page.show.start_at, page.show.timezone, locale),
        "time": local_time(page.show.start_at, page.show.timezone, locale),
        "zone": zone_name(page.show.start_at, page.show.timezone, locale),
        "seats": [printable(seat.label) for seat in page.seats],
        "reference": printable(page.reference),
        "guest": printable(page.guest_name),
        "lines": [[printable(name), money(amount, page.currency, locale)] for name, amount in _lines(page, words)],
        "total": money(page.total, page.currency, locale),
        "steps": [printable(step) for step in _steps(page, words)],
    }


def _is_crowded(printed: dict[str, Any]) -> bool:
    """Whether the texts are so long that they may not fit a page in their usual size; a line is some 40 letters."""
    names = sum(len(printed[name]) for name in ("title", "about", "theater", "address", "screen", "guest"))
    seats = sum(len(seat) + 4 for seat in printed["seats"])
    lines = sum(max(40, len(name)) for name, _ in printed["lines"]) + sum(
        max(40, len(step)) for step in printed["steps"]
    )
    return 3 * names + seats + lines > _ROOMY


def _about(show: Show, locale: Locale) -> str:
    """`Hindi · IMAX`."""
    language = language_name(show.language, locale) if show.language else ""
    return " · ".join(printable(part) for part in (language, show.format) if part)


def _lines(page: TicketPage, words: Words) -> Iterator[tuple[str, int]]:
    """Names and amounts that add up to the total: tickets of a kind together, fees, taxes."""
    kinds = Counter((seat.ticket_type, seat.seat_type, seat.price) for seat in page.seats)
    for (ticket_type, seat_type, price), count in kinds.items():
        kind = ", ".join(part for part in (ticket_type, seat_type) if part)
        yield f"{count} × {kind[:1].upper()}{kind[1:]}", count * price
    for charge in (*page.fees, *page.taxes):
        yield charge.name, charge.amount
    charges = sum(charge.amount for charge in (*page.fees, *page.taxes))
    difference = page.total - charges - sum(seat.price for seat in page.seats)
    if difference:
        yield words.adjustment if page.total else words.complimentary, difference


def _steps(page: TicketPage, words: Words) -> Iterator[str]:
    """How to get in."""
    yield words.show_code
    yield words.admits_once
    yield words.give_reference.format(reference=page.reference)
    proofs = dict.fromkeys(_proof(seat, words) for seat in page.seats if seat.proof)
    if proofs:
        yield words.bring.format(proofs=", ".join(proofs))
    if page.version > 1:
        yield words.newer_ticket.format(version=page.version)


def _proof(seat: TicketSeat, words: Words) -> str:
    """What the guest of a seat must bring along, which needs proof."""
    return seat.proof if isinstance(seat.proof, str) else words.proof.format(ticket_type=seat.ticket_type)
