"""The state file: counters that go on after a stop, a crash, and whatever became of the file."""

import pathlib
import random
import re
import subprocess

import pytest

import fake_platform
import harness

APPS = ["default/sd", "default/llm", "team-b/whisper"]
NAMES = [app.split("/")[1] for app in APPS]
TIME_FACTOR = 12
CRASHES = 200
SEED = 20240929

REQUESTS = "everai_app_requests_total"
FAILED = "everai_app_requests_failed_total"
WRITTEN = "everai_exporter_state_last_write_successful"

KEPT_COUNTERS = re.compile(r"everai_(app|device)_\w+_(total|bucket|sum|count)")

# What the process counts of itself begins anew with it.
OWN_COUNTERS = {"everai_app_poll_failures_total", "everai_app_workers_skipped_total"}


def kept_counters(page: harness.Page) -> set[str]:
    names = {name for name, _, _ in page.samples if KEPT_COUNTERS.fullmatch(name)}
    return names - OWN_COUNTERS


def churning_simulator(start) -> harness.Simulator:
    flags = ["--scenario", "churn", "--paused", "--time-factor", str(TIME_FACTOR)]
    return start(harness.Simulator, *flags, apps=APPS)


def served(simulator: harness.Simulator) -> dict[str, dict[str, int]]:
    return {app["name"]: app for app in simulator.truth()["apps"]}


class Truth:
    """What the simulator served since this was made."""

    def __init__(self, simulator: harness.Simulator) -> None:
        self._simulator = simulator
        self._before = served(simulator)

    def counters(self) -> dict[str, dict[str, int]]:
        now = served(self._simulator)
        grown = {
            name: {key: now[name][key] - self._before[name][key] for key in ("success", "failed")}
            for name in NAMES
        }
        return {
            REQUESTS: {name: app["success"] + app["failed"] for name, app in grown.items()},
            FAILED: {name: app["failed"] for name, app in grown.items()},
        }

    def wait_until_shown(self, exporter: harness.Exporter) -> dict[str, dict[str, int]]:
        """Waits, while simulated time stands still, for an exporter to show it."""
        truth = self.counters()
        exporter.wait_for_page(
            lambda page: all(
                page.value(counter, app=name) == value
                for counter, values in truth.items()
                for name, value in values.items()
            ),
            f"the counters are {truth}",
            timeout=40,
        )
        return truth


def test_counters_go_on_after_a_restart(start, tmp_path):
    simulator = churning_simulator(start)
    flags = ["--state.file", str(tmp_path / "state")]
    exporter = start(harness.Exporter, *flags, endpoint=simulator.url, apps=APPS)
    truth = Truth(simulator)
    truth.wait_until_shown(exporter)

    simulator.resume()
    harness.wait_for(lambda: min(truth.counters()[REQUESTS].values()) > 50, "requests are served", 60)
    assert exporter.terminate() < 2
    assert exporter.wait(0) == 0, "it was not stopped but killed"
    at_stop = truth.counters()[REQUESTS]
    harness.wait_for(
        lambda: all(truth.counters()[REQUESTS][name] > at_stop[name] + 20 for name in NAMES),
        "requests are served while no exporter runs",
        timeout=60,
    )
    exporter = start(harness.Exporter, *flags, endpoint=simulator.url, apps=APPS)
    exporter.wait_until_ready()
    simulator.pause()

    truth.wait_until_shown(exporter)
    assert not exporter.log_lines("level=error") and not exporter.log_lines("level=warn")
    assert exporter.page().value(WRITTEN) == 1
    assert exporter.page().value("everai_exporter_state_write_failures_total") == 0
    assert exporter.page().value("everai_exporter_state_size_bytes") > 0


