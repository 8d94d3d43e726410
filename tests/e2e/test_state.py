"""The state file: counters that go on after a stop, a crash, and whatever became of the file."""

import contextlib
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
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
POLLED_AT = "everai_app_last_poll_success_timestamp_seconds"
WRITTEN_AT = "everai_exporter_state_last_write_success_timestamp_seconds"
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
    assert exporter.log_lines("level=error", "the state is lost, counters begin at 0", "checksum")
    assert exporter.log_lines("level=warn", "set aside", asides[0].name)
    assert exporter.page().value(WRITTEN) == 1


class Fleet:
    """Apps of a platform with a worker each, which has finished as many requests as a test says."""

    def __init__(self, platform: fake_platform.FakePlatform, *apps: str, **fields: str) -> None:
        self.served = dict.fromkeys(apps, 1000)
        self._fields = fields
        for app in apps:
            platform.behaviours[app] = lambda exchange, app=app: self._answer(exchange, app)

    def _answer(self, exchange: fake_platform.Exchange, app: str) -> None:
        worker = {"id": "w1", "status": "STATUS_RUNNING", "successCount": self.served[app]}
        exchange.answer(json.dumps({"workers": [worker | self._fields]}).encode())

    def serve(self, **requests: int) -> None:
        for app, count in requests.items():
            self.served[app] += count


def wait_for_counters(exporter: harness.Exporter, **requests: int) -> None:
    exporter.wait_for_page(
        lambda page: {app: page.value(REQUESTS, app=app) for app in requests} == requests,
        f"the counters are {requests}",
    )


class Runs:
    """One exporter after the other, with one state file."""

    def __init__(self, start, platform: fake_platform.FakePlatform, folder: pathlib.Path) -> None:
        self._start = start
        self._endpoint = platform.url
        self.state = folder / "state"

    def begin(self, *flags: str, apps: str, endpoint: str = "") -> harness.Exporter:
        return self._start(
            harness.Exporter,
            *("--state.file", str(self.state), *flags),
            endpoint=endpoint or self._endpoint,
            apps=[f"e2e/{app}" for app in apps],
        )

    def run(self, *flags: str, apps: str, endpoint: str = "", **requests: int) -> str:
        """Runs until the counters are so. @return its log."""
        exporter = self.begin(*flags, apps=apps, endpoint=endpoint)
        wait_for_counters(exporter, **requests)
        exporter.terminate()
        assert exporter.wait(0) == 0
        return exporter.log()

    def make(self, fleet: Fleet, **requests: int) -> None:
        """Runs with counters that are so at the end."""
        apps = "".join(requests)
        self.run(apps=apps, **dict.fromkeys(requests, 0))
        fleet.serve(**requests)
        self.run(apps=apps, **requests)


@pytest.fixture
def runs(start, platform, tmp_path) -> Runs:
    return Runs(start, platform, tmp_path)


@pytest.mark.parametrize("damaged", [False, True], ids=["good file", "damaged file"])
def test_a_start_that_fails_leaves_the_state_as_it_is(platform, runs, damaged):
    runs.make(Fleet(platform, "a", "b"), a=5, b=7)
    if damaged:
        runs.state.write_bytes(runs.state.read_bytes()[:-20])
    before = {path: path.read_bytes() for path in runs.state.parent.iterdir() if path.is_file()}
    with harness.listen() as taken:
        flags = ["--state.file", str(runs.state)]
        listen = ["--web.listen-address", f"127.0.0.1:{taken.getsockname()[1]}"]
        failed = subprocess.run(
            harness.exporter_argv(*flags, *listen, endpoint=platform.url, apps=["e2e/b"]),
            capture_output=True,
            text=True,
            timeout=20,
            env=harness.environment(EVERAI_TOKEN=harness.TOKEN),
            check=False,
        )
    assert failed.returncode == 1
    assert "Address already in use" in failed.stderr
    after = {path: path.read_bytes() for path in runs.state.parent.iterdir() if path.is_file()}
    assert after == before
    runs.run(apps="ab", a=5, b=7)
    assert bool(list(runs.state.parent.glob("state.damaged-*"))) == damaged


