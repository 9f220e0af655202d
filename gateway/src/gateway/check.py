"""The time in which it is found out whether a call is admitted, before anybody is asked."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from chassis.logs import logger
from chassis.problems import Problem, Unavailable
from gateway.request import Fields

log = logger(__name__)


class Check:
    """Ends in `admitted` with the headers of the answer, or in `refused`; in neither once it is abandoned."""

    def __init__(self, admitted: Callable[[Fields], None], refused: Callable[[Problem], None]) -> None:
        self._admitted, self._refused = admitted, refused
        self._task: asyncio.Task[Fields] | None = None

    def start(self, admit: Coroutine[Any, Any, Fields]) -> None:
        """Begin; `admit` raises the problem where the call is refused."""
        self._task = asyncio.get_running_loop().create_task(admit)
        self._task.add_done_callback(self._end)

    def _end(self, task: "asyncio.Task[Fields]") -> None:
        if task.cancelled():
            return None
        error = task.exception()
        if error is None:
            return self._admitted(task.result())
        if not isinstance(error, Problem):
            log.error("a call could not be judged", exc_info=error)
        return self._refused(error if isinstance(error, Problem) else Unavailable("this call cannot be admitted now"))

    def pause(self) -> None:
        """Nothing is sent yet."""

    def resume(self) -> None:
        """Nothing is sent yet."""

    def abandon(self) -> None:
        """The client hung up."""
        if self._task is not None:
            self._task.cancel()
