"""`docs/operations.md` leads to every runbook and to each page that it names; every setting says what it is."""

import re
from pathlib import Path

import pytest

from stack.documents.settings import PROCESSES, settings_of

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "operations.md").read_text(encoding="utf-8")
LINKS = re.findall(r"\]\(([^)#]+)\)", PAGE)


def test_every_runbook_is_listed() -> None:
    runbooks = {f"runbooks/{file.name}" for file in (DOCS / "runbooks").glob("*.md") if file.name != "README.md"}
    assert runbooks == {link for link in LINKS if link.startswith("runbooks/")} - {"runbooks/README.md"}


def test_every_link_leads_somewhere() -> None:
    assert [link for link in LINKS if not (DOCS / link).exists()] == []


@pytest.mark.parametrize("service", PROCESSES)
def test_every_setting_says_what_it_is(service: str) -> None:
    assert [name for name, setting in settings_of(service).items() if not setting.meaning] == []
