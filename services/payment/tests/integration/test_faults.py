"""The provider, its webhooks and our own processes fail: nothing is lost and nothing happens twice."""

import io
from typing import Any

import orjson
import pytest
from services.payment.tests.integration.harness import Service, Start
from services.payment.tests.simulator import signed

from payment.providers.razorpay import adapter


@pytest.mark.parametrize("kind", ["timeout_after_commit", "reset_after"])
async def test_an_order_whose_answer_is_lost_is_found_by_its_receipt(service: Service, kind: str) -> None:
    sale = service.hold()
    value = 300 if kind == "timeout_after_commit" else None
    await service.simulator.post("/faults", route="POST /v1/orders", kind=kind, times=1, value=value)
    answer = await service.create_order(sale.hold_id)
    assert answer.status == 201
    (order,) = await service.simulator.ledger("orders")
    assert order["id"] == answer.body["orderId"]


async def test_an_order_in_doubt_is_looked_up_before_another_is_opened(service: Service) -> None:
    sale = service.hold()
    await service.simulator.post("/faults", route="POST /v1/orders", kind="reset_after", times=1)
    await service.simulator.post("/faults", route="GET /v1/orders", kind="html", times=2)
    for _ in range(2):
        refused = await service.create_order(sale.hold_id)
        assert (refused.status, refused.body["code"]) == (502, "provider_error")
    assert (await service.create_order(sale.hold_id)).status == 201
    assert len(await service.simulator.ledger("orders")) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "html"},
        {"kind": "status", "value": 500},
        {"kind": "reset_before"},
        {"kind": "status", "value": 503, "body": "empty"},
        {"kind": "status", "value": 401},
        {"kind": "status", "value": 429},
        {"kind": "html", "value": 200},
    ],
)
async def test_a_provider_in_trouble_is_a_502_and_the_next_try_opens_one_order(
    service: Service, fault: dict[str, Any]
) -> None:
    sale = service.hold()
    await service.simulator.post("/faults", route="POST /v1/orders", times=1, **fault)
    refused = await service.create_order(sale.hold_id)
    assert (refused.status, refused.body["code"]) == (502, "provider_error")
    assert (await service.create_order(sale.hold_id)).status == 201
    assert len(await service.simulator.ledger("orders")) == 1


async def test_a_provider_that_cannot_be_reached_is_a_502(start: Start) -> None:
    async with start(razorpay={"base_url": "http://127.0.0.1:1"}) as service:
        sale = service.hold()
        for _ in range(2):
            refused = await service.create_order(sale.hold_id)
            assert (refused.status, refused.body["code"]) == (502, "provider_error")


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (404, {"code": "hold_not_found", "detail": "no such hold"}),
        (409, {"code": "hold_expired", "detail": "it ended"}),
        (409, {"code": "seats_unavailable", "detail": "taken", "seatIds": ["C7"]}),
    ],
)
async def test_what_seating_says_is_passed_on(service: Service, status: int, problem: dict[str, Any]) -> None:
    sale = service.hold()
    service.neighbours.problems[sale.hold_id] = (status, problem)
    answer = await service.create_order(sale.hold_id)
    assert answer.status == status
    assert {name: answer.body[name] for name in problem} == problem
    assert await service.simulator.ledger("orders") == []


async def test_without_a_clear_word_from_seating_nobody_is_asked_to_pay(service: Service) -> None:
    sale = service.hold()
    service.neighbours.problems[sale.hold_id] = (500, {"code": "internal_error", "detail": ""})
    answer = await service.create_order(sale.hold_id)
    assert (answer.status, answer.body["code"]) == (503, "service_unavailable")
    assert await service.simulator.ledger("orders") == []


async def test_an_order_paid_although_its_answer_was_lost_is_recognised_by_the_webhook(service: Service) -> None:
    sale = service.hold()
    await service.simulator.post("/faults", route="POST /v1/orders", kind="reset_after", times=1)
    await service.simulator.post("/faults", route="GET /v1/orders", kind="html", times=1)
    assert (await service.create_order(sale.hold_id)).status == 502
    (order,) = await service.simulator.ledger("orders")
    await service.simulator.pay(order["id"])
    announced = await service.until_heard("payment.succeeded.v1", sale)
    assert announced["order_id"] == order["id"]


async def test_lost_webhooks_are_made_good_by_the_reconciler(start: Start) -> None:
    async with start(reconcile_first_seconds=0.2) as service:
        sale = service.hold()
        paid = await service.simulator.pay(await service.order(sale), webhooks={"deliver": False})
        announced = await service.until_heard("payment.succeeded.v1", sale)
        assert announced["capture_id"] == paid["razorpay_payment_id"]


async def test_a_second_capture_whose_webhooks_are_lost_is_found_and_goes_back(start: Start) -> None:
    async with start(reconcile_window_seconds=0.2) as service:
        sale = service.hold()
        order_id = await service.order(sale)
        await service.simulator.pay(order_id)
        await service.until_heard("payment.succeeded.v1", sale)
        second = await service.simulator.pay(order_id, webhooks={"deliver": False})
        refunded = await service.until_heard("payment.refunded.v1", sale)
        assert refunded["capture_id"] == second["razorpay_payment_id"]


async def test_looking_ends_when_the_order_is_old(start: Start) -> None:
    async with start(reconcile_first_seconds=0.05, reconcile_days=0.00001) as service:
        sale = service.hold()
        await service.order(sale)

        async def over() -> bool:
            document = await service.document(sale)
            return bool(document["polling_ended"]) and "due_at" not in document

        await service.until(over)


