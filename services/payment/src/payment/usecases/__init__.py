"""What the service does, in the verbs of its domain."""

from dataclasses import dataclass

from payment.domain import ProviderName
from payment.usecases.cases import Cases
from payment.usecases.closing import Closing
from payment.usecases.confirmation import Confirmations
from payment.usecases.counter import Counter
from payment.usecases.orders import Orders
from payment.usecases.ports import Payments
from payment.usecases.provider import Providers
from payment.usecases.reconciler import Reconciler
from payment.usecases.recording import Recorder
from payment.usecases.webhooks import Webhooks
from payment.usecases.windows import Windows


@dataclass(frozen=True, slots=True)
class UseCases:
    """The use cases of one process, and the payments that they change."""

    payments: Payments
    recorder: Recorder
    orders: Orders
    counter: Counter
    confirmations: Confirmations
    cases: Cases
    closing: Closing
    webhooks: Webhooks
    reconciler: Reconciler
    windows: Windows
    providers: Providers
    default_provider: ProviderName
