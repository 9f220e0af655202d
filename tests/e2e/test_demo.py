"""`make demo` through a whole stack, by every way to pay: the ticket of the mail is the booking's."""

import asyncio
import json

import pytest
from tests.conftest import Stack

from stack.buyer import StackClient, build, schedule
from stack.paying import WAYS


@pytest.mark.parametrize("provider", WAYS)
async def test_the_demo_buys_two_seats(stack: Stack, client: StackClient, provider: str) -> None:
    showtime = await schedule(client, await build(client, rows=2, cols=4))
    stack.environment |= {"PROVIDER": provider, "SHOWTIME": showtime}
    done = await asyncio.to_thread(stack.verb, "--json", "stack.demo")
    del stack.environment["PROVIDER"], stack.environment["SHOWTIME"]
    assert done.returncode == 0, done.stdout + done.stderr
    story = json.loads(done.stdout)
    assert (story["qrMatches"], len(story["labels"])) == (True, 2)


async def test_a_way_to_pay_that_is_none_is_said_in_one_line(stack: Stack) -> None:
    stack.environment["PROVIDER"] = "barter"
    done = await asyncio.to_thread(stack.verb, "", "stack.demo")
    del stack.environment["PROVIDER"]
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "razorpay, stripe, counter" in done.stderr