async def test_a_failed_attempt_is_said_once_and_a_late_authorisation_still_wins(service: Service) -> None:
    sale = service.hold()
    failed = await service.simulator.pay(await service.order(sale), "failed", webhooks={"duplicates": 2})
    said = await service.until_heard("payment.failed.v1", sale)
    assert said["attempt_id"] == failed["razorpay_payment_id"]
    assert (await service.settle(failed)).body["status"] == "failed"
    await service.simulator.post(f"/payments/{failed['razorpay_payment_id']}/authorize-late")
    announced = await service.until_heard("payment.succeeded.v1", sale)
    assert announced["capture_id"] == failed["razorpay_payment_id"]
    await service.idle()
    assert len(service.heard("payment.failed.v1", sale)) == 1
    assert (await service.call("GET", f"/api/payments/{sale.payment_id}")).body["status"] == "succeeded"


async def test_a_payment_that_its_bank_confirms_days_later_is_captured_all_the_same(service: Service) -> None:
    sale = service.hold()
    failed = await service.simulator.pay(await service.order(sale), "failed")
    days = 3 * 86400
    await service.simulator.post("/clock/advance", seconds=days)
    await service.simulator.post(f"/payments/{failed['razorpay_payment_id']}/authorize-late")
    await service.simulator.post("/clock/advance", seconds=-days)  # the simulator is every test's
    announced = await service.until_heard("payment.succeeded.v1", sale)
    assert announced["capture_id"] == failed["razorpay_payment_id"]


async def test_an_authorised_payment_waits(service: Service) -> None:
    sale = service.hold()
    paid = await service.simulator.pay(await service.order(sale), "authorized")
    assert (await service.settle(paid)).body["status"] == "authorized"
    await service.idle()
    assert (await service.document(sale))["status"] == "authorized"
    assert service.heard("payment.succeeded.v1", sale) == []


async def test_settle_answers_what_is_known_while_the_provider_is_away(
    unpolled: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, sale = unpolled, unpolled.hold()
    paid = await service.simulator.pay(await service.order(sale), webhooks={"deliver": False})
    await service.simulator.post("/faults", route="GET /v1/payments", kind="hang", times=1)
    with monkeypatch.context() as hasty:
        hasty.setattr(adapter, "_READ_SECONDS", 2.0)
        assert (await service.settle(paid)).body["status"] == "unknown"
    assert (await service.settle(paid)).body["status"] == "succeeded"


async def test_a_webhook_read_while_the_provider_is_away_is_kept_and_tried_again(service: Service) -> None:
    sale = service.hold()
    order_id = await service.order(sale)
    await service.simulator.post("/faults", route="GET /v1/payments", kind="html", times=2)
    await service.simulator.post("/faults", route="GET /v1/orders", kind="html", times=1)
    await service.simulator.pay(order_id)
    await service.until_heard("payment.succeeded.v1", sale)


async def test_a_forged_signature_is_refused_and_nothing_is_stored(service: Service) -> None:
    sale = service.hold()
    await service.simulator.pay(await service.order(sale), webhooks={"badSignature": True})

    async def refused() -> bool:
        deliveries = await service.simulator.get("/deliveries")
        return bool(deliveries) and all(
            delivery["attempts"] and delivery["attempts"][0]["status"] == 400 for delivery in deliveries
        )

    await service.until(refused)
    assert await service.mongo["inbox"].count_documents({}) == 0
    assert service.heard("payment.succeeded.v1", sale) == []


@pytest.mark.parametrize("signature", [None, "", "zz", "é" * 64, "\udcff", "0" * 64])
async def test_no_signature_whatsoever_breaks_the_endpoint(service: Service, signature: str | None) -> None:
    headers = {} if signature is None else {"X-Razorpay-Signature": signature.encode("utf-8", "replace").decode()}
    answer = await service.deliver(b"\xff\x00{", headers)
    assert (answer.status, answer.body["code"]) == (400, "invalid_signature")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\x00",
        b"[]",
        b'{"event":7}',
        b'{"event":"payment.captured","payload":[]}',
        b'{"event":"payment.captured","payload":{"payment":{"entity":{"id":["x"]}}}}',
        b'{"event":"payment.captured","payload":{"payment":{"entity":{"id":"../orders"}}}}',
        b'{"event":"settlement.processed"}',
    ],
)
async def test_odd_but_signed_webhooks_are_stored_and_harm_nothing(service: Service, body: bytes) -> None:
    for path in ("", "/razorpay"):
        assert (await service.deliver(body, signed(body), path)).status == 200
    assert await service.mongo["inbox"].count_documents({}) == 1

    async def read() -> bool:
        return await service.mongo["inbox"].count_documents({"status": {"$ne": "stored"}}) == 1

    await service.until(read)


async def test_what_the_provider_does_not_know_itself_is_kept_and_counted(service: Service) -> None:
    event = {"event": "payment.captured", "payload": {"payment": {"entity": {"id": "pay_Unknown0000001"}}}}
    body = orjson.dumps(event)
    assert (await service.deliver(body, signed(body))).status == 200

    async def waits() -> bool:
        return await service.mongo["inbox"].count_documents({"status": "unmatched", "due_at": {"$exists": True}}) == 1

    await service.until(waits)


async def test_a_huge_webhook_is_refused(service: Service) -> None:
    async with service.http.post(f"{service.url}/api/payments/webhook", data=io.BytesIO(b"x" * 1_048_577)) as answer:
        assert (answer.status, (await answer.json())["code"]) == (413, "body_too_large")


async def test_old_secrets_are_good_while_they_are_listed(start: Start) -> None:
    async with start(razorpay={"webhook_secret": "new, hook"}) as service:
        for secret, status in (("new", 200), ("hook", 200), ("older", 400)):
            body = b'{"event":"x","secret":"%s"}' % secret.encode()
            assert (await service.deliver(body, signed(body, secret))).status == status
