"""Which errors say that a store or peer is away, so that they are nobody's fault but time's."""

import pymongo.errors as mongo
import redis.exceptions as rds


class PeerAway(Exception):
    """Another service or a provider cannot be reached: nothing was done there."""


class PeerSilent(Exception):
    """Another service did not answer in time: what it did is unknown."""


_SILENT = (mongo.NetworkTimeout, mongo.ExecutionTimeout, mongo.WTimeoutError, rds.TimeoutError, PeerSilent)
_AWAY = (mongo.ConnectionFailure, mongo.WaitQueueTimeoutError, rds.ConnectionError, rds.BusyLoadingError,
         rds.ReadOnlyError, rds.ClusterDownError, PeerAway)  # fmt: skip


def is_unknown(error: BaseException) -> bool:
    """Whether the call may have taken effect although no answer came."""
    return isinstance(error, _SILENT)


def is_away(error: BaseException) -> bool:
    """Whether a store or peer is away, known or unknown outcome alike; never an error of the message itself."""
    labelled = isinstance(error, mongo.PyMongoError) and error.has_error_label("RetryableWriteError")
    return isinstance(error, _AWAY + _SILENT) or labelled
