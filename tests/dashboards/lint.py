"""The seventeen rules of grafana/dashboard-linter in our own words, stricter where that one can be passed by accident.

A rule takes a dashboard and yields what is wrong with it. Those that look at queries look at all of them: of panels of any
type, in collapsed rows too, and those of annotations and variables."""

import json
import pathlib
import re
import subprocess
import tempfile
from collections.abc import Iterator

import boards
import promql
from boards import Board, Query

# Those that the dashboards need; Grafana takes any text for a unit, and shows a wrong one as a suffix.
UNITS = {"none", "short", "percentunit", "s", "h", "bytes", "reqps", "cpm"}

RATES = {"rate", "irate"}
COUNTER_FUNCTIONS = RATES | {"increase"}
VARIABLE_WINDOWS = {"$__rate_interval", "$__range", "$__interval"}

# Counters that are shown as they are, and why that is right.
RAW_COUNTERS = {
    "everai_worker_requests_total": "the count of one worker since its launch, as the platform tells it",
    "everai_worker_requests_failed_total": "the count of one worker since its launch, as the platform tells it",
}


def _variable(board: Board, name: str) -> dict:
    return next((entry for entry in boards.variables(board) if entry["name"] == name), {})


def _selectors(query: Query) -> list[promql.Selector]:
    """Nothing if it cannot be read; that is for `target_promql` to say."""
    try:
        return promql.selectors(query.expr)
    except (AssertionError, ValueError):
        return []


def template_datasource(board: Board) -> Iterator[str]:
    """One data source variable, of Prometheus, with the usual name, and before the variables that need it."""
    sources = [entry for entry in boards.variables(board) if entry["type"] == "datasource"]
    if len(sources) != 1 or boards.variables(board)[0] is not sources[0]:
        yield f"{len(sources)} data source variables; want one, the first of all"
    for source in sources:
        facts = (source["name"], source["label"], source["query"])
        if facts != ("datasource", "Data source", "prometheus"):
            yield f"data source variable {facts}"


def _target_variable(board: Board, name: str) -> Iterator[str]:
    variable = _variable(board, name)
    want = {
        "type": "query",
        "label": name.title(),
        "datasource": boards.PROMETHEUS,
        "multi": True,
        "includeAll": True,
        "allValue": ".+",
    }
    for key, value in want.items():
        if variable.get(key) != value:
            yield f"variable {name}: {key} is {variable.get(key)!r}, not {value!r}"


def template_job(board: Board) -> Iterator[str]:
    """A variable for the scrape job: several can be chosen, all by default."""
    yield from _target_variable(board, "job")


def template_instance(board: Board) -> Iterator[str]:
    """A variable for the exporter's instance: several can be chosen, all by default."""
    yield from _target_variable(board, "instance")


def template_label_promql(board: Board) -> Iterator[str]:
    """Variables ask for the values of a label that the metric has, and are chained only to earlier ones."""
    known = boards.catalogue()
    earlier: set[str] = set()
    queries = {query.title: query for query in boards.variable_queries(board)}
    for variable in boards.variables(board):
        name = variable["name"]
        if query := queries.get(name):
            found = _selectors(query)
            if len(found) != 1:
                yield f"variable {name} is not label_values(SELECTOR, LABEL)"
            for selector in found:
                labels = known.get(selector.metric, ("", set()))[1] | {"job", "instance"}
                if selector.metric.startswith("everai_app_"):
                    labels |= {"app_namespace", "app"}
                if selector.metric not in known or query.ref not in labels:
                    yield f"variable {name}: {selector.metric} has no label {query.ref}"
            if variable["definition"] != variable["query"]["query"]:
                yield f"variable {name}: its definition is another query"
            for late in boards.used_variables(query.expr) - earlier:
                yield f"variable {name} needs ${late}, which does not come before it"
        earlier.add(name)


def template_on_time_change_reload(board: Board) -> Iterator[str]:
    """Query variables are read again when the time range changes."""
    for variable in boards.variables(board):
        if variable["type"] == "query" and variable.get("refresh") != 2:
            yield f"variable {variable['name']}: refresh is {variable.get('refresh')}"


