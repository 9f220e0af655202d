"""How long to wait before the next attempt, by how many have failed."""

_MAX_EXPONENT = 64  # beyond it any maximum is reached, and at some point a float overflows


def backoff_seconds(failures: int, *, first: float, maximum: float, factor: float = 2.0) -> float:
    """`first` seconds after the first failure, `factor` times as long after each further one, `maximum` at most."""
    return min(maximum, first * factor ** min(max(failures - 1, 0), _MAX_EXPONENT))
