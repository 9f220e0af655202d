"""Invoices and credit notes as values."""

from dataclasses import dataclass
from datetime import datetime

from invoices.supplies import Supply


@dataclass(frozen=True, slots=True)
class Seller:
    """The theater that sold. `tax_id` is its GSTIN in India; empty where it has none."""

    name: str
    address: str
    tax_id: str = ""


@dataclass(frozen=True, slots=True)
class Invoice:
    """A sale's invoice. `issued_at` is aware; `timezone` the theater's IANA zone, by which it is dated and whose
    country's law it follows. Amounts are in minor units of `currency`. `about` says what the tickets are for, in one
    line; `reference` is the booking's."""

    number: str
    issued_at: datetime
    timezone: str
    seller: Seller
    supplies: tuple[Supply, ...]
    currency: str
    reference: str
    about: str = ""
    buyer_name: str = ""

    @property
    def total(self) -> int:
        """All values and taxes."""
        return sum(supply.amount for supply in self.supplies)


@dataclass(frozen=True, slots=True)
class CreditNote:
    """What a refund takes back of an invoice: `supplies` are made by `credited`, those it leaves alone are left out.

    `reason` is one line; all else is as in the invoice, whose number and date it names.
    """

    number: str
    issued_at: datetime
    invoice_number: str
    invoice_issued_at: datetime
    timezone: str
    seller: Seller
    supplies: tuple[Supply, ...]
    currency: str
    reference: str
    reason: str = ""
    about: str = ""
    buyer_name: str = ""

    @property
    def total(self) -> int:
        """What is given back, tax included."""
        return sum(supply.amount for supply in self.supplies)
