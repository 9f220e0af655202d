"""Redis behind Sentinel: each new connection goes to the server that leads now.

The URL is `redis+sentinel://host:port,host:port,host:port/name`, of the sentinels and of what they call the service; a
user and a password in front of the hosts are those of the servers, and a number after the name is the database.
"""

from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from redis.asyncio import BlockingConnectionPool, Connection
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError

SCHEME = "redis+sentinel"
_SENTINEL_SECONDS = 0.5  # for each to answer: then the next is asked


class Leader:
    """Who leads, as the sentinels say. Where that has changed, what is idle with the former one is left."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        hosts = parts.netloc.rpartition("@")[2].split(",")
        self._name, _, database = parts.path.strip("/").partition("/")
        if not self._name or not all(":" in host for host in hosts):
            raise ValueError(f"{SCHEME}://host:port,host:port/name, with the name that the sentinels know")
        self._sentinels = Sentinel(  # type: ignore[no-untyped-call]
            [(host, int(port)) for host, _, port in (each.rpartition(":") for each in hosts)],
            sentinel_kwargs={
                "socket_timeout": _SENTINEL_SECONDS,
                "socket_connect_timeout": _SENTINEL_SECONDS,
                "retry": Retry(NoBackoff(), 0),
            },
        )
        self._address: tuple[str, int] | None = None
        user = unquote(parts.username or "") or None
        self.login: dict[str, Any] = {"db": int(database or 0), "username": user, "password": _password(parts.password)}
        self.pool: BlockingConnectionPool | None = None

    async def address(self) -> tuple[str, int]:
        """Host and port; raises redis' `ConnectionError` where no sentinel knows."""
        leading: tuple[str, int] = await self._sentinels.discover_master(self._name)
        if self._address not in {None, leading} and self.pool is not None:
            await self.pool.disconnect(inuse_connections=False)
        self._address = leading
        return leading

    async def close(self) -> None:
        """Leave the sentinels."""
        for sentinel in self._sentinels.sentinels:
            await sentinel.aclose()


def _password(quoted: str | None) -> str | None:
    return unquote(quoted) if quoted else None


class LeaderConnection(Connection):
    """A connection to the leader; its class is made for one `leader`."""

    leader: ClassVar[Leader]

    async def _connect(self) -> None:
        self.host, self.port = await self.leader.address()
        await super()._connect()  # type: ignore[no-untyped-call]

    async def read_response(self, *arguments: Any, **more: Any) -> Any:
        """The answer; who leads no more is left, and the call made again with who does."""
        try:
            return await super().read_response(*arguments, **more)
        except ReadOnlyError:
            await self.disconnect()
            raise RedisConnectionError("another server leads now") from None
