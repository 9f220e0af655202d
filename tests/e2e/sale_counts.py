"""What one sale asks of servers, provider and other services: counted by name, polls and other sales left out.

A command belongs to a sale if it names one of its ids, or if it comes meanwhile and names no id at all.
"""

import json
import re
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from pymongo import MongoClient
from pymongo.database import Database
from redis import Redis
from redis.exceptions import RedisError
from tests.conftest import until

from seating.scripts import scripts
from stack.audit.reading import DATABASES
from stack.buyer import StackClient
from stack.testing import listening

Document = dict[str, Any]
# What compares the provider's books with ours does, round after round.
OF_ROUNDS = {"payment.watermarks"}
OURS = "sale-counts"  # the name of our own connection to Mongo, whose commands are not counted
PROFILE_BYTES = 64 << 20
AN_ID = re.compile(r"\b(?:bkg|pay|hld|sho|usr|order|ses|thr|scr|mov)_[0-9A-Za-z]{6,}")
# Looked for every so often, sale or no sale: unsent events, due work, how much of it waits, what Redis has to say.
POLLED_FIELDS = {"due_at", "outbox.time", "outbox.0", "unreported"}
POLLED_IN_REDIS = {
    "XLEN",
    "ZRANGEBYSCORE",
    "ZRANGE",
    "XRANGE",
    "SPOP",
    "INFO",
    "PING",
    "ECHO",  # whether it is there: asked wherever metrics are read, as they are here
    "HELLO",
    "CLIENT",
    "SELECT",
    "TIME",
    "SCRIPT",
}
LOOK_TURN = "{seating}:look"  # of all showtimes, every five seconds: whose turn it is
READS = {"query": "read", "find": "read", "getmore": "read", "aggregate": "read", "count": "read", "distinct": "read"}
EXCHANGES = ("marquee.events", "marquee.private")
REQUESTS = re.compile(
    r'^marquee_http_requests_total\{method="(\w+)",route="([^"]+)",status="\d+"\} ([\d.]+)', re.MULTILINE
)
OF_OPS = ("/readyz", "/healthz", "/metrics")


@dataclass(frozen=True)
class Sale:
    """The ids of a sale; booking, payment and hold have the same last 26 characters."""

    booking_id: str
    order_id: str
    capture_id: str
    user_id: str
    showtime_id: str

    def owns(self, text: str) -> bool:
        """Whether it names this sale, or nobody's."""
        mine = (self.booking_id[4:], self.order_id, self.capture_id, self.user_id, self.showtime_id)
        return any(name in text for name in mine) or AN_ID.search(text) is None


@dataclass
class Monitor:
    """Redis' commands since it was entered, but for those inside scripts."""

    url: str
    commands: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._monitor = Redis.from_url(self.url).monitor()  # type: ignore[no-untyped-call]
        self._monitor.__enter__()
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._monitor.connection.disconnect()

    def _listen(self) -> None:
        try:
            for entry in self._monitor.listen():
                if entry["client_type"] != "lua":
                    self.commands.append(entry["command"])
        except (RedisError, OSError, AttributeError, ValueError):
            return  # the connection was closed


@dataclass(frozen=True)
class Counts:
    """How often each thing was asked for, and how many bytes Mongo answered by collection."""

    asked: Counter[str]
    answered: Counter[str]


