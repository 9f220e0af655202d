"""A hold's checkout: begun before anybody may pay for it, given longer, given up.

In this order: Redis stretches the hold, Mongo has it, the ledger names it, Redis is told. Only then may anyone pay.
"""

import time
from functools import partial

from contracts.ids import HoldId, booking_of, payment_of, showtime_of
from contracts.sale import Sale
from seating.domain import CheckedOutHold, Hold, Ledger, Showtime, instant
from seating.errors import HoldExpired, HoldNotFound, HoldSold, SeatsUnavailable, ShowtimeNotFound
from seating.ledger import LedgerChange, decide_checkout, decide_give_up
from seating.usecases.lookup import HoldLookup
from seating.usecases.ports import Ports


class Checkouts:
    """The use cases of payment, and what a refresh and a release do to a hold that is in checkout."""

    def __init__(self, ports: Ports, lookup: HoldLookup) -> None:
        self._ports, self._lookup = ports, lookup

    async def begin(self, user_id: str, hold_id: str) -> Sale:
        """The sale that a hold may become, with seats that are its own until it expires; a repeat gives the same.

        Raises `HoldNotFound`, `HoldExpired`, `SeatsUnavailable`, `ShowtimeClosed`.
        """
        showtime = await self._lookup.showtime(hold_id)
        try:
            hold = await self._ports.seat_holds.check_out(HoldId(hold_id), user_id)
            showtime = await self._lookup.showtime_of(hold, showtime)
        except HoldNotFound:
            hold = await self._lookup.checked_out(user_id, HoldId(hold_id))
            if hold.status != "sold":
                raise HoldExpired("the hold has ended") from None
            return _sale(hold, showtime)
        except HoldSold:
            return _sale(await self._lookup.find(user_id, HoldId(hold_id)), showtime)
        await self.enter(showtime, hold)
        return _sale(hold, showtime)

    async def enter(self, showtime: Showtime, hold: Hold, *, refreshed: bool = False) -> None:
        """Have Mongo and the ledger know that the hold is in checkout until its end, which a refresh has made later.

        Raises what `decide_checkout` does, and `HoldExpired` for a hold that its owner let go meanwhile.
        """
        checked_out = CheckedOutHold(
            hold.id,
            showtime.id,
            hold.user_id,
            hold.sold_as,
            hold.quote,
            instant(hold.expires_at),
            hold.refreshes,
            hold.screen_number,
        )
        answered = time.monotonic()
        await self._ports.checked_out_holds.save(checked_out)

        def decide(ledger: Ledger) -> LedgerChange | None:
            now = instant(hold.now + (time.monotonic() - answered) * 1000)
            return decide_checkout(ledger, checked_out, now, refreshed=refreshed)

        presumed = Ledger(
            showtime.id,
            0,
            showtime.snapshot.revision,
            showtime.snapshot.start_at,
            screen_number=hold.screen_number,
            blocked=frozenset(showtime.snapshot.layout.blocked),
        )
        try:
            ledger = await self._ports.ledgers.amend(showtime.id, booking_of(hold.id), decide, presumed=presumed)
        except SeatsUnavailable:
            await self._ports.seat_holds.tell_all(showtime)
            raise
        if ledger is None:
            raise ShowtimeNotFound("no such showtime")
        places = ledger.places(booking_of(hold.id), hold.sold_as)
        let_go = await self._ports.seat_holds.tell(showtime, ledger, places, entering=checked_out)
        if hold.id in let_go or not (ledger.seats_in_checkout(hold.id) or booking_of(hold.id) in ledger.verdicts):
            await self.give_up(showtime, hold.id)
            raise HoldExpired("the hold has ended")

    async def give_up(self, showtime: Showtime, hold_id: HoldId) -> None:
        """Have the ledger let the hold go, and Redis know of it; raises `HoldSold`."""
        booking_id = booking_of(hold_id)
        decide = partial(decide_give_up, booking_id=booking_id, hold_id=hold_id)
        ledger = await self._ports.ledgers.amend(showtime.id, booking_id, decide)
        if ledger is None:
            return
        verdict = ledger.verdicts.get(booking_id)
        if verdict and verdict.outcome == "sold":
            raise HoldSold("the hold is paid for")
        hold = next(iter(await self._ports.checked_out_holds.find([hold_id])), None)
        places = ledger.places(booking_id, hold.seat_ids) if hold else ()
        await self._ports.seat_holds.tell(showtime, ledger, places)


def _sale(hold: Hold, showtime: Showtime) -> Sale:
    snapshot = showtime.snapshot
    return Sale(
        booking_id=booking_of(hold.id),
        hold_id=hold.id,
        payment_id=payment_of(hold.id),
        showtime_id=showtime_of(hold.id),
        user_id=hold.user_id,
        seat_ids=hold.sold_as,
        theater_id=snapshot.theater.theater_id,
        quote=hold.quote,
        hold_expires_at=instant(hold.expires_at),
        showtime_revision=snapshot.revision,
        start_at=snapshot.start_at,
        cancellation_policy=snapshot.theater.cancellation_policy,
    )
