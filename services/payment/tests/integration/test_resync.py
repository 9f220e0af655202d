"""All that payments have said is said again under the same ids, and what is heard again changes nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from services.payment.tests.factories import confirmed, refund_due
from services.payment.tests.integration.harness import SIGNER, Service

from chassis import outbox
from contracts.sale import Sale
from payment.resync import main as resync

pytestmark = pytest.mark.usefixtures("early_looks")


@pytest.fixture(autouse=True)
def environment(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONGO_URI", service.settings.mongo_uri.get_secret_value())
    monkeypatch.setenv("RABBITMQ_URL", service.settings.rabbitmq_url.get_secret_value())
    monkeypatch.setenv("DATABASE_PREFIX", service.settings.database_prefix)
    monkeypatch.setattr(outbox, "_LEFT_BEHIND", timedelta(seconds=1))  # what is said again lies there for a worker


async def _stories(service: Service) -> list[tuple[Sale, str]]:
    """Confirmed; given back, failed and given back again; a second capture; an attempt that failed; long ago."""
    sold, back, twice, old = [await service.paid_sale() for _ in range(4)]
    await service.publish(confirmed(*sold))
    await service.publish(refund_due(*back))
    await service.refunds_done(back[0])
    (made,) = await service.simulator.ledger("refunds")
    await service.simulator.post(f"/refunds/{made['id']}/fail")
    await service.until_heard("payment.refund_failed.v1", back[0])
    await service.refunds_done(back[0])
    order = (await service.document(twice[0]))["orders"][0]["order_id"]
    await service.simulator.pay(order)
    await service.until_heard("payment.refunded.v1", twice[0])
    failed = service.hold()
    await service.simulator.pay(await service.order(failed), "failed")
    await service.until_heard("payment.failed.v1", failed)
    at_counter = service.hold()
    contact = {"email": "asha@example.org"}
    body = {"holdId": at_counter.hold_id, "tender": "cash", "customer": contact}
    token = SIGNER.token(service.user_id, "admin")
    assert (await service.call("POST", "/api/payments/counter", body, token=token)).status == 201
    await service.until_heard("payment.contact_given.v1", at_counter)
    await service.idle()
    long_ago = {"changed_at": datetime.now(UTC) - timedelta(days=31)}
    await service.mongo["payments"].update_one({"_id": old[0].payment_id}, {"$set": long_ago})
    return [sold, back, twice, (failed, ""), (at_counter, ""), old]


def _said(service: Service) -> dict[str, Any]:
    return {event_id: (kind, data) for kind, event_id, data in service.said if kind.endswith(".v1")}


async def test_all_that_was_said_is_said_again_and_nothing_changes(service: Service) -> None:
    *recent, (old, _) = await _stories(service)
    first = {event_id: pair for event_id, pair in _said(service).items() if pair[1]["payment_id"] != old.payment_id}
    documents = [await service.document(sale) for sale, _ in recent]
    refunds = len(await service.simulator.ledger("refunds"))
    for _ in range(2):
        service.said.clear()
        await resync()
        await service.idle()
        assert _said(service) == first
    for before, (sale, _) in zip(documents, recent, strict=True):
        after = await service.document(sale)
        lasting = before.keys() - {"version", "outbox", "due_at", "schedule"}
        assert {name: after[name] for name in lasting} == {name: before[name] for name in lasting}
    assert len(await service.simulator.ledger("refunds")) == refunds


async def test_what_is_heard_again_asks_for_nothing_twice(service: Service) -> None:
    sold, back, *_ = await _stories(service)
    refunds, before = len(await service.simulator.ledger("refunds")), await service.document(back[0])
    last = await service.paid_sale()
    for event in (confirmed(*sold), refund_due(*back), confirmed(*back), refund_due(*last), refund_due(*last)):
        await service.publish(event)
    await service.refunds_done(last[0])
    await service.idle()
    assert len(await service.simulator.ledger("refunds")) == refunds + 1
    assert (await service.document(back[0]))["refunds"] == before["refunds"]
