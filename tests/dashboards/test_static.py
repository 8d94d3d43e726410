"""The dashboards as files: what can be checked without running a query.

lint.py has the seventeen rules of grafana/dashboard-linter, each stricter than the original where that can be passed by
accident; the second column says where.

| rule | also bites where the original does not |
|---|---|
| template-datasource-rule | it is not the first variable |
| template-job-rule, template-instance-rule | one choice only; another data source |
| template-label-promql-rule | the metric does not have the label; a chain goes backwards |
| template-on-time-change-reload-rule | |
| panel-datasource-rule | a target, an annotation or a variable has a data source of its own |
| panel-title-description-rule | any panel type; blanks; the same title twice |
| panel-units-rule | any panel type; a wrong unit in an override; a table column without one |
| panel-no-targets-rule | any panel type; an empty or hidden query; two of the same name |
| target-logql-rule, target-logql-auto-rule | annotations and variables |
| target-promql-rule | annotations and variables; an undefined Grafana variable |
| target-rate-interval-rule | irate; increase and subqueries over a window that nobody is told of |
| target-job-rule, target-instance-rule | annotations and variables; a selector without a name |
| target-counter-agg-rule | a counter with matchers, or of a histogram; another function in between |
| uneditable-dashboard-rule | |

All of them look into collapsed rows. house.py has the project's own rules. Every rule is shown a dashboard that it has to
refuse, in several ways: a rule that lets one pass fails here."""

import copy
import re
from collections.abc import Callable

import pytest

import boards
import house
import lint
import promql
from boards import Board, Panel

ALL_RULES = lint.RULES | house.RULES

Change = Callable[[Board], None]


def panel(board: Board, title: str) -> Panel:
    return next(one for one in boards.panels(board) if one["title"] == title)


def variable(board: Board, name: str) -> dict:
    return next(one for one in boards.variables(board) if one["name"] == name)


def in_panel(title: str, change: Callable[[Panel], None]) -> Change:
    return lambda board: change(panel(board, title))


def sets(title: str, /, **values) -> Change:
    return in_panel(title, lambda one: one.update(values))


def asks(title: str, expr: str) -> Change:
    return in_panel(title, lambda one: one["targets"][0].update(expr=expr))


def replaces(title: str, old: str, new: str) -> Change:
    def change(one: Panel) -> None:
        assert old in one["targets"][0]["expr"]
        one["targets"][0]["expr"] = one["targets"][0]["expr"].replace(old, new)

    return in_panel(title, change)


def varies(name: str, /, **values) -> Change:
    return lambda board: variable(board, name).update(values)


def annotates(expr: str) -> Change:
    return lambda board: board["annotations"]["list"][1].update(expr=expr)


def defaults(title: str, /, **values) -> Change:
    return in_panel(title, lambda one: one["fieldConfig"]["defaults"].update(values))


def moves(title: str, /, **values) -> Change:
    return in_panel(title, lambda one: one["gridPos"].update(values))


def drops_override(title: str, name: str) -> Change:
    def change(one: Panel) -> None:
        left = [
            entry
            for entry in one["fieldConfig"]["overrides"]
            if entry["matcher"]["options"] != name
        ]
        assert len(left) < len(one["fieldConfig"]["overrides"])
        one["fieldConfig"]["overrides"] = left

    return in_panel(title, change)


CHOSEN = 'job=~"$job", instance=~"$instance"'
APP = CHOSEN + ', app_namespace="$app_namespace", app="$app"'
NESTED = "Lives of workers"  # stands in a collapsed row
OTHER_SOURCE = {"type": "prometheus", "uid": "P1809F7CD0C75ACF3"}

