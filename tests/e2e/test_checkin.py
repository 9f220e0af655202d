"""An evening at the gates of a theater through the whole house: one with a network, one in a cellar without."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.conftest import Stack

from checkin.gate import Gate
from checkin.manifest import verified
from stack.buyer import Buyer, StackClient, build, schedule
from tickets.keys import TicketKey

PATH = "/api/admin/checkin"


async def tickets_for(guest: Buyer, showtime: str, seats: list[str]) -> list[dict[str, Any]]:
    """A booking for each seat."""
    return [await guest.shown((await guest.buy(showtime, [seat]))["id"]) for seat in seats]


async def test_guests_come_in_once_by_either_gate_and_who_is_inside_cannot_cancel(
    stack: Stack, client: StackClient
) -> None:
    stage, guest = await build(client, rows=2, cols=12), await client.buyer()
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    showtime = await schedule(client, stage, start_at=start)
    staff, manager = [await client.worker(role, stage.theater_id) for role in ("staff", "manager")]
    first, second, third, cancelled = await tickets_for(guest, showtime, ["A1", "A4", "A7", "A10"])
    await guest.call("POST", f"/api/bookings/{cancelled['id']}/cancel", {})

    pinned = [
        TicketKey.of_jwk(jwk)
        for jwk in (await client.call("GET", f"{client.stack_info['gateway']}/api/bookings/ticket-key")).body["keys"]
    ]
    fetched = await staff.call("GET", f"{PATH}/manifest?showtimeId={showtime}")
    assert fetched.status == 200, fetched
    cellar = Gate(verified(fetched.body, pinned), pinned, "cellar")
    (later,) = await tickets_for(guest, showtime, ["B1"])

    at_once = [{"qrCode": first["qrCode"], "deviceId": gate, "showtimeId": showtime} for gate in ("left", "right")]
    answers = await asyncio.gather(*(staff.call("POST", PATH, body) for body in at_once))
    assert sorted(answer.status for answer in answers) == [200, 409]
    (refused,) = [answer for answer in answers if answer.status == 409]
    assert (refused.code, refused.body["first"]["deviceId"]) in {
        ("already_checked_in", gate) for gate in ("left", "right")
    }

    now = datetime.now(UTC)
    texts = [first["qrCode"], second["qrCode"], second["reference"], cancelled["qrCode"], later["qrCode"]]
    offline = [cellar.scan(text, now).outcome for text in texts]
    assert offline == ["checked_in", "checked_in", "already_checked_in", "not_admitted", "checked_in"]
    (upload,) = cellar.uploads()
    uploaded = await staff.call("POST", f"{PATH}/batch", upload)
    outcomes = [result["outcome"] for result in uploaded.body["results"]]
    assert outcomes == ["already_checked_in", *offline[1:]]  # the other gate was first, and had a network
    assert (await staff.call("POST", f"{PATH}/batch", upload)).body == uploaded.body

    for booking, code in ((first, "not_cancellable"), (second, "not_cancellable"), (third, None)):
        assert (await guest.call("POST", f"/api/bookings/{booking['id']}/cancel", {})).code == code
    body = {"reason": "the projector broke", "refund": "full"}
    ended = await manager.call("POST", f"/api/admin/bookings/{second['id']}/cancel", body)
    assert (ended.body["status"], ended.body["reason"]) == ("cancelled", "by_theater")
    again = await staff.call("POST", PATH, {"reference": second["reference"]})
    assert (again.code, again.body["reason"]) == ("not_admitted", "cancelled")
    assert (await guest.call("POST", PATH, {"reference": first["reference"]})).code == "forbidden"
    stack.audit()
