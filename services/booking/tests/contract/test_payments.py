"""What the use cases expect of payment: the fake and the service behind its HTTP under one suite."""

from collections.abc import AsyncIterator
from typing import Protocol

import pytest
from services.booking.tests.conftest import Peers
from services.booking.tests.facts import NOW, ORDER_ID, SALE
from services.booking.tests.fakes import FakePayments

from booking.errors import BookingNotFound, InvalidSignature
from booking.payments import HttpPayments
from booking.usecases.ports import Books, Money, MoneyBack, Payments, ProviderCall, Receipt, Settled
from chassis.calls import Peer, client
from chassis.problems import InvalidToken, Unavailable
from chassis.replicas import Replicas
from contracts.sale import Sale

BOOKS = Books(
    payments=(
        Money(id="pay_1", provider="counter", tender="cash", amount=500, currency="INR", status="succeeded", at=NOW),
    ),
    refunds=(MoneyBack(key="refund_1", amount=200, currency="INR", status="done", reason="by_theater"),),
)
RECEIPT = Receipt(ORDER_ID, {"signature": "s"})


class Levers(Protocol):
    """How a test lets payment know things."""

    is_silent: bool

    def knows(self, order_id: str, sale: Sale, status: str) -> None: ...
    def calls_forged(self, order_id: str) -> None: ...
    def has_books(self, payment_id: str, books: Books) -> None: ...
    def has_calls(self, payment_id: str, *calls: ProviderCall) -> None: ...


class PaymentsContract:
    """The suite; a subclass has the fixtures `payments` and `levers`."""

    @pytest.mark.parametrize("status", ["succeeded", "failed", "pending", "authorized", "unknown"])
    async def test_of_an_order_it_gives_the_sale_and_how_far_the_money_is(
        self, payments: Payments, levers: Levers, status: str
    ) -> None:
        levers.knows(ORDER_ID, SALE, status)
        assert await payments.settle(RECEIPT, "token") == Settled(SALE, status)

    async def test_an_order_that_it_does_not_know_is_no_booking(self, payments: Payments) -> None:
        with pytest.raises(BookingNotFound):
            await payments.settle(RECEIPT, "token")

    async def test_a_forged_proof_is_refused(self, payments: Payments, levers: Levers) -> None:
        levers.calls_forged(ORDER_ID)
        with pytest.raises(InvalidSignature):
            await payments.settle(RECEIPT, "token")

    async def test_while_it_does_not_answer_it_says_nothing(self, payments: Payments, levers: Levers) -> None:
        levers.knows(ORDER_ID, SALE, "succeeded")
        levers.is_silent = True
        assert await payments.settle(RECEIPT, "token") is None

    async def test_it_says_what_came_and_went_back_of_a_payment(self, payments: Payments, levers: Levers) -> None:
        levers.has_books(SALE.payment_id, BOOKS)
        assert await payments.books(SALE.payment_id, "token") == BOOKS

    async def test_of_a_payment_that_it_does_not_know_it_has_nothing(self, payments: Payments) -> None:
        assert await payments.books(SALE.payment_id, "token") == Books()

    async def test_it_says_what_providers_were_asked_about_a_payment(self, payments: Payments, levers: Levers) -> None:
        call = ProviderCall(
            at=NOW, provider="razorpay", call="open_order", outcome="yes", milliseconds=12, trace_id="0" * 32
        )
        assert await payments.calls(SALE.payment_id, "token") == ()
        levers.has_calls(SALE.payment_id, call, call.model_copy(update={"trace_id": None}))
        assert await payments.calls(SALE.payment_id, "token") == (call, call.model_copy(update={"trace_id": None}))

    async def test_while_it_does_not_answer_nobody_is_told_that_there_is_nothing(
        self, payments: Payments, levers: Levers
    ) -> None:
        levers.is_silent = True
        with pytest.raises(Unavailable):
            await payments.books(SALE.payment_id, "token")
        with pytest.raises(Unavailable):
            await payments.calls(SALE.payment_id, "token")


class TestFakePayments(PaymentsContract):
    @pytest.fixture
    def levers(self) -> FakePayments:
        return FakePayments()

    @pytest.fixture
    def payments(self, levers: FakePayments) -> Payments:
        return levers


class TestHttpPayments(PaymentsContract):
    @pytest.fixture
    def levers(self, peers: Peers) -> Peers:
        return peers

    @pytest.fixture
    async def payments(self, peers: Peers) -> AsyncIterator[Payments]:
        async with client() as http:
            yield HttpPayments(Peer(http, Replicas(peers.url)))

    async def test_a_token_that_it_refuses_is_the_callers(self, payments: Payments, peers: Peers) -> None:
        peers.settled[ORDER_ID] = (401, {"code": "invalid_token"})
        with pytest.raises(InvalidToken):
            await payments.settle(RECEIPT, "token")

    @pytest.mark.parametrize(
        "answer", [(200, {}), (200, []), (200, {"sale": {}, "status": "failed"}), (400, {}), (500, [])]
    )
    async def test_an_answer_that_is_not_understood_says_nothing(
        self, payments: Payments, peers: Peers, answer: tuple[int, object]
    ) -> None:
        peers.settled[ORDER_ID] = answer
        assert await payments.settle(RECEIPT, "token") is None

    @pytest.mark.parametrize("answer", [(200, {"payments": [{}]}), (200, []), (401, {}), (500, None)])
    async def test_books_that_are_not_understood_are_no_books(
        self, payments: Payments, peers: Peers, answer: tuple[int, object]
    ) -> None:
        peers.of_payments[SALE.payment_id] = answer
        with pytest.raises(Unavailable):
            await payments.books(SALE.payment_id, "token")
