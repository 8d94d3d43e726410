"""The counters against the truth, while the workers that serve come and go."""

import datetime

import pytest

import harness

APPS = ["default/sd", "default/llm", "team-b/whisper"]
NAMES = [app.split("/")[1] for app in APPS]
TIME_FACTOR = 30
SIMULATED_MINUTES = 12


def by_name(truth: dict) -> dict[str, dict]:
    return {app["name"]: app for app in truth["apps"]}


def simulated_time(truth: dict) -> datetime.datetime:
    return datetime.datetime.fromisoformat(truth["time"])


class Run:
    """Ten minutes and more of a busy fleet, watched by an exporter that a Prometheus scrapes.

    Simulated time stands still before and after, so that both ends of the run are flat and known
    exactly: the exporter's baseline before the first request, its last polls after the last one."""

    def __init__(self, start, seed: int, int64_as_strings: bool) -> None:
        flags = ["--scenario", "churn", "--paused", "--seed", str(seed)]
        flags += ["--time-factor", str(TIME_FACTOR)]
        flags += ["--int64-as-strings"] if int64_as_strings else []
        self.simulator = start(harness.Simulator, *flags, apps=APPS)
        self.exporter = start(harness.Exporter, endpoint=self.simulator.url, apps=APPS)
        self.exporter.wait_until_ready()
        self.before = self.simulator.truth()
        assert not self.before["running"]
        self.prometheus = start(harness.Prometheus, self.exporter.port)
        self._wait_for_scrapes(2)

        self.simulator.resume()
        length = datetime.timedelta(minutes=SIMULATED_MINUTES)
        harness.wait_for(
            lambda: simulated_time(self.simulator.truth()) >= simulated_time(self.before) + length,
            f"{SIMULATED_MINUTES} simulated minutes have passed",
            timeout=120,
        )
        self.simulator.pause()

        self.after = self.simulator.truth()
        self._wait_for_polls(2)
        self.page = self.exporter.page()
        self._wait_for_scrapes(2)
        self.end = self._last_scrape()

    def _last_scrape(self) -> float:
        """When the newest sample of the counters was taken: the same for every app of a page."""
        samples = self.prometheus.samples("everai_app_requests_total")
        return min((series[-1][0] for series in samples.values()), default=0.0)

    def _wait_for_scrapes(self, count: int) -> None:
        for _ in range(count):
            last = self._last_scrape()
            harness.wait_for(lambda last=last: self._last_scrape() > last, "another scrape")

    def _wait_for_polls(self, count: int) -> None:
        for _ in range(count):
            name = "everai_app_last_poll_success_timestamp_seconds"
            last = max(self.exporter.page().values(name))
            self.exporter.wait_for_page(
                lambda page, last=last: min(page.values(name)) > last, "another poll of each app"
            )

    def served(self, app: str, *outcomes: str) -> int:
        """Requests that the simulator served during the run."""
        return sum(
            by_name(self.after)[app][outcome] - by_name(self.before)[app][outcome]
            for outcome in outcomes
        )


@pytest.mark.parametrize(
    ("seed", "int64_as_strings"), [(1, False), (7, True)], ids=["numbers", "strings"]
)
def test_counters_equal_the_truth_while_workers_churn(start, seed, int64_as_strings):
    run = Run(start, seed, int64_as_strings)

    # Enough happened for the test to mean something.
    for app in NAMES:
        before, after = by_name(run.before)[app], by_name(run.after)[app]
        created = after["workers_created"] - before["workers_created"]
        deleted = before["workers_live"] + created - after["workers_live"]
        assert created >= 10 and deleted >= 10, f"{app}: {created} created, {deleted} deleted"
        assert run.served(app, "success") > 100, after
    assert sum(run.served(app, "failed") for app in NAMES) > 0

    for name, outcomes in {
        "everai_app_requests_total": ("success", "failed"),
        "everai_app_requests_failed_total": ("failed",),
    }.items():
        truth = {app: run.served(app, *outcomes) for app in NAMES}

        assert {app: run.page.value(name, app=app) for app in NAMES} == truth

        samples = run.prometheus.samples(name, at=run.end)
        assert {app: series[-1][1] - series[0][1] for app, series in samples.items()} == truth
        assert run.prometheus.by_app(f"resets({name}[1h])", at=run.end) == dict.fromkeys(NAMES, 0)

        # increase() stretches the difference of the first and the last sample in its window to the
        # window's length, but not before the time at which the counter was 0. The first sample is
        # 0, and the window ends with the last one: there is nothing to stretch, it must be exact.
        increase = run.prometheus.by_app(f"increase({name}[1h])", at=run.end)
        assert increase == pytest.approx(truth, rel=1e-9)
        total = run.prometheus.by_app(f"sum(increase({name}[1h]))", at=run.end)
        assert total[""] == pytest.approx(sum(truth.values()), rel=1e-9)

        # Asked at any other time it may be stretched by up to 1.1 scrape intervals.
        first, last = (series[at][0] for series in list(samples.values())[:1] for at in (0, -1))
        late = run.prometheus.by_app(f"sum(increase({name}[1h]))", at=run.end + 0.9)[""]
        assert sum(truth.values()) <= late <= sum(truth.values()) * (1 + 1.1 / (last - first))

    polled_well = run.prometheus.by_app("min_over_time(everai_app_up[1h])", at=run.end)
    assert polled_well == dict.fromkeys(NAMES, 1)
    assert run.prometheus.by_app("min_over_time(up[1h])", at=run.end) == {"": 1}
    assert run.page.values("everai_app_worker_regressions_total") == [0, 0, 0]
    assert run.page.values("everai_app_workers_skipped_total") == [0, 0, 0]


def test_a_restarted_exporter_invents_no_requests(start):
    apps = ["default/sd"]
    simulator = start(
        harness.Simulator, "--scenario", "churn", "--time-factor", str(TIME_FACTOR), apps=apps
    )
    harness.wait_for(
        lambda: simulator.truth()["apps"][0]["success"] > 100, "the fleet has a past", timeout=60
    )
    simulator.pause()

    exporter = start(harness.Exporter, endpoint=simulator.url, apps=apps)
    exporter.wait_until_ready()

    assert exporter.page().value("everai_app_requests_total") == 0
    assert exporter.page().value("everai_app_requests_failed_total") == 0