# What each rule has to refuse, done to the dashboard of an app.
BROKEN: dict[str, list[Change]] = {
    "template-datasource-rule": [
        varies("datasource", name="prom"),
        varies("datasource", label="Datasource"),
        varies("datasource", query="loki"),
        lambda board: boards.variables(board).reverse(),
        lambda board: boards.variables(board).pop(0),
    ],
    "template-job-rule": [
        varies("job", allValue=".*"),
        varies("job", multi=False),
        varies("job", label="Scrape job"),
        varies("job", name="the_job"),
    ],
    "template-instance-rule": [
        varies("instance", includeAll=False),
        varies("instance", datasource=OTHER_SOURCE),
    ],
    "template-label-promql-rule": [
        varies("app", query={"query": "label_values(everai_app_up{, app)"}, definition=""),
        varies("app", query={"query": f"label_values(everai_app_up{{{CHOSEN}}}, appp)"}),
        varies("app", query={"query": f"label_values(everai_apps{{{CHOSEN}}}, app)"}),
        varies("app", query={"query": "query_result(everai_app_up)"}),
        varies(
            "app_namespace",
            query={"query": 'label_values(everai_app_up{app="$app"}, app_namespace)'},
        ),
        varies("app", definition="label_values(app)"),
    ],
    "template-on-time-change-reload-rule": [varies("app", refresh=1)],
    "panel-datasource-rule": [
        sets("Utilisation", datasource=OTHER_SOURCE),
        sets(NESTED, datasource=None),
        in_panel("Utilisation", lambda one: one["targets"][0].update(datasource=OTHER_SOURCE)),
        lambda board: board["annotations"]["list"][1].update(datasource=OTHER_SOURCE),
        varies("app", datasource=OTHER_SOURCE),
    ],
    "panel-title-description-rule": [
        sets("Utilisation", title=" "),
        sets("Utilisation", title="Workers by revision"),
        sets("GPU hours by state", description=""),
        sets(NESTED, description=" \n"),
    ],
    "panel-units-rule": [
        defaults("Utilisation", unit=""),
        defaults("GPU hours by state", unit="gpuh"),
        defaults(NESTED, unit="furlongs"),
        drops_override("Present workers", "Sessions"),
        in_panel(
            "Present workers",
            lambda one: one["fieldConfig"]["overrides"].append(
                {
                    "matcher": {"id": "byName", "options": "Age"},
                    "properties": [{"id": "unit", "value": "secs"}],
                }
            ),
        ),
    ],
    "panel-no-targets-rule": [
        sets("Utilisation", targets=[]),
        sets(NESTED, targets=[]),
        asks("GPU hours by state", " "),
        in_panel("Utilisation", lambda one: one["targets"][0].update(hide=True)),
        in_panel("Utilisation", lambda one: one["targets"].append(one["targets"][0])),
    ],
    "target-logql-rule": [
        asks("Utilisation", f'count_over_time({{{CHOSEN}}} |= "error" [5m])'),
        in_panel(
            "Utilisation",
            lambda one: one["targets"][0].update(datasource={"type": "loki", "uid": "x"}),
        ),
    ],
    "target-logql-auto-rule": [replaces("Finished requests", "$__rate_interval", "$__auto")],
    "target-promql-rule": [
        asks("Utilisation", f"sum(everai_app_workers{{{APP}}}"),
        asks(NESTED, f"summ(everai_worker_state{{{APP}}})"),
        asks("Utilisation", f"everai_app_workers{{{APP}}}[$__rate_interval]"),
        asks("Utilisation", f"rate(everai_app_workers{{{APP}}}[$window])"),
        annotates("sum by (app everai_app_workers"),
        varies("app", query={"query": "label_values(everai_app_up{, app)"}),
    ],
    "target-rate-interval-rule": [
        replaces("Finished requests", "$__rate_interval", "5m"),
        asks("Finished requests", f"irate(everai_app_requests_total{{{APP}}}[$__interval])"),
        asks("Finished requests", f"increase(everai_app_requests_total{{{APP}}}[7m])"),
        asks("Utilisation", f"max_over_time(everai_app_queue_size{{{APP}}}[10m:1m])"),
    ],
    "target-job-rule": [
        replaces("Utilisation", 'job=~"$job", ', ""),
        replaces("Utilisation", 'job=~"$job"', 'job="$job"'),
        asks("Utilisation", '{__name__="everai_app_up"}'),
        annotates('max by (app) (everai_app_up{instance=~"$instance"})'),
        replaces(NESTED, 'job=~"$job"', 'job=~".+"'),
    ],
    "target-instance-rule": [
        replaces("Utilisation", ', instance=~"$instance"', ""),
        replaces("Firing alerts", 'instance=~"$instance|"', 'instance=~"$job|"'),
        varies("app", query={"query": 'label_values(everai_app_up{job=~"$job"}, app)'}),
    ],
    "target-counter-agg-rule": [
        asks("Finished requests", f"everai_app_requests_total{{{APP}}}"),
        asks("Finished requests", f"max_over_time(everai_app_requests_total{{{APP}}}[$__range])"),
        asks("Launch time", f"everai_app_worker_launch_duration_seconds_bucket{{{APP}}}"),
        asks(
            "Launch time",
            f"delta(everai_app_worker_launch_duration_seconds_sum{{{APP}}}[$__range])",
        ),
    ],
    "uneditable-dashboard-rule": [
        lambda board: board.update(editable=True),
        lambda board: board.pop("editable"),
    ],
    "unique ids": [
        sets(NESTED, id=1),
        in_panel("Utilisation", lambda one: one.update(id=one["id"] + 1)),
    ],
    "grid": [
        moves("Utilisation", x=15),
        moves("Utilisation", x=17),
        moves("Utilisation", w=7),
        moves(NESTED, h=0),
    ],
    "panel types": [sets(NESTED, type="graph"), sets("Utilisation", type="candlestick")],
    "model": [
        lambda board: board.update(schemaVersion=39),
        lambda board: board.update(id=12),
        lambda board: board.update(__inputs=[]),
        lambda board: board.update(tags=[]),
    ],
    "variables": [
        replaces("Utilisation", "$app_namespace", "$namespace"),
        lambda board: boards.variables(board).append({"name": "spare", "type": "custom"}),
        sets("Utilisation", title="Utilisation of ${the_app}"),
    ],
    "links": [
        lambda board: board["links"][0].update(url="/d/everai-flet?var-datasource=${datasource}"),
        lambda board: board["links"][0].update(url="/d/everai-fleet?${region:queryparam}"),
        lambda board: board["links"][0].update(url="/d/everai-fleet?var-appp=${app}"),
        lambda board: board["links"][0].update(url="https://example.com/d/everai-fleet"),
        lambda board: board["links"].pop(0),
    ],
    "state colours": [
        drops_override("Workers by state, and the limit", "busy"),
        drops_override("Present workers", "State"),
        in_panel(
            "GPUs held, by state",
            lambda one: one["fieldConfig"]["overrides"][0]["properties"][0]["value"].update(
                fixedColor="red"
            ),
        ),
        in_panel(
            NESTED,
            lambda one: one["fieldConfig"]["defaults"]["mappings"][0]["options"]["6"].update(
                color="#56A64B"
            ),
        ),
    ],
    "empty states": [defaults("Utilisation", noValue=""), defaults(NESTED, noValue="0")],
    "descriptions": [
        sets("Utilisation", description="From `everai_app_workers`."),
        sets("Utilisation", description="From `everai_app_queue_size`. Good: low."),
        sets(NESTED, description="Good: blue."),
    ],
    "thresholds": [
        defaults("Utilisation", thresholds={"steps": [{"color": "green", "value": 0}]}),
        in_panel(
            "Utilisation",
            lambda one: one["fieldConfig"]["defaults"]["thresholds"]["steps"].reverse(),
        ),
    ],
    "replicas": [
        replaces("Serving workers", "max without (instance, pod) ", ""),
        replaces("Serving workers", "(instance, pod)", "(instance)"),
        asks(
            "Finished requests", f"sum(rate(everai_app_requests_total{{{APP}}}[$__rate_interval]))"
        ),
        asks("Utilisation", f"everai_app_queue_size{{{APP}}}"),
        annotates(f"everai_app_last_scale_up_timestamp_seconds{{{APP}}}"),
    ],
    "division": [
        replaces("Utilisation", " > 0", ""),
        asks("Utilisation", f"1 / max by (app) (everai_app_queue_size{{{APP}}})"),
    ],
}


