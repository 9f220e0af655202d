"""Check-in through HTTP: with a network, by the manifest without one, and the scans that are uploaded later."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from services.booking.tests.conftest import Answer, Running
from services.booking.tests.factories import HOUR, TICKET_SEED
from tests.factories import a_sale, a_snapshot, at

from checkin.gate import Gate
from checkin.manifest import InvalidManifest, verified
from contracts.catalog import ShowtimeCancelled, ShowtimeSnapshot
from contracts.sale import Sale
from stack.waiting import until
from tickets.code import Ticket, TicketSigner
from tickets.keys import TicketKey

THEATER, ANOTHER = "thr_00000000000000000000000001", "thr_00000000000000000000000002"
STAFF, MANAGER = {THEATER: ["staff"]}, {THEATER: ["manager"]}
ELSEWHERE = {ANOTHER: ["staff", "manager"]}
KEYS = [TicketSigner(TICKET_SEED).key]
PATH = "/api/admin/checkin"


async def a_show(booking: Running, starts_in: float = HOUR, **fields: Any) -> ShowtimeSnapshot:
    snapshot = a_snapshot(start_at=at(starts_in), theater={"theater_id": THEATER}, **fields)
    await booking.schedule(snapshot)
    return snapshot


async def sold_for(booking: Running, show: ShowtimeSnapshot) -> tuple[Sale, dict[str, Any]]:
    """A confirmed booking, and as its guest sees it."""
    sale = a_sale(showtime_id=show.showtime_id, start_at=show.start_at)
    await booking.confirm(sale)
    status, shown = await booking.call("GET", f"/api/bookings/{sale.booking_id}")
    assert status == 200
    return sale, shown


def a_ticket(sale: Sale) -> Ticket:
    return Ticket(sale.booking_id, sale.showtime_id, sale.seat_ids)


async def post(booking: Running, body: Any, path: str = "", grants: Any = None) -> Answer:
    return await booking.call("POST", PATH + path, body, "usr_7", grants=STAFF if grants is None else grants)


async def manifest_of(booking: Running, show: ShowtimeSnapshot, grants: Any = None) -> Answer:
    path = f"{PATH}/manifest?showtimeId={show.showtime_id}"
    return await booking.call("GET", path, None, "usr_7", grants=STAFF if grants is None else grants)


def a_batch(show: ShowtimeSnapshot, *scans: dict[str, str], device: str = "gate-2") -> dict[str, Any]:
    return {"showtimeId": show.showtime_id, "deviceId": device, "scans": list(scans)}


def ago(seconds: float) -> str:
    """With microseconds, which Mongo's own times would lose."""
    scanned_at = datetime.now(UTC) - timedelta(seconds=seconds)
    return scanned_at.replace(microsecond=123_457).isoformat().replace("+00:00", "Z")


async def test_a_guest_is_let_in_once_by_code_or_by_reference_in_any_case(booking: Running) -> None:
    show = await a_show(booking)
    (sale, shown), (_, other) = await sold_for(booking, show), await sold_for(booking, show)
    body = {"qrCode": shown["qrCode"], "showtimeId": show.showtime_id, "deviceId": "gate-1"}
    status, inside = await post(booking, body)
    assert (status, inside["id"], inside["status"], inside["reference"]) == (
        200,
        sale.booking_id,
        "checked_in",
        shown["reference"],
    )
    for again in (body, {"qrCode": shown["qrCode"]}, {"reference": f" {shown['reference'].lower()} "}):
        status, problem = await post(booking, again)
        assert (status, problem["code"], problem["first"]["deviceId"]) == (409, "already_checked_in", "gate-1")
        assert datetime.fromisoformat(problem["first"]["at"]) <= datetime.now(UTC)
    status, by_reference = await post(booking, {"reference": other["reference"].lower()}, grants=MANAGER)
    assert (status, by_reference["status"]) == (200, "checked_in")
    _, again = await post(booking, {"reference": other["reference"]})
    assert "deviceId" not in again["first"]
    await until(lambda: "booking.checked_in.v1" in booking.event_types(sale))
    (said,) = [event for event in booking.events(sale) if event["type"] == "booking.checked_in.v1"]
    assert (said["theater_id"], said["by"], said["device_id"]) == (THEATER, "usr_7", "gate-1")
    assert (await booking.document(sale))["checked_in_at"] is not None


