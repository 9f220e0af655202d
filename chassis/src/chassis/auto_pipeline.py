"""Redis calls of many requests in one round trip: what is called while a batch is under way goes with the next."""

import asyncio
from typing import Any

from redis.asyncio import Redis

MAX_BATCH = 128
MAX_BATCHES_UNDER_WAY = 4

Call = tuple[tuple[Any, ...], "asyncio.Future[Any]"]
"""A command and where its answer goes."""


class AutoPipeline:
    """Sends commands as pipelines, each answered or failed by itself; a lost connection fails its batch."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._waiting: list[Call] = []
        self._senders = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, *command: Any) -> Any:
        """The command's answer; raises what Redis or the connection raised."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, answer))
        if self._senders < MAX_BATCHES_UNDER_WAY and len(self._waiting) > self._senders * MAX_BATCH:
            self._senders += 1
            sender = asyncio.ensure_future(self._send_until_none_wait())
            self._tasks.add(sender)
            sender.add_done_callback(self._tasks.discard)
        return await answer

    async def _send_until_none_wait(self) -> None:
        """`_senders` falls in the very turn in which nothing waits any more, so that no call is left behind."""
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
                await self._answer(batch)
        finally:
            self._senders -= 1

    async def _answer(self, batch: list[Call]) -> None:
        try:
            answers = await self._send(batch)
        except Exception as error:  # noqa: BLE001  each caller gets it
            answers = [error] * len(batch)
        for (_, future), answer in zip(batch, answers, strict=True):
            _resolve(future, answer)

    async def _send(self, batch: list[Call]) -> list[Any]:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for command, _ in batch:
                pipeline.execute_command(*command)
            return await pipeline.execute(raise_on_error=False)


def _resolve(future: "asyncio.Future[Any]", answer: Any) -> None:
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