@pytest.mark.parametrize("name", boards.NAMES)
@pytest.mark.parametrize("rule", ALL_RULES)
def test_keeps_the_rule(name, rule):
    violations = list(ALL_RULES[rule](boards.load(name)))
    assert not violations, "\n".join(violations)


def test_seventeen_rules():
    assert len(lint.RULES) == 17
    assert set(re.findall(r"[a-z]+(?:-[a-z]+)+-rule\b", __doc__)) == lint.RULES.keys()


@pytest.mark.parametrize(
    ("rule", "change"),
    [(rule, change) for rule, changes in BROKEN.items() for change in changes],
    ids=[f"{rule}-{number}" for rule, changes in BROKEN.items() for number in range(len(changes))],
)
def test_the_rule_bites(rule, change):
    whole = boards.load("app")
    broken = copy.deepcopy(whole)
    change(broken)
    assert broken != whole
    assert list(ALL_RULES[rule](broken))


def test_every_rule_is_seen_to_bite():
    assert BROKEN.keys() == ALL_RULES.keys()


@pytest.mark.parametrize("name", boards.NAMES)
def test_is_written_in_the_one_way(name):
    """To write a file anew in it: boards.canonical."""
    text = (boards.FOLDER / f"{name}.json").read_text()
    assert text == boards.canonical(boards.load(name)), f"{name}.json is not in its canonical form"


