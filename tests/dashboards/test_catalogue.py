"""Metrics that rules, dashboards and documents speak of exist, and those that exist are of use to someone.

docs/metrics.md is the reference: a test of the exporter keeps it equal to the catalogue that the page is made of."""

import pathlib
import re

import pytest

import boards
import live
import promql

# The changelog tells of the past.
DOCUMENTS = sorted(
    {path for folder in (".", "docs", "alerts") for path in boards.ROOT.glob(f"{folder}/*.md")}
    - {boards.ROOT / "CHANGELOG.md"}
)
RULES = sorted((boards.ROOT / "alerts").glob("*.rules.yml"))

# Beginnings of names, and names of programs and files: not metrics.
NO_METRICS = re.compile(
    r"everai_(exporter|workers|simulator|core|scaling|options|warnings|[a-z]+_tests|\w*_)"
    r"|everai_(app|device|exporter|worker|gpu)"
)

NAME = re.compile(r"(?<![\w:/.-])(?:everai|process)_\w+(?!\w*[:/.]\w)")


def exists(name: str) -> bool:
    known = boards.catalogue()
    return boards.family(name, known) in known


def rules_text() -> str:
    return "\n".join(path.read_text() for path in RULES)


def asked_by_dashboards() -> set[str]:
    return {
        selector.metric
        for name in boards.NAMES
        for query in boards.all_queries(boards.load(name))
        for selector in promql.selectors(query.expr)
    }


def test_the_catalogue_is_read():
    known = boards.catalogue()
    assert len(known) > 60
    assert known["everai_app_workers"] == ("gauge", {"state"})
    assert known["everai_app_worker_launch_duration_seconds"][0] == "histogram"
    assert known["process_open_fds"][0] == "gauge"


def test_dashboards_ask_for_what_exists():
    foreign = {"up", "ALERTS"}  # Prometheus' own
    assert {name for name in asked_by_dashboards() - foreign if not exists(name)} == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents_name_what_exists(path: pathlib.Path):
    named = {name for name in NAME.findall(path.read_text()) if not NO_METRICS.fullmatch(name)}
    assert {name for name in named if not exists(name)} == set()


def test_rules_ask_for_what_exists():
    named = set(re.findall(r"(?<![\w:])everai_\w+(?=[\[{ )\n])", rules_text()))
    assert {name for name in named if not exists(name)} == set()


def test_every_metric_is_of_use():
    """In a dashboard, in a rule, or named in docs/dashboards.md as one for those who look closer."""
    known = boards.catalogue()
    used = {boards.family(name, known) for name in asked_by_dashboards()}
    used |= {
        boards.family(name, known) for name in re.findall(r"(?:everai|process)_\w+", rules_text())
    }
    text = (boards.ROOT / "docs" / "dashboards.md").read_text()
    closer = set(re.findall(r"`(\w+)`", text.split("## For a closer look")[1].split("\n##")[0]))
    assert known.keys() - used - closer == set()
    assert closer & used == set(), "these are in use by now"


def test_the_page_is_in_the_document(page):
    """What a real page shows is in docs/metrics.md: the reference of these tests is the truth."""
    known = boards.catalogue()
    assert {page.family_of(name) for name, _, _ in page.samples} <= known.keys()
    for name in ("everai_app_workers", "everai_worker_state", "everai_exporter_state_size_bytes"):
        assert page.values(name), name


@pytest.fixture(scope="module")
def page(start, tmp_path_factory):
    simulator = start(live.harness.Simulator, apps=["default/sd"])
    flags = ["--collector.workers", "--gpu.price", "NVIDIA A100 80GB=2"]
    flags += ["--state.file", str(tmp_path_factory.mktemp("state") / "state")]
    exporter = start(live.harness.Exporter, *flags, endpoint=simulator.url, apps=["default/sd"])
    return exporter.wait_for_page(
        lambda page: page.values("everai_app_requests_total")
        and page.values("everai_exporter_state_size_bytes"),
        "the app is shown, and the state written",
    )
