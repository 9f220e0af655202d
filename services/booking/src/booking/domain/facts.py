"""The facts of a booking: each something that happened, never taken back. Facts merge in any order to the same end. No
clock, no I/O; what follows from them is in `advance`."""

from datetime import datetime
from typing import Any, Literal, Self

from booking.domain.policy import Terms
from contracts.booking import ShowDetails
from contracts.event import UtcTime, Value
from contracts.ids import PaymentId, UserId
from contracts.money import Currency, MinorUnits
from contracts.payment import Tender
from contracts.sale import Contact, Sale

Refusal = Literal["seats_lost", "showtime_cancelled", "too_late"]
Ending = Literal["by_guest", "by_theater", "showtime_cancelled"]


class Paid(Value):
    """The one capture that pays for the booking; further captures are payment's business.

    What was sold at the counter has a `tender` and who sold it; `has_contact`: its customer said where the ticket goes.
    """

    payment_id: PaymentId
    capture_id: str
    amount: MinorUnits
    currency: Currency
    tender: Tender | None = None
    sold_by: UserId | None = None
    has_contact: bool = False


class Ended(Value):
    """Somebody cancelled the booking, or its show.

    `refund` is what payment is to give back, decided at that time, by `terms` where the policy counted; None is the
    whole capture, or what is left of it. `returned_by_hand` had gone back by then. `user_id` and `note` say who of the
    theater decided, and why.
    """

    by: Ending
    at: UtcTime
    refund: MinorUnits | None = None
    returned_by_hand: MinorUnits = 0
    terms: Terms | None = None
    user_id: UserId | None = None
    note: str | None = None


class Move(Value):
    """The show of a confirmed booking got another start than its guest knew, by the snapshot of this `revision`. Until
    `previous_start_at`, the start that the guest knew before, the guest may cancel and gets all back."""

    revision: int
    previous_start_at: UtcTime
    start_at: UtcTime
    end_at: UtcTime

    @property
    def key(self) -> int:
        return self.revision


class HandRefund(Value):
    """Somebody gave back some of the capture at the provider; `key` is payment's for this refund."""

    key: str
    amount: MinorUnits
    failed: bool = False


class Extended(Value):
    """The hold was refreshed in checkout, and lasts longer than its sale says."""

    until: UtcTime


class Show(ShowDetails):
    """A show as its snapshot of this revision has it."""

    revision: int


class Facts(Value):
    """All that is known of a booking; a field that is not set is not known, or not yet.

    `ordered` is its sale, as payment said it. `sold` or `refused` is seating's verdict on the seats. `lapsed`: the hold
    was over and nobody had paid. An attempt at the refund that payment was asked for gets a number, from 1, when the
    provider accepts it: `refunded_number` is the highest of them, `refund_failed_number` the highest of those that
    failed later. An attempt that the provider refused sets `refund_failed` alone.
    """

    ordered: Sale | None = None
    paid: Paid | None = None
    sold: bool = False
    refused: Refusal | None = None
    lapsed: bool = False
    ended: Ended | None = None
    checked_in_at: UtcTime | None = None
    refund_failed: bool = False
    refunded_number: int = 0
    refund_failed_number: int = 0
    show: Show | None = None
    moves: tuple[Move, ...] = ()
    extended: Extended | None = None
    by_hand: tuple[HandRefund, ...] = ()
    contact: Contact | None = None

    @property
    def is_of_counter(self) -> bool:
        """Whether it was sold at the counter, and belongs to no user."""
        return self.paid is not None and self.paid.tender is not None

    @property
    def awaits_contact(self) -> bool:
        """Whether it is still to be heard where the ticket goes."""
        return self.paid is not None and self.paid.has_contact and self.contact is None

    @property
    def hold_ends(self) -> datetime | None:
        """The latest known end of the hold; None until the sale is known."""
        if self.ordered is None:
            return None
        ends = self.ordered.hold_expires_at
        return max(ends, self.extended.until) if self.extended else ends

    @property
    def captured(self) -> int:
        """How much was paid, in minor units; 0 also while nothing was."""
        return self.paid.amount if self.paid else 0

    @property
    def moved_from(self) -> datetime | None:
        """The latest start that the show was moved from."""
        return max((move.previous_start_at for move in self.moves), default=None)

    @property
    def returned_by_hand(self) -> int:
        """How much has gone back by hand and not failed, in minor units."""
        return sum(refund.amount for refund in self.by_hand if not refund.failed)

    def with_news(self, news: Self) -> Self:
        """These facts and `news`. What is known stays, but a higher number, a newer show and a later end take the place
        of the one before; moves and refunds by hand gather, and a refund by hand may fail later."""
        said = {name: getattr(news, name) for name in news.model_fields_set}
        return self.model_copy(update={name: _merged(getattr(self, name), value) for name, value in said.items()})

    def includes(self, news: Self) -> bool:
        """Whether nothing in `news` is new here."""
        return self.with_news(news) == self


def _merged(known: Any, value: Any) -> Any:
    """One field of the facts, with what the news say of it."""
    match known, value:
        case tuple(), tuple():
            items = {item.key: item for item in known}
            items |= {item.key: _merged(items.get(item.key), item) for item in value}
            return tuple(items[key] for key in sorted(items))
        case _:
            return value if _replaces(value, known) else known


def _replaces(value: Any, known: Any) -> bool:
    """Whether the news' value takes the place of the known one."""
    match value, known:
        case Show(), Show():
            return value.revision > known.revision
        case Extended(), Extended():
            return value.until > known.until
        case HandRefund(), HandRefund():
            return value.failed and not known.failed
        case int(), int():
            return value > known
    return bool(value) and not known
