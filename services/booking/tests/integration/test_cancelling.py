"""Cancel quotes and cancellations over HTTP: by a guest, and by the theater."""

from typing import Any

import pytest
from services.booking.tests.conftest import SIGNER, Answer, Running
from services.booking.tests.factories import DAY, by_hand, capture_of, free_of_charge, refunded, seats_sold
from tests.factories import a_quote_of, a_sale, a_snapshot, at

from contracts.policy import CancellationPolicy, CancellationTier
from contracts.sale import Sale
from stack.keys import Grants
from stack.waiting import until

TIERS = (CancellationTier(hours_before=48, refund_percent=100), CancellationTier(hours_before=1, refund_percent=50))
POLICY = CancellationPolicy(tiers=TIERS, fees_refunded=False)
THEATER = "thr_00000000000000000000000001"
FLOODED: dict[str, Any] = {"reason": "flooded", "refund": "full"}


async def a_confirmed(booking: Running, **sale_values: Any) -> Sale:
    sale = a_sale(**{"cancellation_policy": POLICY, **sale_values})
    await booking.schedule(a_snapshot(sale.showtime_id, theater={"theater_id": THEATER}))
    await booking.confirm(sale)
    return sale


async def by_theater(booking: Running, sale: Sale, body: Any, *roles: str, grants: Grants | None = None) -> Answer:
    path = f"/api/admin/bookings/{sale.booking_id}/cancel"
    return await booking.call("POST", path, body, "usr_9", *roles, grants=grants)


async def test_a_quote_says_what_cancelling_brings_and_cancelling_brings_it(booking: Running) -> None:
    sale = await a_confirmed(booking)
    path = f"/api/bookings/{sale.booking_id}"
    assert await booking.call("GET", f"{path}/cancel-quote") == (
        200,
        {
            "seatIds": ["C7", "C8"],
            "paid": 52_360,
            "kept": 27_360,
            "refund": 25_000,
            "currency": "INR",
            "tier": {"hoursBefore": 1, "refundPercent": 50},
            "feesRefunded": False,
            "validUntil": at(DAY - 3600).isoformat().replace("+00:00", "Z"),
        },
    )
    status, body = await booking.call("POST", f"{path}/cancel", {"expectedRefund": 52_360})
    assert (status, body["code"], body["refund"], body["currency"]) == (409, "refund_changed", 25_000, "INR")
    status, body = await booking.call("POST", f"{path}/cancel", {"expectedRefund": 25_000})
    assert (status, body["status"], body["reason"]) == (200, "cancelled", "by_guest")
    assert body["refund"] == {"amount": 25_000, "status": "due"}
    assert body["qrCode"] is None
    assert await booking.call("POST", f"{path}/cancel", {"expectedRefund": 1}) == (200, body)
    status, refused = await booking.call("GET", f"{path}/cancel-quote")
    assert (status, refused["code"], refused["reason"]) == (409, "not_cancellable", "cancelled")
    await until(lambda: "booking.refund_due.v1" in booking.event_types(sale))
    [due] = [event for event in booking.events(sale) if event["type"] == "booking.refund_due.v1"]
    assert (due["refund_key"], due["amount"]) == (f"refund_{capture_of(sale)}", 25_000)
    await booking.say(refunded(sale))
    await booking.until_refund(sale, "done")


@pytest.mark.parametrize("off", [-1, 1])
async def test_a_refund_that_is_one_minor_unit_off_is_told_and_nothing_is_cancelled(booking: Running, off: int) -> None:
    sale = await a_confirmed(booking)
    path = f"/api/bookings/{sale.booking_id}"
    _, quote = await booking.call("GET", f"{path}/cancel-quote")
    status, body = await booking.call("POST", f"{path}/cancel", {"expectedRefund": quote["refund"] + off})
    assert (status, body["code"]) == (409, "refund_changed")
    assert (body["refund"], body["currency"]) == (quote["refund"], quote["currency"])
    assert await booking.has_status(sale, "confirmed")
    assert await booking.call("GET", f"{path}/cancel-quote") == (200, quote)
    status, body = await booking.call("POST", f"{path}/cancel", {"expectedRefund": quote["refund"]})
    assert (status, body["refund"]["amount"]) == (200, quote["refund"])


