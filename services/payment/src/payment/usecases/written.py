"""A sale as it is written into its order at the provider: what was paid for is known there even where our books were
lost. Pure.

The notes of an order hold the sale, compressed, in parts of the length that every provider takes, and a seal over its
receipt and them by a secret of this house: whatever else bears a receipt like ours is another house's.
"""

import base64
import binascii
import hashlib
import hmac
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, takewhile

from pydantic import ValidationError

from contracts.sale import Sale
from payment.usecases.provider import ProviderOrder

SEAL = "seal"
_PART_LENGTH, _MOST_PARTS = 256, 10
_MOST_BYTES = 100_000
"""Of an order that is read: longer is no sale."""


def written(sale: Sale, key: str) -> dict[str, str]:
    """Notes that hold the sale and their seal; the seal alone where the sale is too long for them."""
    packed = zlib.compress(sale.model_dump_json(by_alias=True, exclude_defaults=True).encode(), 9)
    text = base64.urlsafe_b64encode(packed).decode()
    if len(text) > _PART_LENGTH * _MOST_PARTS:
        text = ""
    parts = [text[start : start + _PART_LENGTH] for start in range(0, len(text), _PART_LENGTH)]
    notes = {_name(number): part for number, part in enumerate(parts, 1)}
    return {**notes, SEAL: _seal(sale.payment_id, text, key)}


def is_sealed(order: ProviderOrder, keys: Sequence[str]) -> bool:
    """Whether an order was opened by this house, under any of its secrets."""
    text, seal = "".join(_parts(order.notes)), order.notes.get(SEAL, "")
    return any(hmac.compare_digest(_seal(order.receipt, text, key).encode(), seal.encode()) for key in keys)


def written_sale(order: ProviderOrder, keys: Sequence[str]) -> Sale | None:
    """The sale that a sealed order holds; None where it holds none, or that of another payment."""
    if not is_sealed(order, keys):
        return None
    try:
        packed = base64.urlsafe_b64decode("".join(_parts(order.notes)))
        sale = Sale.model_validate_json(zlib.decompressobj().decompress(packed, _MOST_BYTES))
    except (binascii.Error, zlib.error, ValidationError):
        return None
    return sale if sale.payment_id == order.receipt else None


def _parts(notes: Mapping[str, str]) -> Iterator[str]:
    names = takewhile(notes.__contains__, map(_name, count(1)))
    return (notes[name] for name in names)


def _name(number: int) -> str:
    return f"sale_{number}"


def _seal(receipt: str, text: str, key: str) -> str:
    return hmac.new(key.encode(), f"marquee sale {receipt} {text}".encode(), hashlib.sha256).hexdigest()
