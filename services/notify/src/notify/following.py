"""What becomes of SMS after they were taken: callbacks say it, and where none comes the provider is asked."""

from datetime import UTC, datetime, timedelta

from notify.channels import SmsChannel
from notify.domain import Receipt, Status
from notify.receipts import Receipts
from notify.recipients import Recipients
from notify.twilio_api import Report

_LOOKS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480))
"""The pauses after the first look, the second and so on: some carriers never tell the end."""
_REPEAT_AFTER = timedelta(minutes=10)


class Following:
    """Applies what the provider says of a message, in whatever order and however often it says it."""

    def __init__(self, receipts: Receipts, recipients: Recipients, channel: SmsChannel) -> None:
        self._receipts, self._recipients, self._channel = receipts, recipients, channel

    async def on_report(self, provider_id: str, report: Report) -> None:
        """Store what a callback says; one of an unknown message came before its answer was stored, or is none of
        ours."""
        receipt = await self._receipts.find(provider_id)
        if receipt is not None:
            await self._apply(receipt, report)

    async def run_due(self) -> None:
        """Ask about each message that it is time for. Two processes that ask at once do no harm."""
        for receipt in await self._receipts.due():
            await self.look(receipt)

    async def look(self, receipt: Receipt) -> None:
        """Ask the provider about a message of which no end is known."""
        report = await self._channel.look(receipt.provider_id)
        if report is None or not await self._apply(receipt, report):
            pause = _LOOKS[receipt.looks] if receipt.looks < len(_LOOKS) else None
            await self._receipts.look_again(receipt, datetime.now(UTC) + pause if pause else None)

    async def _apply(self, receipt: Receipt, report: Report) -> bool:
        """Store an end; whether it was one."""
        if report.status is Status.SENT:
            return False
        if report.status in {Status.SUPPRESSED, Status.BOUNCED}:
            await self._recipients.suppress_phone(report.to)
        due_at = datetime.now(UTC) + _REPEAT_AFTER
        if report.again and receipt.may_repeat and due_at < receipt.give_up_at:
            return await self._receipts.repeat(receipt, due_at, report.detail)
        await self._receipts.end(receipt, report.status, report.detail)
        return True
