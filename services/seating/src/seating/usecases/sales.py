"""What happens to seats when money came or a booking ended: one verdict in the ledger, then Redis is told.

Seats that the ledger has in checkout for the sale are sold at once; others are claimed in Redis first.
"""

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from chassis.unavailable import PeerUnavailable
from contracts.booking import BookingCancelled, SeatsCancelled
from contracts.ids import ShowtimeId
from contracts.sale import Sale
from seating.domain import Ledger, Showtime, hold_of
from seating.errors import ShowtimeNotFound
from seating.ledger import (
    LedgerChange,
    StillInCheckout,
    decide_cancellation,
    decide_sale,
    decide_seats_cancellation,
)
from seating.usecases.ports import Claim, ClaimTooShort, Ports
from seating.usecases.showtimes import Showtimes

SNAPSHOT_SECONDS = 10.0


class SnapshotMissing(Exception):
    """A message about a showtime that catalog has not told of yet; its time will come."""


class SaleMissing(Exception):
    """A message about seats of a sale that the ledger does not know: one restored from a backup hears of it again."""


class Sales:
    """Each step stands alone and can be repeated: a message that stops half way comes again from the start."""

    def __init__(self, ports: Ports, showtimes: Showtimes) -> None:
        self._ports, self._showtimes = ports, showtimes

    async def sell(self, sale: Sale) -> None:
        """Money came: decide once, tell Redis; returns when the message may be acknowledged."""
        showtime = await self._showtime(sale.showtime_id)
        ledger = await self._decide(showtime, sale)
        await self.tell(showtime, ledger, sale)

    async def cancel(self, event: BookingCancelled) -> None:
        """A booking ended: what it had is free, and money after it is refused."""
        hold_id = hold_of(event.booking_id, event.showtime_id)
        await self._free(event, partial(decide_cancellation, event=event, hold_id=hold_id, now=datetime.now(UTC)))

    async def cancel_seats(self, event: SeatsCancelled) -> None:
        """Some seats of a booking were cancelled: they are free, and it has the others."""
        await self._free(event, partial(decide_seats_cancellation, event=event))

    async def _free(
        self, event: BookingCancelled | SeatsCancelled, decide: Callable[[Ledger], LedgerChange | None]
    ) -> None:
        """Decide in the ledger, then tell Redis: of a booking that was moved all, for its seats may be anywhere.

        Raises `SnapshotMissing`.
        """
        showtime = await self._showtime(event.showtime_id)
        ledger = await self._ports.ledgers.amend(event.showtime_id, event.booking_id, decide)
        if ledger is None:
            raise SnapshotMissing(event.showtime_id)
        verdict, hold_id = ledger.verdicts.get(event.booking_id), hold_of(event.booking_id, event.showtime_id)
        if verdict is None:
            raise SaleMissing(event.booking_id)
        if event.booking_id in ledger.moved:
            await self._ports.seat_holds.tell_all(showtime)
            return
        await self._ports.seat_holds.tell(showtime, ledger, verdict.seat_ids, {hold_id: verdict.hold_status})

    async def _decide(self, showtime: Showtime, sale: Sale) -> Ledger:
        """Sell what is in the hold's own checkout. Else claim, then write; whoever was held up between claim and write
        claims again."""
        ledger = await self._ports.ledgers.sell_in_checkout(sale, datetime.now(UTC))
        while ledger is None:
            present = await self._ports.ledgers.settled(sale.showtime_id)
            places = present.places(sale.booking_id, sale.seat_ids) if present else sale.seat_ids
            claim = await self.claim(showtime, sale, places)
            try:
                ledger = await self.write(sale, claim, places)
            except ClaimTooShort:
                continue
            except StillInCheckout:
                # Redis went back between telling it and claiming: the message waits until it knows better.
                raise PeerUnavailable("Redis does not know yet whom the ledger keeps these seats for") from None
        return ledger

    async def claim(self, showtime: Showtime, sale: Sale, places: Sequence[str] = ()) -> Claim:
        """Step 1: keep the seats, at `places` where the theater has moved them, while the ledger decides. A refusal
        counts only from a Redis that was just told the ledger."""
        seats = places or sale.seat_ids
        claim = await self._ports.seat_holds.claim(showtime, sale, seats)
        if not claim.granted:
            await self._ports.seat_holds.tell_all(showtime)
            claim = await self._ports.seat_holds.claim(showtime, sale, seats)
        return claim

    async def write(self, sale: Sale, claim: Claim, places: Sequence[str] = ()) -> Ledger:
        """Step 2, the verdict: sold by the one conditional write, else what `decide_sale` says of the present ledger.

        `places` are the seats of the claim, where the theater has moved them. Raises `StillInCheckout`, and
        `ClaimTooShort` where the write would not be over before the claim is, and where the seats were moved since.
        """
        claimed = tuple(places) or sale.seat_ids

        def decide(ledger: Ledger) -> LedgerChange:
            is_decided = sale.booking_id in ledger.verdicts
            if not is_decided and ledger.places(sale.booking_id, sale.seat_ids) != claimed:
                raise ClaimTooShort
            return decide_sale(ledger, sale, claim.at, claimed=claim.granted)

        ledgers, deadline = self._ports.ledgers, claim.deadline if claim.granted else math.inf
        ledger = await ledgers.sell(sale, claim.at, deadline=deadline) if claim.granted else None
        if ledger is None:
            ledger = await ledgers.amend(sale.showtime_id, sale.booking_id, decide, deadline=deadline)
        if ledger is None:
            raise SnapshotMissing(sale.showtime_id)
        return ledger

    async def tell(self, showtime: Showtime, ledger: Ledger, sale: Sale) -> None:
        """Step 3: Redis learns what the ledger says of the seats, and that the hold has ended."""
        verdict = ledger.verdicts[sale.booking_id]
        places = ledger.places(sale.booking_id, sale.seat_ids)
        await self._ports.seat_holds.tell(showtime, ledger, places, {sale.hold_id: verdict.hold_status})

    async def _showtime(self, showtime_id: ShowtimeId) -> Showtime:
        """The showtime; one that has not arrived yet is waited for. Raises `SnapshotMissing`."""
        try:
            return await self._showtimes.get(showtime_id, wait_seconds=SNAPSHOT_SECONDS)
        except ShowtimeNotFound:
            raise SnapshotMissing(showtime_id) from None
