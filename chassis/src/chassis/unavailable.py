"""Which errors say that a store or another service is unavailable: nobody's fault, and over after a while.

The drivers' errors are known by their names, so that a process loads no driver which it does not use.
"""


class PeerUnavailable(Exception):
    """Another service or a provider cannot be reached: nothing was done there."""


class PeerTimeout(Exception):
    """Another service did not answer in time: what it did is unknown."""


TIMEOUTS = frozenset(
    {
        "chassis.unavailable.PeerTimeout",
        "pymongo.errors.ExecutionTimeout",
        "pymongo.errors.NetworkTimeout",
        "pymongo.errors.WTimeoutError",
        "redis.exceptions.TimeoutError",
    }
)
UNREACHABLE = frozenset(
    {
        "chassis.unavailable.PeerUnavailable",
        "pymongo.errors.ConnectionFailure",
        "pymongo.errors.WaitQueueTimeoutError",
        "redis.exceptions.BusyLoadingError",
        "redis.exceptions.ClusterDownError",
        "redis.exceptions.ConnectionError",
        "redis.exceptions.OutOfMemoryError",
        "redis.exceptions.ReadOnlyError",
        "redis.exceptions.TryAgainError",
    }
)
MONGO_ERROR, REDIS_RESPONSE_ERROR = "pymongo.errors.PyMongoError", "redis.exceptions.ResponseError"
# Servers that answer but take no writes: Redis's errors without a class of their own, by their first word (its disk is
# full, too few replicas, a script runs on and on), and Mongo's by code (its disk is full).
_REDIS_WORDS = ("MISCONF ", "NOREPLICAS ", "BUSY ")
_MONGO_CODES = frozenset({14031})


def outcome_unknown(error: BaseException) -> bool:
    """Whether the call may have taken effect although no answer came."""
    return not TIMEOUTS.isdisjoint(_class_names(error))


def is_unavailable(error: BaseException) -> bool:
    """Whether a store or service is unavailable, known or unknown outcome alike; never an error of the message."""
    names = _class_names(error)
    return not (TIMEOUTS | UNREACHABLE).isdisjoint(names) or _takes_no_writes(error, names)


def _class_names(error: BaseException) -> set[str]:
    """The full names of the error's class and of those it extends."""
    return {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}


def _takes_no_writes(error: BaseException, names: set[str]) -> bool:
    if REDIS_RESPONSE_ERROR in names:
        return str(error).startswith(_REDIS_WORDS)
    if MONGO_ERROR not in names:
        return False
    has_label = getattr(error, "has_error_label")  # noqa: B009  every error of pymongo has it
    return getattr(error, "code", None) in _MONGO_CODES or bool(has_label("RetryableWriteError"))
