"""A booking's reference is read as people type it."""

import random

from tickets.references import ALPHABET, canonical, new_reference


def test_references_are_read_as_people_type_them_and_notice_any_one_wrong_letter() -> None:
    for _ in range(50):
        reference = new_reference()
        assert canonical(f" {reference[:4].lower()}-{reference[4:]} ") == reference
        place = random.randrange(8)
        for letter in set(ALPHABET) - {reference[place]}:
            assert canonical(reference[:place] + letter + reference[place + 1 :]) is None
    assert canonical("7KQ2M9XU") is None
    assert canonical("") is None
