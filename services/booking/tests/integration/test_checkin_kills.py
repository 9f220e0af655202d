"""booking dies between the write that lets a guest in and its answer: nobody is let in twice, and nothing is lost."""

from functools import partial
from typing import Any

import aiohttp
import pytest
from services.booking.tests.conftest import SIGNER, Running
from services.booking.tests.integration.test_checkin import PATH, STAFF, a_batch, a_show, ago, post, sold_for
from services.booking.tests.integration.test_kills import a_process

from chassis.times import now_in_milliseconds
from contracts.sale import Sale
from stack.testing import ready
from stack.waiting import until

pytestmark = pytest.mark.usefixtures("early_looks")
DIES_ONCE_A_SCAN_IS_WRITTEN = """
import os
from chassis.outbox import Outbox


amend = Outbox.amend

async def dying(self, *given, **named):
    document = await amend(self, *given, **named)
    if document and document.get("facts", {}).get("scans"):
        os._exit(1)
    return document

Outbox.amend = dying
"""


async def post_to_a_dying_process(body: Any, path: str = "") -> None:
    headers = {"Authorization": f"Bearer {SIGNER.token('usr_7', grants=STAFF)}"}
    with a_process(DIES_ONCE_A_SCAN_IS_WRITTEN) as port:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            await until(lambda: _is_up(http), seconds=60)
            await ready(http)
            with pytest.raises(aiohttp.ClientError):
                await http.post(PATH + path, json=body, headers=headers)


async def _is_up(http: aiohttp.ClientSession) -> bool:
    try:
        async with http.get("/healthz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


def _is_said(booking: Running, sale: Sale) -> bool:
    return "booking.checked_in.v1" in booking.event_types(sale)


async def test_a_guest_whose_gate_got_no_answer_is_inside_and_it_is_said_once(booking: Running) -> None:
    began, show = now_in_milliseconds(), await a_show(booking)
    sale, shown = await sold_for(booking, show)
    await post_to_a_dying_process({"qrCode": shown["qrCode"], "deviceId": "gate-1"})
    status, problem = await post(booking, {"qrCode": shown["qrCode"], "deviceId": "gate-2"})
    assert (status, problem["code"], problem["first"]["deviceId"]) == (409, "already_checked_in", "gate-1")
    assert problem["first"]["at"] > began.isoformat()
    await until(partial(_is_said, booking, sale))
    assert booking.event_types(sale).count("booking.checked_in.v1") == 1


async def test_an_upload_that_got_no_answer_is_sent_again_and_has_the_results_of_the_first(booking: Running) -> None:
    show = await a_show(booking)
    sales = [await sold_for(booking, show) for _ in range(3)]
    batch = a_batch(show, *({"qrCode": shown["qrCode"], "scannedAt": ago(5)} for _, shown in sales))
    await post_to_a_dying_process(batch, "/batch")
    for _ in range(2):
        status, answer = await post(booking, batch, "/batch")
        assert (status, [result["outcome"] for result in answer["results"]]) == (200, ["checked_in"] * 3)
    for sale, _ in sales:
        await until(partial(_is_said, booking, sale))
        assert len((await booking.document(sale))["facts"]["scans"]) == 1
