"""The raw rate of the script behind a hold: the call one real hold makes, repeated by redis-benchmark.

MONITOR shows the call; it is aimed at a map of a million free seats beside the real ones, with hold, user and seat
drawn at random, so that nearly every run gives a seat as a real hold does.
"""

import asyncio
import re
import subprocess
from urllib.parse import urlsplit

from redis.asyncio import Redis

from bench.visitors import House, build, schedule

SEATS = 1_000_000
CALLS = 60_000
ANY = "__rand_int__"  # redis-benchmark puts twelve random digits here


async def script_rate(house: House) -> float:
    """Calls a second with 32 clients."""
    url = house.facts["servers"]["redis"]["url"]
    async with Redis.from_url(url) as redis:
        call, showtime = await _seen(house, redis)
        aside = f"{showtime}bench"
        for key in [word for word in call if showtime in word and word.endswith((":meta", ":map"))]:
            await redis.copy(key, key.replace(showtime, aside), replace=True)
            if key.endswith(":map"):
                await redis.set(key.replace(showtime, aside), b"a" * SEATS)
    return await asyncio.to_thread(_benchmark, url, [_varied(word.replace(showtime, aside)) for word in call])


async def _seen(house: House, redis: "Redis") -> tuple[list[str], str]:
    """The words of the script call that one hold makes."""
    showtime = await schedule(house, await build(house, rows=2, cols=10))
    visitor = await house.visitor()
    await house.call("GET", f"/api/seats/state?showtimeId={showtime}")
    async with redis.monitor() as monitor:
        holding = asyncio.create_task(visitor.hold(showtime, ["A1"]))
        async for line in monitor.listen():
            words = line["command"].split(" ")
            if words[0].upper() == "EVALSHA" and f"{visitor.user['id']}" in line["command"]:
                break
        await holding
    return _words(line["command"]), showtime


def _words(command: str) -> list[str]:
    """The words of a call. Only the quote has spaces in it: a word of its size stands in."""
    quote = re.search(r"""\{\\?"lines.*\}(?= )""", command)
    plain = command.replace(quote[0], "q" * len(quote[0])) if quote else command
    return plain.split(" ")


def _varied(word: str) -> str:
    if word.startswith("hld_"):
        return f"hld_{ANY}"
    if word.startswith("usr_"):
        return f"usr_{ANY}"
    return f"A1:{ANY}" if re.fullmatch(r"A1:\d+", word) else word


def _benchmark(url: str, call: list[str]) -> float:
    parts = urlsplit(url)
    command = ["redis-benchmark", "-h", str(parts.hostname), "-p", str(parts.port), "-c", "32", "-n", str(CALLS),
               "-r", str(SEATS), "--csv", *call]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  a program of the Redis package
    return float(done.stdout.strip().splitlines()[-1].split('","')[1].strip('"'))
