"""Every query of every dashboard, sent to a real Prometheus.

One scrapes two exporters that watch a simulated fleet through every trouble, another one an exporter whose app is scaled to
zero, and a third nothing at all. The first must give numbers that make sense, the others no error and no NaN."""

import dataclasses
import time

import pytest

import boards
import harness
import live

APPS = ["default/sd", "default/llm", "team-b/whisper"]
PRICES = ["NVIDIA A100 80GB=1.99", "NVIDIA H100 80GB=3.29", "NVIDIA RTX 4090=0.44 EUR"]
SEED = 11
AT_MOST = 150  # seconds, until every panel shows something

TROUBLES = {
    "bad-devices": 1,
    "flash": "4s",
    "relaunch": "20s",
    "stale-read": 0.1,
    "unknown-enum": 0.02,
    "broken": 0.02,
    "error-503": 0.03,
    "error-401": 0.02,
    "truncate": 0.02,
    "omit": 0.05,
}

# An alert that fires at once, so that what shows alerts has one to show whatever rules are loaded.
OWN_ALERT = {"alert": "EverAIOwnTest", "expr": "everai_app_up >= 0", "labels": {"severity": "info"}}

# Queries that may find nothing, and why: none.
MAY_BE_EMPTY: dict[str, str] = {}

# Bounds other than those of the unit, and why.
OTHER_BOUNDS = {
    "everai-fleet / Workers against the limit / A": (0, 3),  # workers that are replaced come on top
    "everai-app / Error budget left / A": (-100, 1),  # overspent: down to 1 / (1 - objective)
    "everai-app / Queue vs threshold / A": (0, 1000),  # a share of a threshold, not of a whole
    "everai-exporter / Clock of the platform / A": (-5, 5),  # to either side
    "everai-exporter / CPU / A": (0, 64),  # of one CPU
}


def bounds(query: boards.Query) -> tuple[float, float]:
    if query.kind == "annotation":
        # A moment in milliseconds, or how much of something.
        return (1e12, 1e13) if query.target["useValueForTime"] else (1, 1e6)
    return OTHER_BOUNDS.get(query.name) or live.BOUNDS[query.unit]


@pytest.fixture(scope="module")
def prometheus(start, tmp_path_factory) -> live.Prometheus:
    """That of two exporters which watch the same fleet, in trouble."""
    flags = ["--scenario", "churn", "--seed", str(SEED)]
    for name, value in TROUBLES.items():
        flags += ["--fault", f"{name}={value}"]
    simulator = start(harness.Simulator, *flags, apps=APPS)
    flags = ["--collector.workers", "--queue.backlog-threshold", "1"]
    for price in PRICES:
        flags += ["--gpu.price", price]
    ports = []
    for _ in range(2):
        state = ["--state.file", str(tmp_path_factory.mktemp("state") / "state")]
        exporter = start(harness.Exporter, *flags, *state, endpoint=simulator.url, apps=APPS)
        exporter.wait_until_ready()
        ports.append(exporter.port)
    return start(live.Prometheus, targets=ports, rules=[OWN_ALERT])


@pytest.fixture(scope="module")
def idle(start) -> live.Prometheus:
    """That of an exporter which watches an app scaled to zero."""
    simulator = start(harness.Simulator, "--scenario", "idle", apps=APPS[:1])
    flags = ["--collector.workers", "--gpu.price", PRICES[0]]
    exporter = start(harness.Exporter, *flags, endpoint=simulator.url, apps=APPS[:1])
    exporter.wait_until_ready()
    return start(live.Prometheus, targets=[exporter.port])


@pytest.fixture(scope="module")
def empty(start) -> live.Prometheus:
    return start(live.Prometheus)


@dataclasses.dataclass(frozen=True)
class Seen:
    view: live.View
    results: dict[str, tuple[boards.Query, list[live.Series]]]

    def silent(self) -> set[str]:
        return {name for name, (_, series) in self.results.items() if not series}


def look(prometheus: live.Prometheus, begin: float) -> Seen:
    """What all dashboards show now."""
    end = time.time()
    view = live.View(end=end, span=int(end - begin) + 1)
    found = {query.name: (query, live.run(prometheus, query, view)) for query in live.queries()}
    return Seen(view, found)


