"""The documents of the reports: what each booking contributed, and the sums."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from booking.domain.contributions import Attendance, Contribution, Figures, SalesKey, SoldBooking
from booking.domain.corrections import Applied
from chassis.flat import fields_of
from chassis.mongo import Document

_LINE = tuple(field.name for field in fields(SoldBooking))
FIGURES = tuple(field.name for field in fields(Figures))


def applied_document(applied: Applied) -> Document:
    """Without its id: the version, and the contribution if there is any. Days are written as 2026-12-31."""
    contribution = applied.contribution
    if contribution is None:
        return {"version": applied.version}
    days = [{"day": day.isoformat(), **fields_of(figures)} for day, figures in sorted(contribution.days.items())]
    line = fields_of(contribution.line) | {"date": contribution.line.date.isoformat()}
    del line["id"]
    return {"version": applied.version, "days": days, "attendance": fields_of(contribution.attendance), **line}


def applied_in(document: Document) -> Applied:
    """What `applied_document` has stored."""
    if "days" not in document:
        return Applied(document["_id"], document["version"], None)
    days = {date.fromisoformat(each["day"]): _figures(each) for each in document["days"]}
    return Applied(
        document["_id"],
        document["version"],
        Contribution(days, Attendance(**document["attendance"]), sold_booking_in(document)),
    )


def sold_booking_in(document: Document) -> SoldBooking:
    """The line that a contribution has in the export."""
    values: dict[str, Any] = {name: document[name] for name in _LINE if name != "id"}
    values["date"] = date.fromisoformat(values["date"])
    return SoldBooking(id=document["_id"], **values)


def key_document(key: SalesKey) -> Document:
    """A key's parts as fields."""
    return {**key._asdict(), "day": key.day.isoformat()}


def key_id(key: SalesKey) -> str:
    """The id of the sum that has this key."""
    return "|".join(map(str, key_document(key).values()))


def _figures(values: Mapping[str, Any]) -> Figures:
    return Figures(*(values[name] for name in FIGURES))


def moment(at: datetime) -> str:
    """As JSON has it: 2026-12-31T18:30:00Z."""
    return at.isoformat().replace("+00:00", "Z")
