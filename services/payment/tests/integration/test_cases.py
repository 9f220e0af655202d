"""Cases over HTTP: who sees and closes them, and what closes them by itself."""

import asyncio
from typing import Any

import orjson
import pytest
from services.payment.tests.factories import THEATER, cancelled, confirmed, refund_due
from services.payment.tests.integration.harness import SIGNER, Answered, Body, Service, Start
from services.payment.tests.simulator import signed

from contracts.ids import is_id, new_id
from contracts.sale import Sale

ADMIN = SIGNER.token("usr_admin", "admin")
OURS = SIGNER.token("usr_manager", grants={THEATER: ["manager"]})
THEIRS = SIGNER.token("usr_another", grants={new_id("thr"): ["manager"], THEATER: ["staff"]})


async def listed(service: Service, token: str = ADMIN, **query: Any) -> Body:
    answer = await service.call("GET", "/api/admin/cases", token=token, params=query)
    assert answer.status == 200, answer
    return dict(answer.body)


async def until_listed(service: Service, count: int = 1) -> list[Body]:
    """The open cases, as soon as there are so many."""

    async def all_listed() -> tuple[list[Body]] | None:
        items = list((await listed(service, open="true"))["items"])
        return (items,) if len(items) == count else None

    (items,) = await service.until(all_listed)
    return list(items)


async def close(service: Service, case_id: str, note: Any = "kept", token: str = ADMIN) -> Answered:
    return await service.call("POST", f"/api/admin/cases/{case_id}/close", {"note": note}, token=token)


async def a_refund_by_hand(service: Service, amount: int | None = None) -> tuple[Sale, str]:
    sale, capture_id = await service.paid_sale()
    await service.publish(confirmed(sale, capture_id))
    body = {} if amount is None else {"amount": amount}
    await service.simulator.post(f"/payments/{capture_id}/refund", **body)
    return sale, capture_id


@pytest.mark.parametrize("amount", [None, 5_000])
async def test_a_confirmed_ticket_refunded_by_hand_is_an_open_case_that_names_the_booking(
    service: Service, amount: int | None
) -> None:
    sale, capture_id = await a_refund_by_hand(service, amount)
    (case,) = await until_listed(service)
    assert is_id("cas", case["id"])
    assert case["openedAt"].endswith("Z")
    assert capture_id in case["detail"]
    assert f"/api/admin/bookings/{sale.booking_id}/cancel" in case["nextStep"]
    assert {name: case[name] for name in ("kind", "bookingId", "paymentId", "amount", "currency")} == {
        "kind": "refund_by_hand",
        "bookingId": sale.booking_id,
        "paymentId": sale.payment_id,
        "amount": amount or 35_400,
        "currency": "INR",
    }
    assert "closedAt" not in case
    assert "note" not in case


async def test_it_is_kept_by_a_note_and_closed_again_it_stays_the_same(service: Service) -> None:
    await a_refund_by_hand(service)
    (case,) = await until_listed(service)
    first = await close(service, case["id"], " kept,\nthe guest complained ")
    assert first.status == 200
    assert first.headers["ETag"]
    assert {name: first.body[name] for name in case} == case
    assert first.body["note"] == "kept,\nthe guest complained"
    assert first.body["closedAt"] >= case["openedAt"]
    again = await asyncio.gather(*(close(service, case["id"], f"note {n}") for n in range(3)))
    assert {answer.status for answer in again} == {200}
    assert all(answer.body == first.body for answer in again)
    assert (await listed(service, open="true"))["items"] == []
    assert (await listed(service, open="false"))["items"] == [first.body]
    assert (await listed(service))["items"] == [first.body]


async def test_of_many_who_close_it_at_once_one_note_counts(service: Service) -> None:
    await a_refund_by_hand(service)
    (case,) = await until_listed(service)
    answers = await asyncio.gather(*(close(service, case["id"], f"note {number}") for number in range(8)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body["note"] for answer in answers}) == 1


@pytest.mark.parametrize("reason", ["by_theater", "by_guest", "showtime_cancelled"])
async def test_it_closes_by_itself_when_the_booking_is_cancelled(service: Service, reason: str) -> None:
    sale, _ = await a_refund_by_hand(service)
    (case,) = await until_listed(service)
    for _ in range(2):
        await service.publish(cancelled(sale, reason))
    await until_listed(service, count=0)
    (closed,) = (await listed(service))["items"]
    assert closed["id"] == case["id"]
    assert reason in closed["note"]
    assert closed["closedAt"] >= case["openedAt"]
    assert (await close(service, case["id"], "too late")).body == closed
    assert [refund["amount"] for refund in await service.simulator.ledger("refunds")] == [35_400]


async def test_what_goes_back_by_hand_after_the_end_is_a_new_case(service: Service) -> None:
    sale, capture_id = await a_refund_by_hand(service, 5_000)
    await until_listed(service)
    await service.publish(cancelled(sale))
    await until_listed(service, count=0)
    await service.simulator.post("/clock/advance", seconds=60)
    await service.simulator.post(f"/payments/{capture_id}/refund", amount=7_000)
    (case,) = await until_listed(service)
    assert case["amount"] == 7_000


