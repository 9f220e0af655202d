"""The Redis client: a pool that waits instead of failing, bounded answers, and scripts loaded from files."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.connection import HiredisRespSerializer
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.typing import EncodableT

_SERIALIZER = HiredisRespSerializer()


class _Packed(AbstractConnection):
    """Packs commands in C, as redis' connections without asyncio do: a script's call takes a tenth of the time."""

    def pack_command(self, *args: EncodableT) -> list[bytes]:
        packed: list[bytes] = _SERIALIZER.pack(*args)  # type: ignore[arg-type]
        return packed


@asynccontextmanager
async def connect(url: str, *, max_connections: int = 64, answer_seconds: float = 3) -> AsyncIterator["Redis"]:
    """A client whose calls fail after `answer_seconds` without an answer. A call whose connection was lost is made once
    more, so a script that writes must bear a repeat; a call that timed out is not."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=max_connections,
        timeout=answer_seconds,
        socket_timeout=answer_seconds,
        socket_connect_timeout=2,
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
    )
    pool.connection_class = type("PackedConnection", (_Packed, pool.connection_class), {})
    client: Redis = Redis(connection_pool=pool)
    try:
        yield client
    finally:
        await client.aclose()
        await pool.disconnect()


async def ping(client: "Redis") -> None:
    """Raise where Redis does not answer."""
    await client.echo("ping")
