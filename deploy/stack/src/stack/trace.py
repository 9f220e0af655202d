"""`python -m stack.trace REFERENCE`: a booking's way over all services with its times, what it waits for, and the
runbook that applies. `MARQUEE_URL`, `ADMIN_EMAIL` and `ADMIN_PASSWORD` say where to ask, if not at a local stack."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from stack import options
from stack.calls import Answer, NoAnswerError, call
from stack.state import State
from stack.waits import waits_of

Json = Mapping[str, Any]
_SECONDS = 15


class TraceError(Exception):
    """There is no way to show; the text is one line that says what to do."""


def report(booking: Json, items: Sequence[Json], now: datetime) -> Iterator[str]:
    """The lines: when each step was, how long after the one before, and in which trace where that is another.

    `booking` is the body of `GET /api/admin/bookings/{id}`, `items` are those of its timeline, oldest first.
    """
    show = booking["showtime"]
    yield f"{booking['reference']}  {booking['status']}  {booking['id']}  {show.get('movieTitle') or show['id']}"
    before, trace = None, None
    for item in items:
        at = datetime.fromisoformat(item["at"])
        if item.get("traceId") not in {None, trace}:
            trace = item["traceId"]
            yield f"  trace {trace}"
        step = f"{item['service']} {item['what']}"
        passed = "" if before is None else f"+{duration((at - before).total_seconds())}"
        yield (
            f"  {at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]
            + f"  {passed:>9}  {step:<26}  {item['detail']}".rstrip()
        )
        before = at
    yield from _waits(booking, items, now)


def _waits(booking: Json, items: Sequence[Json], now: datetime) -> Iterator[str]:
    waits = waits_of(booking, items)
    if not waits:
        yield "waits for nothing"
    for wait in waits:
        since = duration((now - wait.since).total_seconds())
        yield f"waits: {wait.what}, for {since} now"
        if wait.is_stuck(now):
            yield f"STUCK: see docs/runbooks/{wait.runbook}"


def duration(seconds: float) -> str:
    """`0.012 s`, `2 min 5 s`, `3 h 0 min`, `2 d 3 h`."""
    if seconds < 60:
        return f"{seconds:.3f} s"
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    parts = [(days, "d"), (hour, "h"), (minute, "min"), (second, "s")]
    first = next(place for place, (number, _) in enumerate(parts) if number)
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2])


def show(stack_info: Json, wanted: str) -> list[str]:
    """The report of the booking with this reference, as it was read out, or with this id. Raises `TraceError`."""
    gateway, token = stack_info["gateway"], _token(stack_info)

    def read(path: str) -> Any:
        answer = _asked("GET", f"{gateway}{path}", token=token)
        if answer.status >= 500:
            raise TraceError(f"{path}: {answer.status} {answer.text[:300]}\n`make status` says which process is away")
        if answer.status != 200:
            raise TraceError(f"{path}: {answer.status} {answer.text[:300]}")
        return answer.json

    matches = read(f"/api/admin/bookings?q={quote(wanted)}&pageSize=2")
    if matches["total"] != 1:
        hint = "check the eight characters" if matches["total"] == 0 else "give the reference or the id"
        raise TraceError(f"{matches['total']} bookings are known by {wanted!r}: {hint}")
    path = f"/api/admin/bookings/{matches['items'][0]['id']}"
    return list(report(read(path), read(f"{path}/timeline")["items"], datetime.now(UTC)))


def _token(stack_info: Json) -> str:
    answer = _asked("POST", f"{stack_info['gateway']}/api/auth/login", dict(stack_info["admin"]))
    if answer.status != 200:
        raise TraceError(f"signing in as {stack_info['admin']['email']}: {answer.status} {answer.text[:300]}")
    return str(answer.json["accessToken"])


def _asked(method: str, url: str, body: object = None, token: str | None = None) -> Answer:
    try:
        return call(method, url, body, token=token, seconds=_SECONDS)
    except NoAnswerError as error:
        raise TraceError(f"no answer: {error}") from error


def _where() -> Json:
    environ = os.environ
    if url := environ.get("MARQUEE_URL"):
        admin = {"email": environ.get("ADMIN_EMAIL", ""), "password": environ.get("ADMIN_PASSWORD", "")}
        return {"gateway": url.rstrip("/"), "admin": admin}
    stack_info = State(options.read(environ).folder).stack_info()
    if stack_info is None:
        raise TraceError("no stack runs here: `make up` starts one; or set MARQUEE_URL, ADMIN_EMAIL, ADMIN_PASSWORD")
    return stack_info


def main() -> int:
    try:
        lines = show(_where(), " ".join(sys.argv[1:]))
    except TraceError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
