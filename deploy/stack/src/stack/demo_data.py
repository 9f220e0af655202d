"""Fills a running system with the demo cinemas through its public API, as an admin would; what is there is left alone.

`python -m stack.demo_data` does so for the stack of STACK_DIR; a start of the stack does it by itself. With the address
of a gateway it fills the system behind that, whose admin is the one of `python -m stack secrets`.
"""

import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Any
from zoneinfo import ZoneInfo

from stack import options, secrets
from stack.calls import Answer, NoAnswerError, call
from stack.demo_content import FREE_CURRENCY, MOVIES, THEATERS, TIMES, Screen, Theater
from stack.demo_screens import Json
from stack.state import State

DAYS = 14
AGAIN = (429, 503, 504)  # the API asks to repeat these
DEADLINE_SECONDS = 30


class DemoError(Exception):
    """The API refused or did not answer; the text says to what."""


@dataclass(frozen=True)
class Api:
    """The gateway, with an admin's token where there is one."""

    origin: str
    token: str | None = None

    def get(self, path: str) -> Any:
        return _expect(self._send("GET", path, None), f"GET {path}").json

    def add(self, path: str, body: Json) -> Any:
        return _expect(self._send("POST", path, body), f"POST {path} {body}").json

    def ask(self, path: str, body: Json) -> Answer:
        """POST; the caller looks at the status."""
        return self._send("POST", path, body)

    def all(self, path: str) -> Iterator[Json]:
        """Every item of a list, over its pages."""
        page, seen, total = 1, 0, 1
        while seen < total:
            answer = self.get(f"{path}{'&' if '?' in path else '?'}page={page}&pageSize=100")
            yield from answer["items"]
            if not answer["items"]:
                return
            page, seen, total = page + 1, seen + len(answer["items"]), answer["total"]

    def _send(self, method: str, path: str, body: Json | None) -> Answer:
        key = str(uuid.uuid4()) if method == "POST" else None
        deadline = time.monotonic() + DEADLINE_SECONDS
        while True:
            try:
                answer = call(method, f"{self.origin}{path}", body, token=self.token, idempotency_key=key, seconds=20)
            except NoAnswerError as silence:
                if time.monotonic() > deadline:
                    raise DemoError(f"demo data: {silence}") from silence
            else:
                if answer.status not in AGAIN or time.monotonic() > deadline:
                    return answer
            time.sleep(0.25)


def add_guest(gateway: str, known: Mapping[str, str]) -> None:
    """The guest whose login is shown at every start. Raises `DemoError`."""
    _register(Api(gateway), known["DEMO_EMAIL"], known["DEMO_PASSWORD"])


