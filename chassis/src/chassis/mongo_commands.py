"""Commands to Mongo's primary, over the connections, sessions and knowledge of servers that PyMongo keeps.

PyMongo's own way to a command selects a server, makes a session and takes a connection under six locks and some forty
calls, which is more than half of what the command costs here (ADR 47). This is the same for what our collections ask:
one attempt and, where the driver's rules allow it, a second one under the same transaction number, so that a write is
done once. What is rare (a server that is looked for, a connection that is made, an error) is left to PyMongo.
"""

import time
from collections.abc import Container
from typing import Any

from bson.codec_options import CodecOptions
from pymongo import AsyncMongoClient
from pymongo.asynchronous.command_runner import _run_command
from pymongo.asynchronous.pool import AsyncConnection, Pool
from pymongo.asynchronous.server import Server
from pymongo.client_session_shared import _ServerSession
from pymongo.errors import (
    ConnectionFailure,
    DocumentTooLarge,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)
from pymongo.helpers_shared import _RETRYABLE_ERROR_CODES, _check_write_command_response
from pymongo.message import _op_msg
from pymongo.mongo_client_shared import _add_retryable_write_error
from pymongo.pool_shared import PoolState
from pymongo.server_selectors import writable_server_selector
from pymongo.topology_description import TopologyDescription

Document = dict[str, Any]
_READ_CONCERN = {"level": "majority"}
_WRITE_CONCERN = {"w": "majority", "j": True}
_ERRORS = ("writeErrors", "writeConcernError")


class Commands:
    """Runs commands on one database: reads with majority concern, writes with majority and journal."""

    def __init__(self, client: AsyncMongoClient[Document], database: str, codec: CodecOptions[Document]) -> None:
        self._client, self._name, self._codec = client, database, codec
        self._described: TopologyDescription | None = None
        self._described_primary: Server | None = None

    async def read(self, command: Document, *, is_first: bool = True) -> Document:
        """The reply; where no answer came the command is sent once more. Not `is_first` is what reads on in a cursor:
        it has the concern of the command that opened it, and is sent once. Raises `PyMongoError`."""
        if not is_first:
            return await self._attempt(command)
        command["readConcern"] = _READ_CONCERN
        try:
            return await self._attempt(command)
        except (ConnectionFailure, OperationFailure) as error:
            if not _may_be_read_again(error):
                raise
            return await self._again(command, error)

    async def write(self, command: Document, *, once: bool = True, accepts: Container[int] = ()) -> Document:
        """The reply; raises `PyMongoError`, also for what the reply says of single writes, but for errors that the
        caller `accepts`, by their codes. Where no answer came, or the primary has changed, the command is sent once
        more: the server does it once. Without `once` (it changes many documents, which no server can tell apart from
        doing it twice) it is sent once."""
        command["writeConcern"] = _WRITE_CONCERN
        if not once:
            return await self._attempt(command, accepts)
        topology = await self._client._get_topology()
        session = topology.get_server_session(topology.description.logical_session_timeout_minutes)
        _use(session, command)
        try:
            return await self._written(command, accepts)
        except OperationFailure:
            raise
        except BaseException:  # the server may be at it still
            session.mark_dirty()
            raise
        finally:
            topology.return_server_session(session)

    async def _written(self, command: Document, accepts: Container[int]) -> Document:
        try:
            return await self._attempt(command, accepts)
        except PyMongoError as error:
            _add_retryable_write_error(error)
            if not error.has_error_label("RetryableWriteError"):
                raise
            return await self._again(command, error, accepts)

    async def _again(self, command: Document, first: PyMongoError, accepts: Container[int] | None = None) -> Document:
        """The second attempt. Where no server is found, or it has written nothing, the first error says more."""
        try:
            return await self._attempt(command, accepts)
        except ServerSelectionTimeoutError:
            raise first from None
        except PyMongoError as error:
            if accepts is not None:
                _add_retryable_write_error(error)
            if error.has_error_label("NoWritesPerformed"):
                raise first from error
            raise

    async def _attempt(self, command: Document, accepts: Container[int] | None = None) -> Document:
        """One attempt: of a write where it says which errors of single writes it `accepts`."""
        client = self._client
        server = self._primary() or await client._select_server(writable_server_selector, None, next(iter(command)))
        connection = _idle_connection(server.pool)
        if connection is None:
            async with client._checkout(server, None) as connection:
                return await self._exchange(connection, command, accepts)
        try:
            reply = await self._exchange(connection, command, accepts)
        except BaseException as error:
            await self._fail(server, connection, error)
            raise
        await _give_back(server.pool, connection)
        return reply

    def _primary(self) -> Server | None:
        """The primary where it is known now."""
        topology = self._client._topology
        if topology is None or not self._client._opened:
            return None
        if topology.description is not self._described:
            described = topology.description
            writable = [each for each in described.server_descriptions().values() if each.is_writable]
            self._described = described
            self._described_primary = (
                topology.get_server_by_address(writable[0].address) if len(writable) == 1 else None
            )
        return self._described_primary

    async def _exchange(
        self, connection: AsyncConnection, command: Document, accepts: Container[int] | None
    ) -> Document:
        connection.apply_timeout(command)
        request_id, message, size, largest = _op_msg(
            0, command, self._name, None, self._codec, connection.compression_context
        )
        if size > connection.max_message_size:
            raise DocumentTooLarge(f"a command of {size} bytes")
        docs, _, _ = await _run_command(
            connection,
            command,
            self._name,
            request_id,
            message,
            client=None,
            session=None,
            listeners=connection.listeners,
            topology_id=None,
            codec_options=self._codec,
            max_doc_size=largest,
        )
        reply: Document = docs[0]
        if accepts is not None and not reply.keys().isdisjoint(_ERRORS):
            refused = [error for error in reply.get("writeErrors", ()) if error["code"] not in accepts]
            _check_write_command_response({**reply, "writeErrors": refused})
        return reply

    async def _fail(self, server: Server, connection: AsyncConnection, error: BaseException) -> None:
        """Let PyMongo draw its conclusions about the server, and have the connection back."""
        checkout = self._client._checkout(server, None)
        checkout.contribute_socket(connection)
        try:
            await checkout.handle(type(error), error)
        finally:
            await server.pool.checkin(connection)


