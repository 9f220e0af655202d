"""A process of ours: it sleeps until it is called or told to end, and ends by its lifespan."""

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process

import pytest

from stack.calls import answers
from stack.waiting import until

SERVICE = """
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from chassis.app import Api, build
from chassis.server import serve
from chassis.settings import ProcessSettings

@asynccontextmanager
async def lifespan(app):
    print("up", flush=True)
    yield {"checks": {}}
    print("down", flush=True)

settings = ProcessSettings(port=int(sys.argv[1]), host="127.0.0.1")
serve(replace(build(Api("seating", []), settings, lifespan=lifespan), loop=sys.argv[2]), settings)
"""


async def a_process(port: int, loop: str = "uvloop") -> Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-c", SERVICE, str(port), loop, stdout=PIPE)


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
async def test_a_process_ends_by_its_lifespan_when_it_is_told(loop: str, ending: signal.Signals) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = int(unused.getsockname()[1])
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
