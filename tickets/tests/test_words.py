"""A ticket's words are translated, all of them, and fill in the same places."""

import re
import unicodedata
from dataclasses import fields

import pytest

from tickets.words import EN, HI, TA, Words, words_in


@pytest.mark.parametrize(("words", "script"), [(HI, "DEVANAGARI"), (TA, "TAMIL")])
def test_no_word_is_left_in_english(words: Words, script: str) -> None:
    for field in fields(Words):
        english, text = getattr(EN, field.name), getattr(words, field.name)
        assert re.findall(r"\{\w+\}", text) == re.findall(r"\{\w+\}", english)
        letters = [letter for letter in re.sub(r"\{\w+\}", "", text) if letter.isalpha()]
        assert letters
        assert all(unicodedata.name(letter).startswith(script) for letter in letters)


def test_an_unknown_language_is_read_in_english() -> None:
    assert [words_in(language) for language in ("en", "hi", "ta", "fr", "")] == [EN, HI, TA, EN, EN]