async def test_of_gates_that_scan_one_ticket_at_once_one_lets_in(booking: Running) -> None:
    show = await a_show(booking)
    sale, shown = await sold_for(booking, show)
    bodies = [{"qrCode": shown["qrCode"], "deviceId": f"gate-{number}"} for number in range(8)]
    answers = await asyncio.gather(*(post(booking, body) for body in bodies))
    (winner,) = [place for place, (status, _) in enumerate(answers) if status == 200]
    others = [answer for status, answer in answers if status == 409]
    assert len(others) == 7
    assert {problem["first"]["deviceId"] for problem in others} == {f"gate-{winner}"}
    assert len((await booking.document(sale))["facts"]["scans"]) == 1


@pytest.mark.parametrize(
    ("starts_in", "status", "code"),
    [
        (2.5 * HOUR, 409, "checkin_closed"),
        (1.9 * HOUR, 200, None),
        (-1.5 * HOUR, 200, None),
        (-2 * HOUR - 1, 409, "checkin_closed"),
    ],
)
async def test_check_in_opens_two_hours_before_the_start_and_closes_at_the_end(
    booking: Running, starts_in: float, status: int, code: str | None
) -> None:
    show = await a_show(booking, starts_in)
    _, shown = await sold_for(booking, show)
    answered, answer = await post(booking, {"qrCode": shown["qrCode"]})
    assert (answered, answer.get("code")) == (status, code)


async def test_what_does_not_admit(booking: Running) -> None:
    show, another_show = await a_show(booking), await a_show(booking)
    sale, shown = await sold_for(booking, show)
    forged = TicketSigner(bytes(32))
    body = {"qrCode": shown["qrCode"], "showtimeId": another_show.showtime_id}
    assert (await post(booking, body))[1]["code"] == "wrong_showtime"
    for unknown in (
        {"qrCode": "MQ2.ABC"},
        {"qrCode": "https://example.org"},
        {"qrCode": shown["qrCode"][:-1]},
        {"qrCode": forged.sign(a_ticket(sale))},
        {"reference": "00000000"},
        {"reference": "nonsense"},
    ):
        status, problem = await post(booking, unknown)
        assert (status, problem["code"]) == (422, "invalid_ticket"), unknown
    path = f"/api/bookings/{sale.booking_id}/cancel"
    status, _ = await booking.call("POST", path, {"seatIds": [sale.seat_ids[0]]})
    assert status == 200
    status, problem = await post(booking, {"qrCode": shown["qrCode"]})
    assert (status, problem["code"], problem["reason"]) == (409, "not_admitted", "old_version")
    await booking.call("POST", path)
    for body in ({"qrCode": shown["qrCode"]}, {"reference": shown["reference"]}):
        status, problem = await post(booking, body)
        assert (status, problem["code"], problem["reason"]) == (409, "not_admitted", "cancelled")


async def test_a_show_that_is_cancelled_admits_nobody_and_ends_who_is_inside(booking: Running) -> None:
    show = await a_show(booking)
    (inside, shown), (outside, later) = await sold_for(booking, show), await sold_for(booking, show)
    assert (await post(booking, {"qrCode": shown["qrCode"]}))[0] == 200
    ended = show.model_copy(update={"revision": 2, "status": "cancelled"})
    await booking.say(ShowtimeCancelled(showtime_id=show.showtime_id, snapshot=ended))
    for sale in (inside, outside):
        await booking.until_status(sale, "cancelled")
    assert (await booking.document(inside))["reason"] == "showtime_cancelled"
    for code in (shown["qrCode"], later["qrCode"]):
        status, problem = await post(booking, {"qrCode": code})
        assert (status, problem["code"], problem["reason"]) == (409, "not_admitted", "cancelled")


