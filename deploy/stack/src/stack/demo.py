"""`make demo`: a scripted visitor buys two seats through the gateway of a running stack and checks the ticket."""

import base64
import io
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import zxingcpp
from PIL import Image

from contracts.currencies import exponent
from contracts.layout import Layout, SeatLabel
from stack.calls import Answer, NoAnswerError, call
from stack.state import State

SETTLE_SECONDS = 30
MAIL_SECONDS = 30
TRIES = 5
MARKS = {"available": ".", "held": "h", "sold": "#", "blocked": " "}
Json = dict[str, Any]


class DemoError(Exception):
    """The visit went wrong; the text is one line for a person."""


@dataclass
class Visit:
    """What the visitor knows: where things are, who they are, and what happened so far."""

    facts: Json
    say: Callable[[str], None]
    token: str | None = None
    story: Json = field(default_factory=dict)

    def ask(self, method: str, path: str, body: Json | None = None, *, expect: tuple[int, ...] = (200, 201)) -> Answer:
        """A call to the gateway, which must answer as expected."""
        answer = call(method, f"{self.facts['gateway']}{path}", body, token=self.token, seconds=20)
        if answer.status not in expect:
            raise DemoError(f"{method} {path} answered {answer.status}: {answer.text[:300]}")
        return answer


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    as_json = "--json" in arguments
    folder = Path(os.environ.get("STACK_DIR") or ".stack").resolve()
    try:
        story = buy(_facts(folder), _silent if as_json else print, os.environ.get("SHOWTIME"))
    except (DemoError, NoAnswerError) as error:
        sys.stderr.write(f"demo: {error}\n")
        return 1
    if as_json:
        print(json.dumps(story, indent=1))
    return 0


def buy(facts: Json, say: Callable[[str], None], showtime_id: str | None = None) -> Json:
    """The whole visit, to that showtime where one is named; raises `DemoError`."""
    visit = Visit(facts, say)
    _register(visit)
    showtime = _chosen(visit, showtime_id) if showtime_id else _choose(visit)
    hold = _hold(visit, showtime)
    order = visit.ask("POST", "/api/payments/create-order", {"holdId": hold["id"]}).json
    booking = _bought(visit, order)
    _check_booking(visit, order, booking)
    _check_mail(visit, booking)
    return visit.story


def _facts(folder: Path) -> Json:
    facts = State(folder).facts()
    if facts is None:
        raise DemoError(f"no stack runs in {folder}: `make up` starts one")
    return facts


def _silent(_line: str) -> None:
    """Nothing is said where one JSON object is the answer."""


def _register(visit: Visit) -> None:
    email = f"demo-{time.time_ns():x}@guests.example"
    body = {"name": "Asha Demo", "email": email, "password": f"a visit at {time.time_ns()}"}
    visit.token = visit.ask("POST", "/api/auth/register", body).json["accessToken"]
    visit.story["email"] = email
    visit.say(f"Registered {email}")


def _choose(visit: Visit) -> Json:
    """The first showtime ahead with two seats left, film by film."""
    films = visit.ask("GET", "/api/movies?pageSize=20").json["items"]
    for film in films:
        found = visit.ask("GET", f"/api/showtimes?movieId={film['id']}&pageSize=50").json["items"]
        for showtime in sorted(found, key=lambda one: str(one["startAt"])):
            if showtime["status"] == "scheduled" and _is_ahead(showtime) and showtime.get("seatsAvailable", 2) >= 2:
                _tell_showtime(visit, film, showtime)
                return dict(showtime)
    raise DemoError(f"none of {len(films)} films has a showtime ahead: `make up` without DEMO=0 brings some")


def _chosen(visit: Visit, showtime_id: str) -> Json:
    showtime: Json = visit.ask("GET", f"/api/showtimes/{showtime_id}").json
    _tell_showtime(visit, visit.ask("GET", f"/api/movies/{showtime['movieId']}").json, showtime)
    return showtime


