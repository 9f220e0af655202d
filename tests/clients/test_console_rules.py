"""The console's arithmetic, as browsers run it: modules that import nothing, under Node."""

import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
WEB = FOLDER.parents[1] / "web"


@pytest.mark.parametrize("script", ["audit.mjs", "halls.mjs", "pricing_rules.mjs", "theater_form.mjs", "timeline.mjs"])
def test_the_rules_of_the_console_hold(script: str) -> None:
    command = ["node", script, str(WEB)]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