def _use(session: _ServerSession, command: Document) -> None:
    """The command is the session's next write."""
    session.last_use = time.monotonic()
    session.inc_transaction_id()
    command["lsid"], command["txnNumber"] = session.session_id, session.transaction_id


def _may_be_read_again(error: PyMongoError) -> bool:
    return not isinstance(error, OperationFailure) or error.code in _RETRYABLE_ERROR_CODES


def _idle_connection(pool: Pool) -> AsyncConnection | None:
    """A connection that is there for the taking, as `Pool._get_conn` takes it where it has nothing to wait for."""
    if pool.closed or pool.state != PoolState.READY or not pool.conns or pool.lock.locked():
        return None
    connection: AsyncConnection = pool.conns[0]
    is_sound = not (connection.conn_closed() or pool.stale_generation(connection.generation, connection.service_id))
    if not is_sound or pool.requests >= pool.max_pool_size or pool.opts.max_idle_time_seconds is not None:
        return None
    pool.conns.popleft()
    pool.operation_count += 1
    pool.requests += 1
    pool.active_sockets += 1
    pool.active_contexts.add(connection.cancel_context)
    connection.active = True
    return connection


async def _give_back(pool: Pool, connection: AsyncConnection) -> None:
    """As `Pool.checkin` where nobody waits for a connection."""
    if pool.lock.locked() or pool.size_cond._waiters or pool._max_connecting_cond._waiters:
        return await pool.checkin(connection)
    connection.active = False
    reason, _, _ = pool._checkin_apply(connection, txn=False, cursor=False, forked=False)
    if reason is not None:
        await connection.close_conn(reason)
    return None
