"""HTTP in, from Twilio: where its messages stand."""

from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from multidict import MultiDict

from chassis.problems import Problem, answering
from notify.following import Following
from notify.twilio_api import Twilio, report_of

router = APIRouter()
_FORM = {
    "required": True,
    "content": {
        "application/x-www-form-urlencoded": {
            "schema": {
                "type": "object",
                "properties": {
                    "MessageSid": {"type": "string"},
                    "MessageStatus": {"type": "string"},
                    "ErrorCode": {"type": "string"},
                },
                "required": ["MessageSid", "MessageStatus"],
            },
            "example": {"MessageSid": "SM00000000000000000000000000000000", "MessageStatus": "delivered"},
        }
    },
}
_SIGNATURE = {
    "name": "X-Twilio-Signature",
    "in": "header",
    "required": True,
    "description": "HMAC-SHA-1 over the public address and the fields, sorted by name; in base64",
    "schema": {"type": "string"},
    "example": "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
}


class InvalidSignature(Problem):
    """The provider's signature does not fit: nothing was stored or changed."""

    status, code = 400, "invalid_signature"


@router.post(
    "/api/notify/twilio/status",
    status_code=204,
    summary="Twilio tells where an SMS stands",
    tags=["messages"],
    openapi_extra={"requestBody": _FORM, "parameters": [_SIGNATURE]},
    responses=answering(InvalidSignature),
)
async def twilio_status(request: Request) -> Response:
    """Signed by `X-Twilio-Signature` over the public address and the fields. Statuses may come late, twice and in any
    order; a message that has arrived stays so."""
    twilio: Twilio | None = request.state.twilio
    following: Following | None = request.state.following
    fields = _fields(await request.body())
    signature = request.headers.get("x-twilio-signature")
    if twilio is None or following is None or not twilio.is_signed(request.url.query, fields, signature):
        raise InvalidSignature("the signature is not that of this body")
    code = fields.get("ErrorCode", "")
    report = report_of(fields.get("To", ""), fields.get("MessageStatus", ""), int(code) if code.isdecimal() else None)
    await following.on_report(fields.get("MessageSid", ""), report)
    return Response(status_code=204)


def _fields(body: bytes) -> MultiDict[str]:
    try:
        return MultiDict(parse_qsl(body.decode(), keep_blank_values=True))
    except ValueError:
        raise InvalidSignature("the body is no form") from None
