"""How many SMS a text takes: GSM-7 where its alphabet suffices, else UCS-2."""

from __future__ import annotations

from math import ceil

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")  # two characters of the basic alphabet each


def segments(text: str) -> int:
    """The number of SMS the text is sent as; one letter outside GSM-7 turns all of it to UCS-2."""
    if all(letter in _BASIC or letter in _EXTENDED for letter in text):
        return _parts(sum(2 if letter in _EXTENDED else 1 for letter in text), alone=160, joined=153)
    return _parts(len(text.encode("utf-16-be")) // 2, alone=70, joined=67)


def _parts(length: int, *, alone: int, joined: int) -> int:
    return 1 if length <= alone else ceil(length / joined)
