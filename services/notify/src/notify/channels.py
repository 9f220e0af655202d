"""The channels over which a message reaches a person. A channel composes the message and sends it; each attempt ends in
an `Outcome`."""

import asyncio
import ssl

import aiosmtplib
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPNotSupported,
    SMTPResponseException,
)

from chassis.logs import logger
from notify.domain import (
    BookingOutline,
    Deferred,
    Delivered,
    Delivery,
    Misconfigured,
    Outcome,
    Recipient,
    Refused,
    Unanswered,
    Unwritable,
)
from notify.mails import Mail, MailComposer
from notify.settings import Settings

log = logger(__name__)
_CONNECT_SECONDS = 10.0
_NEEDS_LOGIN = {530, 534, 535, 538}


class MailChannel:
    """Mail over SMTP. One connection per message, so that no message fails for another's sake."""

    def __init__(self, settings: Settings, composer: MailComposer) -> None:
        self._settings, self._composer, self._sender = settings, composer, composer.sender

    def can_reach(self, recipient: Recipient) -> bool:
        """Whether the recipient has an address."""
        return recipient.email is not None

    async def deliver(self, delivery: Delivery, recipient: Recipient, outline: BookingOutline) -> Outcome:
        """Compose the message and send it to `recipient`, within about `mail_answer_seconds`; never raises."""
        try:
            mail = await asyncio.to_thread(self._composer.compose, delivery, recipient, outline)
        except Exception as error:
            log.exception("no mail can be written", delivery=delivery.id)
            return Unwritable(f"no mail can be written: {error!r}")
        return await self._send(mail)

    async def _send(self, mail: Mail) -> Outcome:
        """Hand a mail to the server. An error before DATA means that nothing was sent; after DATA that is unknown."""
        smtp, recipient = self._client(), mail.recipient
        try:
            await smtp.connect()
            if smtp.is_ehlo_or_helo_needed:
                await smtp.ehlo()
            if recipient.needs_smtputf8 and not smtp.supports_extension("smtputf8"):
                smtp.close()
                return Refused("the mail server takes no address that is not ASCII before the @")
            options = ["SMTPUTF8"] if recipient.needs_smtputf8 else []
            await smtp.mail(self._sender, encoding="utf-8", options=options)
            await smtp.rcpt(recipient.address, encoding="utf-8")
        except (SMTPException, OSError, ssl.SSLError) as error:
            smtp.close()
            return _before_data(error)
        return await self._send_content(smtp, mail.content)

    async def _send_content(self, smtp: aiosmtplib.SMTP, content: bytes) -> Outcome:
        try:
            await smtp.data(content, timeout=self._settings.mail_answer_seconds)
        except SMTPResponseException as error:
            return _by_class(error)
        except (SMTPException, OSError) as error:
            return Unanswered(repr(error))
        finally:
            smtp.close()
        return Delivered()

    def _client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        password = settings.smtp_pass.get_secret_value() if settings.smtp_pass else None
        return aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            timeout=_CONNECT_SECONDS,
            username=settings.smtp_user,
            password=password,
            use_tls=settings.smtp_implicit_tls,
            start_tls=settings.smtp_demands_tls,
            local_hostname=self._sender.rpartition("@")[2],
        )


def _before_data(error: Exception) -> Outcome:
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
    return Refused(detail) if error.code // 100 == 5 else Deferred(detail)
