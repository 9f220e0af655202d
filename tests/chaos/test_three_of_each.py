"""Three of each server: a sale goes on while the leader of a kind is dead, paused or cut off, and is not lost after."""

from collections.abc import Iterator
from functools import partial

import pytest
from tests.conftest import Stack, until

from stack.buyer import build, connected, schedule
from stack.firewall import can_cut
from stack.leaders import Member, Trouble, befallen, leader


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with three of each, of this story's own."""
    running = Stack(tmp_path_factory.mktemp("three"))
    running.environment |= {"SERVERS": "3", "HOLD_SECONDS": "600", "PAYMENT_SECONDS": "120"}
    running.up()
    try:
        yield running
    finally:
        running.verb("down")


TROUBLES: dict[str, Trouble] = {"mongo": "paused"}


async def _is_followed(stack: Stack, server: str, member: Member) -> bool:
    return bool(await leader(stack.stack_info, server) != member)


async def test_a_sale_goes_on_while_a_leader_is_away_and_lasts(three: Stack) -> None:
    async with connected(three.stack_info) as client:
        stage = await build(client, rows=1, cols=8)
        showtime, buyer, sold = await schedule(client, stage), await client.buyer(), []
        for row, (server, wanted) in enumerate(TROUBLES.items()):
            held = await buyer.hold(showtime, [f"A{2 * row + 1}", f"A{2 * row + 2}"])
            order = await buyer.order(held.body["id"])
            member = await leader(three.stack_info, server)
            trouble = wanted if wanted != "cut off" or can_cut(member) else "paused"
            with befallen(member, trouble):
                await buyer.confirm(await client.pay(order.body["orderId"]))
                booking = await buyer.settled(order.body["bookingId"])
                assert booking["status"] == "confirmed", (server, trouble)
                await until(partial(_is_followed, three, server, member))
            sold.append(booking["id"])
        three.up()
        assert [(await buyer.booking(each)).body["status"] for each in sold] == ["confirmed"] * len(TROUBLES)
    three.audit()
