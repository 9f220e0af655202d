"""Taxes on tickets as clients send and read them."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints, TypeAdapter

from catalog.domain.plain import from_plain
from catalog.domain.taxes import TaxEntry, Taxes
from catalog.schemas import fields
from catalog.schemas.fields import Price, Short
from chassis.bodies import Absent, RequestBody, ResponseBody
from chassis.times import Day
from contracts.audit import Shown
from contracts.money import Currency, MinorUnits
from contracts.prices import BasisPoints


class TaxBody(RequestBody):
    """A rate in basis points for tickets up to and including `upTo`, for showtimes that start on the day `from`, by the
    theater's clock, or later, until entries of a later day take over."""

    name: Annotated[Short, StringConstraints(max_length=80)]
    rate: BasisPoints
    up_to: Price | None = None
    from_: Day = Field(alias="from")
    currency: fields.Currency = "INR"

    def entry(self) -> TaxEntry:
        """The entry as the domain knows it."""
        sent = self.model_dump()
        return from_plain(TaxEntry, {**sent, "since": sent["from_"]})


class TaxView(ResponseBody):
    """A tax rate, for which tickets, and from which day on."""

    name: str
    rate: BasisPoints
    up_to: Absent[MinorUnits] = None
    from_: date = Field(alias="from")
    currency: Currency


TaxBodies = Annotated[list[TaxBody], Field(max_length=200)]
_VIEWS = TypeAdapter(list[TaxView])


def taxes_as_json(entries: Iterable[TaxEntry]) -> bytes:
    """The entries as they are sent."""
    return _VIEWS.dump_json(_views(entries), by_alias=True)


def shown_taxes(taxes: Taxes) -> Shown:
    """The entries as the audit shows them."""
    return {"entries": _VIEWS.dump_python(_views(taxes.entries), mode="json", by_alias=True)}


def _views(entries: Iterable[TaxEntry]) -> list[TaxView]:
    return [
        TaxView(name=entry.name, rate=entry.rate, up_to=entry.up_to, from_=entry.since, currency=entry.currency)
        for entry in entries
    ]
