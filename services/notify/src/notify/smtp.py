"""The mail server: its connections are kept and used again, and what an attempt came to is an `Outcome`.

Until DATA nothing has happened: a kept connection that turns out to be broken is replaced at once. After DATA the
server may have taken the mail, whatever happens to the connection, and it is never sent again here.
"""

import asyncio
import re
import ssl
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiosmtplib
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from notify.domain import Bounced, Deferred, Misconfigured, Outcome, Refused, Sent, Unanswered
from notify.mails import Mail
from notify.settings import Settings

_COMMAND_SECONDS = 10.0
_MOST_MAILS, _OLDEST_SECONDS = 100, 300.0  # of one connection: servers limit both
_MOST_IDLE_SECONDS = 60.0  # a server gives up at about five minutes
_QUIT_SECONDS = 1.0
_NEEDS_LOGIN = {530, 534, 535, 538}
_NO_MAILBOX = {550, 551, 553}
_ENHANCED = re.compile(r"5\.\d{1,3}\.\d{1,3}")
_NO_ADDRESS = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}  # no such mailbox or domain, moved, disabled
_CLOSING = 421  # RFC 5321 §4.2.2: may answer any command; the server closes the connection


class _NoSmtpUtf8(SMTPException):
    """The recipient's address needs an extension that the server does not offer."""


@dataclass(slots=True)
class _Connection:
    """A connection, how many mails went over it, and when it was opened and last used (monotonic seconds)."""

    smtp: aiosmtplib.SMTP
    opened_at: float
    used_at: float
    mails: int = 0

    def may_be_kept(self, now: float) -> bool:
        return self.smtp.is_connected and self.mails < _MOST_MAILS and now - self.opened_at < _OLDEST_SECONDS


