"""People are found by what support hears on the phone: in any case, with or without accents and country codes."""

import pytest

from booking.domain.people import Person, Wanted, wanted_email, wanted_phone, wanted_words

JOSE = Person("usr_1", "José O'Neil", "Jose.Oneil+films@Mail.Example.org", "+442071838750")
VALLI = Person("usr_2", "வள்ளி  मीना", None, "+919876543210")


def finds(person: Person, *wanted: Wanted) -> bool:
    return all(each.is_met_by(person.keys) for each in wanted)


@pytest.mark.parametrize("typed", ["jose.oneil+films@mail.example.org", " JOSE.ONEIL+FILMS@MAIL.EXAMPLE.ORG "])
def test_an_address_is_found_whole_in_any_case(typed: str) -> None:
    assert finds(JOSE, wanted_email(typed))
    assert not finds(VALLI, wanted_email(typed))
    assert not finds(JOSE, wanted_email(typed.strip()[1:]))


@pytest.mark.parametrize(
    "typed", ["+919876543210", " 919876543210", "98765 43210", "98-7654-3210", "09876543210", "00919876543210"]
)
def test_a_number_is_found_however_it_is_typed(typed: str) -> None:
    assert finds(VALLI, wanted_phone(typed))
    assert finds(VALLI, *wanted_words(typed))
    assert not finds(JOSE, wanted_phone(typed))


@pytest.mark.parametrize("typed", ["", "  ", "call me", "+"])
def test_what_is_no_number_finds_nobody(typed: str) -> None:
    assert not finds(VALLI, wanted_phone(typed))
    assert not finds(Person("usr_3"), wanted_phone(typed))


@pytest.mark.parametrize(
    ("person", "typed"),
    [
        (JOSE, "jose"),
        (JOSE, "JOSÉ ONE"),
        (JOSE, "neil"),
        (JOSE, "films"),
        (JOSE, "mail.example"),
        (VALLI, "வள்"),
        (VALLI, "मीना"),
    ],
)
def test_words_are_found_by_their_beginnings_in_any_script(person: Person, typed: str) -> None:
    assert finds(person, *wanted_words(typed))


@pytest.mark.parametrize("typed", ["", " ", "a", "x, y"])
def test_single_letters_find_nobody(typed: str) -> None:
    assert wanted_words(typed) == ()


@pytest.mark.parametrize("typed", ["mail", ":mail:", "ph", "phone", "tel"])
def test_what_keys_are_made_of_is_no_word_of_anybody(typed: str) -> None:
    assert not finds(VALLI, *wanted_words(typed))
    assert not finds(Person("usr_3", "", "a@b.test"), *wanted_words(typed))


def test_all_words_have_to_fit() -> None:
    assert not finds(JOSE, *wanted_words("jose valli"))
