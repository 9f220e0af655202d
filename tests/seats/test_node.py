"""The seat map's own rules, which know no browser: each file of tests runs under Node."""

import subprocess
from pathlib import Path

import orjson
import pytest

from contracts.currencies import EXPONENTS

FOLDER = Path(__file__).parent
MONEY = """
import { moneyIn } from "../../web/seats/money.js";
const shown = process.argv.slice(1).map((code) => [code, moneyIn("en", code)(123456)]);
console.log(JSON.stringify(Object.fromEntries(shown)));
"""


def node(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["node", *arguments],  # noqa: S607  the machine's Node
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("file", sorted(path.name for path in FOLDER.glob("*.test.mjs")))
def test_the_rules_hold(file: str) -> None:
    done = node("--test", file)
    assert done.returncode == 0, done.stdout


def test_every_currency_is_shown_with_the_digits_of_its_minor_unit() -> None:
    done = node("--input-type=module", "--eval", MONEY, *EXPONENTS)
    assert done.returncode == 0, done.stderr
    numbers = {
        code: "".join(c for c in text if c.isdigit() or c == ".") for code, text in orjson.loads(done.stdout).items()
    }
    expected = {code: f"{123456 / 10**digits:.{digits}f}" for code, digits in EXPONENTS.items()}
    assert {code: number.removeprefix(".") for code, number in numbers.items()} == expected
