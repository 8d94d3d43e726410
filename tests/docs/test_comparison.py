"""What docs/comparison.md says of a script that sums up the listing, beside the exporter on the same fleet."""

import contextlib
import pathlib
import re
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

import harness
from markdown import ROOT
from measure import Script

T = TypeVar("T")

APPS = ["default/sd", "default/llm", "team-b/whisper"]
TIME_FACTOR = 30  # a poll and a scrape each second are one each 30 s
SIMULATED_MINUTES = 8
OURS = "everai_app_requests_total"
NAIVE = "naive_requests_total"


CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - {{job_name: everai, static_configs: [{{targets: ['127.0.0.1:{ours}']}}]}}
  - {{job_name: naive, static_configs: [{{targets: ['127.0.0.1:{naive}']}}]}}
"""


class Run:
    """Eight minutes of a fleet that churns, watched by both. Time stands still before and after.

    So each counter is flat at both ends, and `increase()` at its last sample has nothing to stretch."""

    def __init__(self, folder: pathlib.Path, stack: contextlib.ExitStack) -> None:
        def start(kind: Callable[..., T], name: str, *args: Any, **kwargs: Any) -> T:
            (folder / name).mkdir()
            process = kind(folder / name, *args, **kwargs)
            stack.callback(process.close)
            return process

        flags = ["--scenario", "churn", "--paused", "--time-factor", str(TIME_FACTOR)]
        self.simulator = start(harness.Simulator, "simulator", *flags, apps=APPS)
        exporter = start(harness.Exporter, "exporter", endpoint=self.simulator.url, apps=APPS)
        exporter.wait_until_ready()
        script = start(Script, "script", self.simulator.url, APPS)
        config = CONFIG.format(ours=exporter.port, naive=script.port)
        self.prometheus = start(harness.Prometheus, "prometheus", config=config)
        self._wait_for_scrapes()
        before = self._served()
        self.simulator.resume()
        harness.pause(SIMULATED_MINUTES * 60 / TIME_FACTOR)
        self.simulator.pause()
        self.truth = self._served() - before
        now = time.time()
        exporter.wait_for_page(
            lambda page: min(page.values("everai_app_last_poll_success_timestamp_seconds")) > now + 1,
            "each app was polled again",
        )
        self._wait_for_scrapes()
        self.ours, self.naive = self._increase(OURS), self._increase(NAIVE)

    def _served(self) -> int:
        return sum(app["success"] + app["failed"] for app in self.simulator.truth()["apps"])

    def _when(self, name: str) -> list[float]:
        """When a counter was scraped: all of its series at the same time, as they are of one page."""
        return [when for when, _ in self.prometheus.samples(name).get("sd", [])]

    def _wait_for_scrapes(self) -> None:
        """Until both were polled and scraped again, whatever was under way before."""
        for name in (OURS, NAIVE):
            many = len(self._when(name)) + 4
            harness.wait_for(lambda: len(self._when(name)) >= many, f"{name} is scraped")  # noqa: B023

    def _increase(self, name: str) -> float:
        last = self._when(name)[-1]
        return self.prometheus.by_app(f"sum(increase({name}[1h]))", at=last)[""]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with contextlib.ExitStack() as stack:
        yield Run(tmp_path_factory.mktemp("comparison"), stack)


def test_the_exporter_counts_what_was_served(run):
    assert run.truth > 1000
    assert run.ours == pytest.approx(run.truth, rel=1e-9)


def test_the_script_invents_traffic(run, report):
    report.append(
        f"requests: {run.truth} served, {run.ours:.0f} by the exporter, {run.naive:.0f} by the script"
    )
    assert run.naive > 1.5 * run.truth


def test_what_is_told_in_numbers():
    page = (ROOT / "docs/comparison.md").read_text()
    script = (ROOT / "tests/docs/naive_exporter.py").read_text().splitlines()
    assert f"the script has {len(script)}" in page
    alerts = set(re.findall(r"- alert: (\w+)", (ROOT / "alerts/everai.rules.yml").read_text()))
    boards = list((ROOT / "dashboards").glob("*.json"))
    assert f"| {len(alerts)}, tested |" in page and f"| {len(boards)}, tested |" in page
