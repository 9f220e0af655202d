"""What READMEs, decisions and the other documents name as a file or folder of ours is there."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607  git of the machine
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
).stdout.splitlines()
DOCUMENTS = [ROOT / name for name in FILES if name.endswith(".md") and name not in {"CHANGELOG.md", "docs/events.md"}]
IN_CODE_MARKS = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"[\w/.*-]+\.(py|lua|md|mjs|ts|yml)")
FOLDER = re.compile(r"[\w.*-]+/([\w.*-]+/)*")
OF_A_RUNNING_STACK = {"data/", "logs/"}


def alternatives(text: str) -> Iterator[str]:
    """`chassis/{broker,bulk}.py` → both."""
    braces = re.search(r"\{([^{}]*)\}", text)
    if braces is None:
        yield text
        return
    for word in braces[1].split(","):
        yield from alternatives(text[: braces.start()] + word.strip() + text[braces.end() :])


def paths_in(document: str) -> Iterator[str]:
    for code in IN_CODE_MARKS.findall(document):
        yield from (path for path in alternatives(code) if FILE.fullmatch(path) or FOLDER.fullmatch(path))


def is_there(path: str) -> bool:
    pattern = re.escape(path.strip("/")).replace(r"\*", "[^/]*")
    return any(re.search(rf"(^|/){pattern}(/|$)", name) for name in FILES)


def test_braces_stand_for_each_of_their_words() -> None:
    assert list(paths_in("`a/{b,c}.py` and `d/` and `e`")) == ["a/b.py", "a/c.py", "d/"]


def test_every_file_that_a_document_names_is_there() -> None:
    named = [(document, path) for document in DOCUMENTS for path in paths_in(document.read_text(encoding="utf-8"))]
    assert len(named) > 100
    missing = [
        f"{document.relative_to(ROOT)}: {path}"
        for document, path in named
        if path not in OF_A_RUNNING_STACK and not is_there(path)
    ]
    assert missing == []
