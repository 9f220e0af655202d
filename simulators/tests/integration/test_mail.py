"""Mail there and back with the real client: bodies, attachments, and each way to fail."""

from __future__ import annotations

import base64
import socket
from collections.abc import AsyncIterator, Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
import requests

from simulators import process

QR = b"\x89PNG not really"
TO = "asha@example.com"


@pytest.fixture(scope="module")
def smtp_port() -> int:
    return process.free_port()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, smtp_port: int) -> Iterator[process.Simulator]:
    simulator = process.mail(tmp_path_factory.mktemp("mail"), smtp_port)
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def mail(running: process.Simulator) -> str:
    clear(running.url)
    requests.delete(f"{running.url}/_sim/faults", timeout=60)
    return running.url


@pytest.fixture
async def smtp(mail: str, smtp_port: int) -> AsyncIterator[aiosmtplib.SMTP]:
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=smtp_port, timeout=60)
    await client.connect()
    yield client
    client.close()


def connections(url: str) -> dict[str, int]:
    counted: dict[str, int] = requests.get(f"{url}/_sim/connections", timeout=60).json()
    return counted


def close_connections(url: str) -> None:
    assert requests.delete(f"{url}/_sim/connections", timeout=60).json()["closed"] >= 1


def a_ticket(to: str = TO) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = "Marquee <tickets@marquee.example>"
    message["To"] = to
    message["Subject"] = "Your seats: Dünen – ₹354"
    message["Message-ID"] = "<confirmed.bkg_1.1@marquee.example>"
    message.set_content("Row C\n.leading dot\n")
    message.add_alternative('<p>Row C <img src="cid:qr@marquee"></p>', subtype="html")
    html = message.get_body(("html",))
    assert isinstance(html, EmailMessage)
    html.add_related(QR, "image", "png", cid="<qr@marquee>", disposition="inline")
    message.add_attachment(QR, maintype="image", subtype="png", filename="ticket ü.png")
    return message


def caught(mail: str, to: str | None = None) -> list[dict[str, Any]]:
    return list(requests.get(f"{mail}/messages", params={"to": to} if to else {}, timeout=60).json())


def asked(mail: str, path: str) -> requests.Response:
    return requests.get(f"{mail}/{path}", timeout=60)


async def test_the_newest_are_listed_alone_and_each_is_there_by_its_id(smtp: aiosmtplib.SMTP, mail: str) -> None:
    clear(mail)
    for to in ("a@example.com", TO, "b@example.com"):
        await smtp.send_message(a_ticket(to))
    newest = asked(mail, "messages?newest=2").json()
    assert [message["to"] for message in newest] == [TO, "b@example.com"]
    assert asked(mail, f"messages?newest=2&to={TO}").json() == newest[:1]
    assert asked(mail, f"messages/{newest[1]['id']}").json() == newest[1]
    assert asked(mail, "messages/no-such").status_code == 404
    assert asked(mail, "messages?newest=0").status_code == 422


def taken(mail: str) -> list[dict[str, Any]]:
    return list(requests.get(f"{mail}/_sim/ledger", timeout=60).json()["messages"])


def fault(mail: str, **body: Any) -> None:
    assert requests.post(f"{mail}/_sim/faults", json=body, timeout=60).status_code == 200


async def test_a_ticket_arrives_as_it_was_sent(smtp: aiosmtplib.SMTP, mail: str) -> None:
    await smtp.send_message(a_ticket())
    [message] = caught(mail, TO.upper())
    assert message["from"] == "Marquee <tickets@marquee.example>"
    assert (message["to"], message["subject"]) == (TO, "Your seats: Dünen – ₹354")
    assert message["messageId"] == "<confirmed.bkg_1.1@marquee.example>"
    assert message["text"] == "Row C\n.leading dot\n"
    assert "cid:qr@marquee" in message["html"]
    inline, attached = message["attachments"]
    assert (inline["contentId"], inline["contentType"], inline["size"]) == ("qr@marquee", "image/png", len(QR))
    assert (attached["contentId"], attached["filename"]) == (None, "ticket ü.png")
    assert base64.b64decode(attached["base64"]) == base64.b64decode(inline["base64"]) == QR


def clear(mail: str) -> None:
    requests.delete(f"{mail}/messages", timeout=60)


async def test_messages_are_found_by_recipient_and_cleared(smtp: aiosmtplib.SMTP, mail: str) -> None:
    for to in (TO, "ravi@example.com"):
        await smtp.send_message(a_ticket(to))
    assert [message["to"] for message in caught(mail)] == [TO, "ravi@example.com"]
    assert [message["to"] for message in caught(mail, "ravi@example.com")] == ["ravi@example.com"]
    assert caught(mail, "nobody@example.com") == []
    before = len(taken(mail))
    clear(mail)
    assert caught(mail) == []
    await smtp.send_message(a_ticket())
    after = taken(mail)
    assert (len(after), after[-1]["messageId"]) == (before + 1, "<confirmed.bkg_1.1@marquee.example>")
    clear(mail)
    assert caught(mail) == []


async def test_any_login_is_welcome(smtp: aiosmtplib.SMTP, mail: str) -> None:
    await smtp.login("marquee", "secret")
    await smtp.send_message(a_ticket())
    assert len(caught(mail)) == 1