async def test_who_is_inside_cannot_cancel_and_the_theater_can(booking: Running) -> None:
    show = await a_show(booking)
    sale, shown = await sold_for(booking, show)
    await post(booking, {"qrCode": shown["qrCode"]})
    path = f"/api/bookings/{sale.booking_id}"
    for body in (None, {"seatIds": [sale.seat_ids[0]]}):
        status, problem = await booking.call("POST", f"{path}/cancel", body)
        assert (status, problem["code"], problem["reason"]) == (409, "not_cancellable", "checked_in")
    assert (await booking.call("GET", f"{path}/cancel-quote"))[1]["reason"] == "checked_in"
    support = f"/api/admin/bookings/{sale.booking_id}"
    _, refunded = await booking.call(
        "POST", f"{support}/refund", {"reason": "spilled", "amount": 100}, "usr_9", grants=MANAGER
    )
    assert refunded["status"] == "checked_in"
    _, ended = await booking.call(
        "POST", f"{support}/cancel", {"reason": "flooded", "refund": "full"}, "usr_9", grants=MANAGER
    )
    assert (ended["status"], ended["reason"]) == ("cancelled", "by_theater")
    assert (await post(booking, {"qrCode": shown["qrCode"]}))[1]["reason"] == "cancelled"


async def test_another_theaters_tickets_and_showtimes_are_out_of_reach(booking: Running) -> None:
    show = await a_show(booking)
    sale, shown = await sold_for(booking, show)
    code, reference = {"qrCode": shown["qrCode"]}, {"reference": shown["reference"]}
    for body in (code, reference):
        assert (await post(booking, body, grants=ELSEWHERE))[1]["code"] == "booking_not_found"
        assert (await post(booking, body, grants={}))[1]["code"] == "forbidden"
    assert (await post(booking, {**code, "showtimeId": show.showtime_id}, grants=ELSEWHERE))[1]["code"] == "forbidden"
    assert (await manifest_of(booking, show, ELSEWHERE))[1]["code"] == "forbidden"
    batch = a_batch(show, {**code, "scannedAt": ago(1)})
    assert (await post(booking, batch, "/batch", ELSEWHERE))[1]["code"] == "forbidden"
    unknown = {"showtimeId": "sho_00000000000000000000000009"}
    assert (await post(booking, {**code, **unknown}))[1]["code"] == "showtime_not_found"
    assert (await post(booking, {**batch, **unknown}, "/batch"))[1]["code"] == "showtime_not_found"
    assert (await booking.document(sale))["status"] == "confirmed"


async def test_a_batch_says_what_came_of_each_scan_and_the_same_when_it_is_sent_again(booking: Running) -> None:
    show, another_show = await a_show(booking), await a_show(booking)
    (sale, first), (_, second), (gone, third), (_, other) = [
        await sold_for(booking, each) for each in (show, show, show, another_show)
    ]
    await booking.call("POST", f"/api/bookings/{gone.booking_id}/cancel")
    assert (await post(booking, {"qrCode": second["qrCode"], "deviceId": "gate-1"}))[0] == 200
    scanned_at = ago(60)
    batch = a_batch(
        show,
        {"qrCode": first["qrCode"], "scannedAt": scanned_at},
        {"qrCode": first["qrCode"], "scannedAt": scanned_at},
        {"reference": second["reference"], "scannedAt": ago(600)},
        {"qrCode": third["qrCode"], "scannedAt": scanned_at},
        {"qrCode": other["qrCode"], "scannedAt": scanned_at},
        {"qrCode": "MQ2.nonsense", "scannedAt": scanned_at},
        {"reference": first["reference"].lower(), "scannedAt": ago(3 * HOUR)},
    )
    status, answer = await post(booking, batch, "/batch")
    assert status == 200
    assert [(result["reference"], result["outcome"]) for result in answer["results"]] == [
        (first["reference"], "checked_in"),
        (first["reference"], "already_checked_in"),
        (second["reference"], "already_checked_in"),
        (third["reference"], "not_admitted"),
        (other["reference"], "wrong_showtime"),
        (None, "invalid_ticket"),
        (first["reference"], "already_checked_in"),
    ]
    assert answer["results"][1]["first"] == {"at": scanned_at, "deviceId": "gate-2"}
    assert answer["results"][2]["first"]["deviceId"] == "gate-1"
    support = f"/api/admin/bookings/{sale.booking_id}/cancel"
    await booking.call("POST", support, {"reason": "sent home", "refund": "full"}, "usr_9", grants=MANAGER)
    assert await post(booking, batch, "/batch") == (200, answer)
    (said,) = [event for event in booking.events(sale) if event["type"] == "booking.checked_in.v1"]
    assert datetime.fromisoformat(said["at"]) == datetime.fromisoformat(scanned_at)


