"""Connections to the mail server are kept, and a broken one is noticed before DATA."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from notify import smtp
from notify.domain import Bounced, Deferred, Refused, Sent, Unanswered
from notify.headers import Mailbox
from notify.mails import Mail
from notify.settings import Settings
from notify.smtp import MailServer
from simulators.process import Simulator
from stack.waiting import until

MOST = 3


class Harness:
    """A `MailServer` before the mail catcher."""

    def __init__(self, server: MailServer, catcher: aiohttp.ClientSession) -> None:
        self.server, self._catcher = server, catcher

    async def send(self, to: str = "asha@example.com") -> object:
        return await self.server.send(Mail(Mailbox.of(to), b"Subject: s\r\n\r\ntext\r\n"))

    async def caught(self) -> int:
        async with self._catcher.get("/messages") as response:
            return len(await response.json())

    async def connections(self) -> tuple[int, int]:
        """How many there have been, and how many are open."""
        async with self._catcher.get("/_sim/connections") as response:
            counted = await response.json()
            return counted["made"], counted["open"]

    async def break_connections(self) -> None:
        async with self._catcher.delete("/_sim/connections") as response:
            assert response.status == 200

    async def fails(self, kind: str, times: int = 1, to: str | None = None) -> None:
        async with self._catcher.post("/_sim/faults", json={"kind": kind, "times": times, "to": to}) as response:
            assert response.status == 200

    async def has_failed(self) -> bool:
        """Whether each fault that was asked for has happened."""
        async with self._catcher.get("/_sim/faults") as response:
            return bool(await response.json() == [])


@pytest.fixture
async def harness(catcher: Simulator) -> AsyncIterator[Harness]:
    values = {"mongo_uri": "m", "rabbitmq_url": "r", "smtp_port": catcher.environment["SMTP_PORT"]}
    settings = Settings.model_validate({**values, "mail_connections": MOST, "mail_answer_seconds": 5})
    async with (
        aiohttp.ClientSession(catcher.url) as session,
        MailServer(settings, "tickets@marquee.example") as server,
    ):
        yield Harness(server, session)


async def test_many_mails_take_one_connection_and_mails_at_once_a_few(harness: Harness) -> None:
    for _ in range(5):
        assert await harness.send() == Sent()
    assert await harness.connections() == (1, 1)
    assert set(await asyncio.gather(*(harness.send() for _ in range(20)))) == {Sent()}
    made, _ = await harness.connections()
    assert made <= MOST
    assert await harness.caught() == 25


async def test_connections_that_the_server_closed_are_replaced_and_the_mail_goes_out_once(harness: Harness) -> None:
    await asyncio.gather(*(harness.send() for _ in range(MOST)))
    before = await harness.caught()
    for _ in range(3):
        await harness.break_connections()
        assert await harness.send() == Sent()
        before += 1
        assert await harness.caught() == before


@pytest.mark.parametrize("kind", ["closing", "drop_before"])
async def test_a_kept_connection_that_breaks_before_data_is_replaced_at_once(harness: Harness, kind: str) -> None:
    await harness.send()
    await harness.fails(kind)
    assert await harness.send() == Sent()
    assert (await harness.caught(), await harness.connections()) == (2, (2, 1))


@pytest.mark.parametrize(("kind", "reached"), [("closing", True), ("drop_before", False)])
async def test_a_new_connection_that_breaks_before_data_is_not(harness: Harness, kind: str, reached: bool) -> None:
    await harness.fails(kind)
    outcome = await harness.send()
    assert isinstance(outcome, Deferred)
    assert (outcome.reached, await harness.caught()) == (reached, 0)


@pytest.mark.parametrize(("kind", "taken"), [("drop_after_dot", 1), ("hang", 0)])
async def test_a_connection_that_breaks_after_data_leaves_open_whether_the_mail_was_taken(
    harness: Harness, kind: str, taken: int
) -> None:
    await harness.send()
    await harness.fails(kind)
    assert isinstance(await harness.send(), Unanswered)
    assert await harness.caught() == 1 + taken
    assert await harness.send() == Sent()
    assert await harness.caught() == 2 + taken


@pytest.mark.parametrize("kind", ["rcpt_550", "data_552", "rcpt_450", "data_451"])
async def test_a_refused_mail_leaves_nothing_behind_for_the_next_one(harness: Harness, kind: str) -> None:
    await harness.send()
    await harness.fails(kind, to="ravi@example.com")
    assert isinstance(await harness.send("ravi@example.com"), Bounced | Refused | Deferred)
    assert await harness.send() == Sent()
    assert await harness.caught() == 2


async def test_an_address_that_the_server_cannot_take_spoils_no_connection(harness: Harness) -> None:
    await harness.fails("no_smtputf8")
    await harness.send()
    assert isinstance(await harness.send("आशा@example.com"), Refused)
    assert await harness.send() == Sent()


async def test_a_connection_is_given_up_after_so_many_mails_or_so_long(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "_MOST_MAILS", 2)
    for _ in range(5):
        assert await harness.send() == Sent()
    assert (await harness.connections())[0] == 3
    monkeypatch.setattr(smtp, "_OLDEST_SECONDS", 0)
    assert await harness.send() == Sent()
    assert (await harness.connections())[0] == 4


async def test_unused_connections_are_closed_and_so_are_all_at_the_end(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none_is_open() -> bool:
        return (await harness.connections())[1] == 0

    await harness.send()
    await harness.server.close_idle()
    assert await harness.connections() == (1, 1)
    monkeypatch.setattr(smtp, "_MOST_IDLE_SECONDS", 0)
    await harness.server.close_idle()
    await until(none_is_open)
    await harness.send()
    await harness.server.__aexit__(None, None, None)
    await until(none_is_open)


async def test_a_send_that_is_cancelled_keeps_no_connection(harness: Harness) -> None:
    await harness.fails("hang")
    sending = asyncio.ensure_future(harness.send())
    await until(harness.has_failed)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert await harness.send() == Sent()
    assert (await harness.caught(), (await harness.connections())[0]) == (1, 2)