def test_a_mistyped_app_does_not_cost_the_right_one_its_counters(platform, runs):
    fleet = Fleet(platform, "a", "b", "c")
    runs.make(fleet, a=5, b=7)
    fleet.serve(a=10)
    runs.run(apps="c", c=0)
    fleet.serve(a=100, b=100)
    runs.run(apps="b", b=107)
    runs.run(apps="ab", a=115, b=107)


def test_an_app_that_a_reload_took_out_goes_on_when_it_is_back(start, platform, tmp_path):
    fleet = Fleet(platform, "a", "b")
    config = tmp_path / "everai.yml"

    def write(apps: str) -> None:
        polls = {"endpoint": platform.url, "scrape_interval": "1s"}
        listed = [{"namespace": "e2e", "name": app} for app in apps]
        harness.write_whole(config, json.dumps({"global": polls, "apps": listed}))

    write("ab")
    flags = ["--web.enable-lifecycle", "--state.file", str(tmp_path / "state")]
    exporter = start(harness.Exporter, *flags, config=config, token=None)
    wait_for_counters(exporter, a=0, b=0)
    fleet.serve(a=5, b=7)
    wait_for_counters(exporter, a=5, b=7)
    write("b")
    assert exporter.reload().status == 200
    assert exporter.page().value(REQUESTS, app="a") is None
    fleet.serve(a=10)
    write("ab")
    assert exporter.reload().status == 200
    wait_for_counters(exporter, a=15, b=7)
    write("b")
    assert exporter.reload().status == 200
    exporter.kill()
    write("ab")
    wait_for_counters(start(harness.Exporter, *flags, config=config, token=None), a=15, b=7)


def test_another_endpoint_is_another_app(start, platform, runs):
    fleet = Fleet(platform, "a")
    runs.make(fleet, a=5)
    elsewhere = fake_platform.FakePlatform()
    try:
        other = Fleet(elsewhere, "a")
        other.serve(a=5_000_000)
        runs.run(apps="a", endpoint=elsewhere.url, a=0)
        fleet.serve(a=10)
        other.serve(a=3)
        runs.run(apps="a", endpoint=elsewhere.url + "/", a=3)
        runs.run(apps="a", a=15)
        runs.run(apps="a", endpoint=elsewhere.url, a=3)
    finally:
        elsewhere.close()


def test_one_damaged_line_costs_one_app(platform, runs):
    runs.make(Fleet(platform, "a", "b", "c"), a=5, b=7, c=9)
    damaged = runs.state.read_bytes().replace(b'"requests":7', b'"requests":8')
    runs.state.write_bytes(damaged)
    log = runs.run(apps="abc", a=5, b=0, c=9)
    (lost,) = [line for line in log.splitlines() if "level=error" in line]
    record = harness.parse_record(lost)
    assert record["msg"] == "a part of the state is lost"
    assert record["app"] == "e2e/b"
    assert record["error"] == f"state file {runs.state}: line 3: its checksum is wrong"
    (aside,) = runs.state.parent.glob("state.damaged-*")
    assert aside.read_bytes() == damaged
    assert "the damaged state file is set aside" in log and aside.name in log
    assert "level=error" not in runs.run(apps="abc", a=5, b=0, c=9)


@pytest.mark.parametrize(
    "time",
    ["9999-12-31T23:59:59-01:00", "9999-12-31T23:59:60Z", "2016-12-31T23:59:60Z", "0001-01-01T00:00:00Z"],
)
def test_no_time_costs_the_counters(platform, runs, time):
    """Whatever is saved can be read again."""
    fields = {name: time for name in ("createdAt", "launchAt", "lastServeAt")}
    fleet = Fleet(platform, "a", **fields)
    Fleet(platform, "b")
    runs.run(apps="ab", a=0, b=0)
    exporter = runs.begin(apps="ab")
    wait_for_counters(exporter, a=0, b=0)
    assert not exporter.log_lines("level=error")
    assert fleet.served["a"] == 1000


