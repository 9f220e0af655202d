"""Sales at the counter: the facts of one, what goes back there, and what is said of it. Pure: the time is an argument.

Order and money are one fact each, recorded together; a refund is made when it is recorded, for people hand it back.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from contracts.event import Event
from contracts.ids import counter_customer_of
from contracts.payment import ContactGiven
from contracts.sale import Contact, Sale
from payment.amounts import payable
from payment.domain import COUNTER, CounterTerms, Facts, Order, SeenCapture, SeenRefund
from payment.owed import Refund, refunds_of
from payment.record import in_milliseconds, record


def counter_amount(sale: Sale, terms: CounterTerms) -> int:
    """What the customer pays, in minor units: nothing for what is given away."""
    return 0 if terms.tender == "complimentary" else payable(sale.quote.total, sale.quote.currency)


def counter_facts(sale: Sale, terms: CounterTerms, now: datetime) -> tuple[Sale, Order, SeenCapture]:
    """The sale, its order and its money; their ids are fixed by the payment's, so there is one however many ask."""
    id_, amount = f"{COUNTER}_{sale.payment_id.removeprefix('pay_')}", counter_amount(sale, terms)
    currency, made_at = sale.quote.currency, in_milliseconds(now)
    order = Order(
        provider=COUNTER,
        order_id=id_,
        receipt=sale.payment_id,
        amount=amount,
        currency=currency,
        created_at=made_at,
    )
    capture = SeenCapture(
        provider=COUNTER,
        capture_id=id_,
        order_id=id_,
        amount=amount,
        currency=currency,
        captured_at=made_at,
        counter=terms,
    )
    return nobodys(sale), order, capture


def nobodys(sale: Sale) -> Sale:
    """The sale as the counter's: it belongs to no user."""
    return sale.model_copy(update={"user_id": counter_customer_of(sale.booking_id)})


def change_of(terms: CounterTerms, amount: int) -> int | None:
    """What is handed back of the cash that was received, where that was said."""
    return None if terms.received is None else terms.received - amount


def with_refunds_made(facts: Facts, now: datetime) -> Facts:
    """The facts with every refund of the counter's that is due: it is made by being recorded."""
    while (refund := _due(facts)) is not None:
        facts = record(facts, _made(refund, now))
    return facts


def _due(facts: Facts) -> Refund | None:
    winner = facts.winner
    if winner is None or facts.counter is None:
        return None
    due = (refund for refund in refunds_of(facts) if refund.status == "due")
    return next((refund for refund in due if refund.capture_id == winner.capture_id), None)


def _made(refund: Refund, now: datetime) -> SeenRefund:
    return SeenRefund(
        provider_refund_id=f"{refund.key}_{refund.number}",
        key=refund.key,
        capture_id=refund.capture_id,
        amount=refund.amount,
        currency=refund.currency,
        outcome="processed",
        made_at=in_milliseconds(now),
    )


def contact_event(facts: Facts) -> Iterator[tuple[str, Callable[[], Event]]]:
    """Where the ticket goes, under its fixed id, if the customer said so."""
    terms = facts.counter
    if terms is not None and terms.contact is not None:
        yield f"contact_given:{facts.payment_id}", partial(_contact_given, facts, terms.contact)


def _contact_given(facts: Facts, contact: Contact) -> Event:
    return ContactGiven(payment_id=facts.payment_id, booking_id=facts.booking_id, contact=contact)
