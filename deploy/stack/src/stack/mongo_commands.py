"""The commands that a process sends to Mongo, counted: what a step costs, whatever the machine."""

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo import monitoring

_OF_THE_DRIVER = frozenset({"hello", "ismaster", "ping", "endSessions"})


class _Listener(monitoring.CommandListener):
    def __init__(self) -> None:
        self.lists: list[list[str]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        for commands in self.lists:
            if event.command_name not in _OF_THE_DRIVER:
                commands.append(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Was counted when it began."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Was counted when it began."""


_listener = _Listener()
monitoring.register(_listener)  # of every client that is made from now on


@contextmanager
def counted_commands() -> Iterator[list[str]]:
    """The names of the commands that are sent during the block, as a list that grows."""
    commands: list[str] = []
    _listener.lists.append(commands)
    try:
        yield commands
    finally:
        _listener.lists.remove(commands)
