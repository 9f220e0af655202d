"""A balancer of connections in front of several gateways: what a cloud's load balancer does, in the small."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

_BYTES = 65_536


class Front:
    """Passes each new connection to the next of its `ports` on this machine that takes it."""

    def __init__(self) -> None:
        self.ports: Sequence[int] = ()
        self._turn = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        try:
            there = await self._connected()
            if there is not None:
                far_reader, far_writer = there
                await asyncio.gather(_pass_on(reader, far_writer), _pass_on(far_reader, writer))
        finally:
            writer.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        self._turn += 1
        first = self._turn % max(1, len(self.ports))
        for port in (*self.ports[first:], *self.ports[:first]):
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return None


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until one side has ended; then the other side ends too."""
    with suppress(OSError):
        while data := await reader.read(_BYTES):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def fronting(port: int) -> AsyncIterator[Front]:
    """A front on this port during the block."""
    front = Front()
    server = await asyncio.start_server(front.serve, "127.0.0.1", port)
    try:
        yield front
    finally:
        server.close()
