"""The project's own rules for dashboards, in the form of those in lint.py."""

import re
from collections.abc import Iterator

import boards
import promql
from boards import Board

PANEL_TYPES = {
    "bargauge", "gauge", "heatmap", "piechart", "row", "stat", "state-timeline", "table", "text", "timeseries",
}  # fmt: skip

APP_METRIC = re.compile(r"everai_(app|worker|device)_")
REPLICA_LABELS = {"instance", "pod"}


def unique_ids(board: Board) -> Iterator[str]:
    """No two panels, rows included, have the same id."""
    seen = set()
    for panel in [*boards.panels(board), *(row for row in board["panels"] if row["type"] == "row")]:
        if panel["id"] in seen:
            yield f"id {panel['id']} is there twice"
        seen.add(panel["id"])


def _cells(panel: dict) -> set[tuple[int, int]]:
    place = panel["gridPos"]
    return {
        (x, y)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    }


def grid(board: Board) -> Iterator[str]:
    """Panels neither overlap nor reach beyond the 24 columns, and every line of panels fills them."""
    for group in [board["panels"], *(panel.get("panels", []) for panel in board["panels"])]:
        taken: set[tuple[int, int]] = set()
        for panel in group:
            cells = _cells(panel)
            if not cells or any(x < 0 or x > 23 or y < 0 for x, y in cells):
                yield f"{panel['title']}: outside of the grid"
            if cells & taken:
                yield f"{panel['title']}: overlaps another panel"
            taken |= cells
        for y in {y for _, y in taken}:
            if sum((x, y) in taken for x in range(24)) != 24:
                yield f"line {y} of {board['uid']} has a hole"


def panel_types(board: Board) -> Iterator[str]:
    """Core panels that Grafana 9 has already."""
    for panel in [*boards.panels(board), *board["panels"]]:
        if panel["type"] not in PANEL_TYPES:
            yield f"{panel.get('title')}: panel type {panel['type']}"


def model(board: Board) -> Iterator[str]:
    """The classic model as Grafana 9 writes it, free of the traces of one Grafana."""
    if board["schemaVersion"] != 37:
        yield f"schemaVersion {board['schemaVersion']}"
    if board["id"] is not None or "__inputs" in board or "__requires" in board:
        yield "it has the traces of an export"
    if not board["uid"].startswith("everai-") or "everai" not in board["tags"]:
        yield f"uid {board['uid']}, tags {board['tags']}"
    if "libraryPanel" in str(board["panels"]):
        yield "a library panel is not in the file"


def used_variables(board: Board) -> Iterator[str]:
    """Every variable that is used is defined, and every defined one is used."""
    names = [entry["name"] for entry in boards.variables(board)]
    chosen = {"$__all"}  # no variable, but the value of one that stands at All
    used = {
        name
        for text in boards.every(board)
        if text not in chosen
        for name in boards.used_variables(text)
    }
    for name in used - set(names) - boards.BUILTINS:
        yield f"${name} is used but not defined"
    for name in set(names) - used:
        yield f"${name} is defined but not used"
    if len(set(names)) != len(names):
        yield "a variable is defined twice"


_LINK = re.compile(r"/d/(?P<uid>[\w-]+)\?(?P<query>.*)")
_PARAMETER = re.compile(
    r"var-(?P<name>\w+)=\$\{(?P<value>[^}]+)\}|\$\{(?P<whole>\w+):queryparam\}|\$\{__url_time_range\}"
)


def links(board: Board) -> Iterator[str]:
    """Links lead to dashboards of the project, and hand over variables that both ends have."""
    every = {boards.load(name)["uid"]: boards.load(name) for name in boards.NAMES}
    own = {entry["name"] for entry in boards.variables(board)}
    urls = list(boards.every(board, lambda text: text.startswith(("/", "http"))))
    for url in urls:
        match = _LINK.fullmatch(url)
        if match is None or match["uid"] not in every:
            yield f"{url} leads nowhere"
            continue
        theirs = {entry["name"] for entry in boards.variables(every[match["uid"]])}
        for part in match["query"].split("&"):
            parameter = _PARAMETER.fullmatch(part)
            if parameter is None:
                yield f"{url}: {part}"
                continue
            name = parameter["name"] or parameter["whole"]
            if name and name not in theirs or parameter["whole"] and name not in own:
                yield f"{url}: there is no variable {name}"
            yield from _unknown_field(board, url, parameter["value"])
    reached = {match["uid"] for url in urls if (match := _LINK.fullmatch(url))}
    for uid in set(every) - reached - {board["uid"]}:
        if (board["uid"], uid) != ("everai-exporter", "everai-app"):  # it knows no single app
            yield f"no link to {uid}"


def _unknown_field(board: Board, url: str, value: str | None) -> Iterator[str]:
    """A column that a link takes its value from must be there; `url` is that of a table's column."""
    if value and value.startswith("__data.fields."):
        column = value.removeprefix("__data.fields.")
        for panel in boards.panels(board):
            if url in boards.every(panel):
                renamed = panel["transformations"][-1]["options"]["renameByName"].values()
                if column not in renamed:
                    yield f"{panel['title']}: {url}: no column {column}"