@pytest.mark.parametrize(("kind", "code"), [("rcpt_550", 550), ("rcpt_450", 450)])
async def test_a_recipient_is_refused(smtp: aiosmtplib.SMTP, mail: str, kind: str, code: int) -> None:
    fault(mail, kind=kind, to=TO, times=1)
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await smtp.send_message(a_ticket())
    assert [recipient.code for recipient in refused.value.recipients] == [code]
    await smtp.send_message(a_ticket())
    assert len(caught(mail)) == 1


@pytest.mark.parametrize(("kind", "code"), [("data_451", 451), ("data_552", 552)])
async def test_the_data_is_refused(smtp: aiosmtplib.SMTP, mail: str, kind: str, code: int) -> None:
    fault(mail, kind=kind)
    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        await smtp.send_message(a_ticket())
    assert refused.value.code == code
    assert caught(mail) == []


async def test_a_drop_after_the_dot_has_taken_the_message(smtp: aiosmtplib.SMTP, mail: str) -> None:
    fault(mail, kind="drop_after_dot", times=1)
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await smtp.send_message(a_ticket())
    assert len(caught(mail)) == 1


async def test_a_drop_before_has_taken_nothing(smtp: aiosmtplib.SMTP, mail: str) -> None:
    fault(mail, kind="drop_before", times=1)
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await smtp.send_message(a_ticket())
    assert caught(mail) == []


async def test_a_hang_is_a_timeout_that_took_nothing(smtp: aiosmtplib.SMTP, mail: str) -> None:
    fault(mail, kind="hang", times=1)
    with pytest.raises(aiosmtplib.SMTPTimeoutError):
        await smtp.send_message(a_ticket(), timeout=0.3)
    assert caught(mail) == []


async def test_faults_strike_their_recipient_alone(smtp: aiosmtplib.SMTP, mail: str) -> None:
    fault(mail, kind="rcpt_550", to="ravi@example.com")
    await smtp.send_message(a_ticket())
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await smtp.send_message(a_ticket("ravi@example.com"))
    assert len(caught(mail)) == 1


async def test_caught_mail_survives_a_kill(tmp_path: Path) -> None:
    port = process.free_port()
    simulator = process.mail(tmp_path, port)
    simulator.start()
    await aiosmtplib.send(a_ticket(), hostname="127.0.0.1", port=port)
    simulator.kill()
    simulator.start()
    assert len(caught(simulator.url)) == 1
    simulator.stop()


def test_broken_mail_is_shown_all_the_same(mail: str, smtp_port: int) -> None:
    with socket.create_connection(("127.0.0.1", smtp_port), timeout=60) as line, line.makefile("rwb") as talk:
        for command in ("", "HELO x", "MAIL FROM:<a@b.example>", "RCPT TO:<c@d.example>", "DATA"):
            if command:
                talk.write(f"{command}\r\n".encode())
                talk.flush()
            talk.readline()
        talk.write(b"Content-Type: text/plain; charset=nonsense\r\n\r\n\xff\xfe\r\n.\r\n")
        talk.flush()
        assert talk.readline().startswith(b"250")
    [message] = caught(mail)
    assert (message["to"], message["subject"]) == ("c@d.example", "")


async def test_a_server_may_not_know_addresses_beyond_ascii(mail: str, smtp_port: int) -> None:
    for kind, known in ((None, True), ("no_smtputf8", False)):
        if kind is not None:
            fault(mail, kind=kind)
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=smtp_port, timeout=60) as client:
            await client.ehlo()
            assert client.supports_extension("smtputf8") is known


@pytest.mark.parametrize("to", ["zoe@xn--bcher-kva.example", "zoe@bücher.example", "ZOE@BÜCHER.EXAMPLE"])
async def test_a_domain_beyond_ascii_is_found_by_either_spelling(smtp: aiosmtplib.SMTP, mail: str, to: str) -> None:
    await smtp.send_message(a_ticket(), recipients=["zoe@xn--bcher-kva.example"])
    assert [message["to"] for message in caught(mail, to)] == ["zoe@xn--bcher-kva.example"]
    assert caught(mail, "zoe@bucher.example") == []


async def test_a_connection_bears_many_mails_until_it_is_closed(smtp: aiosmtplib.SMTP, mail: str) -> None:
    made = connections(mail)["made"]
    for _ in range(200):
        await smtp.send_message(a_ticket())
    assert len(caught(mail)) == 200
    assert connections(mail)["made"] == made
    close_connections(mail)
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await smtp.send_message(a_ticket())
    assert connections(mail)["open"] == 0


async def test_a_server_that_is_closing_says_so_and_takes_nothing(smtp: aiosmtplib.SMTP, mail: str) -> None:
    fault(mail, kind="closing", times=1)
    with pytest.raises(aiosmtplib.SMTPSenderRefused) as refused:
        await smtp.send_message(a_ticket())
    assert refused.value.code == 421
    assert caught(mail) == []


async def test_a_reset_empties_box_books_faults_and_connections(smtp: aiosmtplib.SMTP, mail: str) -> None:
    await smtp.send_message(a_ticket())
    fault(mail, kind="rcpt_550")
    reset(mail)
    assert books_and_faults(mail) == ({"messages": []}, [])
    assert (caught(mail), connections(mail)) == ([], {"made": 0, "open": 0})


def reset(mail: str) -> None:
    assert requests.post(f"{mail}/_sim/reset", timeout=60).status_code == 200


def books_and_faults(mail: str) -> tuple[Any, Any]:
    return tuple(requests.get(f"{mail}/_sim/{what}", timeout=60).json() for what in ("ledger", "faults"))
