"""A gate without a network: it lets in what it should, once, also after a restart, and says the same as it uploads."""

from datetime import timedelta

from checkin.tests.factories import ANOTHER, KEYS, MANIFESTS, START, a_document, an_entry, code_of, text_of

from checkin.gate import Gate
from checkin.manifest import verified
from contracts.ids import new_id
from tickets.code import TicketSigner

GOOD, MOVED, GONE = (
    an_entry("00000000"),
    an_entry("1111111H", version=2),
    an_entry("22222222", admits=False, reason="cancelled"),
)
INSIDE = an_entry("3333333K", admits=False, first={"at": text_of(START - timedelta(hours=1)), "deviceId": "gate-1"})
MANIFEST = verified(MANIFESTS.sign(a_document(GOOD, MOVED, GONE, INSIDE)), KEYS)
LATER = timedelta(minutes=1)


def a_gate() -> Gate:
    return Gate(MANIFEST, KEYS, "gate-2")


def test_what_the_manifest_names_is_let_in_once() -> None:
    gate = a_gate()
    code = code_of(GOOD["bookingId"])
    assert gate.scan(code, START).outcome == "checked_in"
    for text in (code, GOOD["reference"], GOOD["reference"].lower(), "0000-0000", "OOOO oooo"):
        again = gate.scan(text, START + LATER)
        assert again.outcome == "already_checked_in"
        assert again.first is not None
        assert (again.first.at, again.first.device_id) == (START, "gate-2")


def test_who_was_inside_when_the_manifest_was_made_is_known_with_when_and_where() -> None:
    result = a_gate().scan(code_of(INSIDE["bookingId"]), START)
    assert result.outcome == "already_checked_in"
    assert result.first is not None
    assert (result.first.at, result.first.device_id) == (START - timedelta(hours=1), "gate-1")


def test_what_does_not_admit_any_more_does_not() -> None:
    gate = a_gate()
    assert gate.scan(code_of(GONE["bookingId"]), START).reason == "cancelled"
    assert gate.scan(GONE["reference"], START).reason == "cancelled"
    assert gate.scan(code_of(MOVED["bookingId"], 1), START).reason == "old_version"
    assert gate.scan(code_of(MOVED["bookingId"], 2), START).outcome == "checked_in"


def test_a_ticket_that_was_sold_later_is_let_in_once_and_a_reference_of_nobody_never() -> None:
    gate, sold_later = a_gate(), code_of(new_id("bkg"))
    assert gate.scan(sold_later, START).outcome == "checked_in"
    assert gate.scan(sold_later, START).outcome == "already_checked_in"
    assert gate.scan("44444444", START).outcome == "invalid_ticket"


def test_other_showtimes_and_other_signatures_are_refused() -> None:
    gate = a_gate()
    assert gate.scan(code_of(GOOD["bookingId"], showtime=ANOTHER), START).outcome == "wrong_showtime"
    forged = code_of(GOOD["bookingId"], signer=TicketSigner(bytes(32)))
    for text in (forged, "MQ2.", "MQ2.junk", "", " "):
        assert gate.scan(text, START).outcome == "invalid_ticket"
    assert gate.scan(GOOD["reference"], START).outcome == "checked_in"


def test_it_opens_and_closes_by_the_manifest() -> None:
    gate = a_gate()
    assert gate.scan(GOOD["reference"], MANIFEST.opens_at - LATER).outcome == "checkin_closed"
    assert gate.scan(GOOD["reference"], MANIFEST.expires_at).outcome == "checkin_closed"
    assert gate.scan(GOOD["reference"], MANIFEST.opens_at).outcome == "checked_in"


def test_a_gate_that_starts_again_with_its_scans_lets_nobody_in_twice() -> None:
    gate = a_gate()
    for text in (GOOD["reference"], code_of(new_id("bkg"))):
        gate.scan(text, START)
    again = Gate(MANIFEST, KEYS, "gate-2", gate.scans)
    assert again.uploads() == gate.uploads()
    for scan in gate.scans:
        assert again.scan(scan.text, START + LATER).outcome == "already_checked_in"


def test_an_upload_has_all_scans_in_their_order() -> None:
    gate, code = a_gate(), code_of(GOOD["bookingId"])
    gate.scan(code, START)
    gate.scan(GOOD["reference"], START + LATER)
    (upload,) = gate.uploads()
    assert upload == {
        "showtimeId": MANIFEST.showtime_id,
        "deviceId": "gate-2",
        "scans": [
            {"qrCode": code, "scannedAt": "2030-01-01T18:00:00+00:00"},
            {"reference": GOOD["reference"], "scannedAt": "2030-01-01T18:01:00+00:00"},
        ],
    }


def test_an_upload_takes_whatever_was_scanned_and_as_many_as_one_may_have() -> None:
    gate = a_gate()
    for text in ("", "https://example.org/" + "x" * 3000, "x" * 41, "\ud800"):
        assert gate.scan(text, START).outcome == "invalid_ticket"
    (upload,) = gate.uploads()
    assert [len(scan.get("qrCode", "")) for scan in upload["scans"]] == [500, 41, 0]
    assert upload["scans"][2]["reference"] == "?"
    for minute in range(1000):
        gate.scan(GOOD["reference"], START + timedelta(minutes=minute))
    assert [len(each["scans"]) for each in gate.uploads()] == [500, 500, 3]
    assert a_gate().uploads() == []
