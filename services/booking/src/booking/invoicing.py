"""A booking's invoice and credit notes with their lines: what was sold, and what each refund takes back. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from booking.domain.booking import Booking
from booking.domain.facts import Grant, refund_key
from booking.domain.numbering import Paper
from booking.domain.policy import Terms
from contracts.money import share
from invoices.documents import CreditNote, Invoice, Seller
from invoices.supplies import SUPPORT, Supply, credited, supplies_of


def invoice_of(booking: Booking, paper: Paper, number: str) -> Invoice:
    """The invoice of the whole sale."""
    return Invoice(
        number=number,
        issued_at=paper.issued_at,
        timezone=paper.timezone,
        seller=_seller(paper),
        supplies=supplies_of(booking.sale.quote),
        currency=booking.sale.quote.currency,
        reference=booking.reference,
        about=_about(booking),
        buyer_name=_buyer(booking),
    )


def credit_note_of(booking: Booking, paper: Paper, number: str, invoice: Paper, invoice_number: str) -> CreditNote:
    """The credit note of one refund. What earlier ones took back of a supply is not taken back again."""
    supplies = {supply.key: supply for supply in supplies_of(booking.sale.quote)}
    before, taken = dict.fromkeys(supplies, 0), dict[str, int]()
    for key in (each.key for each in booking.papers if each.kind == "credit_note"):
        before = {name: amount + taken.get(name, 0) for name, amount in before.items()}
        taken = _taken(_refund(booking, key), supplies, before)
        if key == paper.key:
            break
    return CreditNote(
        number=number,
        issued_at=paper.issued_at,
        invoice_number=invoice_number,
        invoice_issued_at=invoice.issued_at,
        timezone=paper.timezone,
        seller=_seller(paper),
        supplies=tuple(credited(supplies[name], amount, before[name]) for name, amount in taken.items()),
        currency=booking.sale.quote.currency,
        reference=booking.reference,
        about=_about(booking),
        buyer_name=_buyer(booking),
    )


@dataclass(frozen=True, slots=True)
class _Refund:
    """What went back at once, and for which seats; `terms` of the policy, where it counted."""

    amount: int
    seat_ids: tuple[str, ...]
    terms: Terms | None = None


def _refund(booking: Booking, key: str) -> _Refund:
    """The refund under a key: of a grant, by hand, or of the booking's end."""
    facts, capture_id = booking.facts, booking.facts.paid.capture_id if booking.facts.paid else ""
    grants: dict[str, Grant] = {refund_key(capture_id, grant.number): grant for grant in facts.grants}
    if key in grants:
        grant = grants[key]
        return _Refund(grant.amount, grant.seat_ids or grant.for_seats or booking.sale.seat_ids, grant.terms)
    by_hand = {refund.key: refund.amount for refund in facts.by_hand}
    if key in by_hand:
        return _Refund(by_hand[key], booking.sale.seat_ids)
    return _Refund(booking.state.refund_due, facts.booked_seats, facts.ended.terms if facts.ended else None)


def _taken(refund: _Refund, supplies: Mapping[str, Supply], before: Mapping[str, int]) -> dict[str, int]:
    """How much the refund takes back of each supply. What goes beyond the sale, as a payer's own fee, is cut."""
    taken: dict[str, int] = {}
    left = refund.amount
    for name, most in _in_order(refund, supplies):
        part = min(left, most, supplies[name].amount - before[name] - taken.get(name, 0))
        if part > 0:
            taken[name] = taken.get(name, 0) + part
            left -= part
    return taken


def _in_order(refund: _Refund, supplies: Mapping[str, Supply]) -> Iterator[tuple[str, int]]:
    """Supplies with the most that is taken of each: of the refund's seats what the terms give, then of the fees, and at
    last of whatever has something left."""
    own = [name for name in supplies if name in refund.seat_ids]
    percent = refund.terms.tier.refund_percent if refund.terms else 100
    yield from ((name, share(supplies[name].amount, percent * 100)) for name in own)
    fees = [name for name, supply in supplies.items() if supply.code == SUPPORT]
    others = [name for name in supplies if name not in {*own, *fees}]
    yield from ((name, supplies[name].amount) for name in (*fees, *own, *others))


def _seller(paper: Paper) -> Seller:
    return Seller(paper.seller, paper.address, paper.tax_id or "")


def _about(booking: Booking) -> str:
    """The film, in one line."""
    return booking.facts.show.movie_title if booking.facts.show else ""


def _buyer(booking: Booking) -> str:
    contact = booking.facts.contact
    return (contact.name if contact else None) or ""
