"""The server of a process: uvicorn, which sleeps until it is to end, and how it ends (ADR 61)."""

import asyncio
import gc
import socket
from contextlib import suppress
from types import FrameType

import uvicorn

from chassis import connection
from chassis.app import Application
from chassis.drain import Drain
from chassis.settings import ProcessSettings

BACKLOG = 65_535
"""How many connections may wait to be accepted, as far as the system lets. Beyond it the systems of a burst's clients
try again a second later, then two, then four."""


NOTICE_SECONDS = 0.1
"""So long callers may still connect after they were told that the process ends: a connection that waits to be accepted
when the listening socket closes is reset."""
ANSWER_SECONDS = 20  # for the requests under way


class Server(uvicorn.Server):
    """uvicorn's own looks ten times a second whether it should end; this one sleeps until a signal says so. For
    `drain_seconds` after that it goes on accepting, so that balancers which ask `/readyz` send no more."""

    def __init__(self, config: uvicorn.Config, drain: Drain, drain_seconds: float) -> None:
        super().__init__(config)
        self._drain, self._drain_seconds = drain, drain_seconds

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        await super().serve(sockets)

    async def main_loop(self) -> None:
        await self._ending.wait()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._loop.call_soon_threadsafe(self._ending.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._drain.begin()
        for each in list(self.server_state.connections):
            if isinstance(each, connection.Connection):
                each.shutdown()
        await asyncio.sleep(max(NOTICE_SECONDS, self._drain_seconds))
        await super().shutdown(sockets)


def serve(application: Application, settings: ProcessSettings) -> None:
    """Serve until SIGTERM: tell callers, stop accepting, finish the requests under way, then end the lifespan.

    What a caller says of itself in X-Forwarded-* is not believed. Exits with status 3 if the app could not start.
    """
    gc.freeze()  # what imports made stays: the collector need not walk it again and again
    gc.set_threshold(10_000, 20, 20)  # a request makes hundreds of objects that die by themselves
    gc.enable()
    config = uvicorn.Config(
        application.app,
        host=settings.host,
        port=settings.port,
        loop=application.loop,
        http=application.http or connection.protocol(application.drain),
        ws="none",
        log_config=None,
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=ANSWER_SECONDS,
        timeout_keep_alive=75,
        backlog=BACKLOG,
        server_header=False,
        date_header=False,
        proxy_headers=False,
    )
    server = Server(config, application.drain, settings.drain_seconds)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        raise SystemExit(3)  # as uvicorn's own command ends when it could not start
