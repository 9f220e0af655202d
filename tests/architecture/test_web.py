"""What holds for all modules of the pages: every word in every language, no markup from text, nobody else is asked."""

import re
from pathlib import Path

import pytest
from iso4217 import Currency

WEB = Path(__file__).parents[2] / "web"
LANGUAGES = ("hi", "ta")
MODULES = sorted(path for path in WEB.rglob("*.js") if not {"node_modules", "words"} & set(path.relative_to(WEB).parts))
TEXT = r'"((?:[^"\\]|\\.)*)"'
LONGEST = 400


def sources(suffixes: tuple[str, ...] = (".js", ".css", ".html")) -> list[Path]:
    return [path for path in WEB.rglob("*") if path.suffix in suffixes and "node_modules" not in path.parts]


def area_of(module: str) -> str | None:
    found = re.search(r'await area\("(\w+)"\)', module)
    return found and found.group(1)


def said() -> dict[str, set[str]]:
    """The English texts of each area; those of counts by their plural."""
    areas: dict[str, set[str]] = {}
    for path in MODULES:
        module = path.read_text(encoding="utf-8")
        area = area_of(module)
        if area is not None:
            texts = areas.setdefault(area, set())
            texts |= set(re.findall(r"\bsay\(\s*" + TEXT, module))
            texts |= set(re.findall(r"\bsay\.count\(\s*[^,]+,\s*\"(?:[^\"\\]|\\.)*\",\s*" + TEXT, module))
    return areas


def translated(area: str, language: str) -> set[str]:
    path = WEB / "words" / language / f"{area}.js"
    if not path.exists():
        return set()
    return set(re.findall(rf"^  {TEXT}:", path.read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_pages_is_there_in_every_language_and_none_besides(language: str) -> None:
    texts = said()
    assert {area: texts[area] ^ translated(area, language) for area in texts} == {area: set() for area in texts}
    files = {path.stem for path in (WEB / "words" / language).glob("*.js")}
    assert files == {area for area, words in texts.items() if words}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(WEB).as_posix())
def test_what_is_said_can_be_found(path: Path) -> None:
    module = path.read_text(encoding="utf-8")
    if area_of(module) is not None:
        calls = re.findall(r"\bsay(?:\.count)?\(\s*.", module)
        literal = re.findall(r"\bsay\(\s*\"|\bsay\.count\(\s*[^,]+,\s*\"(?:[^\"\\]|\\.)*\",\s*\"", module)
        assert len(calls) == len(literal), "a text for say() stands in the call itself"


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.relative_to(WEB).as_posix())
def test_a_source_of_the_pages_is_short_and_keeps_to_our_own_origin(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST or "words" in path.parts
    addresses = set(re.findall(r"https?://[^\s\"'`)]+", text)) - {"http://www.w3.org/2000/svg"}
    assert not addresses
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)
    assert not re.search(r"<style|\sstyle=[\"']|\son\w+=\"", text)


@pytest.mark.parametrize("folder", ["web", "tests/clients", "bench/node"])
def test_a_lock_file_names_no_address(folder: str) -> None:
    lock = WEB.parent / folder / "package-lock.json"
    assert re.findall(r"\w+://[^\s\"]+", lock.read_text(encoding="utf-8")) == []


def test_minor_units_are_those_of_the_standard() -> None:
    module = (WEB / "base" / "format.js").read_text(encoding="utf-8")
    table = re.search(r"const DIGITS = \{(.*?)\};", module, re.DOTALL)
    assert table is not None
    ours = {code: int(digits) for code, digits in re.findall(r"([A-Z]{3}): (\d)", table.group(1))}
    standard = {currency.code: currency.exponent for currency in Currency if currency.exponent not in (None, 2)}
    assert ours == standard


def test_a_section_of_the_console_has_its_own_looks() -> None:
    """Those of another section do not count while it is shown."""
    sheets = {
        sheet
        for path in MODULES
        if path.relative_to(WEB).parts[0] == "console" and path.name != "styles.js"
        for sheet in re.findall(r"\bstyles\(new URL\(\"([^\"]+)\"", path.read_text(encoding="utf-8"))
    }
    assert {sheet for sheet in sheets if not sheet.startswith("./")} == {"../../vendor/uplot.css"}
