"""What every process answers about itself: `/healthz`, `/readyz` and `/metrics`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from chassis import metrics
from chassis.drain import Drain

Check = Callable[[], Awaitable[str | None]]
"""Returns when what it asks is up, with a remark to show or None; raises when it is down."""

router = APIRouter(include_in_schema=False)


class Down(Exception):
    """Raised by a check that can say in plain words what is down."""


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "alive"}


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """Whether the process can serve, and what is down: 503 unless all checks are up whose names do not end in `?`, and
    once the process is to end (`draining`)."""
    drain: Drain = request.app.state.drain
    by_name = await _outcomes(request)
    ready = not drain.begun and all(
        outcome.startswith("up") for name, outcome in by_name.items() if not name.endswith("?")
    )
    body: dict[str, Any] = {
        "status": "ready" if ready else "draining" if drain.begun else "not_ready",
        "checks": {name.rstrip("?"): outcome for name, outcome in by_name.items()},
    }
    return Response(orjson.dumps(body), 200 if ready else 503, media_type="application/json")


async def _outcomes(request: Request) -> dict[str, str]:
    checks: Mapping[str, Check] = request.state.checks
    outcomes = await asyncio.gather(*(_outcome(check, request.app.state.check_seconds) for check in checks.values()))
    return dict(zip(checks, outcomes, strict=True))


async def _outcome(check: Check, seconds: float) -> str:
    try:
        async with asyncio.timeout(seconds):
            remark = await check()
    except Down as down:
        return f"down: {down}"
    except Exception as error:  # noqa: BLE001  whatever it is, it is down
        return f"down: {type(error).__name__}"
    return f"up, {remark}" if remark else "up"


@router.get("/metrics")
async def read_metrics(request: Request) -> Response:
    """Prometheus' text format; the checks are asked for it, so that what is down is seen wherever metrics are read."""
    for name, outcome in (await _outcomes(request)).items():
        metrics.CHECK_UP.labels(name.rstrip("?")).set(outcome.startswith("up"))
    return metrics.exposition()
