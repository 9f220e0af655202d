"""Ids are TypeIDs: the vectors of the specification hold, and each id tells what it should."""

import time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.ids import (
    ALPHABET,
    ShowtimeId,
    booking_of,
    encode,
    is_id,
    made_at,
    new_hold_id,
    new_id,
    payment_of,
    showtime_of,
)

# spec/valid.yml of TypeID 0.3: suffix and uuid.
VALID = {
    "00000000000000000000000000": "00000000-0000-0000-0000-000000000000",
    "00000000000000000000000001": "00000000-0000-0000-0000-000000000001",
    "0000000000000000000000000a": "00000000-0000-0000-0000-00000000000a",
    "0000000000000000000000000g": "00000000-0000-0000-0000-000000000010",
    "00000000000000000000000010": "00000000-0000-0000-0000-000000000020",
    "7zzzzzzzzzzzzzzzzzzzzzzzzz": "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "0123456789abcdefghjkmnpqrs": "0110c853-1d09-52d8-d73e-1194e95b5f19",
    "01h455vb4pex5vsknk084sn02q": "01890a5d-ac96-774b-bcce-b302099a8057",
}
# Its spec/invalid.yml, of what concerns the suffix and the separator.
INVALID = [
    "_00000000000000000000000000",
    "_",
    "prefix_1234567890123456789012345",
    "prefix_123456789012345678901234567",
    "prefix_1234567890123456789012345 ",
    "prefix_0123456789ABCDEFGHJKMNPQRS",
    "prefix_123456789-123456789-123456",
    "prefix_ooooooiiiiiiuuuuuuulllllll",
    "prefix_i23456789ol23456789oi23456",
    "prefix_123456789-0123456789-0123456",
    "prefix_8zzzzzzzzzzzzzzzzzzzzzzzzz",
    "_prefix_00000000000000000000000000",
    "prefix__00000000000000000000000000",
]
SUFFIX = "01h455vb4pex5vsknk084sn02q"


def decode(suffix: str) -> UUID:
    number = 0
    for character in suffix:
        number = number * 32 + ALPHABET.index(character)
    return UUID(int=number)


@pytest.mark.parametrize(("suffix", "uuid"), VALID.items())
def test_a_uuid_has_the_suffix_of_the_specification(suffix: str, uuid: str) -> None:
    assert encode(UUID(uuid).int) == suffix
    assert is_id("prefix", f"prefix_{suffix}")


@pytest.mark.parametrize("text", INVALID)
def test_what_the_specification_calls_invalid_is_no_id(text: str) -> None:
    assert not is_id("prefix", text)


@given(st.uuids())
def test_an_encoded_uuid_reads_back(uuid: UUID) -> None:
    assert len(encode(uuid.int)) == 26
    assert decode(encode(uuid.int)) == uuid


@given(st.uuids(), st.uuids())
def test_encoded_uuids_sort_as_the_uuids_do(first: UUID, second: UUID) -> None:
    assert (encode(first.int) < encode(second.int)) == (first < second)


def test_an_id_tells_when_it_was_made() -> None:
    before = time.time() - 0.001
    hold = new_hold_id(ShowtimeId(new_id("sho")))
    for id_ in (new_id("sho"), hold, booking_of(hold), payment_of(hold)):
        assert before <= made_at(id_) <= time.time()
    assert made_at("sho_" + "z" * 26) == (2**48 - 1) / 1000


def test_ids_sort_by_the_time_they_were_made() -> None:
    ids = [new_id("sho") for _ in range(1000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 1000


def test_a_hold_names_its_showtime_its_booking_and_its_payment() -> None:
    showtime = ShowtimeId(new_id("sho"))
    hold = new_hold_id(showtime)
    assert is_id("hld", hold)
    assert showtime_of(hold) == showtime
    assert is_id("bkg", booking_of(hold))
    assert booking_of(hold).removeprefix("bkg_") == payment_of(hold).removeprefix("pay_")
    assert booking_of(new_hold_id(showtime)) != booking_of(hold)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sho",
        "sho_",
        "sho_" + "0" * 25,
        "sho_" + "0" * 27,
        "mov_" + "0" * 26,
        "sho_" + "U" * 26,
        "sho_" + "l" * 26,
        "sho_" + "\0" * 26,
    ],
)
def test_what_is_no_id_of_its_type_is_told_apart(text: str) -> None:
    assert not is_id("sho", text)


@pytest.mark.parametrize("text", [f"hld_{SUFFIX}", f"hld_8{SUFFIX[1:]}{SUFFIX}", f"hld_{SUFFIX}8{SUFFIX[1:]}"])
def test_a_hold_id_has_two_valid_suffixes(text: str) -> None:
    assert is_id("hld", f"hld_{SUFFIX}{SUFFIX}")
    assert not is_id("hld", text)