def test_the_first_version_of_the_file_is_read(platform, runs):
    fleet = Fleet(platform, "a")
    runs.make(fleet, a=5)
    body = (
        '{"format":"everai_exporter state","version":1}\n'
        '{"namespace":"e2e","app":"a","watch_began":1727602518362001,"last_poll":1727603118362001,'
        '"app_id":"","queue_name":"","counters":{"requests":70,"failed":0,"regressions":0,'
        '"created":0,"deleted":0,"replaced":0,"never_served":0,"worker_errors":0,'
        '"worker_seconds":[0,0,0,0,0,0,0,0],"gpu_seconds":[],"revisions":[],'
        '"other_revisions":["other",0,0,0],'
        '"launch_duration":{"counts":[0,0,0,0,0,0,0,0,0,0,0,0],"sum":0},'
        '"ready_duration":{"counts":[0,0,0,0,0,0,0,0,0,0,0,0],"sum":0},'
        '"lifetime":{"counts":[0,0,0,0,0,0,0,0,0,0],"sum":0},'
        '"last_served":null,"last_worker_error":null},'
        '"workers":[["w1",1000,0,null,1727603058362001,null,0,12]]}\n'
        '{"devices":[],"other_devices":0}\n'
    )
    footer = json.dumps({"sha256": hashlib.sha256(body.encode()).hexdigest()}, separators=(",", ":"))
    runs.state.write_text(f"{body}{footer}\n")
    log = runs.run(apps="a", a=75)
    assert "level=error" not in log and "level=warn" not in log
    assert runs.state.read_text().startswith('{"format":"everai_exporter state","version":2}\n')
    runs.run(apps="a", a=75)


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


def test_polling_goes_on_when_nothing_can_be_saved_any_more(start, platform, tmp_path):
    polled = platform.note_requests("app", fake_platform.good)
    folder = tmp_path / "folder"
    folder.mkdir()
    exporter = start(
        harness.Exporter, "--state.file", str(folder / "state"), endpoint=platform.url, apps=["e2e/app"]
    )
    assert polled.wait(10)
    shutil.rmtree(folder)
    page = exporter.wait_for_page(lambda page: page.value(WRITTEN) == 0, "it is noticed", timeout=30)
    assert page.value("everai_app_up") == 1
    assert page.value(REQUESTS) == 0
    assert page.value("everai_exporter_state_write_failures_total") >= 1
    assert len(exporter.log_lines("level=error", "the state cannot be saved", "No such file")) == 1
    assert exporter.terminate() < 2
    assert exporter.wait(0) == 0


def test_a_second_exporter_after_its_lock_was_removed_loses_nothing(start, platform, tmp_path):
    platform.behaviours["app"] = fake_platform.good
    state = tmp_path / "state"

    def start_exporter() -> harness.Exporter:
        flags = ["--state.file", str(state)]
        exporter = start(harness.Exporter, *flags, endpoint=platform.url, apps=["e2e/app"])
        exporter.wait_for_page(
            lambda page: page.value(REQUESTS) is not None
            and page.value(POLLED_AT) > page.value(WRITTEN_AT),
            "it has something to save",
        )
        return exporter

    first = start_exporter()
    (tmp_path / "state.lock").unlink()
    second = start_exporter()
    saved = state.read_bytes()
    first.terminate()
    assert first.log_lines("the state cannot be saved", "its lock file was removed or replaced")
    assert state.read_bytes() == saved
    second.terminate()
    assert not second.log_lines("level=error")
    assert state.read_bytes() != saved


def run_in(folder: pathlib.Path, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [harness.installed("everai_exporter"), "--app", "e2e/app", *flags],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=20,
        env=harness.environment(EVERAI_TOKEN=harness.TOKEN),
        check=False,
    )


def make_read_only(folder: pathlib.Path) -> None:
    (folder / "read-only").mkdir()
    (folder / "read-only").chmod(0o500)
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")


