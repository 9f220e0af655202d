"""What a payer reads in the provider's checkout: the amount with as many digits as its currency has."""

import re
import subprocess
from pathlib import Path

import orjson

from contracts.currencies import EXPONENTS
from simulators import process

FOLDER = Path(__file__).parent


def test_every_currency_is_shown_with_the_digits_of_its_minor_unit(tmp_path: Path) -> None:
    provider = process.razorpay(tmp_path, "http://127.0.0.1:9/unused")
    provider.start()
    try:
        command = ["node", "checkout.mjs", f"{provider.url}/v1/checkout.js", *EXPONENTS]
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False, timeout=120)
    finally:
        provider.stop()
    assert done.returncode == 0, done.stderr
    shown = {currency: re.search(r"\d[\d,.]*", text) for currency, text in orjson.loads(done.stdout).items()}
    numbers = {currency: found[0].replace(",", "") for currency, found in shown.items() if found}
    assert numbers == {currency: f"{123456 / 10**digits:.{digits}f}" for currency, digits in EXPONENTS.items()}
