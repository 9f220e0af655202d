"""Services that are slow, dead or break off, and clients that leave."""

import asyncio

import pytest
from gateway.tests.conftest import Build, Harness, Request, Saying, within_seconds

from stack.waiting import until


async def hang(request: Request, _writer: asyncio.StreamWriter) -> None:
    await request.until_gone()


async def cut(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    raise ConnectionResetError


async def test_past_the_deadline_the_outcome_is_unknown(hasty_harness: Harness) -> None:
    hasty_harness.seating.script = hang
    reply = await hasty_harness.client.ask("POST", "/api/seats/hold", body=b"{}")
    assert reply.problem == (504, "deadline_exceeded")


async def test_an_answer_that_stops_in_the_middle_is_cut_not_completed(
    patient_harness: Harness, saying: Saying
) -> None:
    patient_harness.catalog.script = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    reader, writer = await asyncio.open_connection("127.0.0.1", patient_harness.client.port)
    writer.write(b"GET /api/movies HTTP/1.1\r\nHost: x\r\n\r\n")
    head, body = (await reader.read()).split(b"\r\n\r\n")
    assert b"content-length: 10" in head.lower()
    assert body == b"abc"
    writer.close()


async def test_a_dead_service_is_503_until_it_is_back(harness: Harness) -> None:
    assert (await harness.client.ask("GET", "/api/movies")).status == 200
    await harness.catalog.stop()
    for method, body in (("GET", None), ("POST", b"{}")):
        reply = await harness.client.ask(method, "/api/movies", body=body)
        assert (*reply.problem, reply.header("retry-after")) == (503, "service_unavailable", "1")
    await harness.catalog.start()
    assert (await harness.client.ask("POST", "/api/movies", body=b"{}")).status == 200
    assert (await harness.client.ask("GET", "/api/showtimes")).status == 200


async def test_replicas_answer_in_turn_and_a_dead_one_is_passed_over(build: Build) -> None:
    harness = await build(replicas=3)
    for _ in range(6):
        assert (await harness.client.ask("POST", "/api/seats/hold", body=b"{}")).status == 200
    assert [len(replica.requests) for replica in harness.services["seating"]] == [2, 2, 2]
    await harness.services["seating"][1].stop()
    statuses = [(await harness.client.ask("POST", "/api/seats/hold", body=b"{}")).status for _ in range(6)]
    assert statuses == [200] * 6
    assert sum(len(replica.requests) for replica in harness.services["seating"]) == 12


async def test_a_replica_that_hangs_gets_one_call_and_the_others_get_the_rest(build: Build) -> None:
    harness = await build(replicas=3, find=within_seconds(3))
    harness.services["seating"][1].script = hang
    calls = [asyncio.create_task(harness.client.ask("POST", "/api/seats/hold", body=b"{}")) for _ in range(3)]
    await until(lambda: sum(call.done() for call in calls) >= 2)
    statuses = [(await harness.client.ask("POST", "/api/seats/hold", body=b"{}")).status for _ in range(6)]
    assert statuses == [200] * 6
    assert len(harness.services["seating"][1].requests) == 1
    assert sorted([(await call).status for call in calls]) == [200, 200, 504]
    statuses = [(await harness.client.ask("POST", "/api/seats/hold", body=b"{}")).status for _ in range(6)]
    assert statuses == [200] * 6
    assert len(harness.services["seating"][1].requests) == 1


async def test_a_read_whose_connection_breaks_is_tried_once_more_and_on_another_replica(build: Build) -> None:
    harness = await build(replicas=2)
    harness.services["catalog"][0].script = cut
    statuses = [(await harness.client.ask("GET", "/api/movies")).status for _ in range(4)]
    assert statuses == [200] * 4


async def test_a_write_whose_connection_breaks_after_it_was_sent_is_never_sent_twice(build: Build) -> None:
    harness = await build(replicas=2)
    for replica in harness.services["seating"]:
        replica.script = cut
    reply = await harness.client.ask("POST", "/api/seats/hold", body=b"{}")
    assert reply.problem == (504, "deadline_exceeded")
    assert sum(len(replica.requests) for replica in harness.services["seating"]) == 1


async def test_a_read_that_always_breaks_is_503(harness: Harness) -> None:
    harness.catalog.script = cut
    assert (await harness.client.ask("GET", "/api/movies")).problem == (503, "service_unavailable")


@pytest.mark.parametrize("rubbish", [b"no http at all\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"])
async def test_rubbish_from_a_service_is_a_problem(harness: Harness, saying: Saying, rubbish: bytes) -> None:
    harness.catalog.script = saying(rubbish)
    assert (await harness.client.ask("GET", "/api/movies")).problem == (503, "service_unavailable")


async def test_when_the_client_hangs_up_the_service_is_let_go(patient_harness: Harness) -> None:
    patient_harness.seating.script = hang
    _, writer = await asyncio.open_connection("127.0.0.1", patient_harness.client.port)
    writer.write(b"POST /api/seats/hold HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
    await until(lambda: patient_harness.seating.requests)
    writer.transport.abort()
    await until(lambda: not patient_harness.seating.writers)


async def test_one_slow_service_does_not_hold_up_another(patient_harness: Harness) -> None:
    harness = patient_harness
    harness.seating.script = hang
    slow = [asyncio.create_task(harness.client.ask("POST", "/api/seats/hold", body=b"{}")) for _ in range(150)]
    await until(lambda: len(harness.seating.requests) >= 100)
    assert (await harness.client.ask("GET", "/api/movies")).status == 200
    await harness.seating.stop()
    assert {reply.status for reply in await asyncio.gather(*slow)} <= {503, 504}
