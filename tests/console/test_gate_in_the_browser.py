"""The console's gate says what the package `checkin` says, of the same manifests and tickets: its modules run under
Node."""

import itertools
import json
import random
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from checkin.gate import Gate
from checkin.manifest import InvalidManifest, ManifestSigner, verified
from checkin.rules import Doors, FirstScan, KnownBooking, ScanResult, scan_result
from contracts.ids import BookingId, ShowtimeId, new_id
from tickets.code import Ticket, TicketSigner
from tickets.references import References

SEED = bytes(range(32))
TICKETS, MANIFESTS = TicketSigner(SEED), ManifestSigner(SEED)
KEYS = [TICKETS.key]
SHOWTIME, ANOTHER = ShowtimeId(new_id("sho")), ShowtimeId(new_id("sho"))
START = datetime(2030, 1, 1, 18, 0, tzinfo=UTC)
DOORS = Doors.of_show(SHOWTIME, START, START + timedelta(hours=2))
INSIDE = FirstScan(START - timedelta(hours=1), "gate-1")
REFERENCES = References(SEED)
TIMES = [START + timedelta(minutes=at) for at in (-121, -120, -5, 0, 119, 120, 121)]


def a_reference() -> str:
    return REFERENCES.of(new_id("bkg"))


def text_of(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def first_of(first: FirstScan | None) -> dict[str, str | None] | None:
    return None if first is None else {"at": text_of(first.at), "deviceId": first.device_id}


def as_json(result: ScanResult) -> dict[str, Any]:
    return {"outcome": result.outcome, "first": first_of(result.first), "reason": result.reason}


def in_the_browser(cases: list[dict[str, Any]], rules: list[Any]) -> dict[str, Any]:
    done = subprocess.run(
        ["node", "scan.mjs"],  # noqa: S607  the machine's Node
        cwd=Path(__file__).parent,
        input=json.dumps({"cases": cases, "rules": rules}),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_rule_has_the_same_result_for_every_combination() -> None:
    doors = {
        "showtimeId": SHOWTIME,
        "opensAt": milliseconds(DOORS.opens_at),
        "closesAt": milliseconds(DOORS.closes_at),
    }
    known = [
        None,
        *(
            KnownBooking(showtime, 2, refusal, first)
            for showtime, refusal, first in itertools.product((SHOWTIME, ANOTHER), (None, "cancelled"), (None, INSIDE))
        ),
    ]
    given = list(itertools.product(known, (None, 1, 2, 3), TIMES))
    rules = [
        [
            booking
            and {
                "showtimeId": booking.showtime_id,
                "version": booking.version,
                "refusal": booking.refusal,
                "first": first_of(booking.first),
            },
            version,
            doors,
            milliseconds(at),
        ]
        for booking, version, at in given
    ]
    answers = in_the_browser([], rules)["rules"]
    shown = [{"first": None, "reason": None, **answer} for answer in answers]
    assert shown == [as_json(scan_result(booking, version, DOORS, at)) for booking, version, at in given]


def entries(chance: random.Random, count: int) -> list[dict[str, Any]]:
    kinds: list[dict[str, Any]] = [{}, {"version": 2}, {"admits": False, "reason": "cancelled"}, {"admits": False}]
    kinds.append({"admits": False, "first": first_of(INSIDE)})
    return [
        {
            "bookingId": new_id("bkg"),
            "reference": a_reference(),
            "seats": [f"{chance.choice('ABC')}{chance.randrange(1, 30)}"],
            "version": 1,
            "admits": True,
            **chance.choice(kinds),
        }
        for _ in range(count)
    ]


def a_document(listed: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    return {
        "showtimeId": SHOWTIME,
        "generatedAt": text_of(START - timedelta(hours=3)),
        "opensAt": text_of(DOORS.opens_at),
        "expiresAt": text_of(DOORS.closes_at),
        "tickets": listed,
        "keys": {"keys": [TICKETS.key.jwk()]},
        **fields,
    }


def texts(chance: random.Random, listed: list[dict[str, Any]]) -> list[str]:
    """What may be scanned: good tickets, old ones, of another show, forged, cut, references as people type them."""
    strange = TicketSigner(bytes(32))
    found = ["", " ", "MQ2.", "MQ2.JUNK", "mq2.", "x" * 60, "00000001", a_reference(), "MQ1.ABC", "É" * 9]
    for entry in [*listed, {"bookingId": new_id("bkg"), "reference": a_reference()}]:
        booking, reference = BookingId(entry["bookingId"]), entry["reference"]
        seats = tuple(sorted({f"{chance.choice(['A', 'Z', 'AA', 'ZZ'])}{chance.randrange(1, 999)}" for _ in range(4)}))
        code = TICKETS.sign(Ticket(booking, SHOWTIME, seats, chance.randrange(1, 4)))
        found += [code, code[:-1], code + " ", code.lower(), code[:40] + ("0" if code[40] != "0" else "1") + code[41:]]
        found += [strange.sign(Ticket(booking, SHOWTIME, seats, 1)), TICKETS.sign(Ticket(booking, ANOTHER, seats, 1))]
        found += [reference, reference.lower(), f"{reference[:4]} {reference[4:]}", reference.replace("0", "O")]
    chance.shuffle(found)
    return found


def test_a_gate_lets_in_whom_the_other_lets_in_and_uploads_the_same() -> None:
    cases, expected = [], []
    for seed in range(6):
        chance = random.Random(seed)
        listed = entries(chance, 12)
        manifest = MANIFESTS.sign(a_document(listed))
        scans = [(text, chance.choice(TIMES)) for text in texts(chance, listed)]
        gate = Gate(verified(manifest, KEYS), KEYS, "gate-2")
        expected.append([as_json(gate.scan(text, at)) for text, at in scans])
        cases.append(
            {
                "manifest": manifest,
                "keys": {"keys": [TICKETS.key.jwk()]},
                "deviceId": "gate-2",
                "scans": [[text, milliseconds(at)] for text, at in scans],
            }
        )
        # An upload takes anything but what is empty; its times are instants, however they are written.
        uploads = [scan for body in gate.uploads() for scan in body["scans"]]
        assert [{**scan, "scannedAt": text_of(datetime.fromisoformat(scan["scannedAt"]))} for scan in uploads] == [
            scan
            for scan, (text, _) in zip(in_the_browser(cases[-1:], [])["cases"][0]["uploads"], scans, strict=True)
            if text.strip()
        ]
    answers = in_the_browser(cases, [])["cases"]
    assert [answer["results"] for answer in answers] == expected
    outcomes = {result["outcome"] for results in expected for result in results}
    assert len(outcomes) == 6


def test_seats_are_named_as_the_manifest_has_them_and_not_at_all_where_the_ticket_is_newer() -> None:
    moved, later = BookingId(new_id("bkg")), BookingId(new_id("bkg"))
    label = {"row": "Balcony", "number": "7"}
    reference = a_reference()
    entry = {
        "bookingId": moved,
        "reference": reference,
        "seats": ["C7"],
        "labels": [label],
        "version": 2,
        "admits": True,
    }
    tickets = [(moved, "A1", 1), (moved, "C7", 2), (moved, "D9", 3), (later, "B2", 1)]
    scans = [TICKETS.sign(Ticket(booking, SHOWTIME, (seat,), version)) for booking, seat, version in tickets]
    case = {
        "manifest": MANIFESTS.sign(a_document([entry])),
        "keys": {"keys": [TICKETS.key.jwk()]},
        "deviceId": "gate-2",
        "scans": [[text, milliseconds(START)] for text in [*scans, reference]],
    }
    listed = {"reference": reference, "seats": ["C7"], "labels": [label]}
    newer = {"reference": reference, "seats": ["D9"], "labels": None}
    assert in_the_browser([case], [])["cases"][0]["seats"] == [listed, listed, newer, {"seats": ["B2"]}, listed]


def test_a_manifest_is_verified_with_the_keys_that_were_stored_and_no_others() -> None:
    chance = random.Random(1)
    document = a_document(entries(chance, 3), note='é "\\ \u2028 \t \x7f', more={"b": 1, "a": [True, None, -3, "ß"]})
    good, foreign = MANIFESTS.sign(document), ManifestSigner(bytes(32))
    own_keys = {**document, "keys": {"keys": [foreign.key.jwk()]}}
    header, _, signature = good["signature"].split(".")
    documents = [
        good,
        {**good, "note": "another"},
        {**good, "tickets": good["tickets"][1:]},
        foreign.sign(own_keys),
        {**good, "signature": f"{header}.e30.{signature}"},
        {**good, "signature": f"{header}..{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"},
        {**good, "signature": "junk"},
        {**good, "signature": None},
        document,
    ]

    def refusal(manifest: dict[str, Any]) -> str | None:
        try:
            verified(manifest, KEYS)
        except InvalidManifest as error:
            return error.reason
        return None

    cases = [
        {"manifest": manifest, "keys": {"keys": [TICKETS.key.jwk()]}, "deviceId": "gate-2", "scans": []}
        for manifest in documents
    ]
    answers = [answer.get("refused") for answer in in_the_browser(cases, [])["cases"]]
    assert answers == [refusal(manifest) for manifest in documents]
    assert answers[0] is None
