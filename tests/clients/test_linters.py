"""The committed documents by the linters and parsers that outside clients would use."""

import json
import subprocess
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
DOCUMENTS = FOLDER.parents[1] / "gateway" / "src" / "gateway" / "documents"


def said(*command: str | Path) -> Any:
    """What a tool of `node_modules` prints as JSON."""
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def test_spectral_finds_nothing_in_the_openapi_document() -> None:
    found = said("node_modules/.bin/spectral", "lint", "--quiet", "--format", "json", DOCUMENTS / "openapi.json")
    assert found == []


def test_redocly_finds_nothing_but_the_schema_that_all_problems_share() -> None:
    found = said("node_modules/.bin/redocly", "lint", "--format", "json", DOCUMENTS / "openapi.json")
    named = [(one["ruleId"], one["location"][0]["pointer"]) for one in found["problems"]]
    assert named == [("no-unused-components", "#/components/schemas/Problem")]


def test_the_parser_of_asyncapi_finds_neither_errors_nor_warnings() -> None:
    found = said("node", "asyncapi.mjs", DOCUMENTS / "asyncapi.json")
    assert [one for one in found if one["severity"] < 2] == []
