"""The languages of messages: gettext catalogs, read from their sources at start, and numbers and times by CLDR."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from printing import formats

ENGLISH = "en"  # the language of the messages' ids
TRANSLATED = ("hi", "ta")
_ZONE_OF_MARKETS = "Asia/Kolkata"  # by whose country amounts are written where no theater is known


def catalog(code: str) -> NullTranslations:
    """The messages of a language, compiled in memory; English needs no catalog."""
    if code not in TRANSLATED:
        return NullTranslations()
    source = files("notify") / "locales" / code / "LC_MESSAGES" / "messages.po"
    compiled = io.BytesIO()
    with source.open("rb") as opened:
        write_mo(compiled, read_po(opened, locale=code))
    compiled.seek(0)
    return GNUTranslations(compiled)


CATALOGS: Mapping[str, NullTranslations] = {code: catalog(code) for code in (ENGLISH, *TRANSLATED)}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a message: in which language, and by the clock of which zone (a theater's)."""

    language: str
    timezone: str

    @classmethod
    def of(cls, language: str, timezone: str | None) -> "Reader":
        """A reader of this language (`hi`, `hi-IN`), of English where we have no catalog for it."""
        code = language.replace("_", "-").partition("-")[0].lower()
        return cls(code if code in CATALOGS else ENGLISH, timezone or _ZONE_OF_MARKETS)

    @property
    def locale(self) -> Locale:
        """The language as the zone's country writes it."""
        return formats.locale_at(self.language, self.timezone)

    def say(self, text: str, **values: object) -> str:
        """A text of ours in the reader's language; `{name}` in it stands for a value, which is put in as it is."""
        said = CATALOGS[self.language].gettext(text)
        return said.format(**values) if values else said

    def money(self, amount: int, currency: str) -> str:
        """`₹1,23,456.50`."""
        return formats.money(amount, currency, self.locale)

    def date(self, at: datetime) -> str:
        """`Tuesday 15 January 2030`."""
        return formats.local_date(at, self.timezone, self.locale)

    def time(self, at: datetime) -> str:
        """`6:30 pm IST`."""
        clock = formats.local_time(at, self.timezone, self.locale)
        return f"{clock} {formats.zone_name(at, self.timezone, self.locale)}"

    def when(self, at: datetime) -> str:
        """Day and time."""
        return f"{self.date(at)}, {self.time(at)}"

    def name_of_language(self, code: str) -> str:
        """`Hindi`, for `hi`."""
        return formats.language_name(code, self.locale)
