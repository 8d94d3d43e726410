"""A log that nobody reads: nothing else waits for it, and it is said what is missing."""

import fcntl
import os
import pathlib
import signal
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

import fake_platform
import harness

DROPPED = "everai_exporter_log_lines_dropped_total"
F_SETPIPE_SZ = 1031


class Blocked:
    """An exporter whose standard error is a stream that the test reads, or does not."""

    def __init__(self, argv: list[str], ours: int, theirs: int) -> None:
        self.port = harness.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._ours = ours
        self.process = subprocess.Popen(
            [*argv, "--web.listen-address", f"127.0.0.1:{self.port}", "--web.enable-lifecycle"],
            stderr=theirs,
            env=harness.environment(EVERAI_TOKEN=harness.TOKEN),
        )
        os.close(theirs)
        harness.wait_for(self._answers, "it serves")

    def _answers(self) -> bool:
        try:
            return self.get("/-/healthy").status == 200
        except OSError:
            return False

    def get(self, path: str) -> harness.Answer:
        return harness.fetch(self.url + path)

    def page(self) -> harness.Page:
        return harness.Page(self.get("/metrics").text)

    def reload(self) -> None:
        assert harness.fetch(self.url + "/-/reload", "POST").status == 200

    def read(self, until: str) -> str:
        """What comes until a line has this."""
        text = ""
        deadline = time.monotonic() + 20
        while until not in text:
            assert time.monotonic() < deadline, text[-1000:]
            text += os.read(self._ours, 65536).decode()
        return text

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)


@pytest.fixture
def blocked(request, platform, tmp_path) -> Iterator[Blocked]:
    platform.behaviours["app"] = fake_platform.good
    flags = ["--state.file", str(tmp_path / "state")]
    argv = harness.exporter_argv(*flags, endpoint=platform.url, apps=["e2e/app"])
    if request.param == "pipe":
        ours, theirs = os.pipe()
        fcntl.fcntl(theirs, F_SETPIPE_SZ, 4096)
    elif request.param == "socket":
        ours, theirs = (end.detach() for end in socket.socketpair())
    else:
        ours, theirs = os.openpty()
    exporter = Blocked(argv, ours, theirs)
    yield exporter
    exporter.close()


def polls(exporter: Blocked) -> float:
    return exporter.page().value("everai_app_last_poll_success_timestamp_seconds") or 0


@pytest.mark.parametrize("blocked", ["pipe", "socket", "terminal"], indirect=True)
def test_nothing_waits_for_it(blocked, tmp_path):
    # More than a pipe, a terminal and the socket's buffers take, less than the queue.
    for _ in range(3000):
        blocked.reload()
    before = polls(blocked)
    harness.wait_for(lambda: polls(blocked) > before + 1, "polls go on")
    assert blocked.get("/-/healthy").status == 200
    assert blocked.page().value(DROPPED) == 0
    saved = (tmp_path / "state").stat().st_mtime_ns

    begin = time.monotonic()
    blocked.process.send_signal(signal.SIGTERM)
    assert blocked.process.wait(10) == 0
    assert time.monotonic() - begin < 3
    assert (tmp_path / "state").stat().st_mtime_ns > saved


@pytest.mark.parametrize("blocked", ["pipe"], indirect=True)
def test_what_is_missing_is_counted_and_said(blocked):
    for _ in range(100_000):
        if blocked.page().value(DROPPED):
            break
        for _ in range(200):
            blocked.reload()
    blocked.reload()
    dropped = blocked.page().value(DROPPED)
    assert dropped > 1

    text = blocked.read('msg="log lines dropped"')
    blocked.reload()
    text += blocked.read("reloaded")
    lines = [harness.parse_record(line) for line in text.splitlines()]
    told = [line for line in lines if line["msg"] == "log lines dropped"]
    assert [line["lines"] for line in told] == [f"{dropped:.0f}"]
    assert lines[0]["msg"] != "log lines dropped" != lines[-1]["msg"]
    assert [line["ts"] for line in lines] == sorted(line["ts"] for line in lines)
    assert blocked.page().value(DROPPED) == dropped

    blocked.process.send_signal(signal.SIGTERM)
    assert 'msg="stopping"' in blocked.read("stopping")
    assert blocked.process.wait(10) == 0


def test_a_start_that_fails_ends_though_nobody_reads(tmp_path: pathlib.Path):
    """What it says stands behind a pipe that is full already."""
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    while True:
        try:
            os.write(theirs, b"x" * 4096)
        except BlockingIOError:
            break
    os.set_blocking(theirs, True)
    with harness.listen() as taken:
        argv = harness.exporter_argv(endpoint="http://127.0.0.1:1", apps=["e2e/app"])
        begin = time.monotonic()
        ended = subprocess.run(
            [*argv, "--web.listen-address", f"127.0.0.1:{taken.getsockname()[1]}"],
            stderr=theirs,
            env=harness.environment(),
            timeout=20,
            check=False,
        )
    assert ended.returncode == 1
    assert time.monotonic() - begin < 5
    os.close(ours)
    os.close(theirs)
