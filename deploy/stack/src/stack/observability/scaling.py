"""Rules whose times are shorter, for tests: ranges, offsets and `for` are divided, expressions stay as they are."""

import re
from typing import Any

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TIME = r"(?P<number>\d+)(?P<unit>[smhd])"
_RANGE = re.compile(rf"(?P<before>\[|offset ){_TIME}")
LEAST_SECONDS = 12
"""The shortest range: of a metric that is read every three seconds it has four samples."""


def scaled(rule: dict[str, Any], divisor: int) -> dict[str, Any]:
    """An alert or recording rule with its times divided; no range gets shorter than `LEAST_SECONDS`."""
    shorter = {**rule, "expr": _RANGE.sub(lambda written: _divided(written, divisor), rule["expr"])}
    if "for" in rule:
        shorter["for"] = f"{max(1, _seconds(re.fullmatch(_TIME, rule['for'])) // divisor)}s"
    return shorter


def _divided(written: re.Match[str], divisor: int) -> str:
    return f"{written['before']}{max(LEAST_SECONDS, _seconds(written) // divisor)}s"


def _seconds(written: re.Match[str] | None) -> int:
    if written is None:
        raise ValueError("a time is a number and s, m, h or d")
    return int(written["number"]) * _SECONDS[written["unit"]]
