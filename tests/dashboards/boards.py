"""The dashboards as the tests see them, and what they share."""

import dataclasses
import json
import pathlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "dashboards"
NAMES = ("fleet", "app", "exporter")
PROMETHEUS = {"type": "prometheus", "uid": "${datasource}"}

# A worker's state has this colour wherever it is drawn.
STATE_COLOURS = {
    "error": "#E02F44",
    "unavailable": "#FA6400",
    "removing": "#B7885E",
    "rolling_in": "#8F3BB8",
    "starting": "#F2CC0C",
    "busy": "#3274D9",
    "free": "#56A64B",
    "unknown": "#808080",
}

Board = dict[str, Any]
Panel = dict[str, Any]


def load(name: str) -> Board:
    return json.loads((FOLDER / f"{name}.json").read_text())


def canonical(board: Board) -> str:
    """The one way in which a dashboard is written: keys sorted, two spaces, a newline at the end."""
    return json.dumps(board, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def panels(board: Board) -> Iterator[Panel]:
    """All panels but the rows, those in collapsed rows too."""
    for panel in board["panels"]:
        if panel["type"] != "row":
            yield panel
        yield from panel.get("panels", [])


def variables(board: Board) -> list[dict[str, Any]]:
    return board["templating"]["list"]


@dataclasses.dataclass(frozen=True)
class Query:
    """A query that a dashboard sends, whatever it is for."""

    board: str  # uid
    kind: str  # panel, annotation or variable
    title: str
    ref: str
    expr: str
    panel: Panel
    target: dict[str, Any]

    @property
    def name(self) -> str:
        """Its own among the queries of all dashboards."""
        title = self.title if self.kind == "panel" else f"{self.kind} {self.title}"
        return f"{self.board} / {title} / {self.ref}"

    @property
    def instant(self) -> bool:
        return bool(self.target.get("instant"))

    @property
    def unit(self) -> str:
        """The unit that the query's values are shown in."""
        defaults = self.panel["fieldConfig"]["defaults"]
        label = f"Value #{self.ref}"
        for step in self.panel.get("transformations", []):
            label = step["options"].get("renameByName", {}).get(label, label)
        for override in self.panel["fieldConfig"]["overrides"]:
            if override["matcher"] == {"id": "byName", "options": label}:
                for entry in override["properties"]:
                    if entry["id"] == "unit":
                        return entry["value"]
        return defaults["unit"]


def panel_queries(board: Board) -> list[Query]:
    return [
        Query(board["uid"], "panel", panel["title"], target["refId"], target["expr"], panel, target)
        for panel in panels(board)
        for target in panel.get("targets", [])
    ]


def annotation_queries(board: Board) -> list[Query]:
    return [
        Query(board["uid"], "annotation", entry["name"], "A", entry["expr"], {}, entry)
        for entry in board["annotations"]["list"]
        if not entry.get("builtIn")
    ]


_LABEL_VALUES = re.compile(r"label_values\((?P<selector>.+), *(?P<label>\w+)\)")


def variable_queries(board: Board) -> list[Query]:
    """The selectors of the variables' queries; `ref` is the label whose values are asked for."""
    found = []
    for variable in variables(board):
        if variable["type"] == "query":
            match = _LABEL_VALUES.fullmatch(variable["query"]["query"])
            label, selector = (match["label"], match["selector"]) if match else ("", "")
            found.append(
                Query(board["uid"], "variable", variable["name"], label, selector, {}, variable)
            )
    return found


def all_queries(board: Board) -> list[Query]:
    return panel_queries(board) + annotation_queries(board) + variable_queries(board)


def legend_labels(legend: str) -> set[str]:
    """The labels that a legend takes its text from."""
    return set(re.findall(r"\{\{\s*(\w+)\s*\}\}", legend))


_VARIABLE = re.compile(
    r"\$(?P<bare>\w+)|\$\{(?P<name>\w+)(?:[.:][^}]*)?\}|\[\[(?P<old>\w+)(?::\w+)?\]\]"
)


def used_variables(text: str) -> set[str]:
    return {match["bare"] or match["name"] or match["old"] for match in _VARIABLE.finditer(text)}


def interpolate(text: str, values: Mapping[str, str]) -> str:
    """The text with Grafana's variables filled in; KeyError for one that has no value."""

    def fill(match: re.Match[str]) -> str:
        return values[match["bare"] or match["name"] or match["old"]]

    return _VARIABLE.sub(fill, text)


def builtins(rate_interval: int, interval: int, span: int, end: float) -> dict[str, str]:
    """Grafana's own variables, for a time range of `span` seconds up to `end`; all in seconds."""
    return {
        "__rate_interval": f"{rate_interval}s",
        "__interval": f"{interval}s",
        "__interval_ms": f"{interval * 1000}",
        "__range": f"{span}s",
        "__range_s": f"{span}",
        "__range_ms": f"{span * 1000}",
        "__from": f"{int((end - span) * 1000)}",
        "__to": f"{int(end * 1000)}",
    }


BUILTINS = set(builtins(1, 1, 1, 1)) | {"__url_time_range", "__field", "__data"}


def every(text_of: Any, keep: Callable[[str], bool] = lambda _: True) -> Iterator[str]:
    """Every string inside a value."""
    if isinstance(text_of, str):
        if keep(text_of):
            yield text_of
    elif isinstance(text_of, dict):
        for value in text_of.values():
            yield from every(value, keep)
    elif isinstance(text_of, list):
        for value in text_of:
            yield from every(value, keep)


_METRIC_ROW = re.compile(
    r"^\| `(?P<name>\w+)` \| (?P<type>\w+) \|(?P<labels>[^|]*)\|", re.MULTILINE
)


def catalogue() -> dict[str, tuple[str, set[str]]]:
    """Type and labels (but those of every app metric) of each metric that docs/metrics.md lists."""
    text = (ROOT / "docs" / "metrics.md").read_text()
    return {
        row["name"]: (row["type"], set(re.findall(r"`(\w+)`", row["labels"])))
        for row in _METRIC_ROW.finditer(text)
    }


def family(sample: str, known: Mapping[str, Any]) -> str:
    """The metric that a sample's name belongs to: a histogram has three names."""
    base = re.sub("_(bucket|sum|count)$", "", sample)
    return base if sample not in known and base in known else sample