def _is_ahead(showtime: Json) -> bool:
    return (_time(showtime["startAt"]) - datetime.now().astimezone()).total_seconds() > 3600


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _tell_showtime(visit: Visit, film: Json, showtime: Json) -> None:
    local = _time(showtime["startAt"]).astimezone(ZoneInfo(showtime["theater"]["timezone"]))
    visit.story |= {"movie": film["title"], "showtimeId": showtime["id"], "startAt": showtime["startAt"]}
    visit.say(
        f"Chose {film['title']} at {showtime['theater']['name']}, {showtime['screen']['name']}, "
        f"{local:%a %d %b %H:%M} ({showtime['theater']['timezone']})"
    )


def _hold(visit: Visit, showtime: Json) -> Json:
    """Hold two neighbours; when another guest is faster, look again."""
    for _ in range(TRIES):
        seats = visit.ask("GET", f"/api/seats/availability?showtimeId={showtime['id']}").json
        pair = _neighbours(seats)
        visit.say(_map(seats, pair))
        body = {"showtimeId": showtime["id"], "seatIds": pair}
        answer = visit.ask("POST", "/api/seats/hold", body, expect=(201, 409))
        if answer.status == 201:
            hold: Json = answer.json
            labels = [_label(seat) for seat in seats["seats"] if seat["seatId"] in pair]
            visit.story |= {"holdId": hold["id"], "seats": pair, "labels": labels}
            visit.say(f"Held {' and '.join(labels)} for {_money(hold['quote'], 'total')} until {hold['expiresAt']}")
            return hold
    raise DemoError(f"others took the seats {TRIES} times: {answer.text[:300]}")


def _neighbours(availability: Json) -> list[str]:
    """Two free seats side by side without an aisle between, near the middle; both of a couple's pair, or neither."""
    free = {(seat["row"], seat["number"]): seat for seat in availability["seats"] if seat["status"] == "available"}
    layout = Layout.model_validate(availability["layout"])
    rows = list(dict.fromkeys(seat["row"] for seat in availability["seats"]))
    middle = (len(rows) / 2, layout.cols / 2)
    pairs = [(row, number) for row, number in free if (row, number + 1) in free and not layout.aisle_after(row, number)]
    pairs = [at for at in pairs if _go_together(free[at], free[at[0], at[1] + 1])]
    if not pairs:
        raise DemoError("no two free seats side by side are left")
    row, number = min(pairs, key=lambda at: abs(rows.index(at[0]) - middle[0]) + abs(at[1] + 0.5 - middle[1]))
    return [free[row, number]["seatId"], free[row, number + 1]["seatId"]]


def _go_together(left: Json, right: Json) -> bool:
    """Whether neither leaves the other half of a couple's pair behind."""
    return left.get("pairedWith") in {None, right["seatId"]} and right.get("pairedWith") in {None, left["seatId"]}


def _label(seat: Json) -> str:
    """What is painted on it."""
    return str(SeatLabel.model_validate(seat["label"]))


def _map(availability: Json, chosen: list[str]) -> str:
    """A line per row, under its painted name: `.` free, `h` held, `#` sold, `*` chosen; aisles and gaps are blank."""
    layout = Layout.model_validate(availability["layout"])
    rows, names = dict[str, dict[int, str]](), dict[str, str]()
    for seat in availability["seats"]:
        mark = "*" if seat["seatId"] in chosen else MARKS[seat["status"]]
        rows.setdefault(seat["row"], {})[seat["number"]] = mark
        names[seat["row"]] = seat["label"]["row"]
    width = max(map(len, names.values()))
    columns = range(1, layout.cols + 1)
    return "\n".join(
        f"  {names[row]:>{width}} "
        + "".join(marks.get(n, " ") + (" " if layout.aisle_after(row, n) else "") for n in columns).rstrip()
        for row, marks in rows.items()
    )


def _bought(visit: Visit, order: Json) -> Json:
    """The confirmed booking: paid for, or one that costs nothing and confirms by itself."""
    if order["provider"] == "free":
        visit.say("It costs nothing, so there is nothing to pay")
        path = f"/api/bookings/{order['bookingId']}"
        return _until(lambda: _confirmed(visit, path), SETTLE_SECONDS, f"{path} was not confirmed")
    visit.say(f"Opened order {order['orderId']} for {_money(order)}")
    return _confirm(visit, order, _pay(visit, order))


