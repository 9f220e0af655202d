"""Faults of providers and mail server under chaos: each breaks the next calls of some kind, and nothing for ever."""

import asyncio
import random
from typing import Any

from stack.buyer import StackClient

Json = Any
_PROVIDERS = ("razorpay", "stripe", "twilio")
_KINDS: tuple[Json, ...] = (
    {"kind": "latency", "value": 1500},
    {"kind": "hang", "value": 3000},
    {"kind": "status", "value": 500},
    {"kind": "status", "value": 503, "body": "html"},
    {"kind": "status", "value": 429},
    {"kind": "html"},
    {"kind": "reset_before"},
    {"kind": "reset_after"},
    {"kind": "timeout_after_commit", "value": 3000},
)
_MAIL_KINDS = ("rcpt_450", "data_451", "drop_before", "drop_after_dot", "closing")


async def faults_until(over: asyncio.Event, client: StackClient, dice: random.Random) -> int:
    """A fault every second or two; how many there were. At the end every one is taken back."""
    count = 0
    while not over.is_set():
        await _fault(client, dice)
        count += 1
        await asyncio.sleep(dice.uniform(0.5, 2))
    for url in _simulators(client):
        await client.with_retries("DELETE", f"{url}/_sim/faults")
    return count


async def _fault(client: StackClient, dice: random.Random) -> None:
    if dice.random() < 0.15:
        fault = {"kind": dice.choice(_MAIL_KINDS), "times": 1}
        await client.with_retries("POST", f"{client.stack_info['mail']['http']}/_sim/faults", fault)
        return
    url = client.stack_info["simulators"][dice.choice(_PROVIDERS)]
    await client.with_retries("POST", f"{url}/_sim/faults", {**dice.choice(_KINDS), "times": dice.randrange(1, 4)})


def _simulators(client: StackClient) -> list[str]:
    return [*(client.stack_info["simulators"][name] for name in _PROVIDERS), client.stack_info["mail"]["http"]]
