"""Which calls are about waiting rooms, by their decoded path."""

QUEUE, ADMIN = "/api/queue", "/api/admin/queues"
_HOLDS = frozenset({"/api/seats/hold", "/api/seats/best-available"})


def is_queue(path: str) -> bool:
    """Whether our own app answers for a waiting room there."""
    return path == ADMIN or path.startswith((f"{QUEUE}/", f"{ADMIN}/"))


def holds(path: str | None) -> bool:
    """Whether a POST to this path holds seats."""
    return path is not None and path.rstrip("/") in _HOLDS
