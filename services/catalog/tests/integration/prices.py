"""What tests of prices wait for."""

from typing import Any

from services.catalog.tests.conftest import Harness

from stack.waiting import until


async def published(catalog: Harness, showtime_id: str, **prices: Any) -> None:
    """Wait until the newest snapshot of a showtime has these prices."""

    def has() -> bool:
        snapshots = [event["snapshot"] for event in catalog.events if event.get("showtime_id") == showtime_id]
        newest: Any = max(snapshots, key=lambda snapshot: int(snapshot["revision"]), default={"prices": {}})
        return {name: newest["prices"].get(name) for name in prices} == prices

    await until(has)
