"""What people type finds what is written, on whatever keyboard and in whatever script."""

import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.folding import LONGEST_PART, WHOLE_PART, fold, parts

ZWJ, ZWNJ, NBSP, IDEOGRAPHIC_SPACE = "\u200d", "\u200c", "\u00a0", "\u3000"


@pytest.mark.parametrize(
    ("title", "folded"),
    [
        ("Amélie", "amelie"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Ångström", "angstrom"),
        ("Łódź", "lodz"),
        ("Smørrebrød", "smorrebrod"),
        ("İstanbul", "istanbul"),
        ("Işık", "isik"),
        ("कहानी", "कहानी"),
        ("ﬁn", "fin"),
        ("ΟΔΟΣ", "οδοσ"),
        ("Phở", "pho"),
        ("मुन्ना भाई", "मुन्ना भाई"),
        ("தமிழ்", "தமிழ்"),
        ("ガンダム", "ガンダム"),
    ],
)
def test_case_and_accents_do_not_count_and_spelling_does(title: str, folded: str) -> None:
    assert fold(title) == folded


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("dune ", "Dune"),
        (" dune", "Dune"),
        ("part  two", f"Part{NBSP}Two"),
        ("part two", f"Part{IDEOGRAPHIC_SPACE}Two"),
        ("part two", "Part\u2009Two"),
        ("dune", "Du\u200bne"),
        ("dune", "\ufeffDune"),
        ("cafe", "Ca\u00adfe"),
        ("l'avventura", "L’Avventura"),
        ("l'avventura", "Lʼavventura"),
        ("don't", "Don´t"),
        ("'80s", "‘80s"),
        ('the "w"', "The “W”"),
        ('"m"', "«M»"),
        ('"m"', "„M“"),
        ("spider-man", "Spider‑Man"),
        ("spider-man", "Spider–Man"),
        ("a - b", "A — B"),
        ("a -- b", "A — B"),
        ("a - b", "A − B"),
        ("abc", "ＡＢＣ"),
        ("ガンダム", "ｶﾞﾝﾀﾞﾑ"),
        ("2012", "२०१२"),
        ("2012", "௨௦௧௨"),
        ("2012", "٢٠١٢"),
        ("...", "…"),
        ("1/2", "½"),
        ("फिल्म", "फ़िल्म"),
        ("क्ष", f"क्{ZWJ}ष"),
        ("क्ष", f"क्{ZWNJ}ष"),
        ("അവൻ", f"അവന്{ZWJ}"),
        ("উৎসব", f"উত্{ZWJ}সব"),
        ("শ্রী", f"শ্{ZWNJ}রী"),
        ("கொ", "க\u0bc6\u0bbe"),
        ("ශ්රී", f"ශ්{ZWJ}රී"),
        ("❤", "❤\ufe0f"),
        ("سلام", "ســلام"),
        ("رمضان", "رَمَضان"),
    ],
)
def test_what_is_typed_finds_what_is_written(typed: str, written: str) -> None:
    assert fold(typed) == fold(written)


@pytest.mark.parametrize(
    ("word", "other"), [("कर्म", "करम"), ("காமம்", "காமம"), ("がき", "かき"), ("naan", "nan"), ("a b", "ab")]
)
def test_what_is_spelt_otherwise_is_another_word(word: str, other: str) -> None:
    assert fold(word) != fold(other)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


LATIN = st.sampled_from("abcdeéèêëïñöüåçžøłßæœıİAZ09'-,. ")
DEVANAGARI = st.sampled_from("कखगघचजटडतदनपबमयरलवशसहािीुूेैोौंँः़्०१२३ ")
TAMIL = st.sampled_from("கஙசஞடணதநபமயரலவழளறனாிீுூெேைொோௌ்௦௧௨ ")
TITLES = st.one_of(*(st.text(alphabet, min_size=1, max_size=20) for alphabet in (LATIN, DEVANAGARI, TAMIL)))
UNSEEN = st.sampled_from([ZWJ, ZWNJ, "\u200b", "\u2060", "\ufeff", "\u00ad", "\u200e", "\ufe0f"])
BLANKS = st.sampled_from([" ", NBSP, IDEOGRAPHIC_SPACE, "\u2002", "\u202f", "\t", "  "])


@given(TITLES, UNSEEN, BLANKS, st.data())
def test_a_title_is_found_however_a_phone_writes_it(title: str, unseen: str, blank: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(title)))
    form: Literal["NFC", "NFD", "NFKC", "NFKD"] = data.draw(st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
    for written in (
        unicodedata.normalize(form, title),
        title[:at] + unseen + title[at:],
        title.replace(" ", blank) + blank,
        title.replace("'", "’").replace("-", "‑"),
    ):
        assert fold(written) == fold(title), written


@given(TITLES)
def test_accents_of_latin_and_case_of_any_script_do_not_count(title: str) -> None:
    assert fold(title.upper()) == fold(title)
    assert all(unicodedata.combining(character) in {0, 8, 9} for character in fold(title))


@given(TITLES, st.data())
def test_the_parts_of_a_title_are_those_that_begin_or_are_an_entry_of_its_index(
    title: str, data: st.DataObject
) -> None:
    folded = fold(title) or "x"
    entries = parts(folded)
    at = data.draw(st.integers(0, len(folded) - 1))
    part = folded[at : at + data.draw(st.integers(1, LONGEST_PART))]
    assert part in entries if len(part) <= WHOLE_PART else any(entry.startswith(part) for entry in entries)
    assert all(entry in folded for entry in entries)


def test_the_longest_title_has_no_more_entries_than_a_document_can_hold() -> None:
    longest = fold("\ufdfa" * 200)
    assert sum(len(entry.encode()) for entry in parts(longest)) < 1_000_000
