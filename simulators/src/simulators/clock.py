"""The virtual clock: real time plus the seconds a test has skipped. The skip survives a restart, as the books do."""

from __future__ import annotations

import time

from simulators.journal import Journal

_SKIPPED = "clock_skipped_seconds"


class Clock:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._skipped = float(journal.setting(_SKIPPED) or 0.0)

    def now(self) -> float:
        """Unix seconds."""
        return time.time() + self._skipped

    def advance(self, seconds: float) -> None:
        """Skip so many seconds."""
        self._skipped += seconds
        self._journal.set_setting(_SKIPPED, self._skipped)

    def reset(self) -> None:
        """Back to real time."""
        self._skipped = 0.0
        self._journal.set_setting(_SKIPPED, 0.0)
