"""The Redis client: a pool that waits instead of failing, bounded answers, and scripts loaded from files."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, ClassVar
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.connection import HiredisRespSerializer
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.typing import EncodableT

from chassis.sentinels import SCHEME, Leader, LeaderConnection

_SECONDS_OF_SEVERAL = 2  # for an answer, where another server may lead by then
_SERIALIZER = HiredisRespSerializer()


class _Packed(AbstractConnection):
    """Packs commands in C, as redis' connections without asyncio do: a script's call takes a tenth of the time. Once
    the client is closed none is made any more: a call that is under way would try again over one that nobody closes."""

    is_client_closed: ClassVar[bool]

    async def _connect(self) -> None:
        self._require_open()
        await super()._connect()  # type: ignore[no-untyped-call,safe-super]  # of the connection over TCP or TLS
        try:
            self._require_open()
        except RedisConnectionError:  # closed meanwhile
            await self.disconnect(nowait=True)
            raise

    def _require_open(self) -> None:
        if self.is_client_closed:
            raise RedisConnectionError("the client is closed")

    def pack_command(self, *args: EncodableT) -> list[bytes]:
        packed: list[bytes] = _SERIALIZER.pack(*args)  # type: ignore[arg-type]
        return packed


@asynccontextmanager
async def connect(url: str, *, max_connections: int = 64, answer_seconds: float = 3) -> AsyncIterator["Redis"]:
    """A client whose calls fail after `answer_seconds` without an answer. A call whose connection was lost is made once
    more, so a script that writes must bear a repeat; a call that timed out is not. The URL is a server's, or that of
    sentinels (`chassis.sentinels`): then calls fail after 2 s at the latest."""
    settings: dict[str, Any] = {
        "max_connections": max_connections,
        "timeout": answer_seconds,
        "socket_timeout": answer_seconds,
        "socket_connect_timeout": 2,
        "retry": Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
    }
    async with AsyncExitStack() as stack:
        if urlsplit(url).scheme == SCHEME:
            leader = Leader(url)
            settings["socket_timeout"] = min(answer_seconds, _SECONDS_OF_SEVERAL)
            stack.push_async_callback(leader.close)
            of_leader = type("OfLeader", (LeaderConnection,), {"leader": leader})
            pool = leader.pool = BlockingConnectionPool(connection_class=of_leader, **settings, **leader.login)
        else:
            pool = BlockingConnectionPool.from_url(url, **settings)
        connections = type("PackedConnection", (_Packed, pool.connection_class), {"is_client_closed": False})
        pool.connection_class = connections
        stack.push_async_callback(pool.disconnect)
        client: Redis = Redis(connection_pool=pool)
        stack.push_async_callback(client.aclose)
        stack.callback(setattr, connections, "is_client_closed", True)
        yield client


async def ping(client: "Redis") -> None:
    """Raise where Redis does not answer."""
    await client.echo("ping")
