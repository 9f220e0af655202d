"""The use cases, put together over stores, seating and providers that `main` or a test hands in."""

from dataclasses import dataclass
from datetime import timedelta

from chassis.loops import Background
from chassis.resources import Resources
from payment.contacts import HttpContacts
from payment.foreign import MongoForeignOrders
from payment.inbox import MongoInbox
from payment.seating import HttpHolds
from payment.settings import Settings
from payment.store import MongoPayments
from payment.usecases import UseCases
from payment.usecases.calls import Calls, noted
from payment.usecases.cases import Cases
from payment.usecases.closing import Closing
from payment.usecases.comparison import Comparison
from payment.usecases.confirmation import Confirmations
from payment.usecases.counter import Counter
from payment.usecases.orders import Orders
from payment.usecases.ports import Contacts, ForeignOrders, Holds, Inbox, Payments, Watermarks
from payment.usecases.provider import Providers
from payment.usecases.reconciler import Reconciler
from payment.usecases.recording import Recorder
from payment.usecases.refunds import Refunds
from payment.usecases.settlement import Settlement
from payment.usecases.webhooks import Webhooks
from payment.usecases.windows import Windows
from payment.watermarks import MongoWatermarks


@dataclass(frozen=True, slots=True)
class Edges:
    """What the use cases stand on."""

    payments: Payments
    inbox: Inbox
    foreign: ForeignOrders
    watermarks: Watermarks
    holds: Holds
    contacts: Contacts
    providers: Providers


@dataclass(frozen=True, slots=True)
class MongoEdges(Edges):
    """With the stores in Mongo."""

    payments: MongoPayments
    inbox: MongoInbox
    foreign: MongoForeignOrders
    watermarks: MongoWatermarks


def edges_of(settings: Settings, resources: Resources, providers: Providers) -> MongoEdges:
    """The edges of a process."""
    database, calls = resources.database, Calls()
    return MongoEdges(
        payments=MongoPayments(resources.outbox("payments"), calls),
        inbox=MongoInbox(database["inbox"], resources.background),
        foreign=MongoForeignOrders(database["foreign_orders"]),
        watermarks=MongoWatermarks(database["watermarks"]),
        holds=HttpHolds(resources.peer(settings.seating_url)),
        contacts=HttpContacts(resources.peer(settings.identity_url)),
        providers=noted(providers, calls),
    )


def assemble(settings: Settings, edges: Edges, background: Background) -> UseCases:
    """Wire the use cases; `background` does what goes on behind an answer."""
    intervals, payments = settings.intervals, edges.payments
    recorder = Recorder(payments, intervals)
    settlements = {
        name: Settlement(payments, recorder, edges.foreign, provider, intervals)
        for name, provider in edges.providers.items()
    }
    closing = Closing(payments, recorder, settlements, intervals)
    reconciler = Reconciler(
        payments,
        recorder,
        settlements,
        intervals,
        refunds=Refunds(payments, recorder, edges.providers, intervals, default=settings.payment_provider),
        closing=closing,
        lease=timedelta(seconds=settings.lease_seconds),
        order_life=timedelta(days=settings.reconcile_days),
        overdue=timedelta(seconds=settings.answer_overdue_seconds),
    )
    return UseCases(
        payments=payments,
        recorder=recorder,
        orders=Orders(payments, recorder, edges.holds, edges.contacts, edges.providers),
        counter=Counter(payments, recorder, edges.holds),
        confirmations=Confirmations(payments, settlements),
        cases=Cases(payments, recorder),
        closing=closing,
        webhooks=Webhooks(payments, edges.inbox, settlements, background),
        reconciler=reconciler,
        windows=Windows(
            payments,
            settlements,
            edges.foreign,
            edges.watermarks,
            Comparison(
                payments,
                settlements,
                edges.foreign,
                recorder,
                every=timedelta(seconds=settings.reconcile_window_seconds),
                order_life=timedelta(days=settings.reconcile_days),
            ),
            every=timedelta(seconds=settings.reconcile_window_seconds),
            order_life=timedelta(days=settings.reconcile_days),
        ),
        providers=edges.providers,
        default_provider=settings.payment_provider,
    )


async def prepare(edges: MongoEdges, use_cases: UseCases) -> None:
    """Indexes, and from when on the providers' lists are read. Idempotent."""
    for store in (edges.payments, edges.inbox, edges.foreign, edges.watermarks):
        await store.ensure_indexes()
    await use_cases.windows.begin()