class MailServer:
    """Hands mails to the server over `mail_connections` connections at most. A context manager: its end closes them."""

    def __init__(self, settings: Settings, sender: str) -> None:
        self._settings, self._sender = settings, sender
        self._slots = asyncio.Semaphore(settings.mail_connections)
        self._idle: deque[_Connection] = deque()
        self._ends = False

    def end(self) -> None:
        """The process is to end: mails that wait for a connection are left to others, those under way are finished."""
        self._ends = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        await self._quit(list(self._idle))
        self._idle.clear()

    @property
    def is_busy(self) -> bool:
        """Whether a mail that is handed over now has to wait for a connection."""
        return self._slots.locked()

    async def close_idle(self) -> None:
        """Close the connections that were not used for a minute; a server would do the same, later."""
        now = time.monotonic()
        unused = [connection for connection in self._idle if now - connection.used_at > _MOST_IDLE_SECONDS]
        for connection in unused:
            self._idle.remove(connection)
        await self._quit(unused)

    async def send(self, mail: Mail) -> Outcome:
        """Hand a mail over, within `mail_answer_seconds` and a few commands; never raises."""
        async with self._slots:
            if self._ends:
                return Deferred("this process ends: another sends it", reached=False)
            while (connection := await self._kept()) is not None:
                failure = await self._address(connection.smtp, mail)
                if failure is None:
                    return await self._content(connection, mail)
                if not _is_broken(failure):
                    return _before_data(failure)
            return await self._send_over_new(mail)

    async def _send_over_new(self, mail: Mail) -> Outcome:
        smtp = self._client()
        try:
            await smtp.connect()
            if smtp.is_ehlo_or_helo_needed:
                await smtp.ehlo()
        except (SMTPException, OSError) as error:
            smtp.close()
            return _before_data(error)
        failure = await self._address(smtp, mail)
        if failure is not None:
            return _before_data(failure)
        now = time.monotonic()
        return await self._content(_Connection(smtp, now, now), mail)

    async def _kept(self) -> _Connection | None:
        """A kept connection that works as far as can be known, the one used last; the commands before DATA show it."""
        while self._idle:
            connection = self._idle.pop()
            if connection.may_be_kept(time.monotonic()):
                return connection
            await self._quit([connection])
        return None

    async def _address(self, smtp: aiosmtplib.SMTP, mail: Mail) -> SMTPException | OSError | None:
        """Say from and to whom the mail is. The error after which it is closed: a refused mail would leave its sender
        behind in the connection."""
        try:
            options = ["SMTPUTF8"] if mail.recipient.needs_smtputf8 else []
            if options and not smtp.supports_extension("smtputf8"):
                raise _NoSmtpUtf8("the mail server takes no address that is not ASCII before the @")
            await smtp.mail(self._sender, encoding="utf-8", options=options)
            await smtp.rcpt(mail.recipient.address, encoding="utf-8")
        except (SMTPException, OSError) as error:
            smtp.close()
            return error
        except asyncio.CancelledError:
            smtp.close()
            raise
        return None

    async def _content(self, connection: _Connection, mail: Mail) -> Outcome:
        smtp = connection.smtp
        try:
            await smtp.data(mail.content, timeout=self._settings.mail_answer_seconds)
        except SMTPResponseException as error:
            smtp.close()
            return _by_class(error)
        except (SMTPException, OSError) as error:
            smtp.close()
            return Unanswered(repr(error))
        except asyncio.CancelledError:
            smtp.close()
            raise
        connection.mails += 1
        connection.used_at = time.monotonic()
        self._idle.append(connection)
        return Sent()

    async def _quit(self, connections: list[_Connection]) -> None:
        async def leave(smtp: aiosmtplib.SMTP) -> None:
            with suppress(SMTPException, OSError):
                await smtp.quit(timeout=_QUIT_SECONDS)
            smtp.close()

        await asyncio.gather(*(leave(connection.smtp) for connection in connections))

    def _client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        password = settings.smtp_pass.get_secret_value() if settings.smtp_pass else None
        return aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            timeout=_COMMAND_SECONDS,
            username=settings.smtp_user,
            password=password,
            use_tls=settings.smtp_implicit_tls,
            start_tls=settings.smtp_demands_tls,
            local_hostname=self._sender.rpartition("@")[2],
        )


def _is_broken(error: Exception) -> bool:
    """Whether the connection failed, not the mail."""
    if isinstance(error, SMTPResponseException):
        return error.code == _CLOSING
    return isinstance(error, SMTPServerDisconnected | SMTPTimeoutError | OSError)


def _before_data(error: Exception) -> Outcome:
    if isinstance(error, _NoSmtpUtf8):
        return Refused(str(error))
    if isinstance(error, SMTPAuthenticationError | SMTPNotSupported | ssl.SSLCertVerificationError):
        return Misconfigured(repr(error))
    if isinstance(error, SMTPResponseException):
        return _by_class(error)
    if type(error) is SMTPException:  # what aiosmtplib raises where STARTTLS or AUTH is demanded and not offered
        return Misconfigured(repr(error))
    return Deferred(repr(error), reached=False)


def _by_class(error: SMTPResponseException) -> Outcome:
    """RFC 5321 §4.2.1: 4yz is transient, 5yz permanent; but a server that wants a login is our own fault."""
    detail = f"{error.code} {error.message}"
    if error.code in _NEEDS_LOGIN:
        return Misconfigured(detail)
    if isinstance(error, SMTPRecipientRefused) and _names_nobody(error):
        return Bounced(detail)
    return Refused(detail) if error.code // 100 == 5 else Deferred(detail)


def _names_nobody(error: SMTPRecipientRefused) -> bool:
    """Whether the server says that there is no such mailbox: by its code, unless an enhanced one (RFC 3463) says that
    something else is wrong, such as a policy (5.7.1)."""
    enhanced = _ENHANCED.match(error.message)
    return error.code in _NO_MAILBOX and (enhanced is None or enhanced[0] in _NO_ADDRESS)
