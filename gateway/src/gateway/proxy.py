"""The proxy: forwards calls to services and streams their answers, bytes untouched, within a deadline.

A request (1 MiB at most) is taken in whole before a service is asked: a slow or broken client holds no connection to
one, and a call can be repeated byte for byte.
"""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Protocol

from chassis.logs import logger
from chassis.problems import DeadlineExceeded, Problem, Unavailable
from chassis.replicas import Replicas
from gateway.deadlines import Deadlines
from gateway.headers import response_fields
from gateway.request import Fields
from gateway.routes import Route
from gateway.upstream import Pool, Upstream

log = logger(__name__)
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


class Client(Protocol):
    """Who gets the answer: head, parts, end; a problem in place of a head; or a cut after one."""

    def start(self, status: int, fields: Fields) -> None:
        """The answer begins."""

    def write(self, part: bytes) -> None:
        """Some of its body."""

    def end(self) -> None:
        """It is whole."""

    def flush(self) -> None:
        """Send now what was said so far."""

    def fail(self, problem: Problem) -> None:
        """There is no answer but this problem."""

    def cut(self, reason: str) -> None:
        """The answer stopped in the middle, and must not be taken for whole."""


class Call:
    """A request as any replica of its service gets it: `rest` is what follows the Host header, the body included."""

    __slots__ = ("method", "rest", "target")

    def __init__(self, method: str, target: bytes, rest: bytes) -> None:
        self.method, self.target, self.rest = method, target, rest

    def sent_to(self, authority: bytes) -> bytes:
        """The whole request, to the server of this name."""
        return b"%b %b HTTP/1.1\r\nHost: %b\r\n%b" % (self.method.encode(), self.target, authority, self.rest)


class Proxy:
    """Forwards calls to the replicas of each service, by its name, over connections that are kept."""

    def __init__(self, replicas: Mapping[str, Replicas]) -> None:
        self._loop = asyncio.get_running_loop()  # asked once: it is a system call
        self.replicas = replicas
        self._pools: dict[str, Pool] = {}
        self.deadlines, self.now = Deadlines(self._loop), self._loop.time

    def pool(self, several: Replicas, origin: str) -> Pool:
        """The connections to this one of the replicas."""
        pool = self._pools.get(origin)
        if pool is None:
            pool = self._pools[origin] = Pool(origin, self._loop, partial(several.note_leaving, origin))
        return pool

    async def look_up(self) -> None:
        """Ask DNS for the replicas behind names; those that are gone get no more calls, and lose their connections once
        the calls under way are done."""
        await asyncio.gather(*(several.look_up() for several in self.replicas.values()))
        known = {origin for several in self.replicas.values() for origin in several.origins}
        for origin in self._pools.keys() - known:
            self._pools.pop(origin).retire()

    @property
    def has_names(self) -> bool:
        """Whether there is anything to look up."""
        return any(several.are_named for several in self.replicas.values())

    def forward(self, call: Call, route: Route, client: Client) -> "Forwarding":
        """Ask the service of `route`, and give the client its answer or a problem."""
        forwarding = Forwarding(self, call, route, client)
        self.deadlines.watch(forwarding, route.seconds)
        forwarding.ask_next()
        return forwarding

    def close(self) -> None:
        """Close all connections to services."""
        for pool in self._pools.values():
            pool.close()


class Forwarding:
    """A call under way: which replica is asked, which are left, and until when. It is a connection's `Caller`."""

    __slots__ = (
        "_call",
        "_client",
        "_connection",
        "_left",
        "_origin",
        "_proxy",
        "_replicas",
        "_route",
        "_started",
        "due_at",
        "is_over",
    )

    def __init__(self, proxy: Proxy, call: Call, route: Route, client: Client) -> None:
        self._proxy, self._call, self._route, self._client = proxy, call, route, client
        self._replicas = proxy.replicas[route.service]
        self._left = iter(self._replicas.in_turn())
        self._origin = ""
        self._connection: Upstream | None = None
        self._started = self.is_over = False
        self.due_at = 0.0

    def ask_next(self) -> None:
        """Ask the next replica; when none is left, nothing was done."""
        self._origin = next(self._left, "")
        if self._origin:
            self._replicas.begin(self._origin)
            self._proxy.pool(self._replicas, self._origin).connect(self)
        else:
            self._fail(Unavailable(f"{self._route.service} cannot be reached"))

    def on_connected(self, connection: Upstream) -> None:
        """Send the call."""
        self._connection = connection
        connection.send(self._call.sent_to(connection.authority), self, head_only=self._call.method == "HEAD")

    def on_refused(self, _error: Exception) -> None:
        """Pass the replica over."""
        self._replicas.end(self._origin)
        self._replicas.note_refusal(self._origin)
        self.ask_next()

    def on_head(self, status: int, fields: Fields) -> None:
        """The replica answers; from now on a pause may last as long as the head could."""
        self._replicas.end(self._origin)
        self._started = True
        self.due_at = self._proxy.now() + self._route.seconds
        self._client.start(status, response_fields(fields, self._origin.encode()))

    def on_part(self, part: bytes) -> None:
        """Pass it on."""
        self.due_at = self._proxy.now() + self._route.seconds
        self._client.write(part)

    def on_end(self) -> None:
        """The answer is whole."""
        self._finish()
        self._client.end()

    def on_read(self) -> None:
        """Let the client have what came."""
        self._client.flush()

    def on_broken(self, error: Exception) -> None:
        """Before the answer's head a call that may be repeated goes over a new connection, then to the next replica."""
        if self._started:
            self._finish()
            return self._client.cut(repr(error))
        used = self._connection is not None and self._connection.used
        self._connection = None
        if self._call.method not in IDEMPOTENT:
            self._replicas.end(self._origin)
            return self._fail(DeadlineExceeded("the connection to the service broke; the outcome is unknown"))
        if used:  # the service may have closed it before the call came
            return self._proxy.pool(self._replicas, self._origin).connect(self, new=True)
        return self.on_refused(error)

    def on_unread(self) -> None:
        """Nothing was done: whatever the method, the next replica may be asked."""
        self._connection = None
        self._replicas.end(self._origin)
        self.ask_next()

    def on_deadline(self) -> None:
        """The replica let it pass."""
        self._abort()
        if self._started:
            return self._client.cut("the service fell silent")
        self._replicas.end(self._origin)
        self._replicas.note_timeout(self._origin)
        seconds = self._route.seconds
        return self._client.fail(DeadlineExceeded(f"no answer within {seconds:g} s; the outcome is unknown"))

    def pause(self) -> None:
        """The client does not read: nor do we."""
        if self._connection is not None:
            self._connection.transport.pause_reading()

    def resume(self) -> None:
        """The client reads again."""
        if self._connection is not None:
            self._connection.transport.resume_reading()

    def abandon(self) -> None:
        """The client hung up."""
        if not self._started:
            self._replicas.end(self._origin)
        self._abort()
        log.info("client hung up", route=self._route.path)

    def _fail(self, problem: Problem) -> None:
        self._finish()
        self._client.fail(problem)

    def _abort(self) -> None:
        if self._connection is not None:
            self._connection.abort()
        self._finish()

    def _finish(self) -> None:
        self.is_over, self._connection = True, None
        self._proxy.deadlines.forget(self)
