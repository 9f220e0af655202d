"""The use cases on stores and providers in memory, with a clock of their own: whole sales without a server."""

import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

from services.payment.tests import fake_provider, fakes
from services.payment.tests.factories import a_sale
from services.payment.tests.fake_provider import FakeProvider, SettingsWithFake
from services.payment.tests.fakes import (
    FakeContacts,
    FakeForeignOrders,
    FakeHolds,
    FakeInbox,
    FakePayments,
    FakeWatermarks,
)

from chassis.auth import Caller
from chassis.loops import Background
from contracts.sale import Sale
from payment.assembly import Edges, assemble
from payment.domain import Decided
from payment.payment import Payment
from payment.usecases import UseCases
from payment.usecases.confirmation import Confirmation

SETTINGS: dict[str, Any] = {
    "mongo_uri": "mongodb://unused",
    "rabbitmq_url": "amqp://unused",
    "payment_provider": "fake",
    "fake": {"account": "acc"},
}
BEGIN = datetime(2026, 11, 29, 12, tzinfo=UTC)


@dataclass
class Clock:
    """Stands still until it is moved. In place of `datetime` in all modules that read the time."""

    at: datetime = BEGIN

    def now(self, _: object) -> datetime:
        return self.at


def modules_with_a_clock() -> list[ModuleType]:
    """The use cases, and the fakes around them."""
    use_cases = [module for name, module in sys.modules.items() if name.startswith("payment.usecases.")]
    return [module for module in (*use_cases, fakes, fake_provider) if hasattr(module, "datetime")]


@dataclass
class Story:
    """A sale, its user, and everything in memory; `use_cases` are those of the process that runs."""

    clock: Clock
    settings: dict[str, Any] = field(default_factory=dict)
    provider: FakeProvider = field(default_factory=FakeProvider)
    further: tuple[FakeProvider, ...] = ()
    payments: FakePayments = field(default_factory=FakePayments)
    inbox: FakeInbox = field(default_factory=FakeInbox)
    foreign: FakeForeignOrders = field(default_factory=FakeForeignOrders)
    watermarks: FakeWatermarks = field(default_factory=FakeWatermarks)
    contacts: FakeContacts = field(default_factory=FakeContacts)
    background: Background = field(default_factory=Background)

    def __post_init__(self) -> None:
        expires_at = self.clock.at + timedelta(minutes=5)
        self.sale: Sale = a_sale().model_copy(update={"hold_expires_at": expires_at})
        self.caller = Caller(self.sale.user_id, frozenset(), {}, token="token", expires_at=0)
        self.use_cases = self.process()

    def process(self) -> UseCases:
        """The use cases of one more process on the same stores."""
        edges = Edges(
            payments=self.payments,
            inbox=self.inbox,
            foreign=self.foreign,
            watermarks=self.watermarks,
            holds=FakeHolds({(self.sale.hold_id, self.caller.token): self.sale}),
            contacts=self.contacts,
            providers={provider.name: provider for provider in (self.provider, *self.further)},
        )
        return assemble(SettingsWithFake.model_validate({**SETTINGS, **self.settings}), edges, self.background)

    def restart(self) -> None:
        """The process dies, and another one begins with what is stored."""
        self.background = Background()
        self.use_cases = self.process()

    # What people and the provider do

    async def order(self) -> str:
        """The sale's open order."""
        return await self.order_at(self.provider.name)

    async def order_at(self, provider: str) -> str:
        """Its open order at one of the providers."""
        opened = await self.use_cases.orders.open(self.sale.hold_id, self.caller, provider)
        assert opened.order is not None
        return opened.order.order_id

    async def confirm(self, order_id: str, payment_id: str) -> Confirmation:
        """A page confirms a payment."""
        proof = self.provider.proof(order_id, payment_id)
        return await self.use_cases.confirmations.confirm(order_id, proof, self.caller)

    async def notify(self, event_id: str, payment_id: str, *, refund_id: str | None = None, **told: str) -> None:
        """A webhook of the provider is taken in."""
        await self.use_cases.webhooks.receive(*self.provider.notice(event_id, payment_id, refund_id=refund_id, **told))

    async def notify_closed(self, event_id: str, order_id: str) -> None:
        """A webhook says that an order is closed."""
        await self.use_cases.webhooks.receive(*self.provider.notice_of_closed(event_id, order_id))

    async def decide(self) -> None:
        """Booking confirms the sale."""
        winner = await self.winner()
        assert winner is not None
        await self.use_cases.recorder.record(self.sale.payment_id, Decided(capture_id=winner))

    # What is stored and said

    async def payment(self) -> Payment:
        """The payment as stored."""
        payment = await self.payments.find(self.sale.payment_id)
        assert payment is not None
        return payment

    async def winner(self) -> str | None:
        """The capture that pays for the booking."""
        winner = (await self.payment()).facts.winner
        return winner.capture_id if winner else None

    def said(self) -> list[str]:
        """The kinds of events that were said."""
        return [event.type for _, event in self.payments.said]

    def statuses(self) -> list[str]:
        """Those of the webhooks, in the order in which they came."""
        return [entry.status for entry in self.inbox.stored.values()]

    # Time

    async def due(self) -> None:
        """What its schedule says is done, as if it were due."""
        before = self.clock.at - timedelta(minutes=1)
        for entry in (await self.payment()).schedule:
            await self.use_cases.recorder.record(self.sale.payment_id, moved={entry.task: before})
        await self.use_cases.reconciler.run_due()

    async def live(self, time: timedelta) -> None:
        """Time passes, and whatever becomes due in it is done when it is."""
        end = self.clock.at + time
        while (due_at := self._next_due()) is not None and due_at <= end:
            self.clock.at = max(self.clock.at, due_at)
            await self.use_cases.webhooks.run_due()
            await self.use_cases.reconciler.run_due()
            await self.use_cases.windows.run_due()
        self.clock.at = end

    def _next_due(self) -> datetime | None:
        payments = (payment.due_at() for payment in self.payments.stored.values())
        watermarks = (watermark.due_at for watermark in self.watermarks.stored.values())
        return min((due_at for due_at in (*payments, *watermarks, *self.inbox.due.values()) if due_at), default=None)
