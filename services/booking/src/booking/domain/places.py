"""Where the seats of a booking are. A seat is known for ever by the id it was sold as, that of the quote; the theater
may move it, and pages and tickets show where it is. No clock, no I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Self

from contracts.event import UtcTime, Value
from contracts.layout import ScreenDetails
from contracts.prices import Quote, QuoteLine
from contracts.seating import SeatMove


class Reseating(Value):
    """The theater moved seats of the booking, at the price that was paid; `number`, from 1, is the ledger's, and of
    several that move a seat the highest counts. `screen` is the new one, where the show went to another.

    `ticket_version` is the first version of the ticket that shows it, chosen by the write that records it. `is_new`: it
    changed something for the guest; that version was issued because of it then, unless it is the first.
    """

    number: int
    moves: tuple[SeatMove, ...]
    reason: Literal["seat_blocked", "screen_changed"]
    screen: ScreenDetails | None = None
    at: UtcTime
    ticket_version: int = 1
    is_new: bool = True

    @property
    def key(self) -> int:
        return self.number


@dataclass(frozen=True, slots=True)
class Places:
    """`moves` has the newest move of each seat that was moved, by the id it was sold as; `screen` is the one that the
    show went to, if it did."""

    moves: Mapping[str, SeatMove] = field(default_factory=dict)
    screen: ScreenDetails | None = None

    @classmethod
    def of(cls, reseatings: Iterable[Reseating]) -> Self:
        """What these, in the order of their numbers, lead to."""
        moves: dict[str, SeatMove] = {}
        screen: ScreenDetails | None = None
        for reseating in reseatings:
            moves |= {move.sold_as: move for move in reseating.moves}
            screen = reseating.screen or screen
        return cls(moves, screen)

    def seat_id(self, sold_as: str) -> str:
        """Where the seat is."""
        return self.moves[sold_as].to_seat_id if sold_as in self.moves else sold_as

    def line(self, line: QuoteLine) -> QuoteLine:
        """The line of a quote with what is painted on the seat where it is, and that seat's type; its id stays."""
        move = self.moves.get(line.seat_id)
        return line.model_copy(update={"label": move.label, "type": move.type}) if move else line

    def quote(self, quote: Quote) -> Quote:
        """The quote with all its lines so."""
        return quote.model_copy(update={"lines": tuple(map(self.line, quote.lines))}) if self.moves else quote
