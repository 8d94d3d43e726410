"""A disk that hangs under the state file: it is said and counted, and holds nothing else up, not even a stop."""

import contextlib
import pathlib
import signal
import subprocess
import time

import pytest

import fake_platform
import harness
from test_state import POLLED_AT, REQUESTS, WRITTEN, WRITTEN_AT

FAILURES = "everai_exporter_state_write_failures_total"
HEALTHY_PATHS = ("/-/healthy", "/metrics", "/status.json")


class Disk:
    """Lets calls of the processes hang that are started with its environment."""

    def __init__(self, folder: pathlib.Path) -> None:
        library = folder / "hanging_disk.so"
        source = pathlib.Path(__file__).parent / "hanging_disk.c"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
        self._switch = folder / "hangs"
        self.env = {"LD_PRELOAD": str(library), "EVERAI_HANG": str(self._switch)}

    def hang(self, call: str) -> None:
        harness.write_whole(self._switch, call)

    def recover(self) -> None:
        self._switch.unlink()


@pytest.fixture
def disk(tmp_path: pathlib.Path) -> Disk:
    return Disk(tmp_path)


@pytest.fixture(scope="module")
def hanging_start(tmp_path_factory: pytest.TempPathFactory):
    """An exporter that cannot open its state file. It begins early, as it takes its time to end."""
    folder = tmp_path_factory.mktemp("start")
    disk = Disk(folder)
    disk.hang("openat")
    flags = ["--state.file", str(folder / "state"), "--web.listen-address", "127.0.0.1:0"]
    argv = harness.exporter_argv(*flags, endpoint="http://127.0.0.1:1", apps=["e2e/app"])
    process = harness.Process(
        "exporter", argv, folder, harness.environment(EVERAI_TOKEN=harness.TOKEN, **disk.env)
    )
    yield process
    process.close()


def start_exporter(start, platform, disk: Disk, state: pathlib.Path) -> harness.Exporter:
    platform.behaviours["app"] = fake_platform.good
    flags = ["--state.file", str(state), "--web.enable-lifecycle"]
    return start(
        harness.Exporter, *flags, endpoint=platform.url, apps=["e2e/app"], env=disk.env
    )


def wait_for_something_to_save(exporter: harness.Exporter) -> None:
    exporter.wait_for_page(
        lambda page: page.value(REQUESTS) is not None
        and page.value(POLLED_AT) > page.value(WRITTEN_AT),
        "it was polled after the last write",
    )


def answers_until_its_end(exporter: harness.Exporter) -> int:
    """How often it answered with 200; fails if it answers otherwise, or not while it runs."""
    answers = 0
    while exporter.alive():
        with contextlib.suppress(OSError):
            # An answer may be cut off by the end, which may come while it is asked.
            for path in HEALTHY_PATHS:
                assert harness.fetch(exporter.url + path, timeout=2).status == 200
                answers += 1
        harness.pause(0.1)
    return answers


def test_it_is_said_counted_and_given_up_at_the_end(start, platform, disk, tmp_path, hanging_start):
    disk.hang("fsync")
    begin = time.monotonic()
    exporter = start_exporter(start, platform, disk, tmp_path / "state")
    assert time.monotonic() - begin < 6, "the start waits for the disk"
    exporter.wait_until_ready()
    assert exporter.page().value(FAILURES) == 0
    exporter.wait_for_log("the disk does not answer, a write takes over 10 s")
    assert time.monotonic() - begin > 9, "too early"
    page = exporter.wait_for_page(
        lambda page: page.value(REQUESTS) is not None, "the counters are shown all the same"
    )
    assert page.value(FAILURES) == 1
    assert page.value(WRITTEN) == 0
    assert page.value("everai_app_up") == 1
    assert len(exporter.log_lines("the state cannot be saved")) == 1

    begin = time.monotonic()
    exporter.send_signal(signal.SIGTERM)
    answers = answers_until_its_end(exporter)
    assert exporter.wait(0) == 1
    assert 4 < time.monotonic() - begin < 10
    assert answers > 30, "it did not answer while it was stopping"
    assert exporter.log_lines("level=error", "gave up waiting", "the last save of the state")


def test_a_disk_that_recovers_in_time_gets_the_last_save(start, platform, disk, tmp_path):
    state = tmp_path / "state"
    exporter = start_exporter(start, platform, disk, state)
    wait_for_something_to_save(exporter)
    disk.hang("fsync")
    before = state.stat().st_ino
    exporter.send_signal(signal.SIGTERM)
    exporter.wait_for_log("stopping")
    harness.pause(0.2)
    begin = time.monotonic()
    reload = exporter.reload()
    assert (reload.status, "is stopping" in reload.text) == (500, True), reload
    assert time.monotonic() - begin < 2, "a reload waits for polls that have ended"
    disk.recover()
    assert exporter.wait(4) == 0
    assert state.stat().st_ino != before
    assert not exporter.log_lines("gave up")


def test_whatever_hangs_a_stop_ends(start, platform, tmp_path):
    exporters = []
    for call in ("openat", "write", "renameat"):
        folder = tmp_path / call
        folder.mkdir()
        disk = Disk(folder)
        exporters.append(start_exporter(start, platform, disk, folder / "state"))
        wait_for_something_to_save(exporters[-1])
        disk.hang(call)
    for exporter in exporters:
        exporter.send_signal(signal.SIGTERM)
    for exporter in exporters:
        assert exporter.wait(10) == 1
        assert exporter.log_lines("gave up waiting", "the last save of the state")


def test_a_start_without_an_answer_of_the_disk_ends(hanging_start):
    assert hanging_start.wait(40) == 1
    assert "the disk with the state file" in hanging_start.log()