async def test_the_upload_that_arrives_first_counts_whatever_its_time(booking: Running) -> None:
    show = await a_show(booking)
    sale, shown = await sold_for(booking, show)
    later, earlier = ago(10), ago(1000)
    uploads = [
        a_batch(show, {"qrCode": shown["qrCode"], "scannedAt": time}, device=device)
        for device, time in (("gate-1", later), ("gate-2", earlier))
    ]
    first, second = [(await post(booking, upload, "/batch"))[1]["results"][0] for upload in uploads]
    assert (first["outcome"], second["outcome"]) == ("checked_in", "already_checked_in")
    assert second["first"] == {"at": later, "deviceId": "gate-1"}
    again = [(await post(booking, upload, "/batch"))[1]["results"][0] for upload in reversed(uploads)]
    assert again == [second, first]
    assert booking.event_types(sale).count("booking.checked_in.v1") == 1


async def test_uploads_at_once_let_in_one_and_none_is_lost(booking: Running) -> None:
    show = await a_show(booking)
    sales = [await sold_for(booking, show) for _ in range(3)]
    scans = [{"qrCode": shown["qrCode"], "scannedAt": ago(5)} for _, shown in sales]
    batches = [a_batch(show, *scans, device=f"gate-{number}") for number in range(4)]
    answers = await asyncio.gather(*(post(booking, batch, "/batch") for batch in batches))
    for place, (sale, _) in enumerate(sales):
        outcomes = sorted(answer["results"][place]["outcome"] for _, answer in answers)
        assert outcomes == [*["already_checked_in"] * 3, "checked_in"]
        assert len((await booking.document(sale))["facts"]["scans"]) == 4


async def test_the_window_is_judged_by_the_time_of_the_scan_and_uploads_end_a_day_after_the_show(
    booking: Running,
) -> None:
    over, long_over = await a_show(booking, -3 * HOUR), await a_show(booking, -26 * HOUR - 60)
    (_, one), (_, two) = await sold_for(booking, over), await sold_for(booking, over)
    batch = a_batch(
        over,
        {"qrCode": one["qrCode"], "scannedAt": ago(3.5 * HOUR)},
        {"qrCode": two["qrCode"], "scannedAt": ago(30)},
        {"qrCode": two["qrCode"], "scannedAt": ago(5.5 * HOUR)},
    )
    _, answer = await post(booking, batch, "/batch")
    assert [result["outcome"] for result in answer["results"]] == ["checked_in", "checkin_closed", "checkin_closed"]
    assert await post(booking, batch, "/batch") == (200, answer)
    status, problem = await post(booking, a_batch(long_over), "/batch")
    assert (status, problem["code"]) == (409, "checkin_closed")


