"""Virtual hosts that tests use one after another: each finds the queues that are there, and nothing in them.

They are not deleted in between. RabbitMQ 3.10 gives up the workers behind at-least-once dead letters for good when a
queue is deleted at the moment at which it is made, and from then on no such queue can be declared.
"""

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from stack.calls import call

ALL = {"configure": ".*", "write": ".*", "read": ".*"}
GONE_SECONDS = 60


@dataclass(frozen=True)
class VirtualHost:
    """One virtual host; `management` is the origin of the management API, credentials included."""

    management: str
    name: str

    def prepare(self, user: str) -> None:
        """Make it where it is not there yet, wait until its former clients are gone, and empty its queues."""
        self._ask("PUT", f"vhosts/{self.name}", {})
        self._ask("PUT", f"permissions/{self.name}/{quote(user, safe='')}", ALL)
        deadline = time.monotonic() + GONE_SECONDS
        while clients := self._ask("GET", f"vhosts/{self.name}/connections"):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{len(clients)} clients of a former test still use {self.name}")
            time.sleep(0.02)
        queues = self._ask("GET", f"queues/{self.name}?disable_stats=true")
        names = [queue["name"] for queue in queues if not queue["exclusive"]]  # those go with their client
        for name in sorted(names, key=lambda name: ".retry." not in name):  # what waits there goes to the others
            self._ask("DELETE", f"queues/{self.name}/{quote(name, safe='')}/contents")

    def remove(self) -> None:
        """Delete it with all that is in it."""
        self._ask("DELETE", f"vhosts/{self.name}")

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        answer = call(method, f"{self.management}/api/{path}", body, seconds=30)
        if answer.status >= 300:
            raise RuntimeError(f"{method} {urlsplit(path).path}: {answer.status} {answer.text}")
        return answer.json if answer.text else None
