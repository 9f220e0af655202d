"""Sell at the counter: the hold's seats are paid on the spot, in one write that a repeat finds."""

from dataclasses import dataclass
from datetime import UTC, datetime

from chassis.auth import Caller
from chassis.problems import Forbidden
from contracts.ids import HoldId, is_id, payment_of
from contracts.sale import Sale
from payment.counter import counter_amount, counter_facts
from payment.domain import Capture, CounterTerms
from payment.errors import HoldNotFound, HoldSold, ReceivedTooLittle
from payment.payment import Payment
from payment.usecases.orders import check_unpaid
from payment.usecases.ports import Holds, Payments
from payment.usecases.recording import Recorder

SELLERS = ("staff", "manager")
"""Roles in a theater that sell at its counter; admins do everywhere."""


@dataclass(frozen=True, slots=True)
class CounterSale:
    """A sale that was made at the counter, how, and the money for it."""

    sale: Sale
    terms: CounterTerms
    capture: Capture


class Counter:
    """Sells at the counters of theaters."""

    def __init__(self, payments: Payments, recorder: Recorder, holds: Holds) -> None:
        self._payments, self._recorder, self._holds = payments, recorder, holds

    async def sell(self, hold_id: str, terms: CounterTerms, caller: Caller) -> CounterSale:
        """The sale of the caller's hold by these terms; a repeat gives the same answer, whatever became of the hold.

        Raises seating's problems, `Forbidden` where the caller does not sell, or not by this tender, at the theater of
        the hold, `ReceivedTooLittle`, and `HoldSold` or `HoldExpired` where it was paid in another way.
        """
        if not is_id("hld", hold_id):
            raise HoldNotFound("no such hold")
        earlier = await self._payments.find(payment_of(HoldId(hold_id)))
        if earlier is not None and earlier.facts.counter == terms:
            return _sold(earlier, terms, caller)
        sale = await self._holds.checkout(hold_id, caller.token)
        if not caller.owns(sale.user_id):
            raise HoldNotFound("no such hold")
        _check_seller(sale, terms, caller)
        if earlier is not None:
            check_unpaid(earlier)
        _check_received(sale, terms)
        payment = await self._recorder.sell(*counter_facts(sale, terms, datetime.now(UTC)))
        return _sold(payment, terms, caller)


def sale_at_counter(payment: Payment, caller: Caller) -> Sale | None:
    """The sale, where it was made at the counter of a theater that the caller is of."""
    sale = payment.facts.sale if payment.facts.counter else None
    return sale if sale is not None and caller.has(sale.theater_id or "", *SELLERS) else None


def _sold(payment: Payment, terms: CounterTerms, caller: Caller) -> CounterSale:
    sale, winner = payment.facts.sale, payment.facts.winner
    if sale is None or winner is None or winner.counter != terms:
        check_unpaid(payment)
        raise HoldSold("this hold is paid for")
    _check_seller(sale, terms, caller)
    return CounterSale(sale, terms, winner)


def _check_seller(sale: Sale, terms: CounterTerms, caller: Caller) -> None:
    theater_id = sale.theater_id or ""
    if not caller.has(theater_id, *SELLERS):
        raise Forbidden("only who works at the theater sells at its counter")
    if terms.tender == "complimentary" and not caller.has(theater_id, "manager"):
        raise Forbidden("only a manager of the theater gives tickets away")


def _check_received(sale: Sale, terms: CounterTerms) -> None:
    amount = counter_amount(sale, terms)
    if terms.received is not None and terms.received < amount:
        raise ReceivedTooLittle(f"{terms.received} were received of {amount}", amount=amount)