def panel_datasource(board: Board) -> Iterator[str]:
    """Panels, each of their targets, annotations and variables use the data source variable."""
    places = [(panel["title"], panel) for panel in boards.panels(board) if panel["type"] != "text"]
    places += [(query.name, query.target) for query in boards.all_queries(board)]
    for name, place in places:
        if place.get("datasource") != boards.PROMETHEUS:
            yield f"{name}: data source {place.get('datasource')}"


def panel_title_description(board: Board) -> Iterator[str]:
    """Every panel has a title that no other one has, and a description; a row has a title."""
    seen = set()
    for row in board["panels"]:
        if not row.get("title", "").strip():
            yield f"panel {row['id']} has no title"
    for panel in boards.panels(board):
        title = panel.get("title", "").strip()
        if not title or title in seen:
            yield f"panel {panel['id']}: its title {title!r} is missing or there twice"
        if not panel.get("description", "").strip():
            yield f"{title}: no description"
        seen.add(title)


def panel_units(board: Board) -> Iterator[str]:
    """Every panel has a known unit, and so has every override that sets one, and every table column of numbers."""
    for panel in boards.panels(board):
        if panel["type"] == "text":
            continue
        unit = panel["fieldConfig"]["defaults"].get("unit")
        if unit not in UNITS:
            yield f"{panel['title']}: unit {unit!r}"
        for override in panel["fieldConfig"]["overrides"]:
            for entry in override["properties"]:
                if entry["id"] == "unit" and entry["value"] not in UNITS:
                    yield f"{panel['title']}: unit {entry['value']!r}"
        if panel["type"] == "table":
            yield from _columns_without_unit(panel)


def _columns_without_unit(panel: dict) -> Iterator[str]:
    organize = panel["transformations"][-1]["options"]
    formatted = {
        override["matcher"]["options"]
        for override in panel["fieldConfig"]["overrides"]
        if {"unit", "mappings"} & {entry["id"] for entry in override["properties"]}
    }
    for target in panel["targets"]:
        field = f"Value #{target['refId']}"
        if not organize["excludeByName"].get(field):
            if organize["renameByName"].get(field, field) not in formatted:
                yield f"{panel['title']}: column {field} has neither a unit nor a mapping"


def panel_no_targets(board: Board) -> Iterator[str]:
    """Every panel but a text asks for something: no empty query, none hidden, no name twice."""
    for panel in boards.panels(board):
        targets = panel.get("targets", [])
        if panel["type"] != "text" and not targets:
            yield f"{panel['title']}: no query"
        if len({target["refId"] for target in targets}) != len(targets):
            yield f"{panel['title']}: two queries of the same name"
        for target in targets:
            if not target["expr"].strip() or target.get("hide"):
                yield f"{panel['title']}: query {target['refId']} is empty or hidden"


def target_logql(board: Board) -> Iterator[str]:
    """No query is for Loki: there are no logs here, so a valid LogQL query is wrong as well."""
    for query in boards.all_queries(board):
        source = query.target.get("datasource") or {}
        if source.get("type") == "loki" or re.search(
            r"\|[=~>]|\| *(json|logfmt|line_format)\b", query.expr
        ):
            yield f"{query.name} is LogQL"


def target_logql_auto(board: Board) -> Iterator[str]:
    """No query uses `$__auto`, which only Loki's data source knows."""
    for query in boards.all_queries(board):
        if "__auto" in boards.used_variables(query.expr):
            yield f"{query.name} uses $__auto"


