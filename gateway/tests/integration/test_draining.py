"""The end of a service's replica, and of the gateway itself: no call is lost and none is made twice."""

import asyncio

import pytest
from gateway.tests.conftest import Build, Harness, Request, Script

from chassis.drain import LEAVING
from stack.waiting import until

LAST = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlast"


def saying_once(*answers: bytes, then: Script) -> Script:
    left = list(answers)

    async def script(request: Request, writer: asyncio.StreamWriter) -> None:
        if left:
            writer.write(left.pop(0))
        else:
            await then(request, writer)

    return script


@pytest.fixture
async def pair(build: Build) -> Harness:
    """Two replicas of each service."""
    return await build(replicas=2)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_call_that_a_replica_did_not_read_before_its_end_is_made_at_another(pair: Harness, method: str) -> None:
    async def leave(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(LEAVING)

    first, second = pair.services["catalog"]
    first.script = leave
    replies = [await pair.client.ask(method, "/api/movies", body=b"{}") for _ in range(4)]
    assert [(reply.status, reply.body) for reply in replies] == [(200, b"{}")] * 4
    assert len(first.requests) <= 1, "one that leaves is asked again"
    assert len(second.requests) == 4


async def test_a_replica_that_says_so_while_it_is_idle_is_asked_no_more(pair: Harness) -> None:
    first, second = pair.services["catalog"]
    while not (first.requests and second.requests):
        await pair.client.ask("GET", "/api/movies", body=b"{}")
    for writer in first.writers:
        writer.write(LEAVING)
    await until(lambda: not first.writers)
    asked = len(first.requests)
    for _ in range(4):
        assert (await pair.client.ask("POST", "/api/movies", body=b"{}")).status == 200
    assert len(first.requests) == asked


async def test_an_answer_that_is_the_last_of_its_replica_is_passed_on_and_the_next_call_goes_elsewhere(
    pair: Harness,
) -> None:
    first, _ = pair.services["catalog"]
    first.script = saying_once(LAST, then=first.script)
    replies = [await pair.client.ask("POST", "/api/movies", body=b"{}") for _ in range(6)]
    assert {reply.status for reply in replies} == {200}
    assert len(first.requests) == 1
    assert [reply.body for reply in replies].count(b"last") == 1


async def test_where_every_replica_leaves_the_client_is_told_that_nothing_was_done(harness: Harness) -> None:
    async def leave(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(LEAVING)

    harness.catalog.script = leave
    reply = await harness.client.ask("POST", "/api/movies", body=b"{}")
    assert reply.problem == (503, "service_unavailable")
