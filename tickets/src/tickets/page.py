"""What a printed ticket says, as its caller knows it: plain values, which `tickets.pdf` brings into words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from contracts.booking import ShowDetails
from contracts.prices import Charge, Quote, QuoteLine
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


@dataclass(frozen=True, slots=True)
class TicketSeat:
    """A seat that the ticket admits to. `label` is what is painted on it; `price` in minor units, before fees and
    taxes; `ticket_type` the type's label (empty: an ordinary ticket); `proof` what its guest must bring along."""

    label: str
    seat_type: str
    price: int
    ticket_type: str = ""
    proof: str = ""

    @classmethod
    def of(cls, line: QuoteLine, ticket_type: str = "", proof: str = "") -> Self:
        """The seat of a quote's line."""
        return cls(str(line.label), line.type, line.price, ticket_type, proof)


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
        """The ticket of a whole quote, with ordinary ticket types."""
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
