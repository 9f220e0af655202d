"""A process of ours beside the running service, and one that dies between two steps."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from services.payment.tests.fakes import FakeHolds
from services.payment.tests.integration.harness import Service

from chassis.loops import Background
from chassis.resources import resources
from payment.assembly import assemble, edges_of
from payment.registry import REGISTRY, connected
from payment.usecases import UseCases


class Died(Exception):
    """The process ended here."""


class Dying:
    """Counts the calls of whatever it is put around, and dies at call `step`: before it, or `after` it was done."""

    def __init__(self, step: int, *, after: bool) -> None:
        self._left, self._after = step, after

    def around(self, subject: object, *names: str) -> None:
        """Count these methods."""
        for name in names:
            setattr(subject, name, self._counted(getattr(subject, name)))

    def _counted(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def counted(*args: Any, **kwargs: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._after:
                raise Died
            answer = await call(*args, **kwargs)
            if self._left <= 0:
                raise Died
            return answer

        return counted


class NeverStarting(Background):
    """The process ends before anything beside the answer begins."""

    def start(self, work: Awaitable[object]) -> None:
        if isinstance(work, Coroutine):
            work.close()


@asynccontextmanager
async def a_process(
    service: Service,
    dying: Dying | None = None,
    *,
    lease_seconds: float = 30,
    holds: FakeHolds | None = None,
    background: Background | None = None,
) -> AsyncIterator[UseCases]:
    """The use cases of another process, on the service's stores and its provider."""
    settings = service.settings.model_copy(update={"lease_seconds": lease_seconds})
    async with resources(settings, "payment") as base, connected(REGISTRY, settings.providers) as providers:
        await base.publisher.ready.wait()
        changed = replace(base, background=background or base.background)
        edges = replace(edges_of(settings, changed, providers), holds=holds or FakeHolds())
        if dying:
            dying.around(edges.payments, "amend", "find")
            dying.around(providers["razorpay"], "refund", "refunds_of")
        yield assemble(settings, edges, changed.background)
