"""Which errors say that a store or peer is away, so that they are nobody's fault but time's."""

import pymongo.errors as mongo
import redis.exceptions as rds


class PeerUnavailable(Exception):
    """Another service or a provider cannot be reached: nothing was done there."""


class PeerTimeout(Exception):
    """Another service did not answer in time: what it did is unknown."""


_SILENT = (mongo.NetworkTimeout, mongo.ExecutionTimeout, mongo.WTimeoutError, rds.TimeoutError, PeerTimeout)
_AWAY = (
    mongo.ConnectionFailure,
    mongo.WaitQueueTimeoutError,
    rds.ConnectionError,
    rds.BusyLoadingError,
    rds.ReadOnlyError,
    rds.ClusterDownError,
    rds.TryAgainError,
    rds.OutOfMemoryError,
    PeerUnavailable,
)
# Servers that are there and take no writes: Redis' errors without a class of their own, by their first word (its disk
# is full, too few replicas, a script runs on and on), and Mongo's by code (its disk is full).
_REDIS_WORDS = ("MISCONF ", "NOREPLICAS ", "BUSY ")
_MONGO_CODES = frozenset({14031})


def outcome_unknown(error: BaseException) -> bool:
    """Whether the call may have taken effect although no answer came."""
    return isinstance(error, _SILENT)


def is_unavailable(error: BaseException) -> bool:
    """Whether a store or peer is away, known or unknown outcome alike; never an error of the message itself."""
    return isinstance(error, _AWAY + _SILENT) or _takes_no_writes(error)


def _takes_no_writes(error: BaseException) -> bool:
    if isinstance(error, rds.ResponseError):
        return str(error).startswith(_REDIS_WORDS)
    if isinstance(error, mongo.OperationFailure) and error.code in _MONGO_CODES:
        return True
    return isinstance(error, mongo.PyMongoError) and error.has_error_label("RetryableWriteError")
