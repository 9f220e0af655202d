"""Ids are TypeIDs (version 0.3 of the specification: https://github.com/jetify-com/typeid/tree/main/spec): a prefix, an
underscore, and a suffix of 26 characters that is a uuid7 in base32. They sort by the time they were made at.

A hold's id has two suffixes, its own and its showtime's (ADR 9).
"""

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
SUFFIX_LENGTH = 26  # 130 bits hold a uuid's 128, behind two bits of zero
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]  # ten bits at a time
_PYTHONS_BASE32 = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrstuv")
_CHARACTERS, _FIRST_CHARACTERS = frozenset(ALPHABET), frozenset("01234567")


def encode(number: int) -> str:
    """The suffix that spells a uuid, given as its 128-bit number: base32, most significant bits first."""
    return "".join([_PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10)])


def decode(prefix: str, id_: str) -> int:
    """The 128 bits of an id's uuid, which `encode` turns back; raises `ValueError` for what is no id of this prefix, or
    has two suffixes."""
    if not is_id(prefix, id_) or prefix == "hld":
        raise ValueError(f"not an id with the prefix {prefix}: {id_!r}")
    return int(id_[-SUFFIX_LENGTH:].translate(_PYTHONS_BASE32), 32)


def new_suffix() -> str:
    """What makes an id unlike any other: the suffix of a new uuid7."""
    return encode(uuid7().int)


def new_id(prefix: str) -> str:
    """A new id such as `sho_01jd…`; `prefix` comes without the underscore."""
    return f"{prefix}_{new_suffix()}"


def new_hold_id(showtime_id: ShowtimeId, suffix: str | None = None) -> HoldId:
    """A hold's id names its showtime, so that one key finds the hold on whatever shard the showtime lives.

    `suffix` is one that was made already, for a call that is tried again.
    """
    return HoldId(f"hld_{suffix or new_suffix()}{showtime_id.removeprefix('sho_')}")


def is_id(prefix: str, text: str) -> bool:
    """Whether `text` has the form of an id of this prefix."""
    head, _, suffixes = text.partition("_")
    if head != prefix or len(suffixes) != (2 * SUFFIX_LENGTH if prefix == "hld" else SUFFIX_LENGTH):
        return False
    return _CHARACTERS.issuperset(suffixes) and _FIRST_CHARACTERS.issuperset(suffixes[::SUFFIX_LENGTH])


def made_at(id_: str) -> float:
    """When the first uuid7 of a well-formed id was made, in Unix seconds: that of a hold or booking is the hold's.

    Whoever invents an id may name any time, up to the year 10889.
    """
    number = 0
    for character in id_.partition("_")[2][:10]:  # 48 of these 50 bits, after two of zero, are milliseconds
        number = number << 5 | ALPHABET.index(character)
    return (number & (1 << 48) - 1) / 1000


def showtime_of(hold_id: HoldId) -> ShowtimeId:
    """The showtime that a well-formed hold id names."""
    return ShowtimeId(f"sho_{hold_id[-SUFFIX_LENGTH:]}")


def booking_of(hold_id: HoldId) -> BookingId:
    """The booking that a hold becomes: fixed by the hold's id, so that whoever hears of it first names it alike."""
    return BookingId(f"bkg_{hold_id[4 : 4 + SUFFIX_LENGTH]}")


def counter_customer_of(booking_id: BookingId) -> UserId:
    """Who buys at the counter: an id of the sale's own that no user has, for the booking belongs to none."""
    return UserId(f"usr_{booking_id.removeprefix('bkg_')}")


def payment_of(hold_id: HoldId) -> PaymentId:
    """The one payment of a hold."""
    return PaymentId(f"pay_{hold_id[4 : 4 + SUFFIX_LENGTH]}")
