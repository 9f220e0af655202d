"""Sales at the counter: paid by the call that makes them, by who works at the theater, and given back there."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from services.payment.tests.factories import THEATER, cancelled, confirmed, refund_due, refused
from services.payment.tests.fakes import FakeHolds
from services.payment.tests.integration.harness import SIGNER, Answered, Service, Start
from services.payment.tests.integration.processes import Died, Dying, NeverStarting, a_process

from chassis import outbox
from chassis.auth import Caller
from contracts.ids import counter_customer_of, new_id
from contracts.payment import ContactGiven
from contracts.sale import Sale
from payment.domain import CounterTerms
from stack.keys import Grants

pytestmark = pytest.mark.usefixtures("early_looks")
STAFF: Grants = {str(THEATER): ["staff"]}
MANAGER: Grants = {str(THEATER): ["manager"]}
CARD = {"tender": "card_terminal", "reference": "T-000123"}
GIFT = {"tender": "complimentary"}


async def sell(
    service: Service, sale: Sale, grants: Any = STAFF, *roles: str, user_id: str | None = None, **body: Any
) -> Answered:
    token = SIGNER.token(user_id or service.user_id, *roles, grants=grants)
    json = {"holdId": sale.hold_id, "tender": "cash", **body}
    return await service.call("POST", "/api/payments/counter", json, token=token)


def capture_of(sale: Sale) -> str:
    return f"counter_{sale.payment_id[4:]}"


async def test_cash_is_taken_with_its_change_and_the_sale_is_nobodys(service: Service) -> None:
    sale = service.hold()
    sold = await sell(service, sale, received=50_000)
    assert (sold.status, sold.headers["Location"]) == (201, f"/api/payments/{sale.payment_id}")
    assert sold.body == {
        "paymentId": sale.payment_id,
        "bookingId": sale.booking_id,
        "provider": "counter",
        "tender": "cash",
        "amount": 35_400,
        "currency": "INR",
        "change": 14_600,
    }
    announced = await service.until_heard("payment.succeeded.v1", sale)
    ordered = await service.until_heard("payment.order_created.v1", sale)
    nobody = counter_customer_of(sale.booking_id)
    assert (announced["provider"], announced["tender"], announced["sold_by"]) == ("counter", "cash", service.user_id)
    assert (announced["amount"], announced["difference"], announced["has_contact"]) == (35_400, None, False)
    assert (announced["sale"]["user_id"], ordered["sale"]["user_id"]) == (nobody, nobody)
    assert (ordered["provider"], ordered["tender"], ordered["order_id"]) == ("counter", "cash", announced["order_id"])
    assert (await service.simulator.get("/calls")) == []


@pytest.mark.parametrize(
    ("body", "grants", "amount"),
    [({}, STAFF, 35_400), (CARD, STAFF, 35_400), ({**CARD, "received": 1}, MANAGER, 35_400), (GIFT, MANAGER, 0)],
    ids=["cash, the exact amount", "by card", "by card, by a manager", "given away"],
)
async def test_what_was_sold_is_read_by_the_staff_of_the_theater_and_nobody_else(
    service: Service, body: dict[str, str], grants: Any, amount: int
) -> None:
    sale = service.hold()
    sold = await sell(service, sale, grants, **body)
    assert (sold.status, sold.body["amount"], "change" in sold.body) == (201, amount, False)
    path, colleague = f"/api/payments/{sale.payment_id}", SIGNER.token(new_id("usr"), grants=STAFF)
    read = await service.call("GET", path, token=colleague)
    assert read.body == {
        "id": sale.payment_id,
        "provider": "counter",
        "tender": body.get("tender", "cash"),
        "bookingId": sale.booking_id,
        "amount": amount,
        "currency": "INR",
        "status": "succeeded",
        "refunds": [],
    }
    nobody = counter_customer_of(sale.booking_id)
    strangers = [
        SIGNER.token(nobody[:-1] + ("1" if nobody.endswith("0") else "0")),
        SIGNER.token(new_id("usr"), grants={new_id("thr"): ["manager"]}),
        SIGNER.token(service.user_id),
    ]
    assert [(await service.call("GET", path, token=token)).status for token in strangers] == [404, 404, 404]


async def test_a_sale_online_is_not_for_staff_to_read(service: Service) -> None:
    sale, _ = await service.paid_sale()
    token = SIGNER.token(new_id("usr"), grants=MANAGER)
    assert (await service.call("GET", f"/api/payments/{sale.payment_id}", token=token)).status == 404


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"received": 35_399}, 422, "received_too_little"),
        ({"tender": "card_terminal"}, 422, "validation_error"),
        ({"tender": "cheque"}, 422, "validation_error"),
        ({"received": -1}, 422, "validation_error"),
        ({"customer": {"email": "nobody"}}, 422, "validation_error"),
        ({"customer": {"phone": "12"}}, 422, "validation_error"),
        ({"customer": {"userId": "usr_1"}}, 422, "validation_error"),
        (GIFT, 403, "forbidden"),
    ],
)
async def test_what_cannot_be_sold_so_is_not_sold(
    service: Service, body: dict[str, Any], status: int, code: str
) -> None:
    sale = service.hold()
    refused = await sell(service, sale, **body)
    assert (refused.status, refused.body["code"]) == (status, code)
    assert await service.find_document(sale) is None
    if body == {"received": 35_399}:
        assert refused.body["amount"] == 35_400


async def test_only_who_works_at_the_theater_of_their_own_hold_sells_it(service: Service) -> None:
    sale, elsewhere = service.hold(), {new_id("thr"): ["staff", "manager"]}
    answers = [
        await sell(service, sale, None),
        await sell(service, sale, elsewhere),
        await sell(service, sale, user_id=new_id("usr")),
        await sell(service, sale, elsewhere, user_id=new_id("usr")),
        await sell(service, sale.model_copy(update={"hold_id": "hld_x"})),
    ]
    assert [(answer.status, answer.body["code"]) for answer in answers] == [
        (403, "forbidden"),
        (403, "forbidden"),
        (404, "hold_not_found"),
        (404, "hold_not_found"),
        (404, "hold_not_found"),
    ]
    assert await service.find_document(sale) is None
    assert (await sell(service, sale, None, "admin", **GIFT)).status == 201


@pytest.mark.parametrize("problem", [(409, "hold_sold"), (409, "hold_expired"), (404, "hold_not_found"), (503, "x")])
async def test_a_repeat_gives_the_same_whatever_became_of_the_hold_and_another_sale_of_it_is_refused(
    service: Service, problem: tuple[int, str]
) -> None:
    sale, contact = service.hold(), {"name": "Asha", "email": "asha@example.org", "phone": "+919876543210"}
    first = await sell(service, sale, received=40_000, customer=contact)
    again = await sell(service, sale, received=40_000, customer=contact)
    by_card = await sell(service, sale, **CARD)
    assert (again.status, again.body) == (201, first.body)
    assert (by_card.status, by_card.body["code"]) == (409, "hold_sold")
    service.neighbours.problems[sale.hold_id] = (problem[0], {"code": problem[1], "detail": "ended"})
    assert (await sell(service, sale, received=40_000, customer=contact)).body == first.body
    other = await sell(service, sale, received=40_000, customer=contact, user_id=new_id("usr"))
    assert other.status == problem[0]
    assert (await sell(service, sale, None, received=40_000, customer=contact)).status == 403
    await service.idle()
    assert len(service.heard("payment.succeeded.v1", sale)) == 1


async def test_a_key_gives_the_same_answer_again(service: Service) -> None:
    sale, headers = service.hold(), {"Idempotency-Key": "till-1-0001"}
    body, token = {"holdId": sale.hold_id, "tender": "cash"}, SIGNER.token(service.user_id, grants=STAFF)
    first, again = [
        await service.call("POST", "/api/payments/counter", body, token=token, headers=headers) for _ in range(2)
    ]
    assert (again.status, again.body, again.headers["Idempotency-Replayed"]) == (201, first.body, "true")


async def test_of_many_who_sell_it_at_once_all_get_the_same_and_it_is_announced_once(service: Service) -> None:
    sale = service.hold()
    answers = await asyncio.gather(*(sell(service, sale, received=40_000) for _ in range(10)))
    assert {answer.status for answer in answers} == {201}
    assert all(answer.body == answers[0].body for answer in answers)
    await service.idle()
    assert len(service.heard("payment.succeeded.v1", sale)) == 1
    assert len((await service.document(sale))["captures"]) == 1


async def test_money_that_comes_online_for_what_was_sold_at_the_counter_goes_back(service: Service) -> None:
    sale = service.hold()
    order_id = await service.order(sale)
    assert (await sell(service, sale)).status == 201
    refused_order = await service.create_order(sale.hold_id)
    assert (refused_order.status, refused_order.body["code"]) == (409, "hold_sold")
    paid = await service.simulator.pay(order_id)
    refunded = await service.until_heard("payment.refunded.v1", sale)
    assert (refunded["capture_id"], refunded["reason"]) == (paid["razorpay_payment_id"], "second_payment")
    assert refunded["user_id"] == service.user_id
    await service.idle()
    (announced,) = service.heard("payment.succeeded.v1", sale)
    assert (announced["capture_id"], announced["sale"]["user_id"]) == (
        capture_of(sale),
        counter_customer_of(sale.booking_id),
    )


async def test_what_was_paid_online_is_not_sold_at_the_counter(service: Service) -> None:
    sale, capture_id = await service.paid_sale()
    late = await sell(service, sale)
    assert (late.status, late.body["code"]) == (409, "hold_sold")
    await service.publish(refund_due(sale, capture_id))
    await service.refunds_done(sale)
    later = await sell(service, sale)
    assert (later.status, later.body["code"]) == (409, "hold_expired")
    assert [capture["provider"] for capture in (await service.document(sale))["captures"]] == ["razorpay"]


async def test_when_both_come_at_once_one_wins_and_the_other_money_is_not_kept(service: Service) -> None:
    for _ in range(5):
        sale = service.hold()
        order_id = await service.order(sale)
        paid, sold = await asyncio.gather(service.simulator.pay(order_id), sell(service, sale))
        announced = await service.until_heard("payment.succeeded.v1", sale)
        if sold.status == 201:
            assert announced["provider"] == "counter"
            refunded = await service.until_heard("payment.refunded.v1", sale)
            assert refunded["capture_id"] == paid["razorpay_payment_id"]
        else:
            assert (sold.status, sold.body["code"], announced["provider"]) == (409, "hold_sold", "razorpay")
            assert [capture["provider"] for capture in (await service.document(sale))["captures"]] == ["razorpay"]


async def test_a_refund_is_done_when_it_is_recorded_and_never_more_than_was_taken(service: Service) -> None:
    sale = service.hold()
    await sell(service, sale)
    await service.publish(confirmed(sale, capture_of(sale)))
    for number, amount in ((1, 10_000), (2, 20_000), (3, 20_000)):
        for _ in range(2):
            await service.publish(refund_due(sale, capture_of(sale), amount, f"refund_{capture_of(sale)}_{number}"))

        async def is_recorded(count: int = number) -> bool:
            return len(await service.refunds(sale)) == count

        await service.until(is_recorded)
    assert sorted((refund["amount"], refund["status"]) for refund in await service.refunds(sale)) == [
        (5_400, "done"),
        (10_000, "done"),
        (20_000, "done"),
    ]
    await service.idle()
    refunded = service.heard("payment.refunded.v1", sale)
    assert sum(event["amount"] for event in refunded) == 35_400
    assert {event["user_id"] for event in refunded} == {counter_customer_of(sale.booking_id)}
    document = await service.document(sale)
    assert (document["status"], document["schedule"], document["cases"]) == ("refunded", [], [])
    assert (await service.simulator.get("/calls")) == []


async def test_where_the_ticket_goes_is_said_in_private_alone(service: Service) -> None:
    sale = service.hold()
    await sell(service, sale, customer={"email": "asha@example.org", "phone": "+91 98765 43210"})
    announced = await service.until_heard("payment.succeeded.v1", sale)
    assert announced["has_contact"] is True
    assert await service.until_heard("payment.contact_given.v1", sale) == {
        "payment_id": sale.payment_id,
        "booking_id": sale.booking_id,
        "contact": {"name": None, "email": "asha@example.org", "phone": "+919876543210"},
    }
    await service.idle()
    assert {kind for kind, _, data in service.said if "asha" in str(data)} == {"payment.contact_given.v1"}
    assert ContactGiven.private


@pytest.mark.parametrize("decision", ["confirmed", "refused"])
async def test_a_gift_is_said_again_until_booking_decides_and_nothing_is_given_back(
    start: Start, decision: str
) -> None:
    async with start(announce_again_seconds=0.05) as service:
        sale = service.hold()
        assert (await sell(service, sale, MANAGER, **GIFT)).body["amount"] == 0
        await service.until_heard("payment.succeeded.v1", sale)
        said = refused(sale).model_copy(update={"capture_id": capture_of(sale)})
        await service.publish(confirmed(sale, capture_of(sale)) if decision == "confirmed" else said)

        async def decided() -> bool:
            document = await service.document(sale)
            return "waiting_since" not in document and not document["schedule"]

        await service.until(decided)
        await service.publish(cancelled(sale))
        await service.idle()
        assert await service.refunds(sale) == []
        assert {(event["amount"], event["difference"]) for event in service.heard("payment.succeeded.v1", sale)} == {
            (0, None)
        }


@pytest.mark.parametrize("died", ["before the write", "after the write", "before publishing"])
async def test_wherever_the_process_dies_it_is_sold_once_and_announced(
    service: Service, died: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale = service.hold()
    dying = None if died == "before publishing" else Dying(1, after=died == "after the write")
    grants = {str(THEATER): frozenset({"staff"})}
    caller = Caller(service.user_id, frozenset(), grants, token="token", expires_at=0)
    holds = FakeHolds({(sale.hold_id, caller.token): sale})
    async with a_process(service, dying, holds=holds, background=NeverStarting()) as process:
        try:
            await process.counter.sell(sale.hold_id, CounterTerms(tender="cash", sold_by=caller.user_id), caller)
        except Died:
            assert died != "before publishing"
        monkeypatch.setattr(outbox, "_LEFT_BEHIND", timedelta(0))
        assert (await sell(service, sale)).status == 201
        await service.until_heard("payment.succeeded.v1", sale)
        await service.until_heard("payment.order_created.v1", sale)
    await service.idle()
    assert set(service.ids("payment.succeeded.v1")) == {f"payment_succeeded:{sale.payment_id}"}
    assert len((await service.document(sale))["captures"]) == 1


async def test_booking_is_told_all_money_of_a_sale_for_who_works_at_its_theater(service: Service) -> None:
    sale = service.hold()
    order_id = await service.order(sale)
    assert (await sell(service, sale, received=40_000)).status == 201
    paid = await service.simulator.pay(order_id)
    await service.until_heard("payment.refunded.v1", sale)
    await service.publish(refund_due(sale, capture_of(sale), 400, "refund_1"))

    async def both() -> bool:
        return len(await service.refunds(sale)) == 2

    await service.until(both)
    path = f"/internal/payments/{sale.payment_id}"
    told = await service.call("GET", path, token=SIGNER.token(new_id("usr"), grants=STAFF))
    cash, online = told.body["payments"]
    assert {**cash, "at": ""} == {
        "id": sale.payment_id,
        "provider": "counter",
        "tender": "cash",
        "soldBy": service.user_id,
        "received": 40_000,
        "change": 4_600,
        "amount": 35_400,
        "currency": "INR",
        "status": "partially_refunded",
        "at": "",
    }
    assert (online["provider"], online["providerRef"], online["status"]) == (
        "razorpay",
        paid["razorpay_payment_id"],
        "refunded",
    )
    assert [(back["provider"], back["amount"], back["reason"]) for back in told.body["refunds"]] == [
        ("razorpay", 35_400, "second_payment"),
        ("counter", 400, "by_guest"),
    ]
    for grants in ({new_id("thr"): ["manager"]}, None):
        refused_call = await service.call("GET", path, token=SIGNER.token(service.user_id, grants=grants))
        assert refused_call.status == (404 if grants else 403)


async def test_of_a_sale_that_nobody_has_paid_booking_is_told_its_order(service: Service) -> None:
    sale = service.hold()
    order_id = await service.order(sale)
    told = await service.call(
        "GET", f"/internal/payments/{sale.payment_id}", token=SIGNER.token(new_id("usr"), grants=MANAGER)
    )
    (money,) = told.body["payments"]
    assert (money["provider"], money["providerRef"], money["status"]) == ("razorpay", order_id, "created")
    assert told.body["refunds"] == []
