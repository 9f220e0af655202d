"""What the import linter cannot say: words, lengths and the layout of the code itself."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
FILES = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],  # noqa: S607  git of the machine
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    if (ROOT / name).exists()
]
SOURCES = [path for path in FILES if "src" in path.parts]
LONGEST_FILE, LONGEST_FUNCTION, MEDIAN_FUNCTION = 400, 60, 8
SAY_NOTHING = frozenset({"helper", "helpers", "util", "utils", "misc", "house", "thing", "things"})
NO_MODULES = SAY_NOTHING | {"base", "common", "manager", "managers", "service", "services"}
NAME_THE_GRAMMAR = frozenset({"one", "found", "kept", "asked", "told"})
Function = ast.FunctionDef | ast.AsyncFunctionDef


@pytest.fixture(autouse=True, scope="module")
def trees() -> Iterator[None]:
    """Each file is parsed once for all tests here; its million nodes do not outlast them."""
    yield
    tree.cache_clear()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def where(path: Path, node: ast.AST, name: str = "") -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)} {name}".rstrip()


def functions(path: Path) -> Iterator[Function]:
    yield from (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def names_in(path: Path) -> Iterator[tuple[ast.AST, str]]:
    """Every name that this file gives: classes, functions, parameters, variables, fields."""
    for node in ast.walk(tree(path)):
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node, node.name
            case ast.arg():
                yield node, node.arg
            case ast.Name(ctx=ast.Store()):
                yield node, node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node, node.attr


def words_of(name: str) -> set[str]:
    """`SeatMaps`, `seat_maps` → {seat, maps}."""
    parts = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower().split("_")
    return {part for part in parts if part}


def test_no_file_and_no_function_is_too_long() -> None:
    long_files = [
        f"{path.relative_to(ROOT)} ({lines})"
        for path in FILES
        if (lines := path.read_text().count("\n")) > LONGEST_FILE
    ]
    long_functions = [
        f"{where(path, function, function.name)} ({length(function)})"
        for path in FILES
        for function in functions(path)
        if length(function) > LONGEST_FUNCTION
    ]
    assert (long_files, long_functions) == ([], [])


def test_functions_are_short_as_a_rule() -> None:
    lengths = [length(function) for path in SOURCES for function in functions(path)]
    assert median(lengths) <= MEDIAN_FUNCTION


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.read_text().strip() and not ast.get_docstring(tree(path))
    ]
    assert silent == []


def test_no_name_says_nothing() -> None:
    empty = [
        where(path, node, name) for path in SOURCES for node, name in names_in(path) if words_of(name) & SAY_NOTHING
    ]
    modules = [
        str(path.relative_to(ROOT)) for path in SOURCES if path.stem in NO_MODULES or words_of(path.stem) & SAY_NOTHING
    ]
    managers = [
        where(path, node, name) for path in SOURCES for node, name in names_in(path) if name.endswith("Manager")
    ]
    verbs = [where(path, node, name) for path in SOURCES for node, name in names_in(path) if name.startswith("do_")]
    assert (empty, modules, managers, verbs) == ([], [], [], [])


def local_names(path: Path) -> Iterator[tuple[ast.AST, str]]:
    """Parameters, variables and functions inside functions; a field may be called as the public contract calls it."""
    for function in functions(path):
        for node in ast.walk(function):
            match node:
                case ast.arg():
                    yield node, node.arg
                case ast.Name(ctx=ast.Store()):
                    yield node, node.id
                case ast.FunctionDef() | ast.AsyncFunctionDef() if node is not function:
                    yield node, node.name


def test_local_names_name_what_they_hold() -> None:
    local = ((path, node, name) for path in SOURCES for node, name in local_names(path))
    assert {where(*entry) for entry in local if entry[2] in NAME_THE_GRAMMAR} == set()


def test_the_formatter_decides_the_layout() -> None:
    mark = "# fmt: " + "skip"
    assert [str(path.relative_to(ROOT)) for path in FILES if mark in path.read_text()] == []


def test_nothing_is_imported_inside_a_function_or_for_types_alone() -> None:
    hidden = [
        where(path, node)
        for path in SOURCES
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    escapes = [str(path.relative_to(ROOT)) for path in SOURCES if "TYPE_CHECKING" in path.read_text()]
    assert (hidden, escapes) == ([], [])


def glossary(part: str) -> dict[str, str]:
    """Each word of a part of the glossary with what it asks to avoid."""
    text = (ROOT / "docs/glossary.md").read_text().partition(f"## {part}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| **")]
    return {row[0].strip(" *"): row[2].strip() for row in rows}


def test_each_word_of_ours_says_what_to_avoid() -> None:
    words = glossary("Ours alone")
    assert len(words) > 10
    assert [word for word, avoided in words.items() if not avoided] == []


def test_no_name_is_a_word_that_the_glossary_avoids() -> None:
    cells = [cell for part in ("Ours alone", "The trade's", "The field's") for cell in glossary(part).values()]
    avoided = {word for cell in cells for word in re.findall(r"`(\w+)`", cell)}
    assert len(avoided) > 20
    used = [where(path, node, name) for path in SOURCES for node, name in names_in(path) if words_of(name) & avoided]
    assert used == []
