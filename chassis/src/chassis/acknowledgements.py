"""Acknowledgements of a channel, sent together: each by itself would cost a frame and a system call here, and wake the
broker."""

import asyncio

import aiormq

SECONDS = 0.1  # so long a handled message waits for others


class Acknowledgements:
    """Acknowledges handled messages of a channel together, in one frame up to the first that is still under way: those
    of a moment, or `most` of them. Who is killed before that leaves them to be delivered again."""

    def __init__(self, channel: aiormq.Channel, *, most: int) -> None:
        self._channel, self._most = channel, most
        self._handled = set[int]()
        self._all_up_to = 0  # up to this delivery tag all are settled: acknowledged or rejected
        self._settled = set[int]()  # those beyond it
        self._timer: asyncio.TimerHandle | None = None
        self._one_at_a_time = asyncio.Lock()  # or a frame for many could overtake those for single ones

    def add(self, tag: int) -> None:
        """This message was handled."""
        self._handled.add(tag)
        if len(self._handled) >= self._most:
            self.send()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SECONDS, self.send)

    async def reject(self, tag: int) -> None:
        """This message goes to the dead letters."""
        await self._channel.basic_reject(tag, requeue=False, wait=False)
        self._settled.add(tag)  # afterwards: or a frame for many could overtake it

    def send(self) -> None:
        """Acknowledge now what was handled."""
        if not self._channel.is_closed:  # else the broker delivers it again
            self._channel.create_task(self.finish())

    async def finish(self) -> None:
        """Acknowledge what was handled; return when that was written."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        async with self._one_at_a_time:
            together, *beyond = self._due()
            if together:
                await self._channel.basic_ack(together, multiple=True)
            for tag in beyond:
                await self._channel.basic_ack(tag)

    def _due(self) -> list[int]:
        """The tag up to which all that was handled can be acknowledged in one frame (0: none), and those beyond it."""
        handled, self._handled = self._handled, set()
        self._settled |= handled
        while self._all_up_to + 1 in self._settled:
            self._all_up_to += 1
            self._settled.remove(self._all_up_to)
        together = [tag for tag in handled if tag <= self._all_up_to]
        return [max(together, default=0), *sorted(handled.difference(together))]
