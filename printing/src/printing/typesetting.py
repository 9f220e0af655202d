"""Pages set by typst: a template, and its data as JSON. Text never becomes part of a template."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import typst

_LOOK = resources.files("printing").joinpath("look.typ").read_bytes()


class Template:
    """A page's layout in typst, set behind `look.typ`, whose names it may use; its data is in `data`.

    Compilers keep what they have parsed and the fonts they have read; a thread takes one that is idle.
    """

    def __init__(self, package: str, name: str) -> None:
        self._source = _LOOK + resources.files(package).joinpath(name).read_bytes()
        self._idle: list[typst.Compiler] = []

    def pdf(self, data: Mapping[str, Any]) -> bytes:
        """The PDF of a page; equal data gives equal bytes. Takes milliseconds without the interpreter's lock."""
        compiler = self._taken()
        try:
            pages = compiler.compile(self._source, format="pdf", sys_inputs={"data": json.dumps(data)}, pdf_tags=False)
        finally:
            self._idle.append(compiler)
        if not isinstance(pages, bytes):
            raise TypeError("a PDF is one document")
        return pages

    def _taken(self) -> typst.Compiler:
        try:
            return self._idle.pop()
        except IndexError:
            return typst.Compiler(self._source, font_paths=_fonts(), ignore_system_fonts=True)


@cache
def _fonts() -> typst.Fonts:
    """The fonts of the package alone, so that a page looks the same on every machine."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(resources.files("manimgx_fonts"))]
    )
