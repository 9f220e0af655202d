"""The pages as files: one version for all, an import map that the content policy lets in, hints for imports."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from gateway.pages import Publisher, checkout_origins, is_page, publisher, shell_at
from gateway.site import Pages, SiteMissingError, load

SHELL = '<head><title>{{title}}</title>{{head}}<script type="module" src="{{root}}/{{area}}/main.js"></script></head>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "site.json": json.dumps(
            {
                "shells": {"app": "App", "storefront": "Films", "console": "Console", "checkout": "Seats"},
                "imports": {"some/package": "some/dist/index.js"},
                "files": {"other.css": "other.css"},
            }
        ),
        "node_modules/some/dist/index.js": "export const some = 1;",
        "node_modules/other.css": "p {}",
        "shell.html": SHELL,
        "app/main.js": 'import { a } from "./a.js";import { some } from "some/package";\nimport("../app/later.js");\n',
        "app/a.js": 'export { b } from "../base/b.js";\n',
        "app/later.js": "",
        "base/b.js": 'export const b = "import";\n',
        "tests/secret.js": "",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def test_files_are_under_a_path_that_changes_with_any_of_them(folder: Path) -> None:
    before = load(folder)
    assert {"app/a.js", "vendor/some-package.js", "vendor/other.css"} <= before.files.keys()
    assert not {"tests/secret.js", "site.json", "node_modules/other.css"} & before.files.keys()
    (folder / "base/b.js").write_text("export const b = 2;", encoding="utf-8")
    assert load(folder).version != before.version


def test_a_shell_has_its_import_map_and_hints_for_what_its_module_imports_at_once(folder: Path) -> None:
    site = load(folder)
    html = site.shell("app").decode()
    assert "<title>App</title>" in html
    [said] = re.findall(r'<script type="importmap">(.*?)</script>', html)
    assert json.loads(said) == {"imports": {"some/package": f"{site.root}/vendor/some-package.js"}}
    digest = base64.b64encode(hashlib.sha256(said.encode()).digest()).decode()
    assert site.import_map_hash == f"'sha256-{digest}'"
    hints = re.findall(r'<link rel="modulepreload" href="([^"]+)">', html)
    imported = ("app/main.js", "app/a.js", "base/b.js", "vendor/some-package.js")
    assert sorted(hints) == sorted(f"{site.root}/{path}" for path in imported)


def test_only_the_page_that_takes_payments_lets_checkouts_in(folder: Path) -> None:
    published = Publisher(Pages(folder, watches=False), checkout_origins(["https://pay.example/"]))
    policies = {
        name: published.shell("/", name)[1]["Content-Security-Policy"] for name in ("storefront", "checkout", "console")
    }
    assert [name for name, policy in policies.items() if "https://pay.example" in policy] == ["checkout"]
    assert all("unsafe" not in policy for policy in policies.values())


def test_who_writes_pages_sees_a_change_at_once(folder: Path) -> None:
    watching, still = Pages(folder, watches=True), Pages(folder, watches=False)
    (folder / "app/new.js").write_text("", encoding="utf-8")
    assert "app/new.js" in watching.site.files
    assert "app/new.js" not in still.site.files


def test_without_nodes_packages_there_are_no_pages_and_a_word_why(folder: Path) -> None:
    (folder / "node_modules/other.css").unlink()
    with pytest.raises(SiteMissingError, match="make setup"):
        load(folder)
    assert publisher(folder, (), watches=False).pages is None


@pytest.mark.parametrize(
    ("path", "shell"),
    [
        ("/", "storefront"),
        ("/movies/mov_1", "storefront"),
        ("/bookings", "storefront"),
        ("/bookings/bkg_1", "storefront"),
        ("/account/reset-password", "storefront"),
        ("/showtimes/sho_1", "checkout"),
        ("/console/schedule", "console"),
        ("/bookings/a/b", None),
        ("/bookings/a.b", None),
        ("/bookings/", None),
        ("/account/x", None),
        ("/movies", None),
        ("/console/a/b/c/d", None),
        ("//evil", None),
    ],
)
def test_a_page_has_one_shell(path: str, shell: str | None) -> None:
    assert shell_at(path) == shell
    assert is_page(path) == (shell is not None)
