"""Calls from service to service: any replica that answers will do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest

from chassis.calls import Peer, client
from chassis.replicas import Replicas
from chassis.unavailable import PeerTimeout, PeerUnavailable

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def good(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    body = b'{"fine":true}'
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


async def hung(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()  # till the caller gives up


async def broken(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Hang up in the middle."""


@asynccontextmanager
async def replica(script: Script, called: list[str]) -> AsyncIterator[str]:
    """A server of one script, which notes whom it was; its origin."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(asyncio.IncompleteReadError):  # the caller has closed its connection
                keeps = True
                while keeps:
                    await reader.readuntil(b"\r\n\r\n")
                    called.append(script.__name__)
                    await script(reader, writer)
                    await writer.drain()
                    keeps = script is good
        finally:
            writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        yield f"http://{host}:{port}"


@asynccontextmanager
async def a_peer(*scripts: Script, gone: int = 0) -> AsyncIterator[tuple[Peer, list[str]]]:
    """A peer of replicas of these scripts, after `gone` replicas that nobody listens for; and who was asked."""
    called: list[str] = []
    async with AsyncExitStack() as stack:
        origins = [await stack.enter_async_context(replica(script, called)) for script in scripts]
        for _ in range(gone):
            async with replica(good, called) as origin:
                origins.insert(0, origin)
        replicas = Replicas(",".join(origins), clock=lambda: 0.0)  # who rests does so to the end
        yield Peer(await stack.enter_async_context(client()), replicas), called


@pytest.mark.parametrize("other", [hung, broken])
async def test_what_one_replica_leaves_open_another_answers_and_the_first_rests(other: Script) -> None:
    async with a_peer(other, good) as (peer, called):
        answers = [await peer.call("POST", "/things", json={}, timeout_seconds=6) for _ in range(4)]
    assert [answer.body for answer in answers] == [{"fine": True}] * 4
    assert called == [other.__name__, *["good"] * 4]


async def test_copies_that_are_gone_are_passed_over() -> None:
    async with a_peer(good, gone=3) as (peer, _):
        assert (await peer.call("GET", "/things")).status == 200
    async with a_peer(gone=2) as (peer, _):
        with pytest.raises(PeerUnavailable):
            await peer.call("GET", "/things")


@pytest.mark.parametrize("max_replicas", [1, 2])
async def test_no_more_replicas_are_waited_for_than_was_said(max_replicas: int) -> None:
    async with a_peer(hung, hung, hung) as (peer, called):
        with pytest.raises(PeerTimeout):
            await peer.call("POST", "/things", json={}, timeout_seconds=4, max_replicas=max_replicas)
        assert len(called) == max_replicas
