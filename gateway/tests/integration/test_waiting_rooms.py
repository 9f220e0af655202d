"""Waiting rooms over a real Redis: who is let in when, what a hold needs meanwhile, and who may open one."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from gateway.tests.conftest import Build, Harness, Reply, Request
from redis.asyncio import Redis

from chassis.idempotency_keys import InProgress, KeyClaim
from chassis.redis import connect
from contracts.ids import new_id
from gateway import idempotency
from gateway.idempotency import RedisIdempotencyStore
from stack.keys import Signer
from stack.waiting import until

SIGNER = Signer()
THEATER = new_id("thr")
HELD = (201, "held")


@dataclass
class OnSale:
    """A gateway before an identity with keys, a catalog with showtimes, and a seating that takes every hold."""

    harness: Harness
    redis: "Redis"
    starts_in: timedelta = timedelta(hours=5)
    showtimes: set[str] = field(default_factory=set)
    seating_seconds: float = 0.0
    catalog_goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.catalog_goes_on.set()
        for service in (self.harness.identity, self.harness.catalog, self.harness.seating):
            service.script = self._answer

    def showtime(self) -> str:
        showtime_id = new_id("sho")
        self.showtimes.add(showtime_id)
        return showtime_id

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        path = request.line.split(" ")[1]
        if "jwks" in path:
            answer: tuple[int, Any] = 200, await SIGNER.jwks()
        elif "revocations" in path:
            answer = 200, {"sessions": [], "versions": {}}
        elif path.startswith("/api/showtimes/"):
            await self.catalog_goes_on.wait()
            answer = self._page(path.rpartition("/")[2])
        else:
            await asyncio.sleep(self.seating_seconds)
            answer = 201, {"code": "held"}
        body = orjson.dumps(answer[1])
        writer.write(b"HTTP/1.1 %d OK\r\nContent-Length: %d\r\n\r\n" % (answer[0], len(body)) + body)

    def _page(self, showtime_id: str) -> tuple[int, Any]:
        if showtime_id not in self.showtimes:
            return 404, {"code": "showtime_not_found"}
        starts_at = datetime.now(UTC) + self.starts_in
        ends_at = starts_at + timedelta(hours=2)
        times = {"startAt": starts_at.isoformat(), "endAt": ends_at.isoformat()}
        return 200, {"id": showtime_id, "theaterId": THEATER, "status": "scheduled", **times}

    async def call(self, call: str, token: str, body: object = None, **headers: str) -> Reply:
        method, _, target = call.partition(" ")
        sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.harness.client.ask(method, target, sent, None if body is None else orjson.dumps(body))

    async def open(self, showtime_id: str, **settings: Any) -> Reply:
        opened = await self.call("POST /api/admin/queues", MANAGER, {"showtimeId": showtime_id, **settings})
        assert opened.status == 201, opened
        return opened

    async def queue(self, body: dict[str, Any], key: str, token: str = "") -> Reply:
        """Open a room under an `Idempotency-Key`."""
        return await self.call("POST /api/admin/queues", token or MANAGER, body, Idempotency_Key=key)

    async def stuck(self, body: dict[str, Any], key: str) -> tuple[asyncio.Task[Reply], asyncio.Event]:
        """The same, stuck in the middle of its run until the event is set; later calls go on."""
        goes_on, before = asyncio.Event(), len(self.harness.catalog.requests)
        self.catalog_goes_on = goes_on
        running = asyncio.create_task(self.queue(body, key))
        await until(lambda: len(self.harness.catalog.requests) > before)
        self.catalog_goes_on = asyncio.Event()
        self.catalog_goes_on.set()
        return running, goes_on

    async def join(self, showtime_id: str, token: str) -> Any:
        joined = await self.call(f"POST /api/queue/{showtime_id}/join", token)
        assert joined.status == 200, joined
        return joined.json

    async def look(self, showtime_id: str, token: str) -> Any:
        looked = await self.call(f"GET /api/queue/{showtime_id}", token)
        assert looked.status == 200, looked
        return looked.json

    async def hold(self, showtime_id: str, token: str, pass_: str = "", call: str = "hold") -> tuple[int, str]:
        headers = {"X_Queue_Pass": pass_} if pass_ else {}
        held = await self.call(f"POST /api/seats/{call}", token, {"showtimeId": f" {showtime_id} "}, **headers)
        return held.status, held.json["code"]


MANAGER = SIGNER.token("usr_manager", grants={THEATER: ["manager"]})
STAFF = SIGNER.token("usr_staff", grants={THEATER: ["staff"]})
STRANGER = SIGNER.token("usr_stranger", grants={new_id("thr"): ["manager"]})
REQUIRED = (429, "queue_required")


def a_user() -> str:
    return SIGNER.token(new_id("usr"))


@pytest.fixture
async def sale(build: Build, redis_db_url: str) -> AsyncIterator[OnSale]:
    redis: Redis = Redis.from_url(redis_db_url)
    yield OnSale(await build(REDIS_URL=redis_db_url, QUEUE_LATENCY_SECONDS="0.01"), redis)
    await redis.aclose()


async def test_without_a_room_everything_is_open(sale: OnSale) -> None:
    showtime, user = sale.showtime(), a_user()
    assert await sale.look(showtime, user) == {"state": "open"}
    assert await sale.join(showtime, user) == {"state": "open"}
    assert await sale.hold(showtime, user) == HELD
    head = await sale.call(f"HEAD /api/queue/{showtime}/stream", user)
    assert (head.status, head.value("Content-Type").partition(";")[0]) == (200, "text/event-stream")
    stream = await sale.call(f"GET /api/queue/{showtime}/stream", user)
    assert stream.body == b'event: queue\ndata: {"state":"open"}\n\n'
    unknown = await sale.call(f"POST /api/queue/{new_id('sho')}/join", user)
    assert unknown.problem == (404, "showtime_not_found")
    for call in (f"GET /api/queue/{showtime}", f"POST /api/queue/{showtime}/join", f"GET /api/queue/{showtime}/stream"):
        assert (await sale.call(call, "no-token")).problem == (401, "not_authenticated")


async def test_who_is_admitted_holds_with_the_pass_and_nobody_else_does(sale: OnSale) -> None:
    showtime, other_show = sale.showtime(), sale.showtime()
    first, second, third = a_user(), a_user(), a_user()
    await sale.open(showtime, ratePerMinute=1)
    await sale.open(other_show, ratePerMinute=1)
    assert await sale.hold(showtime, first) == REQUIRED
    assert await sale.look(showtime, first) == {"state": "waiting", "joined": False}
    admitted = await sale.join(showtime, first)
    assert admitted["state"] == "admitted"
    assert await sale.join(showtime, first) == admitted == await sale.look(showtime, first)
    left = datetime.fromisoformat(admitted["expiresAt"]) - datetime.now(UTC)
    assert timedelta(seconds=590) < left <= timedelta(seconds=601)
    waits = await sale.join(showtime, second)
    assert (waits["state"], waits["position"], waits["ahead"]) == ("waiting", 1, 0)
    assert 50 <= waits["estimateSeconds"] <= 60
    assert (await sale.join(showtime, third))["position"] == 2
    good = admitted["pass"]
    assert await sale.hold(showtime, first, good) == await sale.hold(showtime, first, good, "best-available") == HELD
    assert await sale.hold(showtime, first, call="best-available") == REQUIRED
    for holder, its in ((second, good), (first, good[:-4] + "AAAA"), (first, "x.y.z"), (first, "")):
        assert await sale.hold(showtime, holder, its) == REQUIRED
    assert await sale.hold(other_show, first, good) == REQUIRED
    assert await sale.hold(sale.showtime(), second) == HELD
    for exempt in (STAFF, MANAGER, SIGNER.token("usr_admin", "admin")):
        assert await sale.hold(showtime, exempt) == HELD
    assert await sale.hold(showtime, STRANGER) == REQUIRED


async def test_early_comers_are_drawn_by_lot_and_admitted_before_all_others(sale: OnSale) -> None:
    showtime, early, late = sale.showtime(), [a_user() for _ in range(6)], a_user()
    opens_at = datetime.now(UTC) + timedelta(seconds=3)
    await sale.open(showtime, ratePerMinute=1, opensAt=opens_at.isoformat())
    for user in (*early, early[0]):
        drawn = await sale.join(showtime, user)
        assert (drawn["state"], drawn["joined"]) == ("drawing", True)
        assert datetime.fromisoformat(drawn["opensAt"]) == opens_at
    assert (await sale.look(showtime, late))["joined"] is False
    assert await sale.hold(showtime, early[0]) == REQUIRED

    async def is_open() -> bool:
        return bool((await sale.look(showtime, late))["state"] == "waiting")

    await until(is_open)
    assert (await sale.join(showtime, late))["position"] == 6
    places = [await sale.look(showtime, user) for user in early]
    assert sorted(place.get("position", 0) for place in places) == [0, 1, 2, 3, 4, 5]
    assert [place["state"] for place in places].count("admitted") == 1


async def test_linked_guests_are_one_person_and_their_passes_too(sale: OnSale) -> None:
    showtime, guest = sale.showtime(), new_id("usr")
    account = SIGNER.token(new_id("usr"), guests=[guest])
    await sale.open(showtime, ratePerMinute=1)
    its = (await sale.join(showtime, SIGNER.token(guest)))["pass"]
    assert (await sale.join(showtime, account))["state"] == "admitted"
    assert await sale.hold(showtime, account, its) == HELD
    assert (await sale.join(showtime, a_user()))["position"] == 1


async def test_a_pass_that_expired_gives_way_to_a_new_place(build: Build, redis_db_url: str) -> None:
    sale = OnSale(await build(REDIS_URL=redis_db_url, QUEUE_PASS_SECONDS="1"), Redis.from_url(redis_db_url))
    showtime, user = sale.showtime(), a_user()
    await sale.open(showtime, ratePerMinute=60_000)
    its = (await sale.join(showtime, user))["pass"]

    async def has_lapsed() -> bool:
        return bool(await sale.look(showtime, user) == {"state": "waiting", "joined": False})

    await until(has_lapsed)
    assert await sale.hold(showtime, user, its) == REQUIRED
    again = await sale.join(showtime, user)
    assert again["state"] in {"waiting", "admitted"}
    assert again.get("pass") != its
    await sale.redis.aclose()


async def test_an_admin_opens_changes_lists_and_ends_rooms(sale: OnSale) -> None:
    showtime = sale.showtime()
    opened = await sale.open(showtime)
    assert opened.json == {
        "showtimeId": showtime,
        "theaterId": THEATER,
        "state": "waiting",
        "opensAt": opened.json["opensAt"],
        "ratePerMinute": 600,
        "automatic": False,
        "waiting": 0,
    }
    etag = opened.value("ETag")
    assert (await sale.open(showtime)).value("ETag") == etag
    changed = await sale.call(
        "POST /api/admin/queues", MANAGER, {"showtimeId": showtime, "ratePerMinute": 60}, If_Match=etag
    )
    assert (changed.status, changed.json["ratePerMinute"]) == (201, 60)
    path = f"/api/admin/queues/{showtime}"
    shown = await sale.call(f"GET {path}", MANAGER)
    assert (shown.json, shown.value("ETag")) == (changed.json, changed.value("ETag"))
    listed = (await sale.call("GET /api/admin/queues", MANAGER)).json
    assert listed == {"items": [changed.json], "total": 1, "page": 1, "pageSize": 20}
    assert (await sale.call("GET /api/admin/queues", STRANGER)).json["items"] == []
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    too_late = await sale.call("POST /api/admin/queues", MANAGER, {"showtimeId": showtime, "opensAt": later})
    assert too_late.problem == (409, "queue_open")
    assert (await sale.call(f"DELETE {path}", MANAGER, If_Match=etag)).problem == (412, "stale_version")
    assert (await sale.call(f"DELETE {path}", MANAGER, If_Match=shown.value("ETag"))).status == 204
    assert await sale.hold(showtime, a_user()) == HELD
    assert await sale.look(showtime, a_user()) == {"state": "open"}
    assert (await sale.call(f"DELETE {path}", MANAGER)).problem == (404, "queue_not_found")
    assert (await sale.call(f"GET {path}", MANAGER)).problem == (404, "queue_not_found")
    records = [orjson.loads(stored) for stored in await sale.redis.lrange(f"queue:{{{showtime}}}:records", 0, -1)]
    said = [orjson.loads(record["data"]) for record in records]
    assert [record["action"] for record in said] == ["queues.opened", "queues.changed", "queues.ended"]
    assert (said[1]["before"], said[1]["after"]) == ({"ratePerMinute": 600}, {"ratePerMinute": 60})
    assert {(record["user_id"], record["theater_id"], record["subject_id"]) for record in said} == {
        ("usr_manager", THEATER, showtime)
    }


async def test_who_may_not_open_a_room_is_told_why(sale: OnSale) -> None:
    showtime, call = sale.showtime(), "POST /api/admin/queues"
    after_the_start = (datetime.now(UTC) + timedelta(hours=6)).isoformat()
    refusals: list[tuple[str, Any, tuple[int, str]]] = [
        (a_user(), {"showtimeId": showtime}, (403, "forbidden")),
        (STAFF, {"showtimeId": showtime}, (403, "forbidden")),
        (STRANGER, {"showtimeId": showtime}, (403, "forbidden")),
        (MANAGER, {"showtimeId": new_id("sho")}, (404, "showtime_not_found")),
        (MANAGER, {"showtimeId": showtime, "opensAt": after_the_start}, (422, "validation_error")),
        (MANAGER, {"showtimeId": showtime, "ratePerMinute": 0}, (422, "validation_error")),
        (MANAGER, {"showtimeId": showtime, "more": 1}, (422, "validation_error")),
        (MANAGER, {}, (422, "validation_error")),
    ]
    for token, body, expected in refusals:
        assert (await sale.call(call, token, body)).problem == expected, body
    assert (await sale.call(f"DELETE /api/admin/queues/{showtime}", STRANGER)).problem == (403, "forbidden")
    sale.starts_in = timedelta(hours=-1)
    assert (await sale.call(call, MANAGER, {"showtimeId": showtime})).problem == (409, "showtime_closed")


async def test_an_automatic_room_opens_while_holds_are_slow_and_closes_afterwards(sale: OnSale) -> None:
    showtime = sale.showtime()
    opened = await sale.open(showtime, automatic=True)
    assert (opened.json["state"], "opensAt" in opened.json) == ("open", False)
    assert await sale.hold(showtime, a_user()) == HELD
    sale.seating_seconds = 0.05

    async def requires_a_pass() -> bool:
        return REQUIRED in await asyncio.gather(*(sale.hold(showtime, a_user()) for _ in range(25)))

    await until(requires_a_pass)
    user = a_user()
    assert (await sale.join(showtime, user))["state"] == "admitted"
    sale.seating_seconds = 0.0

    async def is_open() -> bool:
        await sale.redis.delete("queue:slow")
        return bool((await sale.look(showtime, user))["state"] == "open")

    await until(is_open)
    assert await sale.hold(showtime, a_user()) == HELD


async def test_while_redis_is_away_holds_go_on(build: Build) -> None:
    harness = await build(REDIS_URL="redis://127.0.0.1:1/0")
    held = await harness.client.ask("POST", "/api/seats/hold", {"Content-Type": "application/json"}, b"{}")
    assert held.status == 200


async def test_a_room_asked_for_twice_under_a_key_is_opened_once(sale: OnSale) -> None:
    showtime = sale.showtime()
    body = {"showtimeId": showtime, "ratePerMinute": 60}
    running, goes_on = await sale.stuck(body, "k")
    meanwhile = await sale.queue(body, "k")
    assert (meanwhile.problem, meanwhile.value("Retry-After")) == ((409, "idempotency_in_progress"), "1")
    goes_on.set()
    first = await running
    assert (first.status, first.header("Idempotency-Replayed")) == (201, None)
    assert (await sale.call(f"DELETE /api/admin/queues/{showtime}", MANAGER)).status == 204
    again = await sale.queue(body, "k")
    assert (again.status, again.value("Idempotency-Replayed"), again.body) == (201, "true", first.body)
    assert [again.value(name) for name in ("ETag", "Location")] == [first.value(name) for name in ("ETag", "Location")]
    assert (await sale.call(f"GET /api/admin/queues/{showtime}", MANAGER)).problem == (404, "queue_not_found")
    assert (await sale.queue({**body, "ratePerMinute": 61}, "k")).problem == (422, "idempotency_key_reused")
    colleague = SIGNER.token("usr_colleague", grants={THEATER: ["manager"]})
    theirs = await sale.queue(body, "k", colleague)
    assert (theirs.status, theirs.header("Idempotency-Replayed")) == (201, None)
    stored = [await sale.redis.pttl(key) async for key in sale.redis.scan_iter("idempotency:*")]
    assert [86_340_000 < left <= 86_400_000 for left in stored] == [True, True]


async def test_a_refused_call_leaves_its_key_free(sale: OnSale) -> None:
    showtime = sale.showtime()
    assert (await sale.queue({"showtimeId": new_id("sho")}, "k")).problem == (404, "showtime_not_found")
    await sale.harness.catalog.stop()
    assert (await sale.queue({"showtimeId": showtime}, "k")).problem == (503, "service_unavailable")
    await sale.harness.catalog.start()
    opened = await sale.queue({"showtimeId": showtime}, "k")
    assert (opened.status, opened.header("Idempotency-Replayed")) == (201, None)


async def test_a_key_whose_first_run_died_is_free_after_a_minute(sale: OnSale) -> None:
    first, second = sale.showtime(), sale.showtime()
    running, goes_on = await sale.stuck({"showtimeId": first}, "k")
    (key,) = [key async for key in sale.redis.scan_iter("idempotency:*")]
    assert 50_000 < await sale.redis.pttl(key) <= 60_000
    assert (await sale.queue({"showtimeId": second}, "k")).problem == (422, "idempotency_key_reused")
    await sale.redis.pexpire(key, 1)
    await until(lambda: _is_gone(sale.redis, key))
    taking_over, ends = await sale.stuck({"showtimeId": second}, "k")
    goes_on.set()
    assert (await running).status == 201
    assert (await sale.queue({"showtimeId": second}, "k")).problem == (409, "idempotency_in_progress")
    ends.set()
    opened = await taking_over
    assert (opened.status, opened.header("Idempotency-Replayed")) == (201, None)
    again = await sale.queue({"showtimeId": second}, "k")
    assert (again.value("Idempotency-Replayed"), again.body) == ("true", opened.body)


async def test_a_claim_that_is_sent_once_more_is_the_same_claim(
    redis_db_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connect(redis_db_url) as redis:
        store = RedisIdempotencyStore(redis)
        with monkeypatch.context() as repeated:
            repeated.setattr(idempotency, "new_suffix", lambda: "seed")
            assert await store.claim("k", "f") == await store.claim("k", "f") == KeyClaim("seed")
        with pytest.raises(InProgress):
            await store.claim("k", "f")


async def _is_gone(redis: "Redis", key: bytes) -> bool:
    return not await redis.exists(key)


async def test_only_the_gateways_own_call_that_creates_reads_a_key(sale: OnSale) -> None:
    showtime, user = sale.showtime(), a_user()
    for key in ("a b", "x" * 256):
        assert (await sale.queue({"showtimeId": showtime}, key)).problem == (422, "validation_error")
        for call in (f"POST /api/queue/{showtime}/join", "POST /api/seats/hold"):
            assert (await sale.call(call, user, {}, Idempotency_Key=key)).status in {200, 201}
    assert [key async for key in sale.redis.scan_iter("idempotency:*")] == []
