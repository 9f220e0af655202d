"""How money, times and languages read to a guest, by CLDR. A reader's language is a code: `en`, `hi`, `ta`."""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global, parse_locale
from babel.dates import format_date, format_time, get_timezone_gmt, get_timezone_name
from babel.numbers import NumberPattern, parse_pattern

from contracts.currencies import exponent

_FALLBACK = "en"


def country_of(timezone: str) -> str:
    """The ISO 3166 code of a zone's country: `IN` for Asia/Kolkata, also by an old name of the zone; `` for none."""
    name = get_global("zone_aliases").get(timezone, timezone)
    return str(get_global("zone_territories").get(name, ""))


@lru_cache(maxsize=256)
def locale_at(language: str, timezone: str) -> Locale:
    """The reader's language as the country of a time zone writes it: `en` in Asia/Kolkata is `en_IN`. English where
    the language is unknown; the language alone where the country has no way of its own."""
    territory = country_of(timezone)
    for identifier in (f"{language}_{territory}", language, f"{_FALLBACK}_{territory}"):
        try:
            return Locale.parse(identifier)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse(_FALLBACK)


@lru_cache(maxsize=4096)
def money(amount: int, currency: str, locale: Locale) -> str:
    """An amount in minor units: `₹1,23,456.50`. The currency's digits are those of ISO 4217."""
    places = exponent(currency)
    value = Decimal(amount).scaleb(-places)
    text: str = _money_pattern(locale, places).apply(value, locale, currency=currency, currency_digits=False)
    return text


@lru_cache(maxsize=256)
def _money_pattern(locale: Locale, places: int) -> NumberPattern:
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    pattern.frac_prec = (places, places)
    return pattern


@lru_cache(maxsize=1024)
def local_date(at: datetime, timezone: str, locale: Locale) -> str:
    """The day of an instant by the clock of a zone: `Sunday, 29 November 2026`."""
    return format_date(at.astimezone(ZoneInfo(timezone)), "full", locale)


@lru_cache(maxsize=1024)
def local_time(at: datetime, timezone: str, locale: Locale) -> str:
    """The time of an instant by the clock of a zone: `7:30 pm`, with a plain space."""
    return format_time(at.astimezone(ZoneInfo(timezone)), "short", locale=locale).replace("\u202f", " ")


@lru_cache(maxsize=1024)
def zone_name(at: datetime, timezone: str, locale: Locale) -> str:
    """The zone's short name at that instant: `IST`, or `GMT+09:00` where the language has none."""
    local = at.astimezone(ZoneInfo(timezone))
    name = get_timezone_name(local, "short", locale=locale)
    return get_timezone_gmt(local, "long", locale=locale) if name[:1] in "+-" else name


@lru_cache(maxsize=1024)
def language_name(language: str, locale: Locale) -> str:
    """A language as a word: `hi` is `Hindi`, `zh-Hant` `Chinese (Traditional)`; what is no code stays as it is.

    Only the reader's own locale is asked: images hold no others.
    """
    try:
        code, territory, script, *_ = parse_locale(language, sep="-")
    except ValueError:
        return language
    if code not in locale.languages:
        return language
    kinds = (locale.scripts.get(script), locale.territories.get(territory))
    details = ", ".join(str(kind) for kind in kinds if kind)
    name = str(locale.languages[code])
    return f"{name} ({details})" if details else name