async def test_some_seats_are_quoted_and_an_empty_list_is_none(booking: Running) -> None:
    sale = await a_confirmed(booking)
    path = f"/api/bookings/{sale.booking_id}/cancel-quote"
    _, whole = await booking.call("GET", path)
    for query, seats in (("seatIds=C8", ["C8"]), ("seatIds=C8,C7,C8", ["C7", "C8"]), ("seatIds=", ["C7", "C8"])):
        status, quote = await booking.call("GET", f"{path}?{query}")
        assert (status, quote["seatIds"], quote["paid"]) == (200, seats, whole["paid"] * len(seats) // 2)
    status, refused = await booking.call("GET", f"{path}?seatIds=C8,c8,%00")
    assert (status, refused["code"], refused["seatIds"]) == (422, "unknown_seats", ["\x00", "c8"])
    assert (await booking.call("GET", path, user="usr_2"))[1]["code"] == "booking_not_found"


async def test_a_body_that_says_something_else_is_422_with_its_path_and_changes_nothing(booking: Running) -> None:
    sale = await a_confirmed(booking)
    path = f"/api/bookings/{sale.booking_id}/cancel"
    for body, where in (
        ({"expectedrefund": 1}, "expectedrefund"),
        ({"expectedRefund": "1"}, "expectedRefund"),
        ([], "body"),
        ({"expectedRefund": -1}, "expectedRefund"),
        ({"expectedRefund": 1.5}, "expectedRefund"),
        ({"expectedRefund": True}, "expectedRefund"),
        (b"null", "body"),
    ):
        status, refused = await booking.call("POST", path, body)
        assert (status, [fault["path"] for fault in refused["errors"]]) == (422, [where])
    for body, where in (
        ({"reason": "flooded"}, "refund"),
        ({"refund": "full"}, "reason"),
        ({**FLOODED, "refund": "all"}, "refund"),
        ({**FLOODED, "reason": " "}, "reason"),
        ({**FLOODED, "reason": "a\u0000"}, "reason"),
        ({**FLOODED, "amount": 1}, "amount"),
        ({**FLOODED, "reason": "x" * 501}, "reason"),
    ):
        status, refused = await by_theater(booking, sale, body, "admin")
        assert (status, [fault["path"] for fault in refused["errors"]]) == (422, [where])
    assert (await booking.call("POST", path, b"{"))[0] == 400
    assert await booking.has_status(sale, "confirmed")


@pytest.mark.parametrize("body", [None, {}, {"expectedRefund": None}])
async def test_nothing_need_be_said_to_cancel(booking: Running, body: Any) -> None:
    sale = await a_confirmed(booking)
    assert (await booking.call("POST", f"/api/bookings/{sale.booking_id}/cancel", body))[0] == 200


async def test_what_the_theater_changes_answers_with_the_tag_of_the_new_version(booking: Running) -> None:
    sale = await a_confirmed(booking)
    bearer = {"Authorization": f"Bearer {SIGNER.token('usr_9', grants={THEATER: ['manager']})}"}
    changes: tuple[tuple[str, Any], ...] = (
        ("resend", None),
        ("refund", {"reason": "spilled", "amount": 100}),
        ("cancel", FLOODED),
    )
    for what, body in changes:
        path = f"/api/admin/bookings/{sale.booking_id}/{what}"
        async with booking.http.post(path, json=body, headers=bearer) as answer:
            assert (answer.status, answer.headers.get("ETag")) == (
                202 if what == "resend" else 200,
                f'"{(await booking.document(sale))["version"]}"',
            ), what


async def test_the_theater_cancels_and_who_and_why_is_stored_with_the_fact(booking: Running) -> None:
    sale = await a_confirmed(booking)
    status, body = await by_theater(booking, sale, FLOODED, grants={THEATER: ["manager"]})
    assert (status, body["status"], body["reason"]) == (200, "cancelled", "by_theater")
    assert body["refund"] == {"amount": sale.quote.total, "status": "due"}
    again = await by_theater(booking, sale, {"reason": "twice", "refund": "none"}, "admin")
    assert again == (200, body)
    assert await booking.call("GET", f"/api/bookings/{sale.booking_id}") == (200, body)
    document = await booking.document(sale)
    assert document["theater_id"] == THEATER
    ended = document["facts"]["ended"]
    assert (ended["user_id"], ended["note"], ended["refund"]) == ("usr_9", "flooded", None)
    await until(lambda: len(booking.event_types(sale)) == 4)
    [cancelled] = [event for event in booking.events(sale) if event["type"] == "booking.cancelled.v1"]
    assert (cancelled["reason"], cancelled["refund"]) == ("by_theater", sale.quote.total)
    (told,) = await until(lambda: [event for event in booking.heard if event["type"] == "booking.audit_recorded.v1"])
    assert (told["user_id"], told["subject_id"], told["theater_id"]) == ("usr_9", sale.booking_id, THEATER)
    assert "flooded" not in str([event for event in booking.heard if event is not told])


async def test_only_who_runs_the_theater_cancels_for_it(booking: Running) -> None:
    sale = await a_confirmed(booking)
    another = "thr_00000000000000000000000002"
    cases: list[tuple[tuple[str, ...], Grants, tuple[int, str]]] = [
        (("user",), {}, (403, "forbidden")),
        ((), {THEATER: ["staff"]}, (403, "forbidden")),
        ((), {another: ["manager"]}, (404, "booking_not_found")),
        ((), {another: ["manager"], THEATER: ["staff"]}, (404, "booking_not_found")),
        (("manager",), {}, (404, "booking_not_found")),
    ]
    for roles, grants, refusal in cases:
        status, body = await by_theater(booking, sale, FLOODED, *roles, grants=grants)
        assert (status, body["code"]) == refusal
        path = f"/api/admin/bookings/{sale.booking_id}"
        unread = 403 if THEATER in grants else refusal[0]  # staff may read what was sold at the counter alone
        assert (await booking.call("GET", path, None, "usr_9", *roles, grants=grants))[0] == unread
    async with booking.http.post(f"/api/admin/bookings/{sale.booking_id}/cancel", json=FLOODED) as response:
        assert response.status == 401
    assert await booking.has_status(sale, "confirmed")
    _, shown = await booking.call("GET", path, None, "usr_9", grants={THEATER: ["manager"]})
    _, own = await booking.call("GET", f"/api/bookings/{sale.booking_id}")
    assert shown == {**own, "payments": [], "refunds": [], "messages": []}
    unknown = await booking.call("POST", "/api/admin/bookings/bkg_1/cancel", FLOODED, "usr_9", "admin")
    assert (unknown[0], unknown[1]["code"]) == (404, "booking_not_found")


async def test_what_went_back_by_hand_shows_and_the_theater_decides_what_becomes_of_the_booking(
    booking: Running,
) -> None:
    sale = await a_confirmed(booking)
    await booking.say(by_hand(sale, 2_360), by_hand(sale, 50_000, 2), by_hand(sale, 2_360))
    path = f"/api/bookings/{sale.booking_id}"
    gone = {"amount": sale.quote.total, "status": "done"}

    async def gone_back() -> bool:
        return bool((await booking.call("GET", path))[1].get("refund") == gone)

    await until(gone_back)
    _, body = await booking.call("GET", path)
    assert (body["status"], body["qrCode"] is not None) == ("confirmed", True)
    assert (await booking.call("GET", f"{path}/cancel-quote"))[1]["paid"] == 0
    status, body = await by_theater(booking, sale, {"reason": "refunded by hand", "refund": "none"}, "admin")
    assert (status, body["status"], body["refund"]) == (200, "cancelled", gone)
    await until(lambda: "booking.cancelled.v1" in booking.event_types(sale))
    assert "booking.refund_due.v1" not in booking.event_types(sale)


async def test_a_free_booking_confirms_by_itself_and_is_cancelled_without_a_word_to_payment(booking: Running) -> None:
    sale = a_sale(quote=a_quote_of({"C7": (0, 0)}))
    await booking.schedule(a_snapshot(sale.showtime_id))
    await booking.say(free_of_charge(sale), seats_sold(sale))
    await booking.until_status(sale, "confirmed")
    path = f"/api/bookings/{sale.booking_id}"
    _, quote = await booking.call("GET", f"{path}/cancel-quote")
    assert (quote["paid"], quote["kept"], quote["refund"]) == (0, 0, 0)
    status, body = await booking.call("POST", f"{path}/cancel", {"expectedRefund": 1})
    assert (status, body["code"], body["refund"]) == (409, "refund_changed", 0)
    status, body = await booking.call("POST", f"{path}/cancel", {"expectedRefund": 0})
    assert (status, body["status"], body["refund"]) == (200, "cancelled", {"amount": 0, "status": "done"})
    await until(lambda: len(booking.event_types(sale)) == 3)
    assert "booking.refund_due.v1" not in booking.event_types(sale)


async def test_labels_are_shown_and_nothing_of_a_booking_is_stored_on_the_way(booking: Running) -> None:
    sale = await a_confirmed(booking)
    path = f"/api/bookings/{sale.booking_id}"
    _, body = await booking.call("GET", path)
    assert [seat["label"] for seat in body["seats"]] == [{"row": "C", "number": "7"}, {"row": "C", "number": "8"}]
    headers = {"Authorization": f"Bearer {SIGNER.token('usr_1')}"}
    for target in (path, "/api/bookings/my", f"{path}/qr.svg", f"{path}/qr.png", f"{path}/cancel-quote"):
        async with booking.http.get(target, headers=headers) as response:
            assert (response.status, response.headers["Cache-Control"]) == (200, "private, no-store")


async def test_parameters_left_empty_are_none(booking: Running) -> None:
    await a_confirmed(booking)
    status, page = await booking.call("GET", "/api/bookings/my?status=&page=&pageSize=")
    assert (status, page["total"], page["page"], page["pageSize"]) == (200, 1, 1, 20)
