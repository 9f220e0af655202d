"""What a booking waits for, read from what support reads of it. Pure: the time is an argument."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

Json = Mapping[str, Any]
STUCK_AFTER = timedelta(seconds=60)
_REFUND_STUCK_AFTER = timedelta(minutes=10)
_BOOKING, _MAIL, _SMS = "stuck-booking.md", "mail-that-does-not-arrive.md", "sms-that-does-not-arrive.md"


@dataclass(frozen=True, slots=True)
class Wait:
    """What a booking waits for, since when, and the step of the runbook that applies where it is stuck."""

    what: str
    since: datetime
    runbook: str
    stuck_after: timedelta = STUCK_AFTER

    def is_stuck(self, now: datetime) -> bool:
        """Whether it has waited for longer than it ever should."""
        return now - self.since > self.stuck_after


def waits_of(booking: Json, items: Iterable[Json]) -> list[Wait]:
    """What this booking waits for; empty where all is done.

    `booking` is the body of `GET /api/admin/bookings/{id}`, `items` are those of its timeline.
    """
    at: dict[str, datetime] = {}
    for item in items:
        at.setdefault(item["what"], datetime.fromisoformat(item["at"]))
    return [*_of_the_sale(booking, at), *_of_refunds(booking, at), *_of_messages(booking)]


def _of_the_sale(booking: Json, at: Mapping[str, datetime]) -> Iterable[Wait]:
    if booking["status"] != "pending":
        return
    if (sold := at.get("seats_sold") or at.get("seats_refused")) is not None:
        yield Wait("booking is to hear seating's verdict", sold, f"{_BOOKING}, step 4")
    elif (paid := at.get("succeeded")) is not None:
        yield Wait("seating is to say whether the seats are sold", paid, f"{_BOOKING}, step 3")
    else:
        begun = at.get("order_created") or datetime.fromisoformat(booking["createdAt"])
        longest = timedelta(minutes=30)  # the longest hold, and the last look at the provider
        yield Wait("the guest is to pay, or the hold to end", begun, f"{_BOOKING}, step 2", longest)


def _of_refunds(booking: Json, at: Mapping[str, datetime]) -> Iterable[Wait]:
    created = datetime.fromisoformat(booking["createdAt"])
    for refund in booking["refunds"]:
        since = datetime.fromisoformat(refund["at"]) if refund.get("at") else at.get("refund_due", created)
        amount = f"{refund['amount']} {refund['currency']} in minor units"
        match refund["status"]:
            case "due":
                yield Wait(f"payment is to give back {amount}", since, f"{_BOOKING}, step 5", _REFUND_STUCK_AFTER)
            case "pending":
                yield Wait(f"the provider is to carry out the refund of {amount}", since, f"{_BOOKING}, step 6", _LONG)
            case "failed":
                yield Wait(f"the refund of {amount} failed: a person decides", since, f"{_BOOKING}, step 6")


_LONG = timedelta(days=8)  # banks take their time


def _of_messages(booking: Json) -> Iterable[Wait]:
    for message in booking["messages"]:
        if message["status"] == "queued":
            what = f"the {message['channel']} ({message['kind']}) is to go out"
            runbook = _SMS if message["channel"] == "sms" else _MAIL
            yield Wait(what, datetime.fromisoformat(message["at"]), runbook)
