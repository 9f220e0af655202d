"""One trace goes from the click through the broker to the mail; a stuck booking's way is printed by its reference."""

import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from tests.conftest import Stack, until
from tests.e2e.otlp import ReceivedSpan, Receiver, receiving

from stack.buyer import Buyer, StackClient, build, connected, schedule


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture(scope="module")
def exporting(receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of its own whose processes export their spans."""
    running = Stack(tmp_path_factory.mktemp("exporting"))
    running.environment |= {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    running.up()
    try:
        yield running
    finally:
        running.verb("down")


@pytest.fixture
async def exporting_client(exporting: Stack) -> AsyncIterator[StackClient]:
    async with connected(exporting.stack_info) as client:
        yield client


async def test_one_trace_goes_from_the_click_through_the_broker_to_the_mail(
    exporting_client: StackClient, receiver: Receiver
) -> None:
    """As the page sends it, and with a flag by which a caller would rather not be seen: that has no say. The browser is
    closed after the payment: what the webhook brings belongs to the sale's trace all the same."""
    trace, click = secrets.token_hex(16), secrets.token_hex(8)
    headers = {"traceparent": f"00-{trace}-{click}-00"}
    showtime = await schedule(exporting_client, await build(exporting_client, rows=2, cols=6))
    buyer = await exporting_client.buyer()
    wish = {"showtimeId": showtime, "seatIds": ["A1"]}
    held = await buyer.with_retries("POST", "/api/seats/hold", wish, headers=headers)
    order = await buyer.with_retries("POST", "/api/payments/create-order", {"holdId": held.body["id"]}, headers=headers)
    await exporting_client.pay(order.body["orderId"])
    mail = (await until(lambda: exporting_client.mails(buyer.user["email"])))[0]
    assert mail["subject"]

    def spans() -> dict[str, ReceivedSpan] | None:
        found = receiver.of_trace(trace)
        return found if any(way(found, span)[-1] == click for span in mails_in(found)) else None

    found = await until(spans)
    (sending, *_) = mails_in(found)
    services = [found[span_id].service for span_id in way(found, sending) if span_id in found]
    assert list(dict.fromkeys(services)) == ["notify", "booking", "seating", "payment", "gateway"]
    linked = {link for span in found.values() if span.name == "settle webhook" for link in span.links}
    assert trace not in linked

    def names_of_linked() -> set[str]:
        return {span.name for span in list(receiver.spans) if span.trace_id in linked}

    await until(lambda: "POST /api/payments/webhook" in names_of_linked())


def mails_in(spans: dict[str, ReceivedSpan]) -> list[ReceivedSpan]:
    """The spans of the ticket's way to the mail server."""
    return [span for span in spans.values() if span.service == "notify" and span.name.startswith("mail ")]


def way(spans: dict[str, ReceivedSpan], span: ReceivedSpan) -> list[str]:
    """The ids of a span and its parents, up to the first that is none of ours."""
    ids = [span.span_id]
    while ids[-1] in spans:
        ids.append(spans[ids[-1]].parent_id)
    return ids


async def bought(client: StackClient, slots: Iterator[int]) -> tuple[Buyer, dict[str, Any]]:
    showtime = await schedule(client, await build(client, rows=2, cols=6), slot=next(slots))
    buyer = await client.buyer()
    booking = await buyer.buy(showtime, ["A1"])
    await until(lambda: client.mails(buyer.user["email"]))
    return buyer, booking


async def test_a_booking_is_traced_by_its_reference_as_people_read_it_out(
    client: StackClient, stack: Stack, slots: Iterator[int]
) -> None:
    _, booking = await bought(client, slots)
    said = f"{booking['reference'][:4]} {booking['reference'][4:]}".lower()
    command = [sys.executable, "-m", "stack.trace", said]
    environment = {**os.environ, "STACK_DIR": str(stack.folder)}

    async def printed() -> str | None:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: ASYNC221
        return done.stdout if done.stdout.endswith("waits for nothing\n") else None

    lines = (await until(printed)).splitlines()
    assert lines[0].startswith(f"{booking['reference']}  confirmed  {booking['id']}")
    steps = [" ".join(line.split()[-3:]) for line in lines]
    assert [line for line in lines if "payment succeeded" in line], steps
    assert [line for line in lines if "notify mail" in line], steps


async def test_what_is_stuck_is_listed_for_the_second_step(stack: Stack) -> None:
    done = subprocess.run(  # noqa: ASYNC221
        [sys.executable, "-m", "stack.commands", "stuck"],
        env={**os.environ, "STACK_DIR": str(stack.folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "no booking is stuck\n"), done.stderr
