"""What the use cases need from outside: who holds what (Redis), and the truth (Mongo)."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from contracts.catalog import ShowtimeSnapshot
from contracts.ids import BookingId, HoldId, ShowtimeId
from contracts.prices import Quote
from contracts.sale import Sale
from seating.domain import CheckedOutHold, Hold, HoldStatus, Ledger, Plan, SeatMap, Showtime
from seating.ledger import LedgerChange
from seating.replanning import PlanChange, PlanOutcome


class HoldEnded(Exception):
    """A hold of this id was made before, and has ended: a new one needs another id."""


class SnapshotOutdated(Exception):
    """A newer snapshot of the showtime is known than the one that the caller priced the hold by."""


class InCheckout(Exception):
    """The ledger must let the hold go first."""


class ClaimTooShort(Exception):
    """What is left of a claim is too short for the write behind it, or it is of seats that the theater has moved since:
    claim again."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Whether Redis keeps the seats of a sale while the ledger decides.

    `at` is the moment of the answer, by Redis' clock. The claim may be relied on until `deadline` (`time.monotonic`),
    which comes well before it ends at Redis, however long the answer was under way.
    """

    granted: bool
    at: datetime
    deadline: float


@dataclass(frozen=True, slots=True)
class HoldTerms:
    """By which rules seats are held. `withheld_too`: for somebody whom the seats are for that others cannot have yet;
    `may_leave_single_seat`: whatever the theater forbids. `guest_address`: of a guest without an account, what
    stands for its address: guests of one share a limit. `guests`: other ids of the user, whose live holds count to the
    user's limit."""

    withheld_too: bool = False
    may_leave_single_seat: bool = False
    guests: Sequence[str] = ()
    guest_address: str = ""


FOR_ANYBODY = HoldTerms()


class SeatHolds(Protocol):
    """Who holds what now: browsing holds, those in checkout, claims. All by its own clock."""

    async def hold(
        self,
        showtime: Showtime,
        hold_id: HoldId,
        user_id: str,
        seat_ids: Sequence[str],
        quote: Quote,
        *,
        terms: HoldTerms = FOR_ANYBODY,
    ) -> Hold:
        """Hold all seats or none; a repeat under the same id holds nothing more.

        Raises `SeatsUnavailable`, `HoldLimit`, `SoldTogether`, `LeavesSingleSeat`, `ShowtimeClosed`; `SnapshotOutdated`
        and `HoldEnded`.
        """

    async def find(self, hold_id: HoldId, user_id: str) -> Hold:
        """A hold of the user's, ended ones for an hour; raises `HoldNotFound`."""

    async def refresh(self, hold_id: HoldId, user_id: str) -> Hold:
        """Give it the whole time again; raises `HoldExpired`, `HoldSold`, `RefreshLimit`, `HoldNotFound`."""

    async def check_out(self, hold_id: HoldId, user_id: str) -> Hold:
        """Stretch it, once, to at least the time a payment has; raises `HoldExpired`, `HoldSold`, `HoldNotFound`."""

    async def release(self, hold_id: HoldId, user_id: str, *, ledger_let_go: bool) -> None:
        """Let it go, again too; raises `InCheckout` unless the ledger did so before, `HoldSold`, `HoldNotFound`."""

    async def claim(self, showtime: Showtime, sale: Sale, places: Sequence[str] = ()) -> Claim:
        """Keep the seats of a sale while the ledger decides, where they are its own or free; `places` are where the
        theater has moved them."""

    async def tell(
        self,
        showtime: Showtime,
        ledger: Ledger,
        seat_ids: Iterable[str],
        ended: Mapping[HoldId, HoldStatus] | None = None,
        *,
        entering: CheckedOutHold | None = None,
    ) -> Collection[HoldId]:
        """Have these seats be as this version of the ledger says; `ended` are holds whose booking has its verdict.

        A seat for which a version as new was told already stays as it is. `entering` is a hold in checkout that the
        caller has at hand; others are read. Returns those of the holds in checkout there that their owners let go.
        """

    async def tell_all(self, showtime: Showtime, *, after_restart: bool = False) -> None:
        """Tell the whole ledger as it is now, and every verdict; `after_restart` where the data may be old."""

    async def read(self, showtime_id: ShowtimeId, user_id: str = "") -> SeatMap:
        """The seats as they are now, and which of them the user holds."""

    async def watch(self, showtime_id: ShowtimeId, milliseconds: int) -> SeatMap:
        """The seats as they are now; each change within this time is said, as `seating.map_changed.v1`."""


