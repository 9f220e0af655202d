"""Prefixed ids: a type word and a uuid7 in Crockford base32, so they sort by creation time and compare as text."""

from typing import NewType
from uuid import UUID

from uuid_utils.compat import uuid7

UserId = NewType("UserId", str)
TheaterId = NewType("TheaterId", str)
ScreenId = NewType("ScreenId", str)
MovieId = NewType("MovieId", str)
ShowtimeId = NewType("ShowtimeId", str)
HoldId = NewType("HoldId", str)
PaymentId = NewType("PaymentId", str)
BookingId = NewType("BookingId", str)

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_DIGITS = 26  # 130 bits hold a uuid's 128
_ALLOWED = frozenset(ALPHABET)


def encode(value: UUID) -> str:
    """26 lowercase Crockford base32 characters, most significant first."""
    number = value.int
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(5 * (_DIGITS - 1), -1, -5))


def new_id(prefix: str) -> str:
    """A new id such as `sho_01jd…`; `prefix` comes without the underscore."""
    return f"{prefix}_{encode(uuid7())}"


def new_hold_id(showtime_id: ShowtimeId) -> HoldId:
    """A hold's id carries its showtime, so that one key finds the hold on whatever shard the showtime lives."""
    return HoldId(f"{new_id('hld')}{showtime_id.removeprefix('sho_')}")


def is_id(prefix: str, text: str) -> bool:
    """Whether `text` has the form of an id of this prefix (a hold's has two parts)."""
    head, _, tail = text.partition("_")
    length = 2 * _DIGITS if prefix == "hld" else _DIGITS
    return head == prefix and len(tail) == length and _ALLOWED.issuperset(tail)


def showtime_of(hold_id: HoldId) -> ShowtimeId:
    """The showtime a well-formed hold id names."""
    return ShowtimeId(f"sho_{hold_id[-_DIGITS:]}")


def booking_of(hold_id: HoldId) -> BookingId:
    """The booking a hold becomes: fixed by the hold's id, so that whoever hears first names it alike."""
    return BookingId(f"bkg_{hold_id[4 : 4 + _DIGITS]}")


def payment_of(hold_id: HoldId) -> PaymentId:
    """The one payment of a hold."""
    return PaymentId(f"pay_{hold_id[4 : 4 + _DIGITS]}")
