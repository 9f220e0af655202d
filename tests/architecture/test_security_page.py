"""Every line of `docs/security.md` names tests that exist, or says why there is none."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("|") and not line.startswith(("| requirement", "| ---"))
]
TEST = re.compile(r"`([\w/.]+\.py)(?:::(\w+))?`")


def names_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_each_line_has_a_requirement_a_how_and_a_test_or_a_reason() -> None:
    assert len(ROWS) > 50
    wrong = [row for row in ROWS if len(row) != 3 or not all(row)]
    without = [row[0] for row in ROWS if "test_" not in row[2] and "tests/" not in row[2] and "Reason: " not in row[1]]
    assert (wrong, without) == ([], [])


def test_each_test_that_is_named_exists() -> None:
    named = {(path, name) for row in ROWS for path, name in TEST.findall(row[2])}
    assert len(named) > 50
    files = {path: names_in(path) if (ROOT / path).is_file() else set() for path, _ in named}
    assert sorted(f"{path}::{name}" for path, name in named if name and name not in files[path]) == []
    assert sorted(path for path in files if not files[path]) == []
