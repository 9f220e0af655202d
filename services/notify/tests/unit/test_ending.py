"""A process ends while a message is under way: what its server has answered by then is never lost."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from services.notify.tests.factories import password_reset

from chassis.loops import Background
from chassis.times import now_in_milliseconds
from notify import usecases
from notify.domain import ChannelName, Delivery, Outcome, Sent, Status
from notify.follow_ups import FollowUps
from notify.triggers import new_delivery
from notify.usecases import Sending


@dataclass
class Deliveries:
    """The store, which is slow to extend a lease."""

    extends: asyncio.Event = field(default_factory=asyncio.Event)
    written: list[str] = field(default_factory=list)

    async def begin(self, _delivery: Delivery) -> bool:
        return True

    async def renew(self, _delivery: Delivery) -> None:
        self.extends.set()
        await asyncio.Event().wait()

    async def give_back(self, _delivery: Delivery) -> None:
        self.written.append("given back")

    async def end(self, _delivery: Delivery, status: Status, _detail: str, **_more: Any) -> None:
        self.written.append(status.value)


class Recipients:
    """Nobody is erased."""

    async def is_erased(self, _user_id: str) -> bool:
        return False


class Channel:
    """A server that answers when it may, if it does."""

    def __init__(self) -> None:
        self.answers = asyncio.Event()

    def objection(self, *_: object) -> None:
        """None."""

    def address(self, _recipient: object) -> None:
        """None is remembered."""

    async def deliver(self, *_: object) -> Outcome:
        await self.answers.wait()
        return Sent()


@pytest.mark.parametrize(("has_answered", "written"), [(True, ["sent"]), (False, ["given back"])])
async def test_a_message_that_was_taken_is_recorded_and_any_other_is_given_back(
    monkeypatch: pytest.MonkeyPatch, has_answered: bool, written: list[str]
) -> None:
    monkeypatch.setattr(usecases, "_RENEW_SECONDS", 0)
    deliveries: Any = Deliveries()
    recipients: Any = Recipients()
    channel: Any = Channel()
    channels, background = {ChannelName.MAIL: channel}, Background()
    follow_ups = FollowUps(deliveries, channels, reminder=timedelta(hours=3), refund_late=timedelta(hours=72))
    sending = Sending(deliveries, recipients, channels, background, follow_ups, retry_seconds=60)
    delivery = new_delivery(ChannelName.MAIL, password_reset(), None, now_in_milliseconds())
    working = asyncio.create_task(sending.work(delivery))
    await deliveries.extends.wait()
    if has_answered:
        channel.answers.set()
        await asyncio.sleep(0)
    await background.finish(0)
    await asyncio.wait([working])
    assert deliveries.written == written
