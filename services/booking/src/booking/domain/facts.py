"""The facts of a booking: each something that happened, never taken back. Facts merge in any order to the same end. No
clock, no I/O; what follows from them is in `advance`."""

from datetime import datetime
from typing import Any, Literal, Self

from booking.domain.places import Places, Reseating
from booking.domain.policy import Terms
from booking.domain.scans import Scan
from contracts.event import UtcTime, Value
from contracts.ids import MovieId, PaymentId, UserId, counter_customer_of
from contracts.money import Currency, MinorUnits
from contracts.payment import DISPUTE_RANKS, DisputeStatus, Tender
from contracts.sale import Contact, Sale
from contracts.shows import ShowDetails

Refusal = Literal["seats_lost", "showtime_cancelled", "too_late"]
Ending = Literal["by_guest", "by_theater", "showtime_cancelled"]


def refund_key(capture_id: str, number: int | None = None) -> str:
    """The key of a refund of a capture: that of the grant with this number, or of the booking's end."""
    return f"refund_{capture_id}" if number is None else f"refund_{capture_id}_{number}"


class Paid(Value):
    """The one capture that pays for the booking; further captures are payment's business. `provider` took the money.

    What was sold at the counter has a `tender` and who sold it; `has_contact`: its customer said where the ticket goes.
    """

    payment_id: PaymentId
    capture_id: str
    provider: str
    amount: MinorUnits
    currency: Currency
    tender: Tender | None = None
    sold_by: UserId | None = None
    has_contact: bool = False


class Ended(Value):
    """Somebody cancelled the booking, or its show.

    `refund` is what payment is to give back, decided at that time, by `terms` where the policy counted; None is the
    whole capture, or what is left of it. `returned_by_hand` had gone back by then, and `granted` was on its way.
    `user_id` and `note` say who of the theater decided, and why.
    """

    by: Ending
    at: UtcTime
    refund: MinorUnits | None = None
    returned_by_hand: MinorUnits = 0
    granted: MinorUnits = 0
    terms: Terms | None = None
    user_id: UserId | None = None
    note: str | None = None


class Grant(Value):
    """A refund of some of the capture, granted while the booking goes on, or beside what its end gave back.

    `number`, from 1, is chosen by the write that records it. `seat_ids` are the seats that end by it, and
    `ticket_version` that of the ticket without them; where there are none the ticket stays. `for_seats`: whose money
    goes back then; it is spread in the order of the seats where they are not named. `terms` are those of the policy,
    where it counted; `user_id` and `note` say who of the theater decided, and why.
    """

    number: int
    amount: MinorUnits
    by: Literal["by_guest", "by_theater"]
    at: UtcTime
    seat_ids: tuple[str, ...] = ()
    ticket_version: int = 1
    for_seats: tuple[str, ...] = ()
    terms: Terms | None = None
    user_id: UserId | None = None
    note: str | None = None

    @property
    def key(self) -> int:
        return self.number


class Resend(Value):
    """Somebody asked for the ticket's messages once more. `number`, from 1, is chosen by the write that records it;
    `ticket_version` was the newest then. `user_id` is who of the theater asked, if it was not the guest."""

    number: int
    at: UtcTime
    ticket_version: int
    user_id: UserId | None = None

    @property
    def key(self) -> int:
        return self.number


class RefundOutcome(Value):
    """How far the refund under a key has got. Each attempt gets a number, from 1, when the provider accepts it:
    `accepted` is the highest of them, `pending` the highest of those that were not made at once, `completed` of those
    that were made later, `failed` of those that failed later. One that the provider refused sets `has_failed` alone."""

    refund_key: str
    accepted: int = 0
    pending: int = 0
    completed: int = 0
    failed: int = 0
    has_failed: bool = False

    @property
    def key(self) -> str:
        return self.refund_key

    def with_news(self, news: "RefundOutcome") -> "RefundOutcome":
        """Of both the highest numbers."""
        return RefundOutcome(
            refund_key=self.refund_key,
            accepted=max(self.accepted, news.accepted),
            pending=max(self.pending, news.pending),
            completed=max(self.completed, news.completed),
            failed=max(self.failed, news.failed),
            has_failed=self.has_failed or news.has_failed,
        )


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
    """Somebody gave back some of the capture at the provider; `key` is payment's for this refund, `at` when it was made
    or asked for. It may be pending at first, be completed then, and fail in the end."""

    key: str
    amount: MinorUnits
    pending: bool = False
    completed: bool = False
    failed: bool = False
    at: UtcTime | None = None

    @property
    def is_pending(self) -> bool:
        """Whether the provider has not made it yet."""
        return self.pending and not (self.completed or self.failed)

    def with_news(self, news: "HandRefund") -> "HandRefund":
        """All that either says of it."""
        return HandRefund(
            key=self.key,
            amount=self.amount,
            pending=self.pending or news.pending,
            completed=self.completed or news.completed,
            failed=self.failed or news.failed,
            at=min((at for at in (self.at, news.at) if at), default=None),
        )


class Dispute(Value):
    """The guest asked their bank for the capture back; `key` is the provider's id of that."""

    key: str
    status: DisputeStatus


class Extended(Value):
    """The hold was refreshed in checkout, and lasts longer than its sale says."""

    until: UtcTime


class Show(ShowDetails):
    """A show as its snapshot of this revision has it, and what invoices and reports say of it."""

    revision: int
    movie_id: MovieId
    screen_id: str | None = None
    theater_code: str | None = None
    tax_id: str | None = None