def fill(gateway: str, known: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Movies, theaters, screens and two weeks of showtimes. Raises `DemoError`."""
    api = Api(gateway, _log_in(Api(gateway), known["ADMIN_EMAIL"], known["ADMIN_PASSWORD"]))
    movies = _movies(api)
    added = sum(_theater(api, theater, movies, number) for number, theater in enumerate(THEATERS))
    say(f"Demo data is in: {len(MOVIES)} movies, {len(THEATERS)} theaters, {added} showtimes added")


def _log_in(api: Api, email: str, password: str) -> str:
    answer = _expect(api.ask("/api/auth/login", {"email": email, "password": password}), f"log in as {email}")
    return str(answer.json["accessToken"])


def _register(api: Api, email: str, password: str) -> None:
    if api.ask("/api/auth/login", {"email": email, "password": password}).status == 200:
        return
    guest = {"name": "Demo Guest", "email": email, "password": password}
    _expect(api.ask("/api/auth/register", guest), f"register {email}")


def _movies(api: Api) -> list[str]:
    """Ids of the demo movies, in the order of `MOVIES`."""
    there = {movie["title"]: movie["id"] for movie in api.all("/api/movies")}
    return [there.get(movie["title"]) or api.add("/api/admin/movies", movie)["id"] for movie in MOVIES]


def _theater(api: Api, theater: Theater, movies: list[str], number: int) -> int:
    """How many showtimes were added."""
    there = {item["name"]: item["id"] for item in api.all("/api/theaters")}
    theater_id = there.get(theater.about["name"]) or api.add("/api/admin/theaters", theater.about)["id"]
    rooms = {room["name"]: room["id"] for room in api.get(f"/api/theaters/{theater_id}").get("screens", [])}
    planned = {
        (showtime["screenId"], _moment(showtime["startAt"]))
        for showtime in api.all(f"/api/showtimes?theaterId={theater_id}")
    }
    added = 0
    for place, screen in enumerate(theater.screens):
        room = {"theaterId": theater_id, "name": screen.name, "layout": screen.layout}
        screen_id = rooms.get(screen.name) or api.add("/api/admin/screens", room)["id"]
        for turn, at in enumerate(TIMES):
            which = (number * 2 + place * 5 + turn * 3) % len(movies)
            taken = {moment for where, moment in planned if where == screen_id}
            show = {"movieId": movies[which], "theaterId": theater_id, "screenId": screen_id}
            show |= {"language": MOVIES[which]["language"], **_terms(theater, screen, at)}
            added += _fortnight(api, show, at, ZoneInfo(theater.about["timezone"]), taken)
    return added


def _terms(theater: Theater, screen: Screen, at: str) -> Json:
    """An evening costs a fifth more; what is free is priced in a currency for which there are no fees."""
    price = screen.base_price * 12 // 10 if at == TIMES[-1] else screen.base_price
    if at == screen.free_at:
        return {"format": screen.format, "basePrice": 0, "currency": FREE_CURRENCY}
    return {"format": screen.format, "basePrice": price, "currency": theater.currency}


def _fortnight(api: Api, show: Json, at: str, zone: ZoneInfo, taken: set[datetime]) -> int:
    """Plan the show daily at that local time where it is not yet planned; how many were added."""
    today = datetime.now(zone).date()
    starts = [datetime.combine(today + timedelta(days=n), clock_time.fromisoformat(at), zone) for n in range(DAYS)]
    soon = datetime.now(UTC) + timedelta(minutes=5)
    missing = [start for start in starts if start > soon and start.astimezone(UTC) not in taken]
    for first, last in _runs([start.date() for start in missing]):
        start = datetime.combine(first, clock_time.fromisoformat(at), zone).astimezone(UTC)
        repeat = {"days": [], "times": [at], "until": last.isoformat()}
        answer = api.ask("/api/admin/showtimes", {**show, "startAt": start.isoformat(), "repeat": repeat})
        if answer.status == 409:
            missing = [
                start for start in missing if not first <= start.date() <= last
            ]  # someone else uses the screen then
        else:
            _expect(answer, f"plan {show} on {first} to {last}")
    return len(missing)


def _runs(days: list[date]) -> Iterator[tuple[date, date]]:
    """First and last of each unbroken run of days."""
    start = last = None
    for day in days:
        if start is None or last is None:
            start = day
        elif day - last > timedelta(days=1):
            yield start, last
            start = day
        last = day
    if start is not None and last is not None:
        yield start, last


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _expect(answer: Answer, what: str) -> Answer:
    if not 200 <= answer.status < 300:
        raise DemoError(f"demo data: {what[:300]}: {answer.status} {answer.text[:600]}")
    return answer


def main(arguments: list[str]) -> None:
    """Exits with 1 and a line for a person where it cannot be done."""
    chosen = options.read(os.environ)
    stack_info = State(chosen.folder).stack_info()
    if not arguments and stack_info is None:
        sys.exit(f"nothing runs in {chosen.folder}: `make up` comes first")
    gateway = arguments[0].rstrip("/") if arguments else str((stack_info or {})["gateway"])
    known = secrets.load(chosen.folder, chosen.given)
    try:
        fill(gateway, known, print)
        add_guest(gateway, known)
    except DemoError as error:
        sys.exit(str(error))
    print(f"admin {known['ADMIN_EMAIL']}, password {known['ADMIN_PASSWORD']}")
    print(f"guest {known['DEMO_EMAIL']}, password {known['DEMO_PASSWORD']}")


if __name__ == "__main__":
    main(sys.argv[1:])
