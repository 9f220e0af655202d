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
from seating.domain import CheckedOutHold, Hold, HoldStatus, Ledger, SeatMap, Showtime
from seating.ledger import LedgerChange


class HoldEnded(Exception):
    """A hold of this id was made before, and has ended: a new one needs another id."""


class SnapshotOutdated(Exception):
    """A newer snapshot of the showtime is known than the one that the caller priced the hold by."""


class InCheckout(Exception):
    """The ledger must let the hold go first."""


class ClaimTooShort(Exception):
    """What is left of a claim is too short for the write behind it: claim again."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Whether Redis keeps the seats of a sale while the ledger decides.

    `at` is the moment of the answer, by Redis' clock. The claim may be relied on until `deadline` (`time.monotonic`),
    which comes well before it ends at Redis, however long the answer was under way.
    """

    granted: bool
    at: datetime
    deadline: float


class SeatHolds(Protocol):
    """Who holds what now: browsing holds, those in checkout, claims. All by its own clock."""

    async def hold(
        self, showtime: Showtime, hold_id: HoldId, user_id: str, seat_ids: Sequence[str], quote: Quote
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

    async def claim(self, showtime: Showtime, sale: Sale) -> Claim:
        """Keep the seats for a sale while the ledger decides, where they are its own or free."""

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


class Ledgers(Protocol):
    """What is sold: one ledger per showtime."""

    async def read(self, showtime_id: ShowtimeId) -> Ledger | None:
        """The ledger; None before its first snapshot."""

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


class Snapshots(Protocol):
    """What catalog said of showtimes."""

    async def find(self, showtime_id: ShowtimeId) -> ShowtimeSnapshot | None:
        """The snapshot with the highest revision; None before the first."""

    async def save(self, snapshot: ShowtimeSnapshot) -> None:
        """Save it unless one as new is there."""


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