async def test_a_scan_may_not_lie_in_the_future_and_bad_bodies_name_their_fields(booking: Running) -> None:
    show = await a_show(booking)
    _, shown = await sold_for(booking, show)
    good = {"qrCode": shown["qrCode"], "scannedAt": ago(1)}
    for scan, path in (
        ({**good, "scannedAt": ago(-3600)}, "scans.1.scannedAt"),
        ({**good, "scannedAt": "yesterday"}, "scans.1.scannedAt"),
        ({**good, "scannedAt": "0001-01-01T00:00:00+14:00"}, "scans.1.scannedAt"),
        ({"qrCode": shown["qrCode"]}, "scans.1.scannedAt"),
        ({**good, "reference": shown["reference"]}, "scans.1.reference"),
        ({"scannedAt": ago(1)}, "scans.1.reference"),
        ({**good, "seat": "C7"}, "scans.1.seat"),
    ):
        status, problem = await post(booking, a_batch(show, good, scan), "/batch")
        assert (status, problem["code"]) == (422, "validation_error"), scan
        assert [fault["path"] for fault in problem["errors"]] == [path]
    code, reference = {"qrCode": shown["qrCode"]}, {"reference": shown["reference"]}
    for body, path in (
        ({}, "reference"),
        ({**code, **reference}, "reference"),
        ({"qrCode": ""}, "qrCode"),
        ({"reference": 7}, "reference"),
        ({**reference, "showtimeId": 5}, "showtimeId"),
        ({**code, "deviceId": "\u0000"}, "deviceId"),
    ):
        status, problem = await post(booking, body)
        assert (status, problem["code"]) == (422, "validation_error"), body
        assert [fault["path"] for fault in problem["errors"]] == [path]
    status, again = await post(booking, {"qrCode": shown["qrCode"]})
    assert (status, again["status"]) == (200, "checked_in")


async def test_a_gate_without_a_network_lets_in_by_the_manifest_and_its_upload_agrees(booking: Running) -> None:
    show = await a_show(booking)
    (_, good), (_, inside), (gone, cancelled) = [await sold_for(booking, show) for _ in range(3)]
    await post(booking, {"qrCode": inside["qrCode"], "deviceId": "gate-1"})
    await booking.call("POST", f"/api/bookings/{gone.booking_id}/cancel")
    status, document = await manifest_of(booking, show)
    assert status == 200
    assert document["keys"] == (await booking.call("GET", "/api/bookings/ticket-key"))[1]
    assert datetime.fromisoformat(document["expiresAt"]) == show.end_at
    entries = {entry["reference"]: entry for entry in document["tickets"]}
    assert {reference: entry["admits"] for reference, entry in entries.items()} == {
        good["reference"]: True,
        inside["reference"]: False,
        cancelled["reference"]: False,
    }
    assert entries[good["reference"]]["seats"] == [seat["seatId"] for seat in good["seats"]]
    assert entries[good["reference"]]["labels"] == [seat["label"] for seat in good["seats"]]
    _, later = await sold_for(booking, show)

    gate = Gate(verified(document, KEYS), KEYS, "gate-2")
    now = datetime.now(UTC)
    offline = [
        gate.scan(text, now).outcome
        for text in (
            good["qrCode"],
            good["reference"],
            inside["qrCode"],
            cancelled["qrCode"],
            later["qrCode"],
            "MQ2.nonsense",
        )
    ]
    (upload,) = gate.uploads()
    status, answer = await post(booking, upload, "/batch")
    assert status == 200
    assert [result["outcome"] for result in answer["results"]] == offline
    assert offline == ["checked_in", *["already_checked_in"] * 2, "not_admitted", "checked_in", "invalid_ticket"]


async def test_a_manifest_that_was_changed_or_signed_with_another_key_is_refused(booking: Running) -> None:
    show = await a_show(booking)
    await sold_for(booking, show)
    _, document = await manifest_of(booking, show)
    tampered = {**document, "tickets": []}
    with pytest.raises(InvalidManifest) as changed:
        verified(tampered, KEYS)
    with pytest.raises(InvalidManifest) as unknown:
        verified(document, [TicketKey(TicketSigner(bytes(32)).key.public_key)])
    assert (changed.value.reason, unknown.value.reason) == ("bad_signature", "unknown_key")
