"""placeholder"""

from collections.abc import Callable, Mapping


class DemoError(Exception):
    """x"""


def fill(gateway: str, secrets: Mapping[str, str], say: Callable[[str], None]) -> None:
    """x"""
