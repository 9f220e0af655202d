"""What is hard beside captures and refunds: fees that payers bear, and mail whose answer is lost."""

import pytest
from tests.conftest import Stack, until
from tests.e2e.hard_cases.scenes import A_CASE_SECONDS, Json, Scene


@pytest.mark.parametrize("scene", ["stripe"], indirect=True)
async def test_a_fee_on_top_that_the_account_is_not_set_up_for_goes_back_and_is_a_case(scene: Scene) -> None:
    """Number 24. At Razorpay, with what an account may be set up for: `test_differences`."""
    buyer, _, order = await scene.ordered("A1")
    paid = await scene.provider.pay(order.id, feeBearer="customer")
    answer = await scene.decided(buyer, paid)
    assert (answer.status, answer.code) == (402, "payment_failed")

    async def opened() -> Json | None:
        return (await scene.cases(order)).get("difference_not_accepted")

    case = await until(opened, seconds=A_CASE_SECONDS)
    assert "STRIPE_ACCEPTED_DIFFERENCES=fee" in case["detail"]
    await until(lambda: scene.provider.refunds(paid.id), seconds=60)
    ((back, _),) = await scene.provider.refunds(paid.id)
    assert back - order.amount == case["amount"] > 0
    assert (await buyer.booking(order.booking_id)).body["status"] == "pending"


@pytest.mark.parametrize("scene", ["razorpay"], indirect=True)
async def test_a_ticket_mail_whose_answer_is_lost_is_the_same_message_again_and_the_booking_stands(
    scene: Scene,
) -> None:
    """Number 31. Each way in which a mail server fails: notify's own tests."""
    buyer, _, order = await scene.ordered("A1")
    fault = {"kind": "drop_after_dot", "to": buyer.user["email"], "times": 1}
    box = scene.client.stack_info["mail"]["http"]
    assert (await scene.client.call("POST", f"{box}/_sim/faults", fault)).status == 200
    assert (await scene.decided(buyer, await scene.provider.pay(order.id))).status == 200
    sent = await until(lambda: scene.mails(buyer), seconds=30)
    await scene.ends(buyer, order, "confirmed", seats="saaa", payment="succeeded")
    assert len({mail["messageId"] for mail in sent}) == 1


@pytest.mark.parametrize("scene", ["razorpay"], indirect=True)
async def test_afterwards_all_books_agree(stack: Stack, scene: Scene) -> None:
    """The audit over everything that the cases have left behind, at every provider."""
    buyer, order, _ = await scene.bought("A1")
    await scene.ends(buyer, order, "confirmed", seats="saaa", payment="succeeded", tickets=1)
    stack.audit()
