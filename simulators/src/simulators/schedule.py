"""What falls due later on the virtual clock: webhooks, their retries, refunds that fail, authorisations that lapse."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections.abc import Callable

from simulators.clock import Clock

logger = logging.getLogger(__name__)


class Schedule:
    """Actions by the instant at which they fall due, in Unix seconds of the virtual clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._wake = asyncio.Event()

    def at(self, due: float, act: Callable[[], None]) -> None:
        """`act` looks its subject up again when it runs: it may have changed or gone by then."""
        heapq.heappush(self._heap, (due, next(self._order), act))
        self._wake.set()

    def run_due(self) -> None:
        """Do what is due now, in order."""
        while self._heap and self._heap[0][0] <= self._clock.now():
            _, _, act = heapq.heappop(self._heap)
            try:
                act()
            except Exception:  # one broken entry must not stop the others
                logger.exception("an entry of the schedule failed")

    def clock_moved(self) -> None:
        """Runs what is due now; the wait for the rest is reckoned anew."""
        self.run_due()
        self._wake.set()

    def clear(self) -> None:
        """Forget all."""
        self._heap.clear()

    async def run(self) -> None:
        """Until cancelled: sleep until the next is due, or another was added."""
        while True:
            self.run_due()
            self._wake.clear()
            wait = max(0.0, self._heap[0][0] - self._clock.now()) if self._heap else None
            try:
                await asyncio.wait_for(self._wake.wait(), wait)
            except TimeoutError:
                continue
