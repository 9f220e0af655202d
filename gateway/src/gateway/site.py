"""The pages as they lie in `web/`: a shell of HTML for all kinds, and the files under a path that names their version.

A file's path says its version, so that caches keep it for good and a page never mixes two versions. What `site.json`
names of Node's packages lies under `vendor/`; an import map says which import is which file.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

MEDIA_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".png": "image/png",
}
_IGNORED = frozenset({"package.json", "package-lock.json", "site.json"})
_NOT_OURS = frozenset({"node_modules", "tests"})
_BLANK = re.compile(r"\{\{(\w+)\}\}")
_IMPORTED = re.compile(r"(?:^|;)\s*(?:import|export)\b[^\"'`;()]*\"([^\"]+)\"", re.MULTILINE)


class SiteMissingError(Exception):
    """The pages cannot be served; says what is to be done."""


@dataclass(frozen=True)
class Site:
    """`files` by their path below the version; `imports` are paths by the name that modules import, `titles` those of
    each kind of page."""

    files: Mapping[str, bytes]
    imports: Mapping[str, str]
    titles: Mapping[str, str]

    @cached_property
    def version(self) -> str:
        """A digest of all files."""
        digest = hashlib.sha256()
        for path in sorted(self.files):
            digest.update(path.encode() + b"\0" + self.files[path] + b"\0")
        return digest.hexdigest()[:16]

    @property
    def root(self) -> str:
        """Where the files of this version are."""
        return f"/web/{self.version}"

    @cached_property
    def import_map(self) -> str:
        """As it stands in the shells."""
        return json.dumps({"imports": {name: f"{self.root}/{path}" for name, path in self.imports.items()}})

    @cached_property
    def import_map_hash(self) -> str:
        """The source expression by which a content policy lets the import map in."""
        return f"'sha256-{base64.b64encode(hashlib.sha256(self.import_map.encode()).digest()).decode()}'"

    def shell(self, kind: str) -> bytes:
        """The HTML of pages of a kind, with the import map and hints for what the kind's `main.js` imports."""
        preloads = "".join(
            f'<link rel="modulepreload" href="{self.root}/{path}">\n' for path in self.modules(f"{kind}/main.js")
        )
        head = f'<script type="importmap">{self.import_map}</script>\n{preloads}'
        filled = {"head": head, "title": self.titles[kind], "root": self.root, "area": kind}
        return _BLANK.sub(lambda blank: filled[blank.group(1)], self.files["shell.html"].decode()).encode()

    def modules(self, entry: str) -> list[str]:
        """The module at a path and those that it imports, each once, without those that it asks for later."""
        reached, waiting = dict.fromkeys([entry]), [entry]
        while waiting:
            importer = waiting.pop()
            for name in _IMPORTED.findall(self.files.get(importer, b"").decode()):
                path = self.imports.get(name) or _relative(importer, name)
                if path in self.files and path not in reached:
                    reached[path] = None
                    waiting.append(path)
        return list(reached)


def _relative(importer: str, name: str) -> str:
    parts = importer.split("/")[:-1]
    for part in name.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def load(folder: Path) -> Site:
    """Raises `SiteMissingError` where the folder or Node's packages are missing."""
    try:
        packages = json.loads((folder / "site.json").read_text(encoding="utf-8"))
        named = {f"vendor/{_file_name(name)}": path for name, path in packages["imports"].items()}
        named |= {f"vendor/{name}": path for name, path in packages["files"].items()}
        vendored = {name: (folder / "node_modules" / path).read_bytes() for name, path in named.items()}
    except OSError as error:
        raise SiteMissingError(f"{error.filename} is missing: run `make setup` where Node.js with npm is") from error
    own = {path.relative_to(folder).as_posix(): path.read_bytes() for path in _own_files(folder)}
    imports = {name: f"vendor/{_file_name(name)}" for name in packages["imports"]}
    return Site(own | vendored, imports, packages["shells"])


def _file_name(name: str) -> str:
    return f"{name.lstrip('@').replace('/', '-')}.js"


def _own_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if (
            inside.parts[0] not in {"node_modules", "tests"}
            and path.suffix in MEDIA_TYPES
            and path.name not in _IGNORED
        ):
            yield path


class Pages:
    """The site of a folder. `watches`: what changes on the disk counts at once, for those who write pages."""

    def __init__(self, folder: Path, *, watches: bool) -> None:
        self._folder, self._watches = folder, watches
        self._seen, self._site = self._state(), load(folder)

    @property
    def site(self) -> Site:
        """Raises `SiteMissingError` as `load` does."""
        if self._watches and (state := self._state()) != self._seen:
            self._seen, self._site = state, load(self._folder)
        return self._site

    def _state(self) -> tuple[tuple[str, int], ...]:
        return tuple((str(path), path.stat().st_mtime_ns) for path in _own_files(self._folder)) if self._watches else ()
