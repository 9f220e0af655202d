"""Prefixed ids: a type word and a uuid7 in Crockford base32, so they sort by creation time and compare as text."""

from typing import NewType

from uuid_utils import uuid7

UserId = NewType("UserId", str)
TheaterId = NewType("TheaterId", str)
ScreenId = NewType("ScreenId", str)
MovieId = NewType("MovieId", str)
ShowtimeId = NewType("ShowtimeId", str)
HoldId = NewType("HoldId", str)
PaymentId = NewType("PaymentId", str)
BookingId = NewType("BookingId", str)

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]  # ten bits at a time
_DIGITS = 26  # 130 bits hold a uuid's 128
_ALLOWED = frozenset(ALPHABET)


def encode(number: int) -> str:
    """A uuid's 128 bits as 26 lowercase Crockford base32 characters, most significant first."""
    return "".join([_PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10)])


def unique_part() -> str:
    """What makes an id unlike any other: a uuid7, encoded."""
    return encode(uuid7().int)


def new_id(prefix: str) -> str:
    """A new id such as `sho_01jd…`; `prefix` comes without the underscore."""
    return f"{prefix}_{unique_part()}"


def new_hold_id(showtime_id: ShowtimeId, unique: str | None = None) -> HoldId:
    """A hold's id carries its showtime, so that one key finds the hold on whatever shard the showtime lives.

    `unique` names a part already made, for a call that is tried again.
    """
    return HoldId(f"hld_{unique or unique_part()}{showtime_id.removeprefix('sho_')}")


def is_id(prefix: str, text: str) -> bool:
    """Whether `text` has the form of an id of this prefix (a hold's has two parts)."""
    head, _, tail = text.partition("_")
    length = 2 * _DIGITS if prefix == "hld" else _DIGITS
    return head == prefix and len(tail) == length and _ALLOWED.issuperset(tail)


def made_at(id_: str) -> float:
    """When the unique part of a well-formed id says it was made (a hold's, and so its booking's), in Unix seconds.

    Whoever invents an id may name any time, up to the year 10889.
    """
    number = 0
    for digit in id_.partition("_")[2][:10]:  # 48 of these 50 bits, after two of padding, are milliseconds
        number = number << 5 | ALPHABET.index(digit)
    return (number & (1 << 48) - 1) / 1000


def showtime_of(hold_id: HoldId) -> ShowtimeId:
    """The showtime a well-formed hold id names."""
    return ShowtimeId(f"sho_{hold_id[-_DIGITS:]}")


def booking_of(hold_id: HoldId) -> BookingId:
    """The booking a hold becomes: fixed by the hold's id, so that whoever hears first names it alike."""
    return BookingId(f"bkg_{hold_id[4 : 4 + _DIGITS]}")


def payment_of(hold_id: HoldId) -> PaymentId:
    """The one payment of a hold."""
    return PaymentId(f"pay_{hold_id[4 : 4 + _DIGITS]}")
