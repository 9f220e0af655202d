"""Styles are inlined into the source of a template, which says afterwards what it said before."""

import re
from pathlib import Path

import pytest

import notify
from notify.rendering import _inlined

FOLDER = Path(notify.__file__).with_name("templates")
_ATTRIBUTE = r'[a-z-]+="[^"]*"'
STYLES = "td { padding: 6px; } .amount { text-align: right; } .total td { font-weight: bold; }"


def test_styles_of_all_rules_stand_at_the_element_and_tags_stay_where_they_were() -> None:
    source = """<!DOCTYPE html><html><head></head><body>
{% block details %}
<table><tbody>
{% for line in lines %}
<tr class="{{ line.kind }}"><td>{{ line.name }} &amp; {{ "a < b" }}</td>
<td class="amount">{% if line.free %}–{% endif %}</td></tr>
{% endfor %}
<tr class="total"><td>Total</td></tr>
</tbody></table>
{% endblock %}
</body></html>"""
    inlined = _inlined(source, STYLES)
    assert re.sub(r' style="[^"]*"', "", inlined) == source
    assert '<td style="padding: 6px;">{{ line.name }}' in inlined
    assert '<td class="amount" style="padding: 6px;text-align: right;">{% if line.free %}' in inlined
    assert '<td style="padding: 6px;font-weight: bold;">Total' in inlined


@pytest.mark.parametrize(
    "source",
    [
        '<!DOCTYPE html><html><head></head><body><p {% if x %}class="a"{% endif %}>a</p></body></html>',
        "<!DOCTYPE html><html><head><title>{% block t %}{% endblock %}</title></head><body></body></html>",
    ],
)
def test_a_tag_where_html_allows_no_comment_is_an_error(source: str) -> None:
    with pytest.raises(ValueError, match="a tag of the template"):
        _inlined(source, STYLES)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.html")), ids=lambda path: path.stem)
def test_inlining_changes_nothing_in_our_templates_but_styles(path: Path) -> None:
    """A row without a `tbody`, say, would be given one inside its loop."""
    source = path.read_text()
    inlined = _inlined(source, (FOLDER / "styles.css").read_text())
    assert _canonical(re.sub(r' style="[^"]*"', "", inlined)) == _canonical(source)
    assert inlined != source


def _canonical(html: str) -> str:
    """The tags with their attributes in one order, and no spaces."""

    def sorted_tag(match: re.Match[str]) -> str:
        return f"<{match[1]} {' '.join(sorted(re.findall(_ATTRIBUTE, match[2])))}>"

    return "".join(re.sub(rf"<([a-z]+)((?: {_ATTRIBUTE})+)>", sorted_tag, html).split())
