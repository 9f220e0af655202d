"""Whether a process is about to end, for all that answer in its name; and how it tells connections that were idle."""

from dataclasses import dataclass

LEAVING = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
"""What an idle connection is told before it ends (RFC 9110 §15.5.9). A request that crosses it is never read, so it
may be sent elsewhere, whatever its method."""


@dataclass(slots=True)
class Drain:
    """Begun once, when the process is told to end: then `/readyz` says no, and answers end their connections."""

    begun: bool = False

    def begin(self) -> None:
        """The process takes no more work than what comes until it stops listening."""
        self.begun = True
