"""The service payment, over its internal HTTP: it settles what the guest's page says was paid, and says what it has of
a booking's money."""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from booking.errors import BookingNotFound, InvalidSignature
from booking.usecases.ports import Books, ProviderCall, Receipt, Settled
from chassis.calls import Answer, Peer
from chassis.logs import logger
from chassis.problems import InvalidToken, Unavailable
from chassis.unavailable import PeerTimeout, PeerUnavailable
from contracts.sale import Sale

log = logger(__name__)
_SECONDS = 3.0
_CALLS = TypeAdapter(tuple[ProviderCall, ...])


class HttpPayments:
    """Payment's internal calls, with the caller's token passed on."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    async def settle(self, receipt: Receipt, token: str) -> Settled | None:
        """As the port has it, within 3 s. Raises `InvalidToken` too."""
        body = {"orderId": receipt.order_id, "proof": receipt.proof}
        try:
            answer = await self._peer.call(
                "POST", "/internal/payments/settle", json=body, token=token, timeout_seconds=_SECONDS, max_replicas=1
            )  # a replica asks the provider, who may need all of the time
        except (PeerUnavailable, PeerTimeout) as error:
            log.warning("payment does not answer, the sale goes on by events", error=repr(error))
            return None
        return _read(answer)

    async def books(self, payment_id: str, token: str) -> Books:
        """As the port has it, within 3 s."""
        try:
            answer = await self._peer.call("GET", f"/internal/payments/{payment_id}", token=token)
            return Books() if answer.status == 404 else Books.model_validate(_ok(answer))
        except (PeerUnavailable, PeerTimeout, ValidationError) as error:
            log.warning("payment does not say what it has of a booking", error=repr(error))
            raise Unavailable("payment cannot be asked now") from None

    async def calls(self, payment_id: str, token: str) -> tuple[ProviderCall, ...]:
        """As the port has it, within 3 s."""
        try:
            answer = await self._peer.call("GET", f"/internal/payments/{payment_id}/calls", token=token)
            return () if answer.status == 404 else _CALLS.validate_python(_ok(answer).get("items"))
        except (PeerUnavailable, PeerTimeout, ValidationError) as error:
            log.warning("payment does not say whom it has called about a booking", error=repr(error))
            raise Unavailable("payment cannot be asked now") from None


def _ok(answer: Answer) -> Any:
    """The body of a good answer; raises `PeerUnavailable` for any other."""
    if answer.status != 200:
        raise PeerUnavailable(f"status {answer.status}")
    return answer.body


def _read(answer: Answer) -> Settled | None:
    if answer.status == 200:
        return _settled(answer.body)
    code = answer.body.get("code") if isinstance(answer.body, dict) else None
    if answer.status == 400 and code == "invalid_signature":
        raise InvalidSignature("the signature does not fit order and payment")
    if answer.status in {404, 422}:
        raise BookingNotFound("there is no booking for this order")
    if answer.status == 401:
        raise InvalidToken
    log.warning("payment cannot say, the sale goes on by events", status=answer.status, code=code)
    return None


def _settled(body: Any) -> Settled | None:
    try:
        return Settled(sale=Sale.model_validate(body["sale"]), status=body["status"])
    except (ValidationError, KeyError, TypeError) as error:
        log.warning("payment's answer is not understood", error=repr(error))
        return None
