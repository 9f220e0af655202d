"""Base45 (RFC 9285): two bytes as three characters of QR's alphanumeric mode. Each byte string has one spelling."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def encode(data: bytes) -> str:
    """The text of `data`: 3 characters for two bytes, 2 for a single last byte."""
    characters: list[str] = []
    for start in range(0, len(data), 2):
        group = data[start : start + 2]
        number = int.from_bytes(group)
        for _ in range(len(group) + 1):
            number, value = divmod(number, 45)
            characters.append(ALPHABET[value])
    return "".join(characters)


def decode(text: str) -> bytes:
    """The bytes of a text; raises `ValueError` for a text that `encode` does not make."""
    data = bytearray()
    for start in range(0, len(text), 3):
        group = text[start : start + 3]
        if len(group) == 1 or not _VALUES.keys() >= set(group):
            raise ValueError("not base45")
        number = sum(_VALUES[character] * 45**place for place, character in enumerate(group))
        if number >= 256 ** (len(group) - 1):
            raise ValueError("not base45: a group stands for more than its bytes hold")
        data += number.to_bytes(len(group) - 1)
    return bytes(data)
