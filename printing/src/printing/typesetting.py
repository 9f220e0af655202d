"""Pages set by typst: a template, and its data as JSON. Text never becomes part of a template."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import typst

_SHARED = Path(str(resources.files("printing"))) / "typst"


class Template:
    """A page's layout: a file of a package, which imports what all share from `@local/look`, its data among it.

    Compilers keep what they have parsed and the fonts they have read; a thread takes one that is idle.
    """

    def __init__(self, package: str, name: str) -> None:
        self._path = Path(str(resources.files(package))) / name
        self._idle: list[typst.Compiler] = []

    def pdf(self, data: Mapping[str, Any]) -> bytes:
        """The PDF of a page; equal data gives equal bytes. Takes milliseconds without the interpreter's lock."""
        compiler = self._taken()
        try:
            pages = compiler.compile(format="pdf", sys_inputs={"data": json.dumps(data)}, pdf_tags=False)
        finally:
            self._idle.append(compiler)
        if not isinstance(pages, bytes):
            raise TypeError("a PDF is one document")
        return pages

    def _taken(self) -> typst.Compiler:
        try:
            return self._idle.pop()
        except IndexError:
            return typst.Compiler(
                self._path, self._path.parent, _fonts(), ignore_system_fonts=True, package_path=_SHARED
            )


@cache
def _fonts() -> typst.Fonts:
    """The fonts of the package alone, so that a page looks the same on every machine."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(resources.files("manimgx_fonts"))]
    )
