"""How PyMongo's connections send and wait, without the three tasks that it makes for each command.

It wraps the write, the read and a look for cancellation, twice a second, in tasks of their own: 36 to 49 µs of the 150
to 190 that a command takes here (ADR 13). Here both are awaited. What is lost: a call that waits for its answer while
the driver learns that the server is gone ends with its own timeout.
"""

import asyncio
import time

from pymongo import _csot, network_layer
from pymongo.asynchronous import pool
from pymongo.asynchronous.pool import AsyncConnection
from pymongo.common import MAX_MESSAGE_SIZE
from pymongo.message import _UNPACK_REPLY
from pymongo.network_layer import PyMongoProtocol

_plain_receive = network_layer.async_receive_message


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
    try:
        data, kind = await protocol.read(request_id, max_bytes)
    finally:
        if timer is not None:
            timer.cancel()
    return _UNPACK_REPLY[kind](data)


def _time_out(protocol: PyMongoProtocol) -> None:
    """Nothing else waits on the connection, and it is closed: what comes later is nobody's."""
    protocol.close(TimeoutError("timed out"))
