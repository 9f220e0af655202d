"""Close a case: the word of a person that it needs nobody any more."""

from datetime import UTC, datetime

from chassis.auth import Caller
from payment.domain import CaseClosed
from payment.errors import CaseNotFound
from payment.payment import OpenedCase, Payment
from payment.usecases.ports import CasePage, Payments
from payment.usecases.recording import Recorder


class Cases:
    """What needs a person, for admins and for managers of the theater it happened in."""

    def __init__(self, payments: Payments, recorder: Recorder) -> None:
        self._payments, self._recorder = payments, recorder

    async def page(self, caller: Caller, *, is_open: bool | None, skip: int, limit: int) -> CasePage:
        """The caller's cases, newest first, each with its payment's id; and how many there are."""
        return await self._payments.cases(theater_ids=caller.scopes("manager"), is_open=is_open, skip=skip, limit=limit)

    async def close(self, case_id: str, note: str, caller: Caller) -> tuple[Payment, OpenedCase]:
        """The closed case and its payment; one that was closed before stays as it was. Raises `CaseNotFound`."""
        payment = await self._payments.of_case(case_id)
        if payment is None or not _manages(caller, payment):
            raise CaseNotFound("no such case")
        if _case_of(payment, case_id).open:
            closed = CaseClosed(case_id=case_id, note=note, user_id=caller.user_id, at=datetime.now(UTC))
            payment = await self._recorder.record(payment.facts.payment_id, closed)
        return payment, _case_of(payment, case_id)


def _case_of(payment: Payment, case_id: str) -> OpenedCase:
    return next(case for case in payment.cases if case.id == case_id)


def _manages(caller: Caller, payment: Payment) -> bool:
    theater_id = payment.facts.theater_id
    return caller.has(theater_id or "", "manager")  # a case of no theater is for admins alone