class Counting:
    """Counts sale after sale on one running stack."""

    def __init__(
        self, client: StackClient, mongo: "MongoClient[Document]", monitor: Monitor, heard: list[Document]
    ) -> None:
        self._client, self._mongo, self._monitor, self._heard = client, mongo, monitor, heard
        self._scripts = {script.digest: name for name, script in scripts().items()}

    async def sale(self, showtime_id: str, seat_ids: list[str]) -> Counts:
        """Sell the seats to a new guest and wait until all that follows has happened."""
        buyer = await self._client.buyer()
        await until(lambda: self._is_known(buyer.user["id"]))
        started = datetime.now(UTC)
        del self._monitor.commands[:], self._heard[:]
        before = await self._requests(), await self._provider_calls(), await self._webhooks()
        held = await buyer.hold(showtime_id, seat_ids)
        ordered = await buyer.order(held.body["id"])
        paid = await self._client.pay(ordered.body["orderId"])
        confirmed = await buyer.confirm(paid)
        assert confirmed.status == 200, confirmed
        sale = Sale(
            ordered.body["bookingId"],
            ordered.body["orderId"],
            paid["razorpay_payment_id"],
            buyer.user["id"],
            showtime_id,
        )
        await until(lambda: self._is_over(sale, started))
        after = await self._requests(), await self._provider_calls(), await self._webhooks()
        mails = await self._client.mails(buyer.user["email"])
        commands = list(self._in_mongo(sale, started))
        asked = [
            *(name for name, _ in commands),
            *self._in_redis(sale),
            *(f"event `{event['type']}`" for event in self._heard if sale.owns(json.dumps(event))),
            *("mail" for _ in mails),
            *(f"call `{name}`" for name in (after[0] - before[0]).elements()),
            *(f"provider `{name}`" for name in _calls(after[1][len(before[1]) :], sale)),
            *(
                f"webhook `{delivery['event']}`"
                for delivery in after[2][len(before[2]) :]
                if sale.owns(delivery["body"])
            ),
        ]
        answered: Counter[str] = Counter()
        for name, length in commands:
            answered[name] += length
        return Counts(Counter(asked), answered)

    def _is_known(self, user_id: str) -> bool:
        """To notify, which has welcomed them, and nobody has anything left to say of them."""
        unsent = self._mongo["identity"]["users"].count_documents({"outbox.0": {"$exists": True}})
        welcome = {"user_id": user_id, "kind": "welcome", "status": "sent", "outbox.0": {"$exists": False}}
        notify = self._mongo["notify"]
        is_welcome = bool(notify["deliveries"].find_one(welcome))
        return not unsent and is_welcome and bool(notify["recipients"].find_one({"_id": user_id}))

    def _is_over(self, sale: Sale, since: datetime) -> bool:
        """Decided everywhere, the mail sent, no event of it left, and nothing that is due of it."""
        mongo, key = self._mongo, sale.booking_id[4:]
        mail = mongo["notify"]["deliveries"].find_one({"booking_id": sale.booking_id}) or {}
        payment = mongo["payment"]["payments"].find_one({"_id": f"pay_{key}"}) or {}
        inbox = mongo["payment"]["inbox"].count_documents(
            {"due_at": {"$exists": True}, "received_at": {"$gte": since}}
        )  # what others left there is due when it is due
        unsent = [
            name
            for name, mine in {
                "booking.bookings": {"_id": sale.booking_id},
                "payment.payments": {"_id": f"pay_{key}"},
                "notify.deliveries": {"booking_id": sale.booking_id},
                "seating.ledgers": {"_id": sale.showtime_id},
            }.items()
            if mongo.get_database(name.partition(".")[0])[name.partition(".")[2]].find_one(
                {**mine, "outbox.0": {"$exists": True}}
            )
        ]
        return mail.get("status") == "sent" and bool(payment.get("decided")) and not inbox and not unsent

    def _in_mongo(self, sale: Sale, since: datetime) -> Iterator[tuple[str, int]]:
        """Name and length of the answer of each command."""
        for name in DATABASES:
            for entry in self._mongo[name]["system.profile"].find({"ts": {"$gte": since}, "appName": {"$ne": OURS}}):
                command = entry.get("command", {})
                kind = next(iter(command)) if entry["op"] == "command" else entry["op"]
                is_of_rounds = entry["ns"] in OF_ROUNDS or _reads_a_page(entry["ns"], command, sale)
                if not is_of_rounds and not _is_poll(kind, command) and sale.owns(json.dumps(command, default=str)):
                    yield f"`{entry['ns']}` {_what(kind, command)}", entry.get("responseLength", 0)

    def _in_redis(self, sale: Sale) -> Iterator[str]:
        for command in list(self._monitor.commands):
            name, _, rest = command.partition(" ")
            if name.upper() in POLLED_IN_REDIS or LOOK_TURN in rest or not sale.owns(rest):
                continue
            script = self._scripts.get(rest.partition(" ")[0])
            yield f"Redis `{script}.lua`" if script else f"Redis `{name.upper()}`"

    async def _requests(self) -> Counter[str]:
        """Requests that services answered, by service and route."""
        counts: Counter[str] = Counter()
        for service, replicas in self._client.stack_info["services"].items():
            for replica in replicas:
                metrics = (await self._client.call("GET", f"{replica['url']}/metrics")).body
                for method, route, number in REQUESTS.findall(metrics):
                    if route not in OF_OPS:
                        counts[f"{service} {method} {route}"] += int(float(number))
        return counts

    async def _provider_calls(self) -> list[Document]:
        calls: list[Document] = (await self._client.call("GET", f"{self._client.simulator}/_sim/calls")).body
        return calls

    async def _webhooks(self) -> list[Document]:
        deliveries: list[Document] = (await self._client.call("GET", f"{self._client.simulator}/_sim/deliveries")).body
        return deliveries


