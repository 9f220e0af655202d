"""What happens to seats when money came or a booking ended: claim, one verdict in the ledger, tell."""

import math
from datetime import UTC, datetime
from functools import partial

from chassis.unavailable import PeerUnavailable
from contracts.booking import BookingCancelled
from contracts.ids import ShowtimeId
from contracts.sale import Sale
from seating.domain import Ledger, Showtime, hold_of
from seating.errors import ShowtimeNotFound
from seating.ledger import StillInCheckout, cancelling, decide
from seating.usecases.maps import SeatMaps
from seating.usecases.ports import Claim, ClaimOver

SNAPSHOT_SECONDS = 10.0


class SnapshotMissing(Exception):
    """A message about a showtime that catalog has not told of yet; its time will come."""


class Sales:
    """Each step stands alone and can be repeated: a message that stops half way comes again from the start."""

    def __init__(self, maps: SeatMaps) -> None:
        self._maps = maps

    async def sell(self, sale: Sale) -> None:
        """Money came: decide once, tell Redis; returns when the message may be acknowledged."""
        showtime = await self.showtime(sale.showtime_id)
        ledger = await self.decided(showtime, sale)
        await self.tell(showtime, ledger, sale)

    async def decided(self, showtime: Showtime, sale: Sale) -> Ledger:
        """Claim, then write; whoever was held up between the two until the claim was too old claims again."""
        while True:
            claim = await self.claim(showtime, sale)
            try:
                return await self.write(sale, claim)
            except ClaimOver:
                continue
            except StillInCheckout:
                # Redis went back between telling it and claiming: the message waits until it knows better.
                raise PeerUnavailable("Redis does not know yet whom the ledger keeps these seats for") from None

    async def cancel(self, event: BookingCancelled) -> None:
        """A booking ended: what it had is free, and money after it is refused."""
        showtime = await self.showtime(event.showtime_id)
        hold_id = hold_of(event.booking_id, event.showtime_id)
        change = partial(cancelling, event=event, hold_id=hold_id, now=datetime.now(UTC))
        ledger = await self._maps.ledgers.amend(event.showtime_id, event.booking_id, change)
        if ledger is None:
            raise SnapshotMissing(event.showtime_id)
        verdict = ledger.verdicts[event.booking_id]
        await self._maps.tell(showtime, ledger, verdict.seat_ids, {hold_id: verdict.hold_status})

    async def showtime(self, showtime_id: ShowtimeId) -> Showtime:
        """Wait for a snapshot that has not arrived yet, up to a bound; raises `SnapshotMissing`."""
        try:
            return await self._maps.showtime(showtime_id, wait_seconds=SNAPSHOT_SECONDS)
        except ShowtimeNotFound:
            raise SnapshotMissing(showtime_id) from None

    async def claim(self, showtime: Showtime, sale: Sale) -> Claim:
        """Keep the seats while the ledger decides. A refusal counts only from a Redis that was told the ledger."""
        ask = partial(self._maps.holds.claim, showtime, sale)
        claim = await self._maps.once_known(showtime, ask)
        if not claim.granted:
            await self._maps.retell(showtime)
            claim = await self._maps.once_known(showtime, ask)
        return claim

    async def write(self, sale: Sale, claim: Claim) -> Ledger:
        """The verdict: sold by the one conditional update, else what the ledger asks for.

        Raises `StillInCheckout`, and `ClaimOver` where the write would not be over before the claim is.
        """
        ledgers, ends = self._maps.ledgers, claim.ends if claim.granted else math.inf
        ledger = await ledgers.sell(sale, claim.at, ends=ends) if claim.granted else None
        if ledger is None:
            change = partial(decide, sale=sale, now=claim.at, claimed=claim.granted)
            ledger = await ledgers.amend(sale.showtime_id, sale.booking_id, change, ends=ends)
        if ledger is None:
            raise SnapshotMissing(sale.showtime_id)
        return ledger

    async def tell(self, showtime: Showtime, ledger: Ledger, sale: Sale) -> None:
        """Redis learns what the ledger says of the seats, and that the hold has ended."""
        verdict = ledger.verdicts[sale.booking_id]
        await self._maps.tell(showtime, ledger, sale.seat_ids, {sale.hold_id: verdict.hold_status})
