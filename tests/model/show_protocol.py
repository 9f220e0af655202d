"""A booking and its show as hashable data: one document, the newest snapshot, and two replicas that remember both."""

from typing import Final, NamedTuple

FACTS: Final = ("paid", "sold")  # what a sale needs to be confirmed; money brings the order with it
REPLICAS: Final = (0, 1)

# Every safeguard of the protocol. A world that lacks one of them must show a breach.
SAFEGUARDS: Final = (
    "a write is conditional on the version it was decided on",
    "a decision that a conflict undid is made again",
    "news are acknowledged once they are written",
    "a confirmed booking is held against the newest snapshot",
    "it is read after the booking was written",
    "a repeated message looks again",
    "a snapshot is due until it was applied",
    "a newer snapshot stays due",
    "who cancels decides by the newest snapshot",
)


class Document(NamedTuple):
    """A booking. `told` is the newest revision that it was held against while it was confirmed; `cancelled_by` the
    revision by which a guest's cancellation was decided."""

    version: int = 0
    facts: frozenset[str] = frozenset()
    said: bool = False  # booking.confirmed
    told: int = 0
    cancelled_by: int = 0

    @property
    def confirmed(self) -> bool:
        return len(self.facts) == len(FACTS)


class Stored(NamedTuple):
    """The newest snapshot in Mongo, and whether it is due to be applied to the bookings."""

    revision: int = 1
    due: bool = False


class Replica(NamedTuple):
    """What a process remembers: a state of the document, and the revision of a snapshot."""

    document: Document = Document()
    revision: int = 1


class Handler(NamedTuple):
    """A process between two steps. `does` says which step is next; `messages` come again when it dies.

    `base` is the document that it decided on, `revision` the snapshot that it goes by, `newest` what was stored when
    it began.
    """

    does: str
    replica: int
    messages: tuple[str, ...] = ()
    base: Document = Document()
    revision: int = 0
    newest: int = 0


class Left(NamedTuple):
    """How often trouble may still come, and how many snapshots."""

    snapshots: int = 1
    crashes: int = 0
    duplicates: int = 0
    cancellations: int = 0


class State(NamedTuple):
    left: Left
    document: Document = Document()
    stored: Stored = Stored()
    replicas: tuple[Replica, Replica] = (Replica(), Replica())
    queue: tuple[str, ...] = FACTS
    handlers: tuple[Handler, ...] = ()


class World(NamedTuple):
    """What is searched, with its bounds."""

    name: str
    left: Left
    handlers: int = 2
    lacks: str = ""

    @property
    def start(self) -> State:
        return State(self.left)

    def has(self, safeguard: str) -> bool:
        return self.lacks != safeguard


WORLDS: Final = {
    world.name: world
    for world in (
        World("a snapshot", Left(), handlers=3),
        World("two snapshots", Left(snapshots=2)),
        World("a crash", Left(crashes=1)),
        World("duplicates", Left(duplicates=1)),
        World("a cancellation", Left(cancellations=1)),
    )
}
