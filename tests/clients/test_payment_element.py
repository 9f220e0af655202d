"""What a page is told by the Stripe.js of the simulator, card by card, and what has become of the intent."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
import requests

from simulators import process

FOLDER = Path(__file__).parent


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[process.Simulator]:
    stripe = process.stripe(tmp_path_factory.mktemp("stripe"))
    stripe.start()
    yield stripe
    stripe.stop()


def paid(provider: process.Simulator, *choices: str) -> Any:
    """What the page was told, once an intent was paid by this card, and this was done at the bank."""
    sale = {"amount": 35400, "currency": "inr", "automatic_payment_methods[enabled]": "true"}
    key = {"Authorization": f"Bearer {process.STRIPE_SECRET_KEY}"}
    intent = requests.post(f"{provider.url}/v1/payment_intents", data=sale, headers=key, timeout=60).json()
    page = (f"{provider.url}/v3/", process.STRIPE_PUBLISHABLE_KEY, intent["client_secret"])
    command = ["node", "payment_element.mjs", *page, *choices]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return orjson.loads(done.stdout)


def test_a_card_that_works_pays_and_leads_back(provider: process.Simulator) -> None:
    page = paid(provider, "works")
    assert (page["isReady"], page["status"]) == (True, "succeeded")
    intent = page["result"]["paymentIntent"]
    back = urlsplit(page["went"][0])
    assert (back.hostname, parse_qs(back.query)) == (
        "shop.example",
        {
            "a": ["1"],
            "payment_intent": [intent["id"]],
            "payment_intent_client_secret": [intent["client_secret"]],
            "redirect_status": ["succeeded"],
        },
    )


@pytest.mark.parametrize(
    ("choices", "code"),
    [
        (("declined",), "card_declined"),
        (("empty",), "card_declined"),
        (("secure", "fail"), "payment_intent_authentication_failure"),
    ],
)
def test_a_card_that_fails_leaves_the_page_where_it_is(
    provider: process.Simulator, choices: tuple[str, ...], code: str
) -> None:
    page = paid(provider, *choices)
    assert (page["status"], page["result"]["error"]["code"]) == ("requires_payment_method", code)
    assert page["went"] == []


def test_a_bank_that_asks_back_is_answered_or_left_open(provider: process.Simulator) -> None:
    assert paid(provider, "secure", "complete")["status"] == "succeeded"
    page = paid(provider, "secure", "leave")
    assert (page["status"], page["result"]["paymentIntent"]["status"]) == ("requires_action", "requires_action")
    assert page["went"] == []


def test_a_page_may_never_hear_of_money_that_was_paid(provider: process.Simulator) -> None:
    page = paid(provider, "lost")
    assert (page["status"], page["result"], page["went"]) == ("succeeded", None, [])
