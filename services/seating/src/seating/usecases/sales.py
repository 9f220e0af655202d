"""What happens to seats when money came or a booking ended: claim, one verdict in the ledger, tell."""

from datetime import UTC, datetime
from functools import partial

from chassis.away import PeerAway
from contracts.booking import BookingCancelled
from contracts.ids import ShowtimeId
from contracts.sale import Sale

from seating.domain import HoldStatus, Ledger, Showtime, hold_of
from seating.errors import ShowtimeNotFound
from seating.ledger import StillPaying, cancelling, decide
from seating.usecases.maps import SeatMaps

SNAPSHOT_SECONDS = 10.0
ENDED_AS: dict[str, HoldStatus] = {"sold": "sold", "released": "released", "refused": "expired"}


class SnapshotMissing(Exception):
    """A message about a showtime that catalog has not told of yet; its time will come."""


class Sales:
    """Each step stands alone and can be repeated: a message that stops half way comes again from the start."""

    def __init__(self, maps: SeatMaps) -> None:
        self._maps = maps

    async def sell(self, sale: Sale) -> None:
        """Money came: decide once, tell Redis; returns when the message may be acknowledged."""
        showtime = await self.showtime(sale.showtime_id)
        claimed, now = await self.claim(showtime, sale)
        try:
            ledger = await self.write(sale, now, claimed=claimed)
        except StillPaying:  # Redis went back between telling it and claiming: the message waits until it knows better
            raise PeerAway("Redis does not know yet whom the ledger keeps these seats for") from None
        await self.tell(showtime, ledger, sale)

    async def cancel(self, event: BookingCancelled) -> None:
        """A booking ended: what it had is free, and money after it is refused."""
        showtime = await self.showtime(event.showtime_id)
        hold_id = hold_of(event.booking_id, event.showtime_id)
        change = partial(cancelling, event=event, hold_id=hold_id, now=datetime.now(UTC))
        ledger = await self._maps.ledgers.amend(event.showtime_id, change)
        if ledger is None:
            raise SnapshotMissing(event.showtime_id)
        verdict = ledger.verdicts[event.booking_id]
        await self._maps.tell(showtime, ledger, verdict.seat_ids, ended=(hold_id, ENDED_AS[verdict.word]))

    async def showtime(self, showtime_id: ShowtimeId) -> Showtime:
        """Wait for a snapshot that has not arrived yet, up to a bound; raises `SnapshotMissing`."""
        try:
            return await self._maps.showtime(showtime_id, wait_seconds=SNAPSHOT_SECONDS)
        except ShowtimeNotFound:
            raise SnapshotMissing(showtime_id) from None

    async def claim(self, showtime: Showtime, sale: Sale) -> tuple[bool, datetime]:
        """Keep the seats while the ledger decides. A refusal counts only from a Redis that was told the ledger."""
        claim = partial(self._maps.holds.claim, showtime, sale)
        claimed, now = await self._maps.once_known(showtime, claim)
        if not claimed:
            await self._maps.retell(showtime)
            claimed, now = await self._maps.once_known(showtime, claim)
        return claimed, now

    async def write(self, sale: Sale, now: datetime, *, claimed: bool) -> Ledger:
        """The verdict: sold by the one conditional update, else what the ledger asks for; raises `StillPaying`."""
        ledger = await self._maps.ledgers.sell(sale, now) if claimed else None
        if ledger is None:
            change = partial(decide, sale=sale, now=now, claimed=claimed)
            ledger = await self._maps.ledgers.amend(sale.showtime_id, change)
        if ledger is None:
            raise SnapshotMissing(sale.showtime_id)
        return ledger

    async def tell(self, showtime: Showtime, ledger: Ledger, sale: Sale) -> None:
        """Redis learns what the ledger says of the seats, and that the hold has ended."""
        verdict = ledger.verdicts[sale.booking_id]
        await self._maps.tell(showtime, ledger, sale.seat_ids, ended=(sale.hold_id, ENDED_AS[verdict.word]))