@pytest.fixture(scope="module")
def seen(prometheus, idle, empty) -> Seen:
    """What the dashboards show as soon as each query has found something, or else at the end of the time."""
    begin = time.time()
    harness.wait_for(lambda: prometheus.has("everai_app_requests_total > 0"), "a first scrape")
    last: list[Seen] = []

    def complete() -> bool:
        last.append(look(prometheus, begin))
        # What is missing in the end is for the test to say.
        return last[-1].silent() <= MAY_BE_EMPTY.keys() or time.time() > begin + AT_MOST

    harness.wait_for(complete, "the last look", AT_MOST + 60, every=2)
    return last[-1]


def test_every_query_finds_something(seen, capsys):
    lines = [f"{len(series):4d} series  {name}" for name, (_, series) in seen.results.items()]
    with capsys.disabled():
        print("\n" + "\n".join(lines))
    assert seen.silent() == MAY_BE_EMPTY.keys()


def test_values_make_sense(seen):
    wrong = [
        line
        for query, series in seen.results.values()
        for line in live.insane(query, series, bounds(query))
    ]
    assert not wrong, "\n".join(wrong)


def test_legends_have_their_labels(seen):
    wrong = [
        line for query, series in seen.results.values() for line in live.legend_gaps(query, series)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("expr", ["0 / 0 * up", "1 / 0 * up", "2 * up", "-1 * up"])
def test_a_value_that_makes_no_sense_is_seen(prometheus, seen, expr):
    share = seen.results["everai-fleet / Exporters that answer / A"][0]
    series = live.run(prometheus, dataclasses.replace(share, expr=expr), seen.view)
    assert live.insane(share, series, live.BOUNDS["percentunit"])


def test_an_error_is_seen(prometheus, seen):
    share = seen.results["everai-fleet / Exporters that answer / A"][0]
    # Several series on either side: a mistake that no parser sees.
    broken = dataclasses.replace(share, expr="everai_app_workers / on (app) everai_app_workers")
    with pytest.raises(AssertionError, match="many-to-many|duplicate"):
        live.run(prometheus, broken, seen.view)


def test_tables_have_their_columns(seen):
    """A column of a table is a label of a query, or the value of one."""
    for board in map(boards.load, boards.NAMES):
        for panel in boards.panels(board):
            if panel["type"] == "table":
                name = f"{board['uid']} / {panel['title']} / "
                labels = {
                    label
                    for target in panel["targets"]
                    for series in seen.results[name + target["refId"]][1]
                    for label in series.labels
                }
                columns = panel["transformations"][-1]["options"]["indexByName"]
                values = {f"Value #{target['refId']}" for target in panel["targets"]}
                assert columns.keys() <= labels | values, name


def test_every_variable_offers_something(prometheus, seen):
    for board in map(boards.load, boards.NAMES):
        for query in boards.variable_queries(board):
            assert live.choices(prometheus, query, seen.view), query.name


def test_the_apps_of_a_namespace_are_its_own(prometheus, seen):
    (query,) = (one for one in boards.variable_queries(boards.load("app")) if one.title == "app")
    view = dataclasses.replace(seen.view, app_namespace="team-b")
    assert live.choices(prometheus, query, view) == ["whisper"]


def test_an_app_scaled_to_zero_shows_zeros_and_words(idle, seen):
    harness.wait_for(lambda: idle.has("count_over_time(everai_app_up[1h]) >= 3"), "three scrapes")
    found = look(idle, time.time() - 30)
    wrong = [
        line
        for query, series in found.results.values()
        for line in live.insane(query, series, bounds(query))
    ]
    assert not wrong, "\n".join(wrong)

    def values(name: str) -> list[float]:
        return [one.values[-1] for one in found.results[name][1]]

    assert values("everai-app / Serving workers / A") == [0]
    states = [values(f"everai-app / Workers by state, and the limit / {ref}") for ref in "ABC"]
    assert states == [[0, 0, 0], [0, 0, 0], [0, 0]]
    assert values("everai-fleet / Apps not polled / A") == [0]
    assert values("everai-fleet / Workers in trouble / A") == [0]
    # Nothing is known of what did not happen.
    for silent in (
        "Utilisation",
        "Failing requests",
        "Error budget left",
        "Ready time",
        "Lives of workers",
    ):
        assert values(f"everai-app / {silent} / A") == [], silent


def test_a_prometheus_without_data_gives_no_error_and_no_number(empty, seen):
    found = look(empty, time.time() - 30)
    assert found.silent() == found.results.keys()
