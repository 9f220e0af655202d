"""A booking's reference follows from its id, for who has the secret, and is read as people type it."""

import random

from tickets.references import ALPHABET, References, canonical

REFERENCES = References(bytes(range(32)))
IDS = [f"bkg_{number:026}" for number in range(50)]


def test_references_are_read_as_people_type_them_and_notice_any_one_wrong_letter() -> None:
    for reference in map(REFERENCES.of, IDS):
        assert canonical(f" {reference[:4].lower()}-{reference[4:]} ") == reference
        place = random.randrange(8)
        for letter in set(ALPHABET) - {reference[place]}:
            assert canonical(reference[:place] + letter + reference[place + 1 :]) is None
    assert canonical("7KQ2M9XU") is None
    assert canonical("") is None


def test_a_booking_has_the_same_reference_whenever_it_is_made() -> None:
    assert list(map(References(bytes(range(32))).of, IDS)) == list(map(REFERENCES.of, IDS))
    assert REFERENCES.of("bkg_01jd8xq4m2f7kt9v3w5y7z1abc") == "SGFFSYFB"  # what was printed once has to stay


def test_bookings_candidates_and_secrets_have_references_of_their_own() -> None:
    others = [References(bytes(32)).of(each) for each in IDS]
    candidates = [REFERENCES.of(each, candidate) for each in IDS for candidate in range(3)]
    assert len({*others, *candidates}) == len(others) + len(candidates)


def test_every_letter_is_used_at_every_place() -> None:
    used = [set(letters) for letters in zip(*(REFERENCES.of("bkg_1", number) for number in range(2_000)), strict=True)]
    assert used == [set(ALPHABET)] * 8