def _pay(visit: Visit, order: Json) -> Json:
    """What the provider's Checkout hands to the page."""
    url = f"{visit.facts['simulators']['razorpay']}/_sim/orders/{order['orderId']}/pay"
    answer = call("POST", url, {"outcome": "captured"}, seconds=20)
    if answer.status != 200:
        raise DemoError(f"the payment page answered {answer.status}: {answer.text[:300]}")
    paid: Json = answer.json
    visit.story |= {"orderId": order["orderId"], "paymentId": paid["razorpay_payment_id"]}
    visit.say(f"Paid: {paid['razorpay_payment_id']}")
    return paid


def _confirm(visit: Visit, order: Json, paid: Json) -> Json:
    body = {
        "orderId": order["orderId"],
        "razorpayPaymentId": paid["razorpay_payment_id"],
        "razorpaySignature": paid["razorpay_signature"],
    }
    answer = visit.ask("POST", "/api/bookings/confirm", body, expect=(200, 202))
    path = f"/api/bookings/{answer.json['id']}"
    booking: Json = answer.json
    if booking["status"] != "confirmed":
        booking = _until(lambda: _confirmed(visit, path), SETTLE_SECONDS, f"{path} was not confirmed")
    return booking


def _check_booking(visit: Visit, order: Json, booking: Json) -> None:
    """The seats and the amount are those that were bought, by the labels that the map showed."""
    seats, labels = [seat["seatId"] for seat in booking["seats"]], [_label(seat) for seat in booking["seats"]]
    visit.story |= {
        "bookingId": booking["id"],
        "reference": booking["reference"],
        "amount": booking["amount"],
        "currency": booking["currency"],
        "qrCode": booking["qrCode"],
    }
    visit.say(f"Booked: reference {booking['reference']}, seats {', '.join(labels)}, {_money(booking)}")
    bought = (sorted(seats), sorted(labels), booking["amount"])
    if bought != (sorted(visit.story["seats"]), sorted(visit.story["labels"]), order["amount"]):
        raise DemoError(f"the booking is not what was bought: {booking}")


def _confirmed(visit: Visit, path: str) -> Json | None:
    booking: Json = visit.ask("GET", path).json
    if booking["status"] not in {"pending", "confirmed"}:
        raise DemoError(f"{path} became {booking['status']} ({booking.get('reason')})")
    return booking if booking["status"] == "confirmed" else None


def _check_mail(visit: Visit, booking: Json) -> None:
    """The confirmation has come, and its QR code is the booking's signed ticket."""
    url = f"{visit.facts['mail']['http']}/messages?to={visit.story['email']}"
    mail = _until(lambda: _mail_about(url, booking["reference"]), MAIL_SECONDS, "no confirmation mail came")
    visit.say(f"Mail: {mail['subject']}")
    visit.story["mail"] = {"subject": mail["subject"], "messageId": mail["messageId"]}
    texts = _qr_texts(mail)
    for label in visit.story["labels"]:
        if label not in mail["text"]:
            raise DemoError(f"the mail does not name seat {label}: {mail['text'][:600]}")
    if booking["qrCode"] not in texts:
        raise DemoError(f"the mail's QR codes say {texts}, the ticket is {booking['qrCode']!r}")
    visit.story["qrMatches"] = True
    visit.say(f"Its QR code is the signed ticket: {booking['qrCode'][:48]}…")


def _mail_about(url: str, reference: str) -> Json | None:
    mails: list[Json] = call("GET", url, seconds=10).json
    return next((mail for mail in mails if reference in f"{mail['subject']} {mail['text']} {mail['html']}"), None)


def _qr_texts(mail: Mapping[str, Any]) -> list[str]:
    pictures = [one for one in mail["attachments"] if one["contentType"] in {"image/png", "image/jpeg"}]
    images = (Image.open(io.BytesIO(base64.b64decode(one["base64"]))) for one in pictures)
    # Told no format, the reader now and then sees a bar code in the rows of a QR code too.
    read = partial(zxingcpp.read_barcodes, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return [code.text for image in images for code in read(image.convert("L"))]


def _until(look: Callable[[], Json | None], seconds: float, failure: str) -> Json:
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise DemoError(f"{failure} within {seconds:g} s")
        time.sleep(0.2)
    return found


def _money(priced: Mapping[str, Any], name: str = "amount") -> str:
    digits = exponent(priced["currency"])
    return f"{priced[name] / 10**digits:.{digits}f} {priced['currency']}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