class Ledgers(Protocol):
    """What is sold: one ledger per showtime."""

    async def read(self, showtime_id: ShowtimeId) -> Ledger | None:
        """The ledger; None before its first snapshot."""

    async def settled(self, showtime_id: ShowtimeId) -> Ledger | None:
        """The ledger once no fence stands; None before its first snapshot."""

    async def sold_seats(self, showtime_id: ShowtimeId) -> frozenset[str]:
        """The seats that are sold, without the rest of the ledger; none before its first snapshot."""

    async def open(self, snapshot: ShowtimeSnapshot) -> Ledger | None:
        """Make the ledger, or have it follow a newer snapshot; None when it has seen this one or a newer."""

    async def sell_in_checkout(self, sale: Sale, now: datetime) -> Ledger | None:
        """Sell in one conditional write what the ledger has in checkout for the sale's own hold; no claim is needed.

        None where the booking has a verdict, or where show or checkout may be over before the write is. What is
        returned knows of this booking and its seats alone.
        """

    async def sell(self, sale: Sale, now: datetime, *, deadline: float) -> Ledger | None:
        """Sell in one conditional write; None when a condition does not hold. Raises `ClaimTooShort`.

        What is returned knows of this booking and its seats alone.
        """

    async def amend(
        self,
        showtime_id: ShowtimeId,
        booking_id: BookingId,
        decide: Callable[[Ledger], LedgerChange | None],
        *,
        presumed: Ledger | None = None,
        deadline: float = math.inf,
    ) -> Ledger | None:
        """Decide about a booking on the present state, and again when what that rests on changed before the write.

        None without a ledger. `presumed` is a state that the caller expects: where booking and seats are so, the ledger
        is not read first, and what is returned knows of them alone. `deadline` is that of the claim behind the
        write; raises `ClaimTooShort`.
        """

    async def plan(self, showtime_id: ShowtimeId) -> Plan | None:
        """The newest plan; None where the theater never changed anything."""

    async def outcome(self, showtime_id: ShowtimeId) -> PlanOutcome | None:
        """What came of the newest plan; None before the first."""

    async def fence(self, showtime_id: ShowtimeId) -> Ledger | None:
        """The ledger, which nothing but a plan changes for a short time; None before its first snapshot."""

    async def unfence(self, showtime_id: ShowtimeId) -> None:
        """End that time."""

    async def write_plan(self, present: Ledger, change: PlanChange) -> Ledger | None:
        """Write it where the ledger is still the one that it was made of; None where another write came first."""


class Snapshots(Protocol):
    """What catalog said of showtimes, and which seats they have since the theater changed them."""

    async def find(self, showtime_id: ShowtimeId) -> Showtime | None:
        """The showtime by the snapshot with the highest revision, with the seats of its plan; None before the first."""

    async def save(self, snapshot: ShowtimeSnapshot) -> None:
        """Save it unless one as new is there."""

    async def follow(self, showtime_id: ShowtimeId, plan: Plan) -> None:
        """Have the showtime's seats be those of the plan, unless one as new is there."""


class CheckedOutHolds(Protocol):
    """Holds in checkout, safe from Redis' loss; they stay when the checkout has ended."""

    async def save(self, hold: CheckedOutHold) -> None:
        """Save the hold, or its later end."""

    async def find(self, hold_ids: Sequence[HoldId]) -> list[CheckedOutHold]:
        """Those of the holds that ever were in checkout."""


class ServerRuns(Protocol):
    """Which run of the Redis server was told every ledger last: one that began later may have old data, or none."""

    async def last_told(self) -> str:
        """The id of that run; empty before the first."""

    async def save(self, server_run_id: str) -> None:
        """Every ledger was told since the run with this id began."""


@dataclass(frozen=True, slots=True)
class Ports:
    """All that seating needs from outside to hold and sell seats."""

    seat_holds: SeatHolds
    ledgers: Ledgers
    snapshots: Snapshots
    checked_out_holds: CheckedOutHolds
    server_runs: ServerRuns