def shown_at(places: Places, show: Show) -> Show:
    """The show on the screen where the seats are: what moved them may be known before the show's next snapshot is, or
    after."""
    screen = places.screen
    if screen is None or screen.screen_id == show.screen_id:
        return show
    return show.model_copy(update={"screen_id": screen.screen_id, "screen_name": screen.name})


class PaperNumber(Value):
    """The number that a series gave an invoice or credit note of the booking; `key` is the paper's."""

    key: str
    number: int


class Facts(Value):
    """All that is known of a booking; a field that is not set is not known, or not yet.

    `ordered` is its sale, as payment said it. `sold` or `refused` is seating's verdict on the seats. `lapsed`: the hold
    was over and nobody had paid. `refund_outcomes` say how far the refunds are that payment was asked for.
    """

    ordered: Sale | None = None
    paid: Paid | None = None
    sold: bool = False
    refused: Refusal | None = None
    lapsed: bool = False
    ended: Ended | None = None
    scans: tuple[Scan, ...] = ()
    show: Show | None = None
    moves: tuple[Move, ...] = ()
    extended: Extended | None = None
    by_hand: tuple[HandRefund, ...] = ()
    contact: Contact | None = None
    grants: tuple[Grant, ...] = ()
    refund_outcomes: tuple[RefundOutcome, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    resends: tuple[Resend, ...] = ()
    numbers: tuple[PaperNumber, ...] = ()
    reseatings: tuple[Reseating, ...] = ()

    @property
    def check_in(self) -> Scan | None:
        """The scan that admitted: the first that was recorded as such."""
        return next((scan for scan in self.scans if scan.outcome == "checked_in"), None)

    @property
    def theater_id(self) -> str | None:
        """The theater of the show, once it is known."""
        show = self.show.theater_id if self.show else None
        return self.ordered.theater_id or show if self.ordered else None

    @property
    def is_disputed(self) -> bool:
        """Whether the guest's bank may take the money back, or has."""
        return any(dispute.status != "won" for dispute in self.disputes)

    @property
    def is_of_counter(self) -> bool:
        """Whether it was sold at the counter, and belongs to no user: its sale says so before its money is known,
        unless its seller had begun to pay online."""
        if self.paid is not None and self.paid.tender is not None:
            return True
        return self.ordered is not None and self.ordered.user_id == counter_customer_of(self.ordered.booking_id)

    @property
    def ticket_contact(self) -> Contact | None:
        """Where a ticket of the counter goes: an empty one where its customer did not say, None where a user has it."""
        return self.contact or (Contact() if self.is_of_counter else None)

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

    @property
    def granted(self) -> int:
        """How much was granted beside what the end gives back, in minor units."""
        return sum(grant.amount for grant in self.grants)

    @property
    def cancelled_seats(self) -> frozenset[str]:
        """The seats that were cancelled while others stayed booked."""
        return frozenset(seat for grant in self.grants for seat in grant.seat_ids)

    @property
    def booked_seats(self) -> tuple[str, ...]:
        """The seats of the sale that were not cancelled one by one, in its order, by the ids they were sold as."""
        return self.seats_at(self.ticket_version)

    @property
    def was_reseated(self) -> bool:
        """Whether the theater moved seats of a guest who has others now than were bought."""
        return any(reseating.is_new for reseating in self.reseatings)

    @property
    def places(self) -> Places:
        """Where the seats are."""
        return Places.of(self.reseatings)

    @property
    def ticket_version(self) -> int:
        """That of the newest ticket: 1 at first, and one more with each change of the seats."""
        of_grants = (grant.ticket_version for grant in self.grants if grant.seat_ids)
        return max((1, *of_grants, *(reseating.ticket_version for reseating in self.reseatings)))

    def seats_at(self, version: int) -> tuple[str, ...]:
        """The seats that the ticket of this version admits to, by the ids they were sold as."""
        ended = {seat for grant in self.grants if grant.ticket_version <= version for seat in grant.seat_ids}
        return tuple(seat for seat in self.ordered.seat_ids if seat not in ended) if self.ordered else ()

    def places_at(self, version: int) -> Places:
        """Where the seats are by the ticket of this version."""
        return Places.of(reseating for reseating in self.reseatings if reseating.ticket_version <= version)

    def cause_of_ticket(self, version: int) -> Grant | Reseating | None:
        """What led to this version of the ticket; None for the first."""
        causes: dict[int, Grant | Reseating] = {each.ticket_version: each for each in self.reseatings if each.is_new}
        causes |= {grant.ticket_version: grant for grant in self.grants if grant.seat_ids}
        return causes.get(version) if version > 1 else None

    def with_news(self, news: Self) -> Self:
        """These facts and `news`. What is known stays, but a higher number, a newer show and a later end take the place
        of the one before; moves, grants, outcomes and refunds by hand gather, and a refund may still end otherwise."""
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
        case (RefundOutcome(), RefundOutcome()) | (HandRefund(), HandRefund()):
            return known.with_news(value)
        case _:
            return value if _replaces(value, known) else known


def _replaces(value: Any, known: Any) -> bool:
    """Whether the news' value takes the place of the known one."""
    match value, known:
        case Show(), Show():
            return value.revision > known.revision
        case Extended(), Extended():
            return value.until > known.until
        case Dispute(), Dispute():
            return DISPUTE_RANKS.index(value.status) > DISPUTE_RANKS.index(known.status)
        case int(), int():
            return value > known
    return bool(value) and not known
