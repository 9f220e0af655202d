"""A manifest is what our key signed, byte for byte in its canonical form, or it is refused."""

import base64
import json
from typing import Any

import pytest
from checkin.tests.factories import KEYS, MANIFESTS, SEED, SHOWTIME, TICKETS, a_document, an_entry, code_of
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from checkin.manifest import InvalidManifest, ManifestSigner, verified
from tickets.code import InvalidTicket, TicketSigner, verify

SIGNED = MANIFESTS.sign(a_document(an_entry("00000000"), an_entry("00000012", admits=False, reason="cancelled")))


def refusal(document: Any, keys: Any = KEYS) -> str:
    with pytest.raises(InvalidManifest) as refused:
        verified(document, keys)
    return refused.value.reason


def test_what_was_signed_is_verified_however_its_members_are_ordered_and_spaced() -> None:
    manifest = verified(json.loads(json.dumps(dict(reversed(SIGNED.items())), indent=3)), KEYS)
    assert (manifest.showtime_id, [entry.admits for entry in manifest.tickets]) == (SHOWTIME, [True, False])


def test_the_signature_is_a_detached_jws_that_needs_no_library() -> None:
    header, payload, signature = SIGNED["signature"].split(".")
    rest = {name: value for name, value in SIGNED.items() if name != "signature"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()
    raw = base64.urlsafe_b64decode(signature + "==")
    signing_input = f"{header}.{base64.urlsafe_b64encode(canonical).rstrip(b'=').decode()}".encode()
    assert payload == ""
    assert json.loads(base64.urlsafe_b64decode(header + "==")) == {
        "alg": "EdDSA",
        "kid": TICKETS.key.id,
        "typ": "marquee-manifest+jws",
    }
    Ed25519PrivateKey.from_private_bytes(SEED).public_key().verify(raw, signing_input)


@pytest.mark.parametrize(
    "change",
    [
        {"tickets": []},
        {"showtimeId": "sho_00000000000000000000000000"},
        {"expiresAt": "2030-01-02T00:00:00Z"},
        {"more": 1},
        {"keys": {"keys": []}},
    ],
)
def test_what_was_changed_after_it_was_signed_is_refused(change: dict[str, Any]) -> None:
    assert refusal({**SIGNED, **change}) == "bad_signature"


@given(st.data())
def test_no_single_changed_value_is_accepted(data: st.DataObject) -> None:
    document = json.loads(json.dumps(SIGNED))
    entry = data.draw(st.sampled_from(document["tickets"]))
    name = data.draw(st.sampled_from(sorted(entry)))
    value = data.draw(st.text(max_size=9) | st.integers(-9, 9) | st.booleans() | st.lists(st.just("C8"), max_size=2))
    is_same = json.dumps(value) == json.dumps(entry[name])
    entry[name] = value
    assert is_same or refusal(document) == "bad_signature"


def test_keys_that_came_with_the_document_are_not_believed() -> None:
    forger = ManifestSigner(bytes(32))
    document = a_document(an_entry(), keys={"keys": [forger.key.jwk()]})
    assert refusal(forger.sign(document)) == "unknown_key"


def test_the_key_ids_of_ours_over_anothers_signature_are_refused() -> None:
    forged = ManifestSigner(bytes(32)).sign(a_document(an_entry()))["signature"].split(".")[2]
    ours = SIGNED["signature"].split(".")[0]
    assert refusal({**SIGNED, "signature": f"{ours}..{forged}"}) == "bad_signature"


def header_with(**members: Any) -> str:
    header = json.dumps({"alg": "EdDSA", "kid": TICKETS.key.id, **members}).encode()
    return base64.urlsafe_b64encode(header).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "signature",
    [
        None,
        7,
        "",
        "a.b",
        "..",
        "a..b",
        "é..é",
        f"{header_with()}.e30.{SIGNED['signature'].split('.')[2]}",
        f"{header_with(crit=['x'])}..{SIGNED['signature'].split('.')[2]}",
    ],
)
def test_what_is_no_detached_jws_is_malformed(signature: Any) -> None:
    assert refusal({**SIGNED, "signature": signature}) in {"malformed", "unknown_key"}


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_another_algorithm_is_refused(algorithm: str) -> None:
    assert refusal({**SIGNED, "signature": f"{header_with(alg=algorithm)}..AAAA"}) == "bad_signature"


def test_what_is_signed_but_no_manifest_is_malformed() -> None:
    assert refusal(MANIFESTS.sign({"showtimeId": SHOWTIME})) == "malformed"


def test_a_tickets_signature_is_none_of_a_manifest_and_the_other_way_round() -> None:
    document = a_document(an_entry())
    header = MANIFESTS.sign(document)["signature"].split(".")[0]
    code = code_of(document["tickets"][0]["bookingId"])
    assert not header.startswith("MQ2.")
    of_ticket = base64.urlsafe_b64encode(bytes(64)).rstrip(b"=").decode()
    assert refusal({**document, "signature": f"{header}..{of_ticket}"}) == "bad_signature"
    assert verify(code, KEYS)
    with pytest.raises(InvalidTicket):
        verify("MQ2." + SIGNED["signature"], KEYS)
    assert TicketSigner(SEED).key.id == MANIFESTS.key.id
