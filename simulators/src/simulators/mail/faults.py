"""Ways for mail to go wrong."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from simulators.mail.messages import same_mailbox

MailFaultKind = Literal[
    "closing", "rcpt_550", "rcpt_450", "data_451", "data_552", "drop_after_dot", "drop_before", "hang", "no_smtputf8"
]


class MailFault(BaseModel):
    """`closing` says 421 to MAIL and closes; `drop_before` closes at RCPT; `drop_after_dot` takes the message and
    closes without a reply; `hang` takes nothing and never replies to the final dot; `no_smtputf8` hides that extension
    from the connections to come. `to` limits those from RCPT on to one recipient, `times` unset means always."""

    kind: MailFaultKind
    to: str | None = None
    times: int | None = Field(default=None, ge=1)


class MailFaults:
    def __init__(self) -> None:
        self._faults: list[MailFault] = []

    def add(self, fault: MailFault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def listed(self) -> list[MailFault]:
        return self._faults

    def take(self, kinds: set[MailFaultKind], recipients: list[str]) -> MailFaultKind | None:
        """The first fault of these kinds that fits one of the recipients, with one of its times used up."""
        wanted = {same_mailbox(recipient) for recipient in recipients}
        for fault in self._faults:
            if fault.kind in kinds and (fault.to is None or not wanted or same_mailbox(fault.to) in wanted):
                self._use(fault)
                return fault.kind
        return None

    def _use(self, fault: MailFault) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times == 0:
            self._faults = [other for other in self._faults if other is not fault]
