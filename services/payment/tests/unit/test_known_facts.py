"""What is known already: a stored fact is not written again, and a refund needs no other fact to be made."""

from dataclasses import replace
from datetime import UTC, datetime

from services.payment.tests.factories import INTERVALS, ORDER, SALE, a_request
from services.payment.tests.fake_provider import NAME, FakeProvider
from services.payment.tests.fakes import FakePayments

from contracts.ids import PaymentId
from payment.advance import REFUND
from payment.domain import Facts
from payment.payment import Change, Payment, with_facts
from payment.record import record
from payment.store import _payment, _update
from payment.usecases.provider import ProviderPayment
from payment.usecases.recording import Recorder
from payment.usecases.refunds import Refunds

NOW = datetime.now(UTC)


def test_what_a_newer_version_wrote_beside_a_fact_stays_when_another_fact_is_stored() -> None:
    nothing = Payment(Facts(payment_id=SALE.payment_id))
    first = _update(None, nothing, Change(Payment(record(nothing.facts, SALE))))
    assert first is not None
    document = {"_id": SALE.payment_id, "version": 1, **first["$set"]}
    document["sale"] = {**document["sale"], "counter_id": "cnt_1"}
    known = _payment(document)
    assert known.facts.sale == SALE
    change = with_facts(known, (ORDER, SALE), NOW, INTERVALS, {})
    assert change is not None
    update = _update(document, known, change)
    assert update is not None
    assert "orders" in update["$set"]
    assert "sale" not in update["$set"]
    assert "changed_at" not in (_update(document, known, Change(replace(known, waiting_since=NOW))) or {})["$set"]
    assert with_facts(known, (SALE,), NOW, INTERVALS, {}) is None


async def test_a_refund_of_which_nothing_else_is_known_is_made_at_the_default_provider() -> None:
    provider, payments = FakeProvider(), FakePayments()
    request = a_request(500)
    provider.payments[request.capture_id] = ProviderPayment(
        payment_id=request.capture_id,
        order_id="ford_1",
        amount=500,
        currency="INR",
        status="captured",
        at=NOW,
        reason=None,
    )
    recorder = Recorder(payments, INTERVALS)
    payment = await recorder.record(PaymentId("pay_lost"), request)
    (entry,) = (entry for entry in payment.schedule if entry.task.startswith(REFUND))
    await Refunds(payments, recorder, {NAME: provider}, INTERVALS, default=NAME).make("pay_lost", entry)
    (refund,) = (await payments.amend("pay_lost", lambda _: None)).consequences.refunds
    assert (refund.status, [made.amount for made in provider.refunds.values()]) == ("done", [500])