async def test_managers_see_and_close_those_of_their_theaters_and_others_none(service: Service) -> None:
    await a_refund_by_hand(service)
    (case,) = await until_listed(service)
    assert (await listed(service, OURS))["items"] == [case]
    assert (await listed(service, THEIRS)) == {"items": [], "total": 0, "page": 1, "pageSize": 20}
    assert (await listed(service, SIGNER.token("usr_m", "manager")))["total"] == 0
    foreign = await close(service, case["id"], token=THEIRS)
    assert (foreign.status, foreign.body["code"]) == (404, "case_not_found")
    for token in (service.token(), SIGNER.token("usr_staff", grants={THEATER: ["staff"]})):
        for answer in (
            await service.call("GET", "/api/admin/cases", token=token),
            await close(service, case["id"], token=token),
        ):
            assert (answer.status, answer.body["code"]) == (403, "forbidden")
    assert (await close(service, case["id"], token=OURS)).status == 200


async def test_the_list_is_paged_newest_first(service: Service) -> None:
    sales = []
    for number in range(3):
        sales.append((await a_refund_by_hand(service, 1_000 + number))[0])
        await until_listed(service, count=number + 1)
    pages = [await listed(service, page=page, pageSize=2) for page in (1, 2, 3)]
    assert [[case["amount"] for case in page["items"]] for page in pages] == [[1_002, 1_001], [1_000], []]
    assert {(page["total"], page["pageSize"]) for page in pages} == {(3, 2)}
    assert (await listed(service, open="", page="", pageSize=""))["total"] == 3


@pytest.mark.parametrize(
    ("query", "path"), [({"open": "maybe"}, "open"), ({"page": "0"}, "page"), ({"pageSize": "101"}, "pageSize")]
)
async def test_bad_parameters_get_their_problem(service: Service, query: dict[str, str], path: str) -> None:
    answer = await service.call("GET", "/api/admin/cases", token=ADMIN, params=query)
    assert (answer.status, answer.body["errors"][0]["path"]) == (422, path)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "note"),
        ({"note": ""}, "note"),
        ({"note": "  "}, "note"),
        ({"note": 7}, "note"),
        ({"note": "x" * 1_001}, "note"),
        ({"note": "a\x00b"}, "note"),
        ({"note": "kept", "notes": "x"}, "notes"),
    ],
)
async def test_bad_notes_get_their_problem_and_close_nothing(service: Service, body: Any, path: str) -> None:
    await a_refund_by_hand(service)
    (case,) = await until_listed(service)
    answer = await service.call("POST", f"/api/admin/cases/{case['id']}/close", body, token=ADMIN)
    assert (answer.status, answer.body["errors"][0]["path"]) == (422, path)
    assert await until_listed(service) == [case]


@pytest.mark.parametrize("case_id", ["cas_" + "0" * 26, "cas_x", "%00", "$ne", "pay_" + "0" * 26])
async def test_an_unknown_case_is_not_found(service: Service, case_id: str) -> None:
    answer = await close(service, case_id)
    assert (answer.status, answer.body["code"]) == (404, "case_not_found")


async def test_other_trouble_is_in_the_list_too_and_closes_when_it_is_mended(start: Start) -> None:
    async with start(announce_again_seconds=0.05, answer_overdue_seconds=0.3) as service:
        waiting, its_capture = await service.paid_sale()
        stuck, capture_id = await service.paid_sale()
        wrong = service.hold()
        await service.simulator.pay(await service.order(wrong), feeBearer="customer")
        await service.simulator.post("/balance", amount=100)
        await service.publish(refund_due(stuck, capture_id))

        async def all_kinds() -> dict[tuple[str, str], Body]:
            cases = {(case["kind"], case["paymentId"]): case for case in (await listed(service, open="true"))["items"]}
            wanted = {
                ("no_verdict", waiting.payment_id),
                ("refund_failed", stuck.payment_id),
                ("difference_not_accepted", wrong.payment_id),
            }
            return cases if wanted <= set(cases) else {}

        cases = await service.until(all_kinds)
        assert cases["no_verdict", waiting.payment_id]["amount"] == 35_400
        assert "balance" in cases["refund_failed", stuck.payment_id]["detail"]
        assert "RAZORPAY_ACCEPTED_DIFFERENCES=fee" in cases["difference_not_accepted", wrong.payment_id]["detail"]
        await service.simulator.post("/balance", amount=10_000_000)
        await service.publish(confirmed(waiting, its_capture))

        async def mended() -> bool:
            left = {case["kind"] for case in (await listed(service, open="true"))["items"]}
            return left == {"difference_not_accepted"}

        await service.until(mended)


async def test_an_order_with_a_receipt_as_ours_and_no_sale_is_one_case_until_a_person_closes_it(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    receipt = new_id("pay")
    order_id = await service.simulator.foreign_order(receipt)
    paid = await service.simulator.pay(order_id)
    (case,) = await until_listed(service)
    assert (case["kind"], case["paymentId"], order_id in case["detail"]) == ("unknown_order", receipt, True)
    assert order_id in caplog.text
    assert (await close(service, case["id"], token=OURS)).status == 404
    assert (await close(service, case["id"], "of another house")).status == 200
    entity = {"payment": {"entity": {"id": paid["razorpay_payment_id"], "order_id": order_id}}}
    body = orjson.dumps({"event": "payment.captured", "payload": entity})
    assert (await service.deliver(body, {**signed(body), "X-Razorpay-Event-Id": "evt_later"})).status == 200

    async def rests() -> bool:
        return {entry["status"] for entry in await service.mongo["inbox"].find({}).to_list(None)} == {"foreign"}

    await service.until(rests)
    closed = await listed(service)
    assert [(each["id"], "closedAt" in each) for each in closed["items"]] == [(case["id"], True)]
    assert await service.simulator.ledger("refunds") == []
