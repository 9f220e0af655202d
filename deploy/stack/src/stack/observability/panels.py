"""Grafana's dashboards as values: panels with their queries, laid out two to a line under a title for each row."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_WIDTH, _HEIGHT = 12, 8


@dataclass(frozen=True, slots=True)
class Panel:
    """A graph (or, with `is_number`, the newest value). `queries` are PromQL with the legend of each series; `unit` is
    Grafana's: `short`, `reqps`, `s`, `percentunit`, `bytes`, `none`."""

    title: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    says: str = ""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Panels that belong together."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """`name` is its file and its uid."""

    name: str
    title: str
    rows: tuple[Row, ...]

    @property
    def expressions(self) -> Iterator[str]:
        """Every query."""
        for row in self.rows:
            for panel in row.panels:
                yield from (expression for expression, _ in panel.queries)

    def document(self) -> dict[str, Any]:
        """As Grafana reads it; the data source is chosen in the page."""
        return {
            "uid": f"marquee-{self.name}",
            "title": f"Marquee: {self.title}",
            "tags": ["marquee"],
            "timezone": "utc",
            "schemaVersion": 39,
            "refresh": "30s",
            "time": {"from": "now-6h", "to": "now"},
            "templating": {"list": [{"name": "source", "type": "datasource", "query": "prometheus"}]},
            "panels": list(_laid_out(self.rows)),
        }


def _laid_out(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    top, number = 0, 0
    for row in rows:
        number += 1
        yield {
            "id": number,
            "type": "row",
            "title": row.title,
            "collapsed": False,
            "panels": [],
            "gridPos": {"x": 0, "y": top, "w": 2 * _WIDTH, "h": 1},
        }
        for index, panel in enumerate(row.panels):
            number += 1
            place = {"x": index % 2 * _WIDTH, "y": top + 1 + index // 2 * _HEIGHT, "w": _WIDTH, "h": _HEIGHT}
            yield _shown(panel, number) | {"gridPos": place}
        top += 1 + -(-len(row.panels) // 2) * _HEIGHT


def _shown(panel: Panel, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "type": "stat" if panel.is_number else "timeseries",
        "title": panel.title,
        "description": panel.says,
        "datasource": {"type": "prometheus", "uid": "${source}"},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + index), "expr": expression, "legendFormat": legend}
            for index, (expression, legend) in enumerate(panel.queries)
        ],
    }
