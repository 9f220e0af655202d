"""How PyMongo's connections send and wait, without the three tasks that it makes for each command.

It wraps the write, the read and a look for cancellation, twice a second, in tasks of their own: 36 to 49 µs of the 150
to 190 that a command takes here (ADR 13). Here both are awaited. The driver would also end what waits on a server that
is gone; here `LeftBehind` does, when another primary is known.
"""

import asyncio
import time

from pymongo import _csot, network_layer
from pymongo.asynchronous import pool
from pymongo.asynchronous.pool import AsyncConnection
from pymongo.common import MAX_MESSAGE_SIZE
from pymongo.message import _UNPACK_REPLY
from pymongo.monitoring import (
    TopologyClosedEvent,
    TopologyDescriptionChangedEvent,
    TopologyListener,
    TopologyOpenedEvent,
)
from pymongo.network_layer import PyMongoProtocol

_plain_receive = network_layer.async_receive_message
_waiting = set[AsyncConnection]()  # for an answer, of any client of this process


def install() -> None:
    """For all connections of this process; idempotent."""
    vars(pool).update(async_sendall=_send, async_receive_message=_receive)


async def _send(connection: PyMongoProtocol, message: bytes) -> None:
    await connection.write(message)  # into the transport's buffer: it never waits


async def _receive(connection: AsyncConnection, request_id: int | None, max_bytes: int = MAX_MESSAGE_SIZE) -> object:
    """The next message; raises `TimeoutError` after the socket's timeout, or at the deadline of `pymongo.timeout`."""
    if connection.is_sdam:  # a monitor waits for changes of the server and has to be woken
        return await _plain_receive(connection, request_id, max_bytes)
    deadline = _csot.get_deadline() if _csot.get_timeout() else None
    seconds = connection.conn.gettimeout if deadline is None else max(deadline - time.monotonic(), 0)
    protocol = connection.conn.get_conn
    timer = None if seconds is None else asyncio.get_running_loop().call_later(seconds, _time_out, protocol)
    _waiting.add(connection)
    try:
        data, kind = await protocol.read(request_id, max_bytes)
    finally:
        _waiting.discard(connection)
        if timer is not None:
            timer.cancel()
    return _UNPACK_REPLY[kind](data)


def _time_out(protocol: PyMongoProtocol) -> None:
    """Nothing else waits on the connection, and it is closed: what comes later is nobody's."""
    protocol.close(TimeoutError("timed out"))


class LeftBehind(TopologyListener):
    """Ends what waits on a server that was followed by another as primary: one that is paused or cut off does not say
    so, and each of its answers would be waited for to the end of its time, with all places taken (ADR 56)."""

    def opened(self, event: TopologyOpenedEvent) -> None:
        """Nothing waits yet."""

    def description_changed(self, event: TopologyDescriptionChangedEvent) -> None:
        """We ask primaries alone: where one is known, nobody else of its replica set is worth waiting for."""
        servers = event.new_description.server_descriptions()
        primaries = {address for address, server in servers.items() if server.is_writable}
        if primaries:
            for connection in [each for each in _waiting if each.address in servers.keys() - primaries]:
                connection.conn.get_conn.close(ConnectionResetError("another server is primary now"))

    def closed(self, event: TopologyClosedEvent) -> None:
        """Whoever closes the client waits for nothing any more."""
