"""What the merchant's account holds, where a test set it: refunds may take so much and no more."""

from __future__ import annotations

from simulators.journal import Journal

_AMOUNT = "balance"
_VAGUE = "vague_balance"
_PENDING = "pending_refunds"


class Balance:
    """Minor units of one currency; unset: it is never short. Refunds may also be told to wait for the bank."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def set(self, amount: int | None, *, vague: bool = False) -> None:
        """`vague`: who asks for more than there is is not told why it is refused."""
        self._journal.set_setting(_AMOUNT, amount)
        self._journal.set_setting(_VAGUE, vague)

    @property
    def amount(self) -> int | None:
        amount: int | None = self._journal.setting(_AMOUNT)
        return amount

    def hold_refunds_back(self, *, pending: bool) -> None:
        """Whether refunds from now on wait until somebody settles them."""
        self._journal.set_setting(_PENDING, pending)

    @property
    def holds_refunds_back(self) -> bool:
        return bool(self._journal.setting(_PENDING))

    @property
    def is_vague(self) -> bool:
        return bool(self._journal.setting(_VAGUE))

    def covers(self, amount: int) -> bool:
        return self.amount is None or amount <= self.amount

    def move(self, amount: int) -> None:
        """A capture adds, a refund takes."""
        if self.amount is not None:
            self._journal.set_setting(_AMOUNT, self.amount + amount)
