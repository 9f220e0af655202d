"""The public half of a signing key, as it is published."""

from typing import Annotated, Literal

from pydantic import Field

from chassis.bodies import ResponseBody


class PublicKeyView(ResponseBody):
    """A public key, as a JWK (RFC 8037)."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    use: Literal["sig"]
    alg: Literal["EdDSA"]
    x: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{43}$", examples=["11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"])]