@asynccontextmanager
async def counting(client: StackClient) -> AsyncIterator[Counting]:
    """Count on this stack for the block."""
    servers = client.stack_info["servers"]
    async with AsyncExitStack() as opened:
        mongo = opened.enter_context(MongoClient[Document](servers["mongo"]["uri"], appname=OURS))
        monitor = opened.enter_context(Monitor(servers["redis"]["url"]))
        heard = await opened.enter_async_context(listening(servers["rabbitmq"]["url"], "#", EXCHANGES))
        for name in DATABASES:
            _profile(mongo[name])
        try:
            yield Counting(client, mongo, monitor, heard)
        finally:
            for name in DATABASES:
                mongo[name].command("profile", 0)


def _profile(database: Database[Document]) -> None:
    """Every command from now on, in a collection that is large enough for all sales."""
    database.command("profile", 0)
    if database["system.profile"].options().get("size", 0) < PROFILE_BYTES:
        database.drop_collection("system.profile")
        database.create_collection("system.profile", capped=True, size=PROFILE_BYTES)
    database.command("profile", 2)


def _reads_a_page(collection: str, command: Mapping[str, Any], sale: Sale) -> bool:
    """Whether it looks up what stands on a page of the provider's list: not the ids of this sale alone."""
    field = {"payment.payments": "captures.capture_id", "payment.foreign_orders": "_id"}.get(collection, "")
    wanted = command.get("filter", {}).get(field)
    if not isinstance(wanted, dict) or "$in" not in wanted:
        return False
    own = [any(mine in name for mine in (sale.order_id, sale.capture_id)) for name in wanted["$in"]]
    return not own or not all(own)


def _is_poll(kind: str, command: Mapping[str, Any]) -> bool:
    """Looking for what is unsent or due, and counting for metrics, is done sale or no sale; claiming it is not."""
    if kind in {"aggregate", "count"}:
        return not AN_ID.search(json.dumps(command, default=str))
    return kind in READS and bool(command.get("filter", {}).keys() & POLLED_FIELDS)


def _what(kind: str, command: Mapping[str, Any]) -> str:
    """`outbox` where confirmed events are taken out of a document, and `reported` where the reports have it, if nothing
    else is done."""
    change = command.get("u", {})
    takes_out = isinstance(change, dict) and set(change) == {"$pull"} and set(change["$pull"]) == {"outbox"}
    if change == {"$unset": {"unreported": ""}}:
        return "reported"
    return "outbox" if takes_out else READS.get(kind, "write")


def _calls(calls: Sequence[Document], sale: Sale) -> Iterator[str]:
    """By method and path; a list of a window of time belongs to no sale."""
    for made in calls:
        path = made["path"].partition("?")[0]
        if sale.owns(f"{made['path']} {made['body']}") and not (made["method"] == "GET" and path.count("/") == 2):
            yield f"{made['method']} {re.sub(r'(order|pay|rfnd)_[0-9A-Za-z]+', '*', path)}"