def state_colours(board: Board) -> Iterator[str]:
    """Where something is drawn by state, each state has its colour, in series and in mappings alike."""
    for panel in boards.panels(board):
        by_state = any(
            selector.calls
            and selector.calls[0].grouping == "by"
            and "state" in selector.calls[0].labels
            for target in panel["targets"]
            for selector in promql.selectors(target["expr"])
        )
        found = {}
        for override in panel["fieldConfig"]["overrides"]:
            for entry in override["properties"]:
                if entry["id"] == "color":
                    found[override["matcher"]["options"]] = entry["value"]["fixedColor"]
                if entry["id"] == "mappings":
                    found |= _mapped_colours(entry["value"])
        found |= _mapped_colours(panel["fieldConfig"]["defaults"]["mappings"])
        states = {name: colour for name, colour in found.items() if name in boards.STATE_COLOURS}
        if (by_state or states) and states != boards.STATE_COLOURS:
            yield f"{panel['title']}: the states have other colours: {states}"


def _mapped_colours(mappings: list) -> dict[str, str]:
    return {
        option["text"]: option["color"]
        for mapping in mappings
        for option in mapping["options"].values()
    }


def empty_states(board: Board) -> Iterator[str]:
    """A panel without data says in words what that means."""
    for panel in boards.panels(board):
        text = panel["fieldConfig"]["defaults"].get("noValue", "")
        if not re.fullmatch(r"[A-Z][\w. -]{3,60}", text):
            yield f"{panel['title']}: shows {text!r} where there is no data"


def descriptions(board: Board) -> Iterator[str]:
    """A description names every metric that the panel's queries use, none that they do not, and says what good looks like."""
    known = boards.catalogue()
    for panel in boards.panels(board):
        text = panel["description"]
        named = {word for word in re.findall(r"`(\w+)`", text)}
        asked = {
            boards.family(selector.metric, known)
            for target in panel["targets"]
            for selector in promql.selectors(target["expr"])
        }
        # Only to leave out the processes of other jobs.
        asked -= {"everai_exporter_build_info"} - named
        if named != asked:
            yield f"{panel['title']}: the description and the queries differ in {sorted(named ^ asked)}"
        if not re.search(r"\bGood: \S", text):
            yield f"{panel['title']}: the description does not say what good looks like"


def thresholds(board: Board) -> Iterator[str]:
    """Thresholds rise, from a base that has no value."""
    for panel in boards.panels(board):
        found = [panel["fieldConfig"]["defaults"]["thresholds"]]
        for override in panel["fieldConfig"]["overrides"]:
            found += [
                entry["value"] for entry in override["properties"] if entry["id"] == "thresholds"
            ]
        for one in found:
            values = [step["value"] for step in one["steps"]]
            if values[0] is not None or values[1:] != sorted(set(values[1:])):
                yield f"{panel['title']}: thresholds {values}"


def replicas(board: Board) -> Iterator[str]:
    """Two exporters that watch the same app count once: max joins their series before anything else does.

    Grouping by `instance` tells them apart on purpose."""
    for query in boards.panel_queries(board) + boards.annotation_queries(board):
        for selector in promql.selectors(query.expr):
            if APP_METRIC.match(selector.metric) and not _joins_replicas(selector):
                yield f"{query.name}: {selector.metric} is not joined over exporters first"


def _joins_replicas(selector: promql.Selector) -> bool:
    innermost = next(
        (call for call in reversed(selector.calls) if call.name in promql.AGGREGATIONS), None
    )
    return (
        innermost is not None
        and innermost.name in ("max", "min")
        and (innermost.grouping == "by" or set(innermost.labels) == REPLICA_LABELS)
    )


def division(board: Board) -> Iterator[str]:
    """What is divided by can be zero: it is compared with zero first, or cannot be by its nature."""
    for query in boards.panel_queries(board) + boards.annotation_queries(board):
        found = promql.tokens(query.expr)
        for at, (kind, text) in enumerate(found):
            if (kind, text) != ("sign", "/"):
                continue
            divisor = _operand(found, at + 1)
            safe = (
                re.fullmatch(r"\d+", divisor)  # a constant
                or divisor.endswith("> 0 )")
                or divisor.startswith("( 1 - ")  # an objective is below 1
                or "process_max_fds" in divisor
            )
            if not safe:
                yield f"{query.name}: divides by {divisor}"


def _operand(found: list[tuple[str, str]], at: int) -> str:
    depth, words = 0, []
    for _, text in found[at:]:
        words.append(text)
        depth += (text in "({") - (text in ")}")
        if depth == 0 and (text == ")" or text == "}" or (len(words) == 1 and text[0].isdigit())):
            break
    return " ".join(words)


RULES = {
    "unique ids": unique_ids,
    "grid": grid,
    "panel types": panel_types,
    "model": model,
    "variables": used_variables,
    "links": links,
    "state colours": state_colours,
    "empty states": empty_states,
    "descriptions": descriptions,
    "thresholds": thresholds,
    "replicas": replicas,
    "division": division,
}
