"""What support expects of notify: the fake and the service behind its HTTP under one suite."""

from collections.abc import AsyncIterator
from typing import Protocol

import pytest
from services.booking.tests.conftest import Peers
from services.booking.tests.facts import NOW, SALE
from services.booking.tests.fakes import FakeMessages

from booking.messages import HttpMessages
from booking.usecases.ports import Message, Messages
from chassis.calls import Peer, client
from chassis.problems import Unavailable
from chassis.replicas import Replicas

MAIL = Message(channel="mail", kind="confirmation", status="delivered", at=NOW)


class Levers(Protocol):
    """How a test lets notify know things."""

    is_silent: bool

    def has_messages(self, booking_id: str, *messages: Message) -> None: ...


class MessagesContract:
    """The suite; a subclass has the fixtures `messages` and `levers`."""

    async def test_it_says_where_the_messages_about_a_booking_stand(self, messages: Messages, levers: Levers) -> None:
        levers.has_messages(SALE.booking_id, MAIL, MAIL)
        assert await messages.about(SALE.booking_id, "token") == (MAIL, MAIL)

    async def test_about_a_booking_that_it_does_not_know_there_are_none(self, messages: Messages) -> None:
        assert await messages.about(SALE.booking_id, "token") == ()

    async def test_while_it_does_not_answer_nobody_is_told_that_there_are_none(
        self, messages: Messages, levers: Levers
    ) -> None:
        levers.is_silent = True
        with pytest.raises(Unavailable):
            await messages.about(SALE.booking_id, "token")


class TestFakeMessages(MessagesContract):
    @pytest.fixture
    def levers(self) -> FakeMessages:
        return FakeMessages()

    @pytest.fixture
    def messages(self, levers: FakeMessages) -> Messages:
        return levers


class TestHttpMessages(MessagesContract):
    @pytest.fixture
    def levers(self, peers: Peers) -> Peers:
        return peers

    @pytest.fixture
    async def messages(self, peers: Peers) -> AsyncIterator[Messages]:
        async with client() as http:
            yield HttpMessages(Peer(http, Replicas(peers.url)))

    @pytest.mark.parametrize("answer", [(200, {}), (200, []), (200, {"items": [{}]}), (401, {}), (500, None)])
    async def test_an_answer_that_is_not_understood_says_nothing(
        self, messages: Messages, peers: Peers, answer: tuple[int, object]
    ) -> None:
        peers.about_bookings[SALE.booking_id] = answer
        with pytest.raises(Unavailable):
            await messages.about(SALE.booking_id, "token")
