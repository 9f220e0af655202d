"""Every text of ours is in every catalog with its placeholders; numbers and times read as in the language."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import notify
from notify.languages import TRANSLATED, Reader

SOURCE = Path(notify.__file__).parent
INDIA = "Asia/Kolkata"


def said() -> set[str]:
    """The texts in our code that are said to a reader."""
    found = extract_from_dir(str(SOURCE), method_map=[("**.py", "python")], keywords={"say": None})
    return {text for _, _, text, _, _ in found if isinstance(text, str)}


def catalog_of(language: str) -> Catalog:
    with (SOURCE / "locales" / language / "LC_MESSAGES" / "messages.po").open("rb") as opened:
        return read_po(opened, locale=language, abort_invalid=True)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def faults_of(catalog: Catalog, texts: set[str]) -> Iterator[str]:
    """What is wrong with a catalog of these texts."""
    messages = {str(message.id): message for message in catalog if message.id}
    yield from (f"not in the catalog: {text}" for text in texts - messages.keys())
    yield from (f"said nowhere: {text}" for text in messages.keys() - texts)
    for text, message in messages.items():
        if not message.string or message.fuzzy:
            yield f"not translated: {text}"
        elif placeholders(str(message.string)) != placeholders(text):
            yield f"another placeholder: {text}"
        elif str(message.string).isascii():
            yield f"still English: {text}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_with_its_placeholders(language: str) -> None:
    texts = said()
    assert len(texts) > 70
    assert list(faults_of(catalog_of(language), texts)) == []


def test_a_hole_in_a_catalog_is_seen() -> None:
    catalog = Catalog(locale="hi")
    catalog.add("Seats", "")
    catalog.add("It begins at {time}.", "यह {when} पर शुरू होगा।")
    catalog.add("Total", "कुल", flags=["fuzzy"])
    catalog.add("Gone", "गया")
    faults = set(faults_of(catalog, {"Seats", "It begins at {time}.", "Total", "Address"}))
    assert faults == {
        "not in the catalog: Address",
        "said nowhere: Gone",
        "not translated: Seats",
        "not translated: Total",
        "another placeholder: It begins at {time}.",
    }


@pytest.mark.parametrize(
    ("language", "amount", "when", "film"),
    [
        ("en", "₹1,23,456.50", "Tuesday, 2 July 2030, 2:00 AM IST", "Tamil"),
        ("hi", "₹1,23,456.50", "मंगलवार, 2 जुलाई 2030, 2:00 am IST", "तमिल"),
        ("ta", "₹ 123,456.50", "செவ்வாய், 2 ஜூலை, 2030, 2:00 AM IST", "தமிழ்"),
    ],
)
def test_numbers_times_and_languages_read_as_in_the_readers_language(
    language: str, amount: str, when: str, film: str
) -> None:
    reader = Reader.of(language, INDIA)
    at = datetime(2030, 7, 1, 20, 30, tzinfo=UTC)
    shown = reader.when(at).replace("\u202f", " ")
    assert (reader.money(12_345_650, "INR").replace("\xa0", " "), shown, reader.name_of_language("ta")) == (
        amount,
        when,
        film,
    )


def test_a_time_is_by_the_theaters_clock() -> None:
    at = datetime(2030, 7, 1, 20, 30, tzinfo=UTC)
    assert Reader.of("en", "Europe/London").when(at) == "Monday, 1 July 2030, 21:30 BST"


@pytest.mark.parametrize(("code", "language"), [("hi-IN", "hi"), ("TA_in", "ta"), ("fr", "en"), ("", "en")])
def test_a_language_without_a_catalog_reads_english(code: str, language: str) -> None:
    assert Reader.of(code, INDIA).language == language


@pytest.mark.parametrize("value", ["{amount}", "{0}", "{", "}", "%s", "{name.__class__}"])
def test_what_is_put_into_a_text_stays_as_it_is(value: str) -> None:
    for language in ("en", *TRANSLATED):
        assert value in Reader.of(language, INDIA).say("Hello {name},", name=value)
