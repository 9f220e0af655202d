"""Thousands who join a waiting room within a second: how soon each is answered, how many are admitted a second, and
whether anybody is overtaken."""

import asyncio
import os
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from statistics import quantiles

import aiohttp
from redis.asyncio import Redis

from bench.report import Row
from stack.buyer import StackClient, build, schedule

PEOPLE = int(os.environ.get("PEOPLE", "5000"))
PER_MINUTE, JOIN_SECONDS, REGISTRATIONS = 12_000, 1.0, 32
_LOOK_SECONDS = 0.05


@dataclass(slots=True)
class Person:
    """Somebody in line: when their join was sent and answered, and when they saw that they are admitted (seconds of one
    clock); their turn, and until when their pass counts (Unix time)."""

    user_id: str
    token: str
    sent_at: float = 0.0
    answered_at: float = 0.0
    admitted_at: float = 0.0
    failures: int = 0
    turn: float = 0.0
    pass_until: int = 0


async def queue(client: StackClient) -> list[Row]:
    """A room that opens at once, and the people."""
    stage = await build(client, rows=4, cols=4)
    showtime_id = await schedule(client, stage)
    people = await _people(client)
    body = {"showtimeId": showtime_id, "ratePerMinute": PER_MINUTE}
    opened = await client.call("POST", "/api/admin/queues", body, token=await client.admin())
    if opened.status != 201:
        raise RuntimeError(f"the room does not open: {opened}")
    url = f"{client.stack_info['gateway']}/api/queue/{showtime_id}"
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        began = time.perf_counter()
        await asyncio.gather(
            *(_wait(http, url, person, began + JOIN_SECONDS * place / PEOPLE) for place, person in enumerate(people))
        )
    redis: Redis = Redis.from_url(client.stack_info["servers"]["redis"]["url"])
    turns = await redis.hgetall(f"queue:{{{showtime_id}}}:late")
    await redis.aclose()
    for person in people:
        person.turn = float(turns[person.user_id.encode()])
    return _rows(people)


async def _people(client: StackClient) -> list[Person]:
    limit = asyncio.Semaphore(REGISTRATIONS)

    async def person() -> Person:
        async with limit:
            made = (await client.with_retries("POST", "/api/auth/guest", {})).body
            return Person(made["user"]["id"], made["accessToken"])

    return list(await asyncio.gather(*(person() for _ in range(PEOPLE))))


async def _wait(http: aiohttp.ClientSession, url: str, person: Person, at: float) -> None:
    """Join, then look again whenever the turn should have come."""
    await asyncio.sleep(at - time.perf_counter())
    headers = {"Authorization": f"Bearer {person.token}"}
    person.sent_at = time.perf_counter()
    method, target = "POST", f"{url}/join"
    while True:
        async with http.request(method, target, headers=headers) as answer:
            place = await answer.json(content_type=None)
            person.failures += answer.status != 200
        now = time.perf_counter()
        if not person.answered_at:
            person.answered_at = now
        if place.get("state") == "admitted":
            person.admitted_at = now
            person.pass_until = int(datetime.fromisoformat(place["expiresAt"]).timestamp())
            return
        method, target = "GET", url
        ahead = place.get("ahead", 0)
        await asyncio.sleep(max(_LOOK_SECONDS, ahead * 60 / PER_MINUTE))


def _rows(people: list[Person]) -> list[Row]:
    answers = [person.answered_at - person.sent_at for person in people]
    admitted = sorted(person.admitted_at for person in people)
    first, last = len(admitted) // 10, len(admitted) * 9 // 10
    rate = (last - first) / (admitted[last] - admitted[first]) * 60
    return [
        ("joins within a second", f"{len(people):,}", ""),
        (
            "answers to a join: p50, p99, the last",
            " / ".join(f"{seconds:.2f} s" for seconds in _spread(answers)),
            "3 s",
        ),
        ("refused or failed", str(sum(person.failures for person in people)), "0"),
        ("admitted a minute, set", f"{PER_MINUTE:,}", ""),
        ("… by the turns that the passes count from", _against(_by_passes(people)), "within 5 %"),
        ("… as the people saw it, who look when the machine lets them", _against(rate), ""),
        ("overtaken by one who joined after their answer", str(_overtaken(people)), "0"),
    ]


def _by_passes(people: list[Person]) -> float:
    """How many turns came a minute: a pass lives as long for everybody. Of the first and last second only a part
    counts."""
    turns = sorted(Counter(person.pass_until for person in people).items())[1:-1]
    return sum(count for _, count in turns) / len(turns) * 60


def _against(rate: float) -> str:
    return f"{rate:,.0f} ({rate / PER_MINUTE - 1:+.1%})"


def _spread(seconds: list[float]) -> tuple[float, float, float]:
    hundredths = quantiles(seconds, n=100)
    return hundredths[49], hundredths[98], max(seconds)


def _overtaken(people: list[Person]) -> int:
    """How many have an earlier turn than somebody whose join was answered before theirs was sent."""
    by_answer = sorted(people, key=lambda person: person.answered_at)
    overtakers, last_turn, answered = 0, -1.0, 0
    for person in sorted(people, key=lambda person: person.sent_at):
        while by_answer[answered].answered_at < person.sent_at:
            last_turn = max(last_turn, by_answer[answered].turn)
            answered += 1
        overtakers += person.turn < last_turn
    return overtakers
