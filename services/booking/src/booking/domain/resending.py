"""Sending the ticket's messages once more: decided once, three times an hour at most."""

from datetime import datetime, timedelta

from booking.domain.booking import Booking
from booking.domain.facts import Facts, Resend
from contracts.ids import UserId

_MOST, _WITHIN = 3, timedelta(hours=1)


class NothingToSend(Exception):
    """The booking has no ticket: it is not confirmed, or not any more."""


class TooManyResends(Exception):
    """Asked for too often; `seconds` until it may be again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:.0f} s")
        self.seconds = seconds


def resend(booking: Booking | None, now: datetime, by: UserId | None = None) -> Facts:
    """The fact that the newest ticket is to be sent once more; `by` is who of the theater asks.

    Raises `NothingToSend`, `TooManyResends`.
    """
    if booking is None or booking.valid_ticket is None:
        raise NothingToSend
    facts = booking.facts
    lately = [resend.at for resend in facts.resends if resend.at > now - _WITHIN]
    if len(lately) >= _MOST:
        raise TooManyResends((sorted(lately)[-_MOST] + _WITHIN - now).total_seconds())
    number = len(facts.resends) + 1
    return Facts(resends=(Resend(number=number, at=now, ticket_version=facts.ticket_version, user_id=by),))
