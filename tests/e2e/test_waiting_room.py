"""A waiting room from its opening to its end, on every copy of the gateway."""

from collections.abc import Iterator

import orjson
from tests.conftest import until

from stack.buyer import StackClient, build, schedule


async def first_event(client: StackClient, showtime: str, token: str) -> object:
    url = f"{client.stack_info['gateway']}/api/queue/{showtime}/stream"
    async with client.http.get(url, timeout=None, headers={"Authorization": f"Bearer {token}"}) as answer:
        assert (answer.status, answer.content_type) == (200, "text/event-stream")
        assert await answer.content.readline() == b"event: queue\n"
        return orjson.loads((await answer.content.readline()).removeprefix(b"data: "))


async def test_seats_are_held_in_the_order_of_the_waiting_room(client: StackClient, slots: Iterator[int]) -> None:
    stage = await build(client, rows=1, cols=6)
    showtime = await schedule(client, stage, slot=next(slots))
    manager = (await client.worker("manager", stage.theater_id)).token
    first, second = await client.buyer(), await client.buyer()
    gateways = [replica["url"] for replica in client.stack_info["services"]["gateway"]]
    opened = await client.call("POST", "/api/admin/queues", {"showtimeId": showtime, "ratePerMinute": 1}, token=manager)
    assert opened.status == 201, opened
    hold = {"showtimeId": showtime, "seatIds": ["A1"]}
    for gateway in gateways:
        refused = await first.call("POST", f"{gateway}/api/seats/hold", hold)
        assert (refused.status, refused.body["code"]) == (429, "queue_required")
    admitted = (await first.call("POST", f"/api/queue/{showtime}/join")).body
    waits = (await second.call("POST", f"/api/queue/{showtime}/join")).body
    assert (admitted["state"], waits["state"], waits["position"]) == ("admitted", "waiting", 1)
    assert await first_event(client, showtime, first.token) == admitted
    headers = {"X-Queue-Pass": admitted["pass"]}
    assert (await first.call("POST", "/api/seats/hold", hold, headers=headers)).status == 201
    stolen = await second.call("POST", "/api/seats/hold", {**hold, "seatIds": ["A3"]}, headers=headers)
    assert stolen.body["code"] == "queue_required"
    path = f"/api/admin/queues/{showtime}"
    assert (await client.call("DELETE", path, token=manager)).status == 204
    for gateway, seat in zip(gateways, ("A4", "A6"), strict=False):
        held = await second.call("POST", f"{gateway}/api/seats/hold", {**hold, "seatIds": [seat]})
        assert held.status == 201, held

    async def audited() -> bool:
        token = await client.admin()
        items = (await client.call("GET", f"/api/admin/audit?what={showtime}", token=token)).body["items"]
        return {"queues.ended", "queues.opened"} <= {item["action"] for item in items}

    await until(audited)
