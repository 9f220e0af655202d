"""Close the orders of a hold that has ended, so that nobody pays for seats that are no longer held.

Seats never wait for it: what is paid before the provider has closed the order is settled as any late money.
"""

from datetime import UTC, datetime

from chassis.logs import logger
from contracts.ids import HoldId, payment_of
from payment.advance import CANCEL, latest_attempts
from payment.domain import ClosedOrder, Facts, HoldEnded, HoldExtended
from payment.schedule import RetryIntervals, ScheduledTask
from payment.usecases.ports import Payments
from payment.usecases.provider import No, Unknown, Yes
from payment.usecases.recording import Recorder
from payment.usecases.settlement import Settlements

log = logger(__name__)


class Closing:
    """Hears how long holds last, and closes at the providers what is open when they have ended."""

    def __init__(
        self, payments: Payments, recorder: Recorder, settlements: Settlements, intervals: RetryIntervals
    ) -> None:
        self._payments, self._recorder = payments, recorder
        self._settlements, self._intervals = settlements, intervals
        self._closes_any = any(settlement.provider.closes_orders for settlement in settlements.values())

    async def hold_extended(self, hold_id: HoldId, until: datetime) -> None:
        """Its orders are closed later. A hold for which nobody began to pay is nothing to us, nor is any where no
        provider closes orders."""
        if self._closes_any:
            await self._recorder.record_known(payment_of(hold_id), HoldExtended(until=until))

    async def hold_ended(self, hold_id: HoldId) -> None:
        """Its orders are closed now."""
        if self._closes_any:
            await self._recorder.record_known(payment_of(hold_id), HoldEnded(at=datetime.now(UTC)))

    async def close(self, payment_id: str, entry: ScheduledTask) -> None:
        """One try: close the order, or look what has become of it."""
        order_id = entry.task.removeprefix(CANCEL)
        payment = await self._payments.find(payment_id)
        order = payment.facts.order(order_id) if payment else None
        settlement = self._settlements.get(order.provider) if order else None
        if settlement is None:
            log.error("an order is to be closed at a provider that is not on", payment_id=payment_id)
            return await self._try_later(payment_id, entry)
        match await settlement.provider.close_order(order_id):
            case Yes(True) | No(kind="not_found"):
                payment = await self._recorder.record(payment_id, ClosedOrder(order_id=order_id))
                if _is_under_way(payment.facts, order_id):
                    await settlement.settle_order(order_id, _never)
            case Yes(False):
                await settlement.settle_order(order_id, _never)
                await self._try_later(payment_id, entry)
            case No(detail) | Unknown(detail):
                log.warning("order not closed", payment_id=payment_id, order_id=order_id, detail=detail)
                await self._try_later(payment_id, entry)
        return None

    async def _try_later(self, payment_id: str, entry: ScheduledTask) -> None:
        """Nothing is moved where the task is gone."""
        at = datetime.now(UTC) + self._intervals.after(entry.task, entry.tries)
        await self._recorder.record(payment_id, moved={entry.task: at})


def _is_under_way(facts: Facts, order_id: str) -> bool:
    """Whether a payment on it was seen that had not ended then."""
    attempts = (attempt for attempt in latest_attempts(facts) if attempt.order_id == order_id)
    return any(attempt.status in {"processing", "authorized"} for attempt in attempts)


def _never(_: Facts) -> bool:
    """Nothing that the books have is enough."""
    return False