def test_counters_survive_two_hundred_crashes(start, tmp_path):
    rng = random.Random(SEED)
    print(f"seed {SEED}")
    simulator = churning_simulator(start)
    state = tmp_path / "state"
    listen = f"127.0.0.1:{harness.free_port()}"

    def start_exporter() -> harness.Exporter:
        flags = ["--state.file", str(state)]
        return start(
            harness.Exporter, *flags, endpoint=simulator.url, apps=APPS, listen=listen
        )

    exporter = start_exporter()
    truth = Truth(simulator)
    truth.wait_until_shown(exporter)
    prometheus = start(harness.Prometheus, exporter.port)
    harness.wait_for(lambda: len(prometheus.by_app(REQUESTS)) == len(APPS), "a first scrape")

    simulator.resume()
    logs: list[str] = []
    for crash in range(CRASHES):
        harness.pause(rng.uniform(0.05, 0.9))
        exporter.kill()
        exporter = start_exporter()
        logs.append(exporter.log())
        if crash % 50 == 49:
            exporter.wait_until_ready()
    simulator.pause()

    total = truth.wait_until_shown(exporter)
    assert min(total[REQUESTS].values()) > 300, total
    for log in logs:
        # On a busy machine a poll may time out.
        assert 'msg="read the state"' in log and "level=error" not in log, log
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) in (
        ["state", "state.lock"],
        ["state", "state.lock", "state.tmp"],
    )

    def last_scrape() -> float:
        return min(series[-1][0] for series in prometheus.samples(REQUESTS).values())

    shown_at = last_scrape()
    harness.wait_for(lambda: last_scrape() > shown_at + 1, "two more scrapes")
    end = last_scrape()
    for counter, values in total.items():
        samples = prometheus.samples(counter, at=end)
        assert {name: all_[-1][1] - all_[0][1] for name, all_ in samples.items()} == values
        # Exact, as the first sample is 0 and the window ends with the last one.
        increase = prometheus.by_app(f"increase({counter}[1h])", at=end)
        assert increase == pytest.approx(values, rel=1e-9)
    kept = kept_counters(exporter.page())
    assert len(kept) > 15, kept
    fallen = {name: prometheus.query(f"resets({name}[1h]) > 0", at=end) for name in kept}
    assert not any(fallen.values()), {name: rows for name, rows in fallen.items() if rows}
    crashes_seen = prometheus.query("changes(process_start_time_seconds[1h])", at=end)
    assert float(crashes_seen[0]["value"][1]) > 20, "Prometheus saw too little of it"


def test_a_damaged_file_is_set_aside(start, platform, tmp_path):
    platform.behaviours["app"] = fake_platform.good
    state = tmp_path / "state"
    state.write_bytes(b'{"format":"everai_exporter state","version":1}\nnot what was written\n')
    damaged = state.read_bytes()
    exporter = start(
        harness.Exporter, "--state.file", str(state), endpoint=platform.url, apps=["e2e/app"]
    )
    exporter.wait_for_page(lambda page: page.value(REQUESTS) == 0, "the app has its baseline")

    asides = list(tmp_path.glob("state.damaged-*"))
    assert [aside.read_bytes() for aside in asides] == [damaged]
    assert exporter.log_lines("level=error", f"set aside as {asides[0].name}: ", "checksum")
    assert exporter.page().value(WRITTEN) == 1


def test_a_second_exporter_on_the_file_refuses_to_start(start, platform, tmp_path):
    platform.behaviours["app"] = fake_platform.good
    state = tmp_path / "state"
    flags = ["--state.file", str(state), "--web.listen-address", "127.0.0.1:0"]
    first = start(
        harness.Exporter, "--state.file", str(state), endpoint=platform.url, apps=["e2e/app"]
    )
    second = subprocess.run(
        harness.exporter_argv(*flags, endpoint=platform.url, apps=["e2e/app"]),
        capture_output=True,
        text=True,
        timeout=20,
        env=harness.environment(EVERAI_TOKEN=harness.TOKEN),
        check=False,
    )
    assert second.returncode == 1
    assert second.stderr == f"everai_exporter: state file {state} is in use by another process\n"
    first.wait_until_ready()


def test_polling_goes_on_where_nothing_can_be_saved(start, platform, tmp_path):
    platform.behaviours["app"] = fake_platform.good
    (tmp_path / "file").write_text("")
    state: pathlib.Path = tmp_path / "file" / "state"
    exporter = start(
        harness.Exporter, "--state.file", str(state), endpoint=platform.url, apps=["e2e/app"]
    )
    page = exporter.wait_for_page(lambda page: page.value(REQUESTS) == 0, "counters are shown")
    assert page.value("everai_app_up") == 1
    assert page.value(WRITTEN) == 0
    assert page.value("everai_exporter_state_write_failures_total") >= 1
    assert page.value("everai_exporter_state_last_write_success_timestamp_seconds") is None
    assert len(exporter.log_lines("level=error", "Not a directory")) == 1


def test_without_the_flag_nothing_is_said_of_it(start, platform):
    platform.behaviours["app"] = fake_platform.good
    exporter = start(harness.Exporter, endpoint=platform.url, apps=["e2e/app"])
    exporter.wait_until_ready()
    assert "everai_exporter_state_" not in exporter.page().text
