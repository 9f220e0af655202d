"""The raw rate of the script behind a hold: the call one real hold makes, repeated by redis-benchmark.

MONITOR shows the call; it is aimed at a hundred thousand copies of the showtime, drawn at random like hold and user,
so that nine runs of ten give a seat as a real hold does.
"""

import asyncio
import re
import subprocess
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import Redis

from stack.buyer import StackClient, build, schedule

SHOWTIMES = 100_000
CALLS = 20_000
ANY = "__rand_int__"  # redis-benchmark puts twelve random digits here


async def script_rate(client: StackClient) -> float:
    """Calls a second with 32 clients."""
    url = client.stack_info["servers"]["redis"]["url"]
    async with Redis.from_url(url) as redis:
        call, showtime = await _seen(client, redis)
        await _copy(redis, [word for word in call if word.endswith((":meta", ":map"))], showtime)
    return await asyncio.to_thread(_benchmark, url, [_varied(word, showtime) for word in call])


async def _copy(redis: "Redis", keys: list[str], showtime: str) -> None:
    """The showtime's version and map, as they were before the hold, under a hundred thousand other names."""
    meta, seats = sorted(keys, key=len, reverse=True)
    fields: Any = await redis.hgetall(meta)
    held: Any = await redis.get(seats)
    for start in range(0, SHOWTIMES, 1000):
        async with redis.pipeline(transaction=False) as pipeline:
            for number in range(start, start + 1000):
                pipeline.hset(meta.replace(showtime, f"{number:012d}"), mapping=fields)
                pipeline.set(seats.replace(showtime, f"{number:012d}"), held.replace(b"h", b"a"))
            await pipeline.execute()


async def _seen(client: StackClient, redis: "Redis") -> tuple[list[str], str]:
    """The words of the script call that one hold makes."""
    showtime = await schedule(client, await build(client, rows=2, cols=10))
    buyer = await client.buyer()
    await client.call("GET", f"/api/seats/state?showtimeId={showtime}")
    async with redis.monitor() as monitor:
        holding = asyncio.create_task(buyer.hold(showtime, ["A1"]))
        async for line in monitor.listen():
            words = line["command"].split(" ")
            if words[0].upper() == "EVALSHA" and f"{buyer.user['id']}" in line["command"]:
                break
        await holding
    return _words(line["command"]), showtime


def _words(command: str) -> list[str]:
    """The words of a call. Only the quote has spaces in it: a word of its size stands in."""
    quote = re.search(r"""\{\\?"lines.*\}(?= )""", command)
    plain = command.replace(quote[0], "q" * len(quote[0])) if quote else command
    return plain.split(" ")


def _varied(word: str, showtime: str) -> str:
    if word.startswith("hld_"):
        return f"hld_{ANY}"
    return f"usr_{ANY}" if word.startswith("usr_") else word.replace(showtime, ANY)


def _benchmark(url: str, call: list[str]) -> float:
    parts = urlsplit(url)
    command = [
        "redis-benchmark",
        "-h",
        str(parts.hostname),
        "-p",
        str(parts.port),
        "-c",
        "32",
        "-n",
        str(CALLS),
        "-r",
        str(SHOWTIMES),
        "--csv",
        *call,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  a program of the Redis package
    return float(done.stdout.strip().splitlines()[-1].split('","')[1].strip('"'))
