"""What is sent to Redis is what its client would send."""

import pytest
from redis.asyncio import Connection
from redis.exceptions import DataError

from chassis import redis

COMMANDS: list[tuple[str | bytes | int | float, ...]] = [
    ("GET", "a"),
    ("EVALSHA", "0" * 40, 2, "hold:{sho_1}", "map:{sho_1}", "größer", "", 1, -7, 2**60),
    ("ZADD", "a", 0.1, b"\x00\xff", 1e22, "b"),
    ("SCRIPT LOAD", "return 1"),
    (b"SET", "with blanks", " and more "),
]


async def _connection() -> Connection:
    async with redis.connect("redis://127.0.0.1:1") as client:
        connection = client.connection_pool.make_connection()  # type: ignore[no-untyped-call]
    assert isinstance(connection, Connection)
    return connection


@pytest.mark.parametrize("command", COMMANDS, ids=str)
async def test_a_command_is_packed_to_the_same_bytes(command: tuple[str | bytes | int | float, ...]) -> None:
    assert b"".join((await _connection()).pack_command(*command)) == b"".join(Connection().pack_command(*command))


async def test_so_are_many() -> None:
    packed, plain = (each.pack_commands(COMMANDS) for each in (await _connection(), Connection()))
    assert b"".join(packed) == b"".join(plain)


@pytest.mark.parametrize("value", [None, True, [1]], ids=str)
async def test_what_redis_has_no_type_for_is_refused(value: object) -> None:
    connection = await _connection()
    with pytest.raises(DataError):
        connection.pack_command("SET", "a", value)  # type: ignore[arg-type]
