"""A process of ours: it sleeps until it is called or told to end, answers what it read, and ends by its lifespan."""

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process

import pytest

from chassis.drain import LEAVING
from stack.calls import answers
from stack.waiting import until

SERVICE = """
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from fastapi import APIRouter, Request
from fastapi.responses import Response
from chassis.context import read_body
from chassis.app import Api, build
from chassis.server import serve
from chassis.settings import ProcessSettings

@asynccontextmanager
async def lifespan(app):
    print("up", flush=True)
    yield {"checks": {}}
    print("down", flush=True)

router = APIRouter()

@router.post("/whole")
async def whole(request: Request) -> int:
    return len(await request.body())

class Parts(Response):
    async def __call__(self, scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": await read_body(receive)})

@router.post("/parts")
async def parts() -> Response:
    return Parts()

settings = ProcessSettings(port=int(sys.argv[1]), host="127.0.0.1", drain_seconds=float(sys.argv[3]))
serve(replace(build(Api("seating", [router]), settings, lifespan=lifespan), loop=sys.argv[2]), settings)
"""


async def a_process(port: int, loop: str = "uvloop", drain_seconds: float = 0) -> Process:
    arguments = (str(port), loop, str(drain_seconds))
    return await asyncio.create_subprocess_exec(sys.executable, "-c", SERVICE, *arguments, stdout=PIPE)


@pytest.fixture
def port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
async def test_a_process_ends_by_its_lifespan_when_it_is_told(port: int, loop: str, ending: signal.Signals) -> None:
    process = await a_process(port, loop)
    await until(lambda: answers(f"http://127.0.0.1:{port}/healthz"))
    process.send_signal(ending)
    async with asyncio.timeout(60):
        said, _ = await process.communicate()
    assert [line for line in said.split() if line in {b"up", b"down"}] == [b"up", b"down"]


async def test_a_process_that_cannot_have_its_port_ends_with_an_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = await a_process(int(taken.getsockname()[1]))
        async with asyncio.timeout(60):
            await process.communicate()
    assert process.returncode not in {0, None}


class Caller:
    """A connection to the process, and what came over it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def begin(self, path: str) -> None:
        """A call whose body lacks its last letter."""
        self._writer.write(b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na" % path.encode())
        await self._writer.drain()

    def finish(self, more: bytes = b"") -> None:
        """The letter, and with it what is asked next."""
        self._writer.write(b"b" + more)

    async def whole_call(self) -> bytes:
        """A call that is answered; its head."""
        await self.begin("/whole")
        self.finish()
        head = await self.head()
        assert await self._reader.readexactly(1) == b"2"
        return head

    async def head(self) -> bytes:
        return await self._reader.readuntil(b"\r\n\r\n")

    async def rest(self) -> bytes:
        got = await self._reader.read()
        self._writer.close()
        return got


async def a_caller(port: int) -> Caller:
    return Caller(*await asyncio.open_connection("127.0.0.1", port))


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
async def test_at_the_end_of_a_process_every_caller_learns_whether_its_call_was_read(port: int, loop: str) -> None:
    process = await a_process(port, loop)
    await until(lambda: answers(f"http://127.0.0.1:{port}/healthz"))
    idle, waiting, reading = [await a_caller(port) for _ in range(3)]
    assert b"connection: close" not in await idle.whole_call()
    await waiting.begin("/whole")
    await reading.begin("/parts")
    assert b"connection: close" not in await reading.head()
    process.send_signal(signal.SIGTERM)
    assert await idle.rest() == LEAVING
    waiting.finish()
    assert b"200 OK" in (head := await waiting.head())
    assert b"connection: close" in head
    assert await waiting.rest() == b"2"
    reading.finish()
    assert (await reading.rest()).endswith(b"ab\r\n0\r\n\r\n" + LEAVING)  # its head could not say that it was the last
    said, _ = await process.communicate()
    assert b"down" in said.split()


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
async def test_what_is_asked_behind_a_call_is_answered_before_the_connection_ends(port: int, loop: str) -> None:
    process = await a_process(port, loop)
    await until(lambda: answers(f"http://127.0.0.1:{port}/healthz"))
    caller, idle = await a_caller(port), await a_caller(port)
    await caller.begin("/parts")
    await caller.head()
    process.send_signal(signal.SIGTERM)
    assert await idle.rest() == LEAVING
    caller.finish(b"POST /whole HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab")
    rest = await caller.rest()
    assert rest.endswith(b"\r\n\r\n2"), rest
    await process.communicate()


async def test_while_a_process_drains_it_is_not_ready_and_answers_what_comes(port: int) -> None:
    process = await a_process(port, drain_seconds=60)
    try:
        await until(lambda: answers(f"http://127.0.0.1:{port}/readyz"))
        idle = await a_caller(port)
        process.send_signal(signal.SIGTERM)
        assert await idle.rest() == LEAVING
        assert not answers(f"http://127.0.0.1:{port}/readyz")
        late = await a_caller(port)
        assert b"connection: close" in await late.whole_call()
        assert await late.rest() == b""
    finally:
        process.kill()
        await process.communicate()
