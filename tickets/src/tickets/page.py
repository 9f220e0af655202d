"""What a printed ticket says, as its caller knows it: plain values, which `tickets.pdf` brings into words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from contracts.prices import ADULT, Charge, Quote, QuoteLine
from contracts.shows import ShowDetails
from printing.text import printable


@dataclass(frozen=True, slots=True)
class Show:
    """A show and its place. Instants are aware; `timezone` is the theater's IANA zone, by which they are printed.

    `language` is the film's, a code (`hi`) or a word; `city` is printed unless the address names it.
    """

    movie_title: str
    theater_name: str
    address: str
    screen_name: str
    start_at: datetime
    end_at: datetime
    timezone: str
    language: str = ""
    format: str = ""
    city: str = ""

    @classmethod
    def of(cls, details: ShowDetails, city: str = "") -> Self:
        """The show of an event's details."""
        return cls(
            details.movie_title,
            details.theater_name,
            details.address,
            details.screen_name,
            details.start_at,
            details.end_at,
            details.timezone,
            details.language,
            details.format,
            city,
        )

    def whole_address(self) -> str:
        """The address with its city, which is said once."""
        address, city = printable(self.address), printable(self.city)
        return address if city.casefold() in address.casefold() else f"{address}, {city}"


def ticket_label(line: QuoteLine) -> str:
    """What the ticket type of a line is called; empty for an adult's, which is the ordinary one."""
    return line.ticket.label if line.ticket and line.ticket.type != ADULT.type else ""


@dataclass(frozen=True, slots=True)
class TicketSeat:
    """A seat that the ticket admits to. `label` is what is painted on it; `price` in minor units, before fees and
    taxes; `ticket_type` the type's label (empty: an ordinary ticket); `proof` what its guest must bring along, True
    where that is some proof that the type is theirs."""

    label: str
    seat_type: str
    price: int
    ticket_type: str = ""
    proof: bool | str = ""

    @classmethod
    def of(cls, line: QuoteLine) -> Self:
        """The seat of a quote's line."""
        proof = line.ticket.proof if line.ticket else None
        return cls(str(line.label), line.type, line.price, ticket_label(line), proof or "")


@dataclass(frozen=True, slots=True)
class TicketPage:
    """A booking's ticket. `code` is the signed text in the QR code, `version` the ticket's, from 1.

    Amounts are in minor units of `currency` (ISO 4217). `fees` and `taxes` are for these seats; `total` is what was
    paid for them (0 for a complimentary ticket, whose seats still have prices). `language` is the reader's: a code,
    `en`, `hi` or `ta`; names are printed in whatever script they have.
    """

    reference: str
    code: str
    version: int
    show: Show
    seats: tuple[TicketSeat, ...]
    fees: tuple[Charge, ...]
    taxes: tuple[Charge, ...]
    total: int
    currency: str
    language: str = "en"
    guest_name: str = ""

    @classmethod
    def of(cls, quote: Quote, show: Show, *, reference: str, code: str, version: int = 1, language: str = "en") -> Self:
        """The ticket of a whole quote."""
        seats = tuple(TicketSeat.of(line) for line in quote.lines)
        return cls(
            reference,
            code,
            version,
            show,
            seats,
            quote.fee_lines,
            quote.tax_lines,
            quote.total,
            quote.currency,
            language,
        )
