"""`python -m simulators <name>`: one simulator as a process of its own."""

from __future__ import annotations

import sys
from contextlib import suppress

from simulators.logs import log_json
from simulators.mail.main import run as run_mail
from simulators.razorpay.main import run as run_razorpay
from simulators.stripe.main import run as run_stripe
from simulators.tmdb.main import run as run_tmdb
from simulators.twilio.main import run as run_twilio

_SIMULATORS = {
    "razorpay": run_razorpay,
    "stripe": run_stripe,
    "twilio": run_twilio,
    "tmdb": run_tmdb,
    "mail": run_mail,
}


def main(arguments: list[str]) -> None:
    if len(arguments) != 1 or arguments[0] not in _SIMULATORS:
        raise SystemExit(f"usage: python -m simulators {'|'.join(_SIMULATORS)}")
    log_json(arguments[0])
    with suppress(KeyboardInterrupt):
        _SIMULATORS[arguments[0]]()


if __name__ == "__main__":
    main(sys.argv[1:])