PLACES = {
    "missing folder": ("missing/state", "its folder {}/missing: No such file", lambda folder: None),
    "link into a missing folder": (
        "link",
        "its folder {}/missing: No such file",
        lambda folder: (folder / "link").symlink_to("missing/state"),
    ),
    "file for a folder": (
        "file/state",
        "its folder {}/file: Not a directory",
        lambda folder: (folder / "file").touch(),
    ),
    "read-only folder": ("read-only/state", "cannot be written: Permission denied", make_read_only),
    "folder": ("folder", "it is a directory", lambda folder: (folder / "folder").mkdir()),
    "slash": ("state/", "has the name of a folder", lambda folder: None),
    "fifo": ("fifo", "it is no regular file", lambda folder: os.mkfifo(folder / "fifo")),
    "device": ("/dev/null", "it is no regular file", lambda folder: None),
    "proc": ("/proc/self/state", "cannot be", lambda folder: None),
    "loop": ("loop", "Too many levels", lambda folder: (folder / "loop").symlink_to("loop")),
    "long name": ("x" * 255, "File name too long", lambda folder: None),
    "lock is a folder": ("state", "state.lock: it is a", lambda folder: (folder / "state.lock").mkdir()),
}


@pytest.mark.parametrize(("path", "why", "make"), PLACES.values(), ids=PLACES)
def test_a_place_where_no_state_file_can_be_is_refused(tmp_path, path, why, make):
    make(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    flags = ["--state.file", path]
    started = run_in(tmp_path, *flags, "--web.listen-address", "127.0.0.1:0")
    assert started.returncode == 1
    assert started.stderr.startswith("everai_exporter: state file ")
    assert why.format(tmp_path) in started.stderr
    assert started.stderr.count("\n") == 1

    checked = run_in(tmp_path, *flags, "--config.check")
    assert checked.returncode == 0
    refusal = started.stderr.removeprefix("everai_exporter: ")
    own_folder = re.compile(r"/proc/\d+")
    assert own_folder.sub("", checked.stderr) == own_folder.sub(
        "", f"everai_exporter: warning: {refusal}"
    )
    assert sorted(tmp_path.rglob("*")) == before, "it left something"


def test_a_check_disturbs_no_state(start, platform, tmp_path):
    platform.behaviours["app"] = fake_platform.good
    flags = ["--state.file", str(tmp_path / "state")]
    before = sorted(tmp_path.iterdir())
    assert run_in(tmp_path, *flags, "--config.check").stderr == ""
    assert sorted(tmp_path.iterdir()) == before
    start(harness.Exporter, *flags, endpoint=platform.url, apps=["e2e/app"])
    assert run_in(tmp_path, *flags, "--config.check").stderr == "", "one that runs has the lock"


@pytest.mark.parametrize("link", [False, True], ids=["name without a folder", "link to nothing yet"])
def test_the_first_run_writes_the_file(start, platform, tmp_path, monkeypatch, link):
    platform.behaviours["app"] = fake_platform.good
    monkeypatch.chdir(tmp_path)
    if link:
        (tmp_path / "link").symlink_to("state")
    flags = ["--state.file", "link" if link else "state"]
    exporter = start(harness.Exporter, *flags, endpoint=platform.url, apps=["e2e/app"])
    exporter.wait_for_page(lambda page: page.value(WRITTEN) == 1, "it is saved")
    assert exporter.page().value("everai_exporter_state_write_failures_total") == 0
    exporter.terminate()
    assert (tmp_path / "state").read_bytes().startswith(b'{"format":"everai_exporter state"')
    assert (tmp_path / "link").is_symlink() == link


@pytest.fixture
def small_disk(tmp_path: pathlib.Path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "everai-test", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("it takes root to mount a file system")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_disk_that_is_full_only_fails_saves(start, platform, small_disk):
    platform.behaviours["app"] = fake_platform.good
    flags = ["--state.file", str(small_disk / "state")]
    start(harness.Exporter, *flags, endpoint=platform.url, apps=["e2e/app"]).terminate()
    filling = small_disk / "filling"
    with contextlib.suppress(OSError), open(filling, "wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    exporter = start(harness.Exporter, *flags, endpoint=platform.url, apps=["e2e/app"])
    exporter.wait_for_log("the state cannot be saved.*No space left on device")
    exporter.wait_for_page(lambda page: page.value(REQUESTS) == 0, "counters are shown")
    filling.unlink()
    exporter.wait_for_log("the state is saved again", timeout=30)


def test_without_the_flag_nothing_is_said_of_it(start, platform):
    platform.behaviours["app"] = fake_platform.good
    exporter = start(harness.Exporter, endpoint=platform.url, apps=["e2e/app"])
    exporter.wait_until_ready()
    assert "everai_exporter_state_" not in exporter.page().text
