"""The manifest of a showtime: its tickets and which of them admit, signed, for a gate without a network.

The signature is a detached JWS (RFC 7515, appendix F) over the document without `signature` in its RFC 8785 form. What
is signed so begins with the base64 of a JSON header, what is signed as a ticket with `MQ2.`: neither passes for the
other.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import jwt
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.utils import base64url_encode
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from checkin.rules import Doors
from tickets.keys import TicketKey

_ALGORITHM = "EdDSA"
_TYPE = "marquee-manifest+jws"
_JWS = jwt.PyJWS(algorithms=[_ALGORITHM])
Reason = Literal["malformed", "unknown_key", "bad_signature"]


class InvalidManifest(ValueError):
    """A document that is no manifest of ours; `reason` says how far it was one."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="ignore")


class FirstEntry(_Part):
    """When a booking was let in, and at which device."""

    at: AwareDatetime
    device_id: str | None = None


class Entry(_Part):
    """A booking with a ticket, as it was when the manifest was made. One that is inside already admits no more, and has
    its `first` scan; any other that does not admit has a `reason`."""

    booking_id: str
    reference: str
    seats: tuple[str, ...]
    version: int
    admits: bool
    first: FirstEntry | None = None
    reason: str | None = None


class Manifest(_Part):
    """A manifest whose signature was verified. Check-in opens at `opens_at` and closes at `expires_at`, the show's
    end."""

    showtime_id: str
    generated_at: AwareDatetime
    opens_at: AwareDatetime
    expires_at: AwareDatetime
    tickets: tuple[Entry, ...]

    @property
    def doors(self) -> Doors:
        return Doors(self.showtime_id, self.opens_at, self.expires_at)


class ManifestSigner:
    """Signs manifests with the key of a 32-byte seed."""

    def __init__(self, seed: bytes) -> None:
        self._private_key = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = TicketKey(self._private_key.public_key())

    def sign(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON document with its `signature`."""
        headers = {"kid": self.key.id, "typ": _TYPE}
        whole = _JWS.encode(rfc8785.dumps(dict(document)), self._private_key, _ALGORITHM, headers)
        header, _, signature = whole.split(".")
        return {**document, "signature": f"{header}..{signature}"}


def verified(document: Mapping[str, Any], keys: Sequence[TicketKey]) -> Manifest:
    """The manifest of a JSON document that one of `keys` has signed; raises `InvalidManifest`.

    `keys` are those that the gate stored before, on a trusted network: never those in the document itself.
    """
    rest = {name: value for name, value in document.items() if name != "signature"}
    header, signature = _detached(document.get("signature"))
    try:
        whole = f"{header}.{base64url_encode(rfc8785.dumps(rest)).decode()}.{signature}"
        key_id = jwt.get_unverified_header(whole).get("kid")
    except (jwt.InvalidTokenError, rfc8785.CanonicalizationError, ValueError) as error:
        raise InvalidManifest("malformed", str(error)) from None
    key = next((key for key in keys if key.id == key_id), None)
    if key is None:
        raise InvalidManifest("unknown_key", f"no key is known by the id {key_id!r}")
    try:
        _JWS.decode(whole, key.public_key, [_ALGORITHM])
    except jwt.InvalidTokenError as error:
        raise InvalidManifest("bad_signature", str(error)) from None
    return _parsed(rest)


def _detached(signature: object) -> tuple[str, str]:
    """Header and signature of a detached JWS."""
    parts = signature.split(".") if isinstance(signature, str) else []
    if len(parts) != 3 or parts[1]:
        raise InvalidManifest("malformed", "a manifest has a detached JWS as its signature")
    return parts[0], parts[2]


def _parsed(document: Mapping[str, Any]) -> Manifest:
    try:
        return Manifest.model_validate(document)
    except ValidationError as error:
        raise InvalidManifest("malformed", str(error)) from None