def test_the_folder_has_dashboards_only():
    """Grafana's provisioning takes every JSON file in it for a dashboard."""
    assert sorted(path.name for path in boards.FOLDER.glob("*.json")) == sorted(
        f"{name}.json" for name in boards.NAMES
    )
    loaded = [boards.load(name) for name in boards.NAMES]
    assert [board["uid"] for board in loaded] == [f"everai-{name}" for name in boards.NAMES]
    assert len({board["title"] for board in loaded}) == len(loaded)
    names = [query.name for board in loaded for query in boards.all_queries(board)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", boards.NAMES)
def test_the_top_row_answers_at_a_glance(name):
    """The first row says whose trouble it is, with single values and no graph to read."""
    first, *rest = boards.load(name)["panels"]
    top = [one for one in rest if one["gridPos"]["y"] == 1]
    assert first["title"] == "Is it me, the platform or the exporter?"
    assert {one["type"] for one in top} == {"stat"} and len(top) == 8


def test_the_document_tells_rows_and_colours():
    text = (boards.ROOT / "docs" / "dashboards.md").read_text()
    for name in boards.NAMES:
        board = boards.load(name)
        rows = " · ".join(one["title"] for one in board["panels"] if one["type"] == "row")
        assert f"| `{name}.json`, {board['title']} | {rows} |" in text
    colours = re.findall(r"^\| `(\w+)` \| `(#[0-9A-F]{6})` \|$", text, re.MULTILINE)
    assert dict(colours) == boards.STATE_COLOURS
    for entry in boards.variables(boards.load("fleet")):
        assert f"`{entry['name']}`" in text


def test_the_status_page_has_the_same_colours():
    text = (boards.ROOT / "src" / "web" / "state_colours.hpp").read_text()
    rows = re.findall(r'"(#[0-9A-F]{6})", +// (\w+)', text)
    assert {state: colour for colour, state in rows} == boards.STATE_COLOURS


def test_reads_promql():
    query = 'sum by (a) (max without (b, c) (rate(x_total{d="(e)", f=~"$g"}[5m:1m]))) / on (h) group_left (i) (y > bool 0)'
    first, second = promql.selectors(query)
    assert first == promql.Selector(
        "x_total",
        (("d", "=", "(e)"), ("f", "=~", "$g")),
        "5m:1m",
        (
            promql.Call("sum", "by", ("a",)),
            promql.Call("max", "without", ("b", "c")),
            promql.Call("rate"),
        ),
    )
    assert second == promql.Selector("y", (), "", ())
    (late,) = promql.selectors("sum(max(z) without (p)) by (q)")
    assert late.calls == (promql.Call("sum", "by", ("q",)), promql.Call("max", "without", ("p",)))