def target_promql(board: Board) -> Iterator[str]:
    """Every query is valid PromQL by Prometheus' own parser, and gives an instant vector."""
    values = dict.fromkeys((entry["name"] for entry in boards.variables(board)), "x")
    values |= boards.builtins(rate_interval=60, interval=15, span=3600, end=0)
    queries = boards.all_queries(board)
    rules, lost = [], []
    for number, query in enumerate(queries):
        try:
            # A sum takes an instant vector, as a panel does, and no range vector.
            expr = f"sum({boards.interpolate(query.expr, values)})"
            rules.append({"record": f"query:{number}", "expr": expr})
        except KeyError as name:
            lost.append(f"{query.name} uses {name}, which is not defined")
    yield from lost
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "rules.json"  # JSON is YAML, too
        path.write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}))
        check = subprocess.run(
            ["promtool", "check", "rules", str(path)], capture_output=True, text=True, check=False
        )
    if check.returncode != 0:
        for number in re.findall(r"\"query:(\d+)\"", check.stderr) or [""]:
            yield f"{queries[int(number)].name if number else board['uid']}: {check.stderr.strip()}"


def target_rate_interval(board: Board) -> Iterator[str]:
    """`rate` goes over `$__rate_interval`. Another window is one of Grafana's variables, or the description names it."""
    for query in boards.all_queries(board):
        for selector in _selectors(query):
            window = selector.range.split(":")[0]
            function = selector.calls[-1].name if selector.calls else ""
            if not window:
                continue
            if function in RATES and window != "$__rate_interval":
                yield f"{query.name}: {function} over {window}"
            elif window not in VARIABLE_WINDOWS:
                if not re.search(rf"\b{re.escape(window)}\b", query.panel.get("description", "")):
                    yield f"{query.name}: the window {window} is neither a variable nor described"


def _target_matcher(board: Board, label: str) -> Iterator[str]:
    for query in boards.all_queries(board):
        if query.kind == "variable" and query.title in ("job", label):
            continue  # it cannot depend on itself, nor the job on the instance
        for selector in _selectors(query):
            # An alert need not have these labels.
            value = f"${label}|" if selector.metric == "ALERTS" else f"${label}"
            if not selector.metric or selector.matcher(label) != ("=~", value):
                yield f"{query.name}: {selector.metric or 'a selector'} does not match {label}=~{value!r}"


def target_job(board: Board) -> Iterator[str]:
    """Every selector of every query matches the chosen job."""
    yield from _target_matcher(board, "job")


def target_instance(board: Board) -> Iterator[str]:
    """Every selector of every query matches the chosen instance."""
    yield from _target_matcher(board, "instance")


def target_counter_agg(board: Board) -> Iterator[str]:
    """Counters, and the three series of histograms, stand right inside rate, irate or increase."""
    known = boards.catalogue()
    for query in boards.all_queries(board):
        for selector in _selectors(query):
            kind = known.get(boards.family(selector.metric, known), ("", set()))[0]
            counter = kind in ("counter", "histogram") or selector.metric.endswith("_total")
            if counter and selector.metric not in RAW_COUNTERS:
                function = selector.calls[-1].name if selector.calls else ""
                if function not in COUNTER_FUNCTIONS or not selector.range:
                    yield f"{query.name}: {selector.metric} is a counter inside {function or 'nothing'}"


def uneditable_dashboard(board: Board) -> Iterator[str]:
    """It cannot be edited in Grafana, where the next start would throw the change away: the file is the source."""
    if board.get("editable") is not False:
        yield "it can be edited"


RULES = {
    "template-datasource-rule": template_datasource,
    "template-job-rule": template_job,
    "template-instance-rule": template_instance,
    "template-label-promql-rule": template_label_promql,
    "template-on-time-change-reload-rule": template_on_time_change_reload,
    "panel-datasource-rule": panel_datasource,
    "panel-title-description-rule": panel_title_description,
    "panel-units-rule": panel_units,
    "panel-no-targets-rule": panel_no_targets,
    "target-logql-rule": target_logql,
    "target-logql-auto-rule": target_logql_auto,
    "target-promql-rule": target_promql,
    "target-rate-interval-rule": target_rate_interval,
    "target-job-rule": target_job,
    "target-instance-rule": target_instance,
    "target-counter-agg-rule": target_counter_agg,
    "uneditable-dashboard-rule": uneditable_dashboard,
}
