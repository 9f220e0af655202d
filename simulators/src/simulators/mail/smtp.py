"""The SMTP side: takes every message, or fails in the way that was asked for."""

from __future__ import annotations

import asyncio
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from simulators.mail.faults import MailFaultKind, MailFaults
from simulators.mail.messages import Messages

_AT_MAIL: set[MailFaultKind] = {"closing"}
_AT_RCPT: set[MailFaultKind] = {"rcpt_550", "rcpt_450", "drop_before"}
_AT_DATA: set[MailFaultKind] = {"data_451", "data_552", "drop_after_dot", "hang"}
_AT_GREETING: set[MailFaultKind] = {"no_smtputf8"}
_REPLIES: dict[MailFaultKind, str] = {
    "closing": "421 4.3.2 Service shutting down",
    "rcpt_550": "550 5.1.1 User unknown",
    "rcpt_450": "450 4.2.0 Greylisted, try again later",
    "data_451": "451 4.3.0 Local error in processing",
    "data_552": "552 5.3.4 Message size exceeds fixed limit",
}
_TAKEN = "250 2.0.0 OK queued"


class _Connection(SMTP):
    """One connection, which the catcher knows as long as it is open."""

    def __init__(self, catcher: Catcher, **options: Any) -> None:
        super().__init__(catcher, **options)
        self._catcher = catcher

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._catcher.opened(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._catcher.closed(self.transport)
        super().connection_lost(error)


class Catcher:
    """aiosmtpd's handler: its hooks are found by their names."""

    def __init__(self, messages: Messages, faults: MailFaults) -> None:
        self._messages = messages
        self._faults = faults
        self._open: set[asyncio.BaseTransport] = set()
        self.connections = 0
        """How many there have been."""

    @property
    def open_connections(self) -> int:
        return len(self._open)

    def opened(self, transport: asyncio.BaseTransport) -> None:
        self.connections += 1
        self._open.add(transport)

    def closed(self, transport: object) -> None:
        self._open = {other for other in self._open if other is not transport}

    def close_connections(self) -> int:
        """Close all open connections, as a server does that restarts; how many there were."""
        closing = [transport for transport in self._open if not transport.is_closing()]
        for transport in closing:
            transport.close()
        return len(closing)

    def forget_connections(self) -> None:
        """Close all, and count from the start again."""
        self.close_connections()
        self._open.clear()
        self.connections = 0

    def knows_smtputf8(self) -> bool:
        return self._faults.take(_AT_GREETING, []) is None

    async def handle_MAIL(  # noqa: N802  # the name aiosmtpd looks for
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._faults.take(_AT_MAIL, []) is not None:
            if isinstance(server.transport, asyncio.Transport):
                asyncio.get_running_loop().call_soon(server.transport.close)
            return _REPLIES["closing"]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802  # the name aiosmtpd looks for
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        fault = self._faults.take(_AT_RCPT, [address])
        if fault == "drop_before":
            return _drop(server)
        if fault is not None:
            return _REPLIES[fault]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802  # the name aiosmtpd looks for
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        fault = self._faults.take(_AT_DATA, envelope.rcpt_tos)
        if fault in _REPLIES:
            return _REPLIES[fault]
        if fault == "hang":
            return await _hang(server)
        self._messages.take(envelope.mail_from, envelope.rcpt_tos, bytes(envelope.original_content or b""))
        return _drop(server) if fault == "drop_after_dot" else _TAKEN


async def listen(catcher: Catcher, host: str, port: int, login: tuple[str, str] | None) -> asyncio.Server:
    """`login` is the only user and password accepted; without one, any will do."""

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=login is None or given == login)

    def connection() -> SMTP:
        return _Connection(
            catcher,
            enable_SMTPUTF8=catcher.knows_smtputf8(),
            auth_require_tls=False,
            authenticator=authenticate,
            ident="Marquee",
        )

    return await asyncio.get_running_loop().create_server(connection, host, port)


def _drop(server: SMTP) -> str:
    if isinstance(server.transport, asyncio.Transport):
        server.transport.abort()
    return _TAKEN  # goes nowhere: the connection is closed


async def _hang(server: SMTP) -> str:
    """Until the client gives up; aiosmtpd cancels the task when the connection is lost."""
    await asyncio.Event().wait()
    return _drop(server)
