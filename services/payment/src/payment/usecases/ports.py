"""What the use cases need of stores and of seating. Each port has a fake in the tests, under one contract suite."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from contracts.ids import PaymentId
from contracts.sale import Sale
from payment.cases import Kind
from payment.domain import Facts, ProviderName
from payment.payment import Change, OpenedCase, Payment
from payment.usecases.calls import Call
from payment.usecases.provider import Hint, Webhook

CasePage = tuple[list[tuple[PaymentId, OpenedCase]], int]


class Payments(Protocol):
    """The payments of this service. Providers' ids of orders and captures are of one payment each."""

    async def find(self, payment_id: str) -> Payment | None:
        """One payment."""

    def remembered(self, order_id: str) -> Payment | None:
        """The payment of an order as this process has last seen it, without a question to the store: others may have
        changed it since, but its facts are facts."""

    async def of_order(self, order_id: str) -> Payment | None:
        """The payment an order belongs to."""

    async def of_orders(self, order_ids: Iterable[str]) -> dict[str, Payment]:
        """Payments by the orders among these that are theirs."""

    async def of_capture(self, capture_id: str) -> Payment | None:
        """The payment a capture belongs to."""

    async def of_captures(self, capture_ids: Iterable[str]) -> dict[str, Payment]:
        """Payments by the captures among these that are theirs."""

    async def books_of(self, capture_ids: Iterable[str]) -> dict[str, Facts]:
        """What is stored of these captures and their refunds, read anew: orders, captures, refunds and
        drifts alone."""

    async def of_case(self, case_id: str) -> Payment | None:
        """The payment that a case is about."""

    async def cases(
        self, *, theater_ids: frozenset[str] | None, is_open: bool | None, skip: int, limit: int
    ) -> CasePage:
        """A page of all cases, newest first, each with its payment's id; and how many there are in all.

        With `theater_ids` only those of sales there, with `is_open` only open or only closed ones.
        """

    async def amend(
        self, payment_id: str, decide: Callable[[Payment], Change | None], *, is_new: bool = False
    ) -> Payment:
        """Change a payment in one write, on condition that nobody else did meanwhile: then `decide` is asked again.

        `decide` is pure. It gets an empty payment of version 0 where there is none yet; None: there is nothing to do.
        The events of the change are said by the same write. Returns the newest payment. `is_new`: there is probably
        none yet.
        """

    async def amend_remembered(self, decisions: Mapping[str, Callable[[Payment], Change | None]]) -> frozenset[str]:
        """Change many payments in one write, each as `amend` does, that this process remembers as they are; which were
        changed. The others are to be amended one by one, and perhaps have nothing new to record."""

    async def calls(self, payment_id: str) -> list[Call]:
        """The calls to providers about a payment that are stored, in the order of their writing."""

    async def store_calls(self, age: timedelta) -> None:
        """Store the calls of this process that are older and were not stored with a change."""

    async def run_due(self, work: Callable[[Payment], Awaitable[None]], *, lease: timedelta) -> None:
        """Do `work` on every payment that has a due task. No other process takes it before the lease ends; afterwards
        it is due when its schedule says."""

    async def count_waiting(self, since: datetime) -> int:
        """How many have waited for booking's answer since before `since`."""

    async def open_cases(self) -> Mapping[tuple[Kind, str], tuple[int, int]]:
        """How many are open and how much is in doubt, by kind and currency."""


EntryStatus = Literal[
    "stored",
    "settled",
    "waiting",
    "unavailable",
    "unmatched",
    "foreign",
    "ignored",
    "unreadable",
    "wrong_mode",
]
"""`stored`: to be settled. `unavailable` is tried again, and `unmatched` for a day; the others are final."""


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """A webhook as stored. `id` is this service's, `tries` were made before."""

    id: str
    provider: ProviderName
    hint: Hint
    received_at: datetime
    status: EntryStatus
    tries: int


class Inbox(Protocol):
    """Webhooks that came: each once by the provider's event id, due until it is settled."""

    async def add(self, provider: ProviderName, webhook: Webhook, raw: bytes, status: EntryStatus) -> InboxEntry | None:
        """Store a webhook; one that is to be settled is due in a moment, should nobody do so at once.

        None: it was stored before.
        """

    async def finish(self, entry: InboxEntry, status: EntryStatus) -> None:
        """Nothing is left to do for it; what was said first stays. It is stored a moment later."""

    async def postpone(self, entry: InboxEntry, status: EntryStatus, maximum: timedelta) -> None:
        """Make it due again, at growing intervals up to `maximum`."""

    async def run_due(self, work: Callable[[InboxEntry], Awaitable[None]], *, lease: timedelta) -> None:
        """Do `work` on every entry that is due. No other process takes it before the lease ends."""

    async def count_unmatched(self) -> int:
        """How many are due again because their provider does not know what they tell of."""


Foreign = Literal["foreign", "lost"]
"""`lost` bears a receipt as ours do and not our seal, and no payment here has it: another house's, which is a case."""


class ForeignOrders(Protocol):
    """Orders at providers, and payments without one, that were seen not to be ours."""

    async def add(self, provider: ProviderName, provider_id: str, kind: Foreign) -> None:
        """An order, or a payment without one of ours, by the provider's id. The first word on it counts."""

    async def among(self, provider: ProviderName, provider_ids: Iterable[str]) -> dict[str, Foreign]:
        """Those of these ids that are known not to be ours."""


ListKind = Literal["payments", "refunds", "disputes", "all_payments", "all_refunds"]
"""`all_…` are read round and round and compared with our books; the others as their entries come."""


@dataclass(frozen=True, slots=True)
class ProviderList:
    """A list at a provider, read in windows of time. `age` is how old its entries are then; 0: as they come."""

    provider: ProviderName
    kind: ListKind
    age: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Watermark:
    """Up to when a list has been read, and when it is to be read next."""

    until: datetime
    due_at: datetime


class Watermarks(Protocol):
    """Up to when each provider's lists have been read."""

    async def begin(self, lists: Mapping[ProviderList, Watermark]) -> None:
        """Start with those of which nothing was read yet."""

    async def run_due(self, read: Callable[[ProviderList, datetime], Awaitable[Watermark]]) -> None:
        """Read each list that is due, one process at a time: `read` gets up to when it was read before."""


class Contacts(Protocol):
    """What identity knows of guests."""

    async def has_contact(self, token: str) -> bool:
        """Whether a ticket of the token's bearer can be sent: to an e-mail address, or to a phone that is verified.

        Raises `NotAuthenticated` where identity does, and `Unavailable` where it gives no clear answer.
        """


class Holds(Protocol):
    """Seating's holds."""

    async def checkout(self, hold_id: str, token: str) -> Sale:
        """The sale of a hold of the token's bearer, whose seats are held for long enough to pay.

        Raises seating's own problems, and `Unavailable` where it gives no clear answer.
        """
