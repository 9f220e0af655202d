"""What is taken out of images is nothing that a page, a message or a service reads."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from notify.languages import CATALOGS
from tickets.words import EN, words_in

ROOT = Path(__file__).parents[2]


@pytest.fixture
def trim(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program, without the tool that it calls."""
    spec = importlib.util.spec_from_file_location("trim", ROOT / "deploy" / "trim.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module.subprocess, "run", lambda *_arguments, **_options: None)
    return module


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of packages with one file of each kind."""
    look = (ROOT / "printing/src/printing/typst/local/look/1.0.0/look.typ").read_text(encoding="utf-8")
    for name in (
        *("babel/locale-data/root.dat", "babel/locale-data/ta_LK.dat", "babel/locale-data/te.dat"),
        *("manimgx_fonts/NotoSans[wght].ttf", "manimgx_fonts/NotoSansTamil[wght].ttf"),
        *("manimgx_fonts/NotoSans-Italic[wght].ttf", "manimgx_fonts/NotoSansKhmer[wght].ttf"),
        *("faststream/rabbit/broker.py", "faststream/kafka/broker.py"),
        *("twilio/rest/__init__.py", "twilio/rest/video/v1/__init__.py"),
        *("icalendar/cal.py", "icalendar/tests/test_cal.py", "jinja2/tests.py"),
        *("uvloop/loop.so", "uvloop/loop.pyx", "uvloop/py.typed"),
        *("six-1.0.dist-info/METADATA", "six-1.0.dist-info/LICENSE", "six-1.0.dist-info/RECORD"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    page = tmp_path / "printing/typst/local/look/1.0.0/look.typ"
    page.parent.mkdir(parents=True)
    page.write_text(look, encoding="utf-8")
    return tmp_path


def test_an_image_keeps_what_is_read(trim: ModuleType, site: Path) -> None:
    before = files(site)
    trim.trim(site)
    assert before - files(site) == {
        "babel/locale-data/te.dat",
        "manimgx_fonts/NotoSans-Italic[wght].ttf",
        "manimgx_fonts/NotoSansKhmer[wght].ttf",
        "faststream/kafka/broker.py",
        "twilio/rest/video/v1/__init__.py",
        "icalendar/tests/test_cal.py",
        "uvloop/loop.pyx",
        "six-1.0.dist-info/RECORD",
    }


def test_every_language_that_texts_are_written_in_has_its_locales(trim: ModuleType) -> None:
    spoken = {language for language in trim.LANGUAGES if language == "en" or words_in(language) is not EN}
    assert spoken == set(trim.LANGUAGES) == CATALOGS.keys()


def test_every_font_that_pages_name_is_found_by_its_file(trim: ModuleType) -> None:
    """A font whose file is called otherwise would be taken out of the image."""
    fonts = {trim.family(file) for file in fonts_of("manimgx_fonts")}
    pages = [page.read_text(encoding="utf-8") for page in ROOT.glob("*/src/**/*.typ")]
    named = {name for page in pages for name in trim.families_in(page)}
    assert named
    assert named <= fonts


def fonts_of(package: str) -> list[Path]:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return [*Path(spec.origin).parent.glob("*.ttf")]


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.glob("**/*") if path.is_file()}
