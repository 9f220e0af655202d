"""The use cases, put together: over stores and a provider that `main` or a test hands in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from chassis.loops import Background
from chassis.mongo import Database
from payment.domain import ProviderName
from payment.foreign import ForeignOrders
from payment.inbox import Inbox
from payment.ports import Provider
from payment.seating import Checkout
from payment.settings import Settings
from payment.signatures import signs_checkout
from payment.store import Payments
from payment.usecases.cases import Cases
from payment.usecases.orders import Orders
from payment.usecases.reconciler import Reconciler
from payment.usecases.refunds import Refunds
from payment.usecases.settlement import Settlement
from payment.usecases.webhooks import Webhooks
from payment.usecases.windows import Windows
from payment.watermarks import Watermarks


@dataclass(frozen=True, slots=True)
class State:
    """What endpoints use."""

    provider: ProviderName
    key_id: str
    checkout: Checkout
    payments: Payments
    orders: Orders
    settlement: Settlement
    cases: Cases
    webhooks: Webhooks
    signs_checkout: Callable[[str, str, str], bool]


@dataclass(frozen=True, slots=True)
class UseCases:
    """The use cases of one process."""

    payments: Payments
    orders: Orders
    settlement: Settlement
    webhooks: Webhooks
    reconciler: Reconciler
    windows: Windows
    provider: ProviderName

    def state(self, settings: Settings, checkout: Checkout) -> State:
        """The part that HTTP needs."""
        return State(
            provider=self.provider,
            key_id=settings.razorpay_key_id,
            checkout=checkout,
            payments=self.payments,
            orders=self.orders,
            settlement=self.settlement,
            cases=Cases(self.payments),
            webhooks=self.webhooks,
            signs_checkout=partial(signs_checkout, settings.key_secrets),
        )


def assemble(
    settings: Settings, payments: Payments, database: Database, provider: Provider, background: Background
) -> UseCases:
    """Wire the use cases."""
    intervals, foreign = settings.intervals, ForeignOrders(database["foreign_orders"])
    settlement = Settlement(payments, provider, foreign, intervals, settings.accepted_differences)
    reconciler = Reconciler(
        payments,
        settlement,
        Refunds(payments, provider, intervals),
        intervals,
        lease=timedelta(seconds=settings.lease_seconds),
        order_life=timedelta(days=settings.reconcile_days),
        overdue=timedelta(seconds=settings.verdict_overdue_seconds),
    )
    inbox = Inbox(database["inbox"], database["webhooks"])
    webhooks = Webhooks(
        inbox, settlement, foreign, background, secrets=settings.webhook_secrets, provider=provider.name
    )
    watermarks = Watermarks(database["watermarks"], timedelta(seconds=settings.reconcile_window_seconds))
    windows = Windows(payments, settlement, provider, foreign, watermarks)
    return UseCases(payments, Orders(payments, provider), settlement, webhooks, reconciler, windows, provider.name)
