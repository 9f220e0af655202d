"""What the use cases need from outside."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from contracts.catalog import ShowtimeSnapshot
from contracts.ids import BookingId, HoldId, ShowtimeId
from contracts.sale import Sale
from seating.domain import CheckedOutHold, Hold, HoldStatus, Ledger, SeatMap, Showtime
from seating.ledger import Change


class ShowtimeUnknown(Exception):
    """Redis does not know the showtime; `run` is the run id of the very server that said so."""

    def __init__(self, run: str) -> None:
        super().__init__(run)
        self.run = run


class HoldOver(Exception):
    """A hold of this id was made before, and has ended."""


class SnapshotOutdated(Exception):
    """A newer snapshot is known to Redis than the one the caller used."""


class InCheckout(Exception):
    """The ledger must let the hold go before Redis may."""


class ClaimOver(Exception):
    """What is left of a claim is too short for the write behind it: claim again."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Whether Redis keeps the seats of a sale while the ledger decides: `at` by its clock, until `ends` by ours.

    `ends` (of `time.monotonic`) comes well before Redis' own end of it, however long the answer was under way.
    """

    granted: bool
    at: datetime
    ends: float


@dataclass(frozen=True, slots=True)
class Word:
    """What one version of the ledger says of some seats, or of all (`whole`); `anew` to a server that began anew.

    `ended` are holds whose bookings have a verdict, with what became of them.
    """

    ledger: Ledger
    seat_ids: Sequence[str]
    checkouts: Mapping[HoldId, CheckedOutHold]
    whole: bool = False
    anew: bool = False
    ended: Mapping[HoldId, HoldStatus] = field(default_factory=dict)


class SeatHolds(Protocol):
    """Who holds what now. Every call may raise `ShowtimeUnknown`."""

    async def hold(
        self, showtime: Showtime, hold_id: HoldId, user_id: str, seat_ids: Sequence[str], quote: bytes
    ) -> tuple[int, int]: ...
    async def refresh(self, hold_id: HoldId, user_id: str) -> Hold: ...
    async def checkout(self, hold_id: HoldId, user_id: str) -> Hold: ...
    async def release(self, hold_id: HoldId, user_id: str, *, ledger_let_go: bool) -> None: ...
    async def claim(self, showtime: Showtime, sale: Sale) -> Claim: ...
    async def tell(self, showtime: Showtime, word: Word, *, run: str = "") -> None: ...
    async def read(self, showtime_id: ShowtimeId, user_id: str = "") -> SeatMap: ...
    async def find(self, hold_id: HoldId, user_id: str) -> Hold: ...


class Ledgers(Protocol):
    """What is sold."""

    async def read(self, showtime_id: ShowtimeId) -> Ledger | None: ...
    async def open(self, snapshot: ShowtimeSnapshot) -> Ledger | None: ...
    async def sell(self, sale: Sale, now: datetime, *, ends: float) -> Ledger | None: ...
    async def amend(
        self,
        showtime_id: ShowtimeId,
        booking_id: BookingId,
        decide: Callable[[Ledger], Change | None],
        *,
        ends: float = math.inf,
    ) -> Ledger | None: ...


class Snapshots(Protocol):
    """What catalog said of a showtime."""

    async def find(self, showtime_id: ShowtimeId) -> ShowtimeSnapshot | None: ...
    async def keep(self, snapshot: ShowtimeSnapshot) -> None: ...


class CheckedOutHolds(Protocol):
    """Holds in checkout, safe from Redis' loss."""

    async def keep(self, hold: CheckedOutHold) -> None: ...
    async def end(self, hold_id: HoldId) -> None: ...
    async def find(self, hold_ids: list[HoldId]) -> list[CheckedOutHold]: ...


class Runs(Protocol):
    """Which run of Redis was told the ledgers last."""

    async def told(self) -> str: ...
    async def keep(self, run: str) -> None: ...
