"""What one version of the ledger says of seats: the only thing that Redis is ever told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from contracts.ids import HoldId, booking_of
from seating.domain import CheckedOutHold, HoldStatus, Ledger, Showtime, milliseconds


@dataclass(frozen=True, slots=True)
class SeatStates:
    """What this version of the ledger says of these seats, or of all that it knows anything of (`full`).

    `checkouts` are the holds that have any of them in checkout. `ended` are holds whose booking has its verdict, each
    with what became of it. `after_restart` is for a server that may have come back with old data. `waits`:
    somebody is on the showtime's waiting list.
    """

    ledger: Ledger
    seat_ids: Sequence[str]
    checkouts: Mapping[HoldId, CheckedOutHold] = field(default_factory=dict)
    ended: Mapping[HoldId, HoldStatus] = field(default_factory=dict)
    full: bool = False
    after_restart: bool = False
    waits: bool = False

    def as_json(self, showtime: Showtime) -> bytes:
        """As `tell.lua` reads it; a seat that the showtime has not is left out."""
        ledger = self.ledger
        return orjson.dumps(
            {
                "rev": ledger.rev,
                "revision": ledger.revision,
                "starts_at": milliseconds(ledger.starts_at),
                "closed": ledger.closed or "",
                "screen": ledger.screen_number,
                "withheld": showtime.withheld_tokens(),
                "withheld_revision": showtime.snapshot.revision,
                "seats": [self._seat(showtime, seat) for seat in self.seat_ids if seat in showtime.index],
                "checkouts": {hold_id: self._checkout(showtime, hold) for hold_id, hold in self.checkouts.items()},
                "ended": self.ended,
                "full": self.full,
                "after_restart": self.after_restart,
                "waits": self.waits,
            }
        )

    def _seat(self, showtime: Showtime, seat: str) -> list[Any]:
        """The seat, its place, the booking that owns it and the hold that has it in checkout, or '', and whether it is
        blocked."""
        checkout = self.ledger.checkouts.get(seat)
        buyer = checkout.hold_id if checkout and checkout.hold_id in self.checkouts else ""
        return [seat, showtime.index[seat], self.ledger.sold.get(seat, ""), buyer, seat in self.ledger.blocked]

    def _checkout(self, showtime: Showtime, hold: CheckedOutHold) -> dict[str, Any]:
        booking_id = booking_of(hold.id)
        moved = self.ledger.moved.get(booking_id)
        seats = [seat for seat in self.ledger.places(booking_id, hold.seat_ids) if seat in showtime.index]
        ends = [checkout.until for checkout in self.ledger.checkouts.values() if checkout.hold_id == hold.id]
        return {
            "user": hold.user_id,
            "seats": showtime.tokens(seats),
            "moves": moved.number if moved else 0,
            "until": milliseconds(max(ends, default=hold.expires_at)),
            "quote": hold.quote.model_dump_json(),
            "refreshes": hold.refreshes,
        }
