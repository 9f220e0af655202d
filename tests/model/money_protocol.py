"""The money of one hold as plain hashable data: payment's document, the provider's books, the booking and its seats."""

from typing import Final, Literal, NamedTuple

FREE: Final = -1
COUNTER: Final = -2
Which = int  # a capture at the provider by its place, FREE or COUNTER
CaptureMatch = Literal["winner", "extra", "mismatch"]
Dispute = Literal["", "open", "won", "lost"]  # of the first capture
Event = tuple[str, int]  # what is said, and an amount or the capture it is about

# Every safeguard of the protocol. A world that lacks one of them must show a breach.
SAFEGUARDS: Final = (
    "a free capture has one id",
    "the counter sells what nothing has paid for yet",
    "a refund at the counter is recorded with its request",
    "a capture is matched by the write that records it",
    "only what is explained and accepted may differ",
    "the winner is said until booking has decided",
    "a refusal ends what was free",
    "a refund has a key",
    "a refund by hand counts",
    "the provider's lists are read",
    "a refund by hand is a case",
    "a cancellation closes only what was before it",
    "a dispute holds refunds back",
    "a refund held back is a case",
    "a dispute that is won lets refunds go on",
)


class Paid(NamedTuple):
    """A capture at the provider; `explained`: its fee or an offer of the account explains a difference."""

    amount: int
    explained: bool = False


class Provider(NamedTuple):
    """The provider's books: captures, what went back of each by us, and of the first one by hand."""

    captures: tuple[Paid, ...] = ()
    ours: tuple[int, ...] = (0, 0)
    hand: int = 0
    hand_is_late: bool = False  # made after payment had heard of the booking's end
    dispute: Dispute = ""


class Seen(NamedTuple):
    """A capture as payment recorded it."""

    which: Which
    match: CaptureMatch


class Document(NamedTuple):
    """Payment's document: the facts, and the events that were not said yet. `back`: what went back at the counter."""

    booked: bool = False
    seen: tuple[Seen, ...] = ()
    asked: int = 0
    decided: bool = False
    ours: tuple[int, ...] = (0, 0)
    back: int = 0
    hand: int = 0
    ended: bool = False
    noted: bool = False
    dispute: Dispute = ""
    outbox: tuple[Event, ...] = ()

    @property
    def winner(self) -> Which | None:
        """The capture that pays for the booking."""
        return next((seen.which for seen in self.seen if seen.match == "winner"), None)

    @property
    def awaits(self) -> bool:
        """Booking owes a decision."""
        return self.winner is not None and not self.decided and not self.asked


class Booking(NamedTuple):
    """What booking knows and has decided; `granted` is what it asked payment to give back."""

    paid: int = -1
    verdict: str = ""
    said: bool = False
    ended: bool = False
    granted: int = 0
    returned: int = 0


class Handler(NamedTuple):
    """A process between two steps: `settle` has read, `ask` has decided on a refund, `record` has made it."""

    does: str
    which: Which = FREE
    match: str = ""
    amount: int = 0


class Left(NamedTuple):
    """How often trouble, or what people do, may still come."""

    callers: int = 1
    sellers: int = 0
    crashes: int = 0
    duplicates: int = 0
    losses: int = 0
    closings: int = 0
    hands: int = 0
    notes: int = 0
    disputes: int = 0


class State(NamedTuple):
    left: Left
    document: Document = Document()
    provider: Provider = Provider()
    booking: Booking = Booking()
    seats: str = ""  # the ledger's verdict
    open: bool = True
    answered: bool = False
    queue: tuple[Event, ...] = ()
    handlers: tuple[Handler, ...] = ()


class World(NamedTuple):
    """What is searched: a total, what payers may pay one after the other, and what the account is set up for. A `gift`
    is sold at the counter for nothing."""

    name: str
    left: Left
    total: int = 2
    pays: tuple[Paid, ...] = ()
    accepts: bool = False
    cancels: bool = False
    gift: bool = False
    lacks: str = ""

    @property
    def start(self) -> State:
        return State(self.left)

    def has(self, safeguard: str) -> bool:
        return self.lacks != safeguard

    def fits(self, paid: Paid) -> bool:
        """Whether a capture is what was asked for."""
        differs = paid.amount != self.total
        return not differs or (paid.explained and self.accepts)


WORLDS: Final = {
    world.name: world
    for world in (
        World("free", Left(callers=2, crashes=1, duplicates=1, closings=1), total=0, cancels=True),
        World("free, a message lost", Left(callers=1, losses=1, closings=1), total=0),
        World("two captures", Left(crashes=1), pays=(Paid(2), Paid(2))),
        World(
            "a fee, accepted",
            Left(crashes=1, closings=1),
            pays=(Paid(3, explained=True), Paid(1)),
            accepts=True,
            cancels=True,
        ),
        World("a fee, not accepted", Left(duplicates=1), pays=(Paid(3, explained=True), Paid(2)), cancels=True),
        World("at the counter", Left(sellers=2, duplicates=1, closings=1), pays=(Paid(2),), cancels=True),
        World("at the counter, a crash", Left(sellers=1, crashes=1, losses=1), pays=(Paid(2),), cancels=True),
        World("a gift", Left(sellers=2, losses=1, closings=1), pays=(Paid(2),), cancels=True, gift=True),
        World("by hand", Left(crashes=1, hands=1, notes=1), pays=(Paid(2),), cancels=True),
        World("by hand, refused", Left(crashes=1, hands=1, closings=1), pays=(Paid(2),)),
        World("disputed", Left(crashes=1, disputes=1), pays=(Paid(2),), cancels=True),
        World("disputed, refused", Left(hands=1, closings=1, disputes=1), pays=(Paid(2),)),
    )
}
