"""The template of mails: compiled once, with its styles inlined once.

Many mail clients ignore a style sheet, so each element gets its styles as an attribute; what only a sheet can say (dark
colours, a narrow screen) stays one. That is done to the source of a template, not to each mail: Jinja's tags stand
aside as comments, its expressions as letters of Unicode's private use.
"""

import re
from collections.abc import Callable

from css_inline import CSSInliner
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from notify.letter import Letter

_STYLES = "styles.css"
_TAG, _EXPRESSION = re.compile(r"{%.*?%}", re.DOTALL), re.compile(r"{{.*?}}", re.DOTALL)
_PLACE = re.compile("<!--\ue000(\\d+)-->|\ue000(\\d+)\ue001")


class _InliningLoader(PackageLoader):
    """Inlines the styles of `styles.css` into an HTML template when it is loaded."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool] | None]:
        source, path, is_current = super().get_source(environment, template)
        if not template.endswith(".html"):
            return source, path, is_current
        styles, _, _ = super().get_source(environment, _STYLES)
        return _inlined(source, styles), path, is_current


def _inlined(source: str, styles: str) -> str:
    """The template with inline styles. Its tags may stand where HTML allows a comment, its expressions anywhere."""
    aside: list[str] = []

    def place(text: str, before: str, after: str) -> str:
        aside.append(text)
        return f"{before}\ue000{len(aside) - 1}{after}"

    source = _TAG.sub(lambda match: place(match[0], "<!--", "-->"), source)
    source = _EXPRESSION.sub(lambda match: place(match[0], "", "\ue001"), source)
    html = CSSInliner(load_remote_stylesheets=False, extra_css=styles).inline(source)
    restored = _PLACE.sub(lambda match: aside[int(match[1] or match[2])], html)
    if len(_PLACE.findall(html)) != len(aside) or "\ue000" in restored:
        raise ValueError("a tag of the template stands where HTML allows no comment")
    return restored


class Templates:
    """Renders a letter as HTML and as text."""

    def __init__(self) -> None:
        environment = Environment(
            loader=_InliningLoader("notify"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._html, self._text = (environment.get_template(f"letter.{suffix}") for suffix in ("html", "txt"))

    def html(self, letter: Letter, **values: str) -> str:
        """The HTML part; `values` are those that the letter does not bear."""
        return self._html.render(letter=letter, **values)

    def text(self, letter: Letter, **values: str) -> str:
        """The text part."""
        return self._text.render(letter=letter, **values)
