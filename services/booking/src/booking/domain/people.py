"""Who a booking's guest is, as support looks for them: by e-mail, phone or name. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chassis.contacts import national_number
from chassis.folding import fold

_BETWEEN_WORDS = re.compile(r"[\s,;:/()<>\"']+")
_PARTS_OF_ADDRESS = re.compile(r"[@.+_-]+")
_DIALLED = re.compile(r"\+?[\d\s().-]{6,}")
_ADDRESS, _NUMBER = ":mail:", ":phone:"  # no word begins so
_FEWEST_LETTERS = 2  # of a word that is searched by its beginning


@dataclass(frozen=True, slots=True)
class Person:
    """A guest as identity tells of them, or the customer of a sale at the counter; `phone` is in E.164."""

    user_id: str
    name: str = ""
    email: str | None = None
    phone: str | None = None

    @property
    def keys(self) -> list[str]:
        """What they are found by, folded: address and number each as a whole, the number without its country's code
        too, and words: those of the name, the address and its parts."""
        keys = set(_words(self.name))
        if self.email:
            address = fold(self.email)
            keys |= {f"{_ADDRESS}{address}", address, address.partition("@")[2], *_PARTS_OF_ADDRESS.split(address)}
        if self.phone:
            keys |= {f"{_NUMBER}{number}" for number in (self.phone, national_number(self.phone))}
        return sorted(keys - {""})


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing that must be among a person's keys: a key that begins with `beginning`, or any of `whole`."""

    whole: tuple[str, ...] = ()
    beginning: str | None = None

    def is_met_by(self, keys: list[str]) -> bool:
        """Whether a person with these keys has it."""
        beginning = self.beginning
        return any(key in self.whole or (beginning is not None and key.startswith(beginning)) for key in keys)


def wanted_email(typed: str) -> Wanted:
    """Who has the address, in any case."""
    return Wanted(whole=(f"{_ADDRESS}{fold(typed)}",))


def wanted_phone(typed: str) -> Wanted:
    """Who has the number, however it is grouped, with its country's code or without."""
    digits = re.sub(r"\D", "", fold(typed))
    return Wanted(whole=(f"{_NUMBER}+{digits.removeprefix('00')}", f"{_NUMBER}{digits.lstrip('0')}"))


def wanted_words(typed: str) -> tuple[Wanted, ...]:
    """Who has all of the words, each as the beginning of a part of the name or of the address; or the number. None
    where nothing is typed that people could be found by."""
    text = fold(typed)
    if _DIALLED.fullmatch(text):
        return (wanted_phone(text),)
    words = [word for word in _words(text) if len(word) >= _FEWEST_LETTERS]
    return tuple(Wanted(beginning=word) for word in words)


def _words(text: str) -> Iterator[str]:
    return (word for word in _BETWEEN_WORDS.split(fold(text)) if word)
