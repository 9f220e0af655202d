"""FastAPI runs a dependency that is not `async` in another thread: a hop for each request, for next to no work."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [path for folder in ("chassis", "services", "simulators") for path in (ROOT / folder).rglob("src/**/*.py")]


def dependencies(tree: ast.Module) -> Iterator[str]:
    """The names of functions given to `Depends`."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="Depends"), args=[ast.Name(id=name)]):
                yield name


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_dependency_of_requests_is_async(path: Path) -> None:
    tree = ast.parse(path.read_text())
    names = set(dependencies(tree))
    in_threads = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in names]
    assert in_threads == []
