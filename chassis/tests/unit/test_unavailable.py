"""Which errors say that a server is unavailable."""

import importlib

import pymongo.errors as mongo
import pytest
import redis.exceptions as rds

from chassis.unavailable import (
    MONGO_ERROR,
    REDIS_RESPONSE_ERROR,
    TIMEOUTS,
    UNREACHABLE,
    PeerTimeout,
    PeerUnavailable,
    is_unavailable,
    outcome_unknown,
)


@pytest.mark.parametrize("name", sorted(TIMEOUTS | UNREACHABLE | {MONGO_ERROR, REDIS_RESPONSE_ERROR}))
def test_every_name_is_that_of_an_error(name: str) -> None:
    module, _, error = name.rpartition(".")
    kind = getattr(importlib.import_module(module), error)
    assert issubclass(kind, Exception)
    assert (kind.__module__, kind.__qualname__) == (module, error)


@pytest.mark.parametrize(
    "error",
    [
        PeerUnavailable(),
        PeerTimeout(),
        mongo.AutoReconnect(),
        mongo.ServerSelectionTimeoutError(),
        mongo.NetworkTimeout(),
        mongo.OperationFailure("no space left", 14031),
        rds.ConnectionError(),
        rds.TimeoutError(),
        rds.ReadOnlyError(),
        rds.OutOfMemoryError("command not allowed when used memory > 'maxmemory'"),
        rds.BusyLoadingError(),
        rds.ResponseError("MISCONF Redis is configured to save RDB snapshots"),
        rds.MasterDownError("link is down"),
        rds.ResponseError("NOREPLICAS Not enough good replicas to write."),
        rds.ResponseError("BUSY Redis is busy"),
    ],
    ids=repr,
)
def test_a_server_that_cannot_be_reached_or_takes_no_writes_is_unavailable(error: Exception) -> None:
    assert is_unavailable(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError(),
        KeyError("MISCONF "),
        mongo.OperationFailure("bad query", 2),
        mongo.DuplicateKeyError("E11000"),
        rds.ResponseError("ERR wrong number of arguments"),
        rds.ResponseError("WRONGTYPE"),
    ],
    ids=repr,
)
def test_an_error_of_the_message_is_not(error: Exception) -> None:
    assert not is_unavailable(error)
    assert not outcome_unknown(error)
