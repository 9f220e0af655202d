"""Money, times and names by the reader's language and the theater's country."""

from datetime import UTC, datetime

import pytest

from printing.formats import language_name, local_date, local_time, locale_at, money, zone_name

AT = datetime(2026, 11, 29, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "timezone", "expected"),
    [
        ("en", "Asia/Kolkata", ("Sunday, 29 November 2026", "7:30 PM", "IST")),
        ("hi", "Asia/Kolkata", ("रविवार, 29 नवंबर 2026", "7:30 pm", "IST")),
        ("ta", "Asia/Kolkata", ("ஞாயிறு, 29 நவம்பர், 2026", "7:30 PM", "IST")),
        ("en", "America/New_York", ("Sunday, November 29, 2026", "9:00 AM", "EST")),
        ("en", "Europe/London", ("Sunday, 29 November 2026", "14:00", "GMT")),
        ("en", "Asia/Tokyo", ("Sunday, November 29, 2026", "23:00", "GMT+09:00")),
        ("xx", "Asia/Kolkata", ("Sunday, 29 November 2026", "7:30 PM", "IST")),
    ],
)
def test_an_instant_reads_by_the_theaters_clock(language: str, timezone: str, expected: tuple[str, ...]) -> None:
    locale = locale_at(language, timezone)
    assert (
        local_date(AT, timezone, locale),
        local_time(AT, timezone, locale),
        zone_name(AT, timezone, locale),
    ) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(12_345_650, "INR", "₹1,23,456.50"), (5, "INR", "₹0.05"), (-1_200, "INR", "-₹12.00"), (1_234, "KWD", "KWD1.234")],
)
def test_money_has_the_digits_of_its_currency(amount: int, currency: str, text: str) -> None:
    assert money(amount, currency, locale_at("en", "Asia/Kolkata")) == text


@pytest.mark.parametrize(
    ("code", "language", "name"),
    [
        ("hi", "en", "Hindi"),
        ("ta", "hi", "तमिल"),
        ("hi", "ta", "இந்தி"),
        ("zh-Hant", "en", "Chinese (Traditional)"),
        ("Hindi", "en", "Hindi"),
        ("?", "en", "?"),
    ],
)
def test_a_language_is_a_word(code: str, language: str, name: str) -> None:
    assert language_name(code, locale_at(language, "Asia/Kolkata")) == name


def test_only_the_readers_locale_is_asked_for_names_of_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = locale_at("ta", "Asia/Kolkata")
    monkeypatch.setattr("babel.localedata.exists", lambda _name: False)
    assert language_name("te", reader) == "தெலுங்கு"
