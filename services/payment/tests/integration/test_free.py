"""A hold that costs nothing: it is booked without a provider, whoever asks how often and whatever dies."""

import asyncio
from datetime import timedelta

import pytest
from services.payment.tests.factories import confirmed, refund_due, refused
from services.payment.tests.fakes import FakeHolds
from services.payment.tests.integration.harness import Service, Start
from services.payment.tests.integration.processes import Died, Dying, NeverStarting, a_process

from chassis import outbox
from chassis.auth import Caller
from contracts.ids import new_id
from contracts.sale import Sale
from payment.record import free_capture_id
from payment.resync import main as resync

pytestmark = pytest.mark.usefixtures("early_looks")


async def unannounced(service: Service, sale: Sale) -> None:
    """Until it is no longer said again."""

    async def decided() -> bool:
        document = await service.document(sale)
        return "waiting_since" not in document and not document["schedule"]

    await service.until(decided)


async def test_it_is_booked_without_a_provider_and_given_again(service: Service) -> None:
    sale = service.hold(total=0)
    first, second = await service.create_order(sale.hold_id), await service.create_order(sale.hold_id)
    assert (first.status, second.status) == (201, 201)
    assert first.body == second.body
    assert first.body == {
        "paymentId": sale.payment_id,
        "bookingId": sale.booking_id,
        "provider": "free",
        "amount": 0,
        "currency": "INR",
    }
    announced = await service.until_heard("payment.succeeded.v1", sale)
    assert (announced["provider"], announced["order_id"], announced["amount"]) == ("free", None, 0)
    assert announced["capture_id"] == free_capture_id(sale.payment_id)
    assert announced["sale"]["seat_ids"] == ["C7"]
    await service.idle()
    assert len(service.heard("payment.succeeded.v1", sale)) == 1
    assert service.heard("payment.order_created.v1", sale) == []
    assert (await service.simulator.get("/calls")) == []
    read = await service.call("GET", f"/api/payments/{sale.payment_id}")
    assert read.body == {
        "id": sale.payment_id,
        "provider": "free",
        "bookingId": sale.booking_id,
        "amount": 0,
        "currency": "INR",
        "status": "succeeded",
        "refunds": [],
    }


async def test_of_many_who_ask_at_once_all_get_the_same_and_it_is_announced_once(service: Service) -> None:
    sale = service.hold(total=0)
    answers = await asyncio.gather(*(service.create_order(sale.hold_id) for _ in range(10)))
    assert {answer.status for answer in answers} == {201}
    assert all(answer.body == answers[0].body for answer in answers)
    await service.until_heard("payment.succeeded.v1", sale)
    await service.idle()
    assert len(service.heard("payment.succeeded.v1", sale)) == 1
    assert len((await service.document(sale))["captures"]) == 1


@pytest.mark.parametrize("problem", [(409, "hold_sold"), (409, "hold_expired"), (404, "hold_not_found"), (503, "x")])
async def test_a_repeat_gives_the_same_when_the_hold_is_sold_refused_or_forgotten(
    service: Service, problem: tuple[int, str]
) -> None:
    sale = service.hold(total=0)
    first = await service.create_order(sale.hold_id)
    service.neighbours.problems[sale.hold_id] = (problem[0], {"code": problem[1], "detail": "ended"})
    again = await service.create_order(sale.hold_id)
    assert (again.status, again.body) == (201, first.body)
    strangers = await service.call("POST", "/api/payments/create-order", {"holdId": sale.hold_id}, new_id("usr"))
    assert strangers.status == problem[0]


async def test_a_hold_that_ended_before_anybody_asked_is_not_booked(service: Service) -> None:
    sale = service.hold(total=0)
    service.neighbours.problems[sale.hold_id] = (409, {"code": "hold_expired", "detail": "ended"})
    answer = await service.create_order(sale.hold_id)
    assert (answer.status, answer.body["code"]) == (409, "hold_expired")
    assert await service.find_document(sale) is None


@pytest.mark.parametrize("died", ["before the write", "after the write", "before publishing"])
async def test_wherever_the_process_dies_it_is_booked_once_and_announced(
    service: Service, died: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale = service.hold(total=0)
    dying = None if died == "before publishing" else Dying(1, after=died == "after the write")
    caller = Caller(service.user_id, frozenset(), {}, token="token", expires_at=0)
    holds = FakeHolds({(sale.hold_id, caller.token): sale})
    async with a_process(service, dying, holds=holds, background=NeverStarting()) as process:
        try:
            await process.orders.open(sale.hold_id, caller, "razorpay")
        except Died:
            assert died != "before publishing"
        monkeypatch.setattr(outbox, "_LEFT_BEHIND", timedelta(0))
        assert (await service.create_order(sale.hold_id)).status == 201
        await service.until_heard("payment.succeeded.v1", sale)
    await service.idle()
    assert set(service.ids("payment.succeeded.v1")) == {f"payment_succeeded:{sale.payment_id}"}
    assert len((await service.document(sale))["captures"]) == 1
    assert (await service.simulator.get("/calls")) == []


@pytest.mark.parametrize("decision", ["confirmed", "refused", "refund of nothing"])
async def test_it_is_said_again_until_booking_decides_and_nothing_is_given_back(start: Start, decision: str) -> None:
    async with start(announce_again_seconds=0.05, answer_overdue_seconds=0.3) as service:
        sale = service.hold(total=0)
        await service.create_order(sale.hold_id)

        async def three_times() -> bool:
            return len(service.ids("payment.succeeded.v1")) >= 3

        async def overdue() -> bool:
            cases = (await service.document(sale))["cases"]
            return [(case["kind"], case["open"]) for case in cases] == [("no_verdict", True)]

        await service.until(three_times)
        await service.until(overdue)
        capture_id = free_capture_id(sale.payment_id)
        events = {
            "confirmed": confirmed(sale, capture_id),
            "refused": refused(sale),
            "refund of nothing": refund_due(sale, capture_id, amount=0),
        }
        for _ in range(2):
            await service.publish(events[decision])
        await unannounced(service, sale)
        document = await service.document(sale)
        assert (document["status"], [case["open"] for case in document["cases"]]) == ("succeeded", [False])
        assert {refund["status"] for refund in document["refunds"]} <= {"done"}
        assert (await service.call("GET", f"/api/payments/{sale.payment_id}")).body["refunds"] == []
        assert service.heard("payment.refunded.v1", sale) == service.heard("payment.refund_failed.v1", sale) == []
        assert (await service.simulator.get("/calls")) == []


async def test_a_decision_that_comes_before_anything_else_counts(start: Start) -> None:
    async with start(announce_again_seconds=0.05) as service:
        sale = service.hold(total=0)
        await service.publish(refused(sale))

        await service.until(lambda: service.find_document(sale))
        assert (await service.create_order(sale.hold_id)).status == 201
        await unannounced(service, sale)


async def test_it_is_said_again_by_a_resync(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONGO_URI", service.settings.mongo_uri.get_secret_value())
    monkeypatch.setenv("RABBITMQ_URL", service.settings.rabbitmq_url.get_secret_value())
    monkeypatch.setenv("DATABASE_PREFIX", service.settings.database_prefix)
    sale = service.hold(total=0)
    await service.create_order(sale.hold_id)
    first = await service.until_heard("payment.succeeded.v1", sale)
    await service.idle()
    service.said.clear()
    monkeypatch.setattr(outbox, "_LEFT_BEHIND", timedelta(seconds=1))  # what is said again lies there for a worker
    await resync()
    assert await service.until_heard("payment.succeeded.v1", sale) == first
