"""What the use cases need of stores and of seating. Each port has a fake in the tests, under one contract suite."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from contracts.ids import PaymentId
from contracts.sale import Sale
from payment.domain import ProviderName
from payment.payment import Change, OpenedCase, Payment
from payment.usecases.provider import Hint

CasePage = tuple[list[tuple[PaymentId, OpenedCase]], int]


class Payments(Protocol):
    """The payments of this service. Providers' ids of orders and captures are of one payment each."""

    async def find(self, payment_id: str) -> Payment | None:
        """One payment."""

    async def of_order(self, order_id: str) -> Payment | None:
        """The payment an order belongs to."""

    async def of_orders(self, order_ids: Iterable[str]) -> dict[str, Payment]:
        """Payments by the orders among these that are theirs."""

    async def of_capture(self, capture_id: str) -> Payment | None:
        """The payment a capture belongs to."""

    async def of_captures(self, capture_ids: Iterable[str]) -> dict[str, Payment]:
        """Payments by the captures among these that are theirs."""

    async def of_case(self, case_id: str) -> Payment | None:
        """The payment that a case is about."""

    async def cases(
        self, *, theater_ids: frozenset[str] | None, is_open: bool | None, skip: int, limit: int
    ) -> CasePage:
        """A page of all cases, newest first, each with its payment's id; and how many there are in all.

        With `theater_ids` only those of sales there, with `is_open` only open or only closed ones.
        """

    async def amend(self, payment_id: str, decide: Callable[[Payment], Change | None]) -> Payment:
        """Change a payment in one write, on condition that nobody else did meanwhile: then `decide` is asked again.

        `decide` is pure. It gets an empty payment of version 0 where there is none yet; None: there is nothing to do.
        The events of the change are said by the same write. Returns the newest payment.
        """

    async def run_due(self, work: Callable[[Payment], Awaitable[None]], *, lease: timedelta) -> None:
        """Do `work` on every payment that has a due task. No other process takes it before the lease ends; afterwards
        it is due when its schedule says."""

    async def count_waiting(self, since: datetime) -> int:
        """How many have waited for booking's answer since before `since`."""

    async def count_with_open_cases(self) -> int:
        """How many have an open case."""


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """A webhook that is to be settled. `id` is this service's, `tries` were made before."""

    id: str
    provider: ProviderName
    hint: Hint
    received_at: datetime
    tries: int


class Inbox(Protocol):
    """Webhooks that came: each once by the provider's event id, due until it is settled."""

    async def add(self, provider: ProviderName, event_id: str, raw: bytes, hint: Hint | None) -> InboxEntry | None:
        """Store a webhook, due in a moment should nobody settle it at once; `hint` is None where it cannot be read.

        None: it was stored before, or cannot be read.
        """

    async def finish(self, entry: InboxEntry, status: str) -> bool:
        """Nothing is left to do for it; whether this call was the first to say so."""

    async def postpone(self, entry: InboxEntry, status: str, maximum: timedelta) -> None:
        """Make it due again, at growing intervals up to `maximum`."""

    async def run_due(self, work: Callable[[InboxEntry], Awaitable[None]], *, lease: timedelta) -> None:
        """Do `work` on every entry that is due. No other process takes it before the lease ends."""

    async def count_unmatched(self) -> int:
        """How many no payment of ours fits."""


Foreign = Literal["foreign", "lost"]
"""`lost` bears a receipt as ours do, and no payment here has it: another house's, or one from before a restore."""


class ForeignOrders(Protocol):
    """Orders at providers, and payments without one, that were seen not to be ours."""

    async def add(self, provider: ProviderName, provider_id: str, kind: Foreign) -> None:
        """An order, or a payment without one of ours, by the provider's id. The first word on it counts."""

    async def among(self, provider: ProviderName, provider_ids: Iterable[str]) -> dict[str, Foreign]:
        """Those of these ids that are known not to be ours."""


@dataclass(frozen=True, slots=True)
class ProviderList:
    """A list at a provider that is read from a watermark on."""

    provider: ProviderName
    kind: Literal["payments", "refunds"]


class Watermarks(Protocol):
    """Up to when each provider's lists have been read."""

    async def begin(self, lists: Iterable[ProviderList]) -> None:
        """Start with those of which nothing was read yet: from now on."""

    async def run_due(self, read: Callable[[ProviderList, datetime], Awaitable[bool]]) -> None:
        """Read each list that is due from its watermark on, one process at a time. Where `read` says that it was read
        whole, its watermark is the time at which that began."""


class Holds(Protocol):
    """Seating's holds."""

    async def checkout(self, hold_id: str, token: str) -> Sale:
        """The sale of a hold of the token's bearer, whose seats are held for long enough to pay.

        Raises seating's own problems, and `Unavailable` where it gives no clear answer.
        """
