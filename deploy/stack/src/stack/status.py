"""What `make status` prints: every process with its readiness, and what is stuck."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from stack.calls import NoAnswerError, answers, call
from stack.ports import accepts
from stack.processes import is_alive

# Each is 0 when nothing is stuck.
STUCK = {
    "marquee_outbox_oldest_seconds": "oldest unsent event, seconds",
    "marquee_dead_letters": "dead letters",
    "marquee_payments_without_answer": "payments that booking has not answered after 60 s",
    "marquee_open_cases": "open cases",
    "marquee_refunds_unanswered": "refunds due for over 10 minutes without a word from payment",
    "marquee_mails_failed": "mails of the last day that will never arrive",
    "marquee_tickets_waiting": "tickets that have not gone out within 30 s",
    "marquee_webhooks_unmatched": "webhooks about what their provider does not know",
    "marquee_seats_differing": "seats where map and ledger differ",
}
SAMPLE = re.compile(r"^(?P<name>\w+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")

Row = tuple[str, str, str, str]  # name, pid, readiness, address


def lines(stack_info: dict[str, Any]) -> tuple[list[str], bool]:
    """The report, and whether everything is ready."""
    rows = [*_servers(stack_info), *_simulators(stack_info), *_services(stack_info)]
    width = max(len(row[0]) for row in rows)
    table = [f"{name:<{width}}  {pid:>7}  {ready:<9}  {address}" for name, pid, ready, address in rows]
    stuck = list(_stuck(stack_info))
    return [*table, "", *(stuck or ["nothing is stuck"])], all(row[2] == "ready" for row in rows)


def _servers(stack_info: dict[str, Any]) -> Iterator[Row]:
    for name, server in stack_info["servers"].items():
        for number, member in enumerate(server.get("members", [server])):
            parts = urlsplit(member.get("uri") or member["url"])
            public = f"{parts.scheme}://{parts.hostname}:{parts.port}"  # without its password
            reached = parts.hostname != "127.0.0.1" or accepts(parts.port or 0)
            named = f"{name} {number + 1}" if "members" in server else name
            yield named, str(member["pid"] or "given"), _readiness(member["pid"], reached), public


def _simulators(stack_info: dict[str, Any]) -> Iterator[Row]:
    for name, url in {**stack_info["simulators"], "mail": stack_info["mail"]["http"]}.items():
        pid = stack_info["pids"][name]
        yield name, str(pid), _readiness(pid, answers(f"{url}/healthz")), url


def _services(stack_info: dict[str, Any]) -> Iterator[Row]:
    for service, replicas in stack_info["services"].items():
        for replica in replicas:
            name = service if replica["role"] == "all" else f"{service} {replica['role']}"
            yield (
                name,
                str(replica["pid"]),
                _readiness(replica["pid"], answers(f"{replica['url']}/readyz")),
                replica["url"],
            )


def _readiness(pid: int | None, ready: bool) -> str:
    if pid is not None and not is_alive(pid):
        return "dead"
    return "ready" if ready else "not ready"


def _stuck(stack_info: dict[str, Any]) -> Iterator[str]:
    highest: dict[tuple[str, str, str], float] = {}
    for service, replicas in stack_info["services"].items():
        for replica in replicas:
            for name, labels, value in samples(_metrics(replica["url"])):
                key = (service, name, labels)  # replicas see the same books: the highest counts
                highest[key] = max(value, highest.get(key, 0))
    for (service, name, labels), value in highest.items():
        if value > 0:
            yield f"{service}: {value:g} {STUCK[name]}{f' ({labels})' if labels else ''}"


def _metrics(url: str) -> str:
    try:
        return call("GET", f"{url}/metrics", seconds=2).text
    except NoAnswerError:
        return ""


def samples(text: str) -> Iterator[tuple[str, str, float]]:
    """Name, labels and value of what may be stuck, from a Prometheus page."""
    for line in text.splitlines():
        sample = SAMPLE.match(line)
        if sample and sample["name"] in STUCK:
            yield sample["name"], sample["labels"] or "", float(sample["value"])
