"""Waiting for what happens to the supervisor: a child's end or a signal wakes it, and nothing else does."""

import os
import select
import signal
from types import FrameType


class Wakes:
    """Made in the main thread; from then on every signal that has a handler ends a `wait`."""

    def __init__(self) -> None:
        self._read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _nothing)

    def wait(self, seconds: float | None = None) -> None:
        """Return when something has happened since the last return, or after so long."""
        if select.select([self._read], [], [], seconds)[0]:
            os.read(self._read, 4096)


def _nothing(_signal: int, _frame: FrameType | None) -> None:
    """A signal without a handler would wake nobody."""
