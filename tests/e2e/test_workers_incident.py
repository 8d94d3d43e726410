"""The script of docs/workers.md that brings an app to a number of workers, whatever becomes of the answers."""

import os
import pathlib
import re
import subprocess

import pytest

import fake_platform
import harness
import on_call
from on_call import APP

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/workers.md"
GOAL = 8


@pytest.fixture
def simulator(start):
    """A fleet without workers, whose time stands still: what is started goes on starting."""
    flags = ["--scenario", "idle", "--time-factor", "30", "--paused"]
    return start(harness.Simulator, *flags, apps=["e2e/first", "e2e/second", APP])


@pytest.fixture
def script(tmp_path) -> pathlib.Path:
    (text,) = re.findall(r"```sh\n(for attempt.*?)```", PAGE.read_text(), re.DOTALL)
    assert f"--to {GOAL} " in text and "team-b/whisper" in text
    path = tmp_path / "script"
    path.write_text(text.replace("team-b/whisper", APP))
    # A pause of the script is short, and lets the test do something first.
    pause = tmp_path / "bin" / "sleep"
    pause.parent.mkdir()
    pause.write_text('#!/bin/sh\necho "pause $1"\nuntil [ -e "$GO_ON" ]; do /bin/sleep 0.05; done\n')
    pause.chmod(0o755)
    return path


def run(script: pathlib.Path, url: str) -> subprocess.Popen:
    binaries = pathlib.Path(harness.installed("everai_workers")).parent
    path = f"{script.parent / 'bin'}:{binaries}:{os.environ['PATH']}"
    return subprocess.Popen(
        ["bash", str(script)],
        env=on_call.variables(url) | {"PATH": path, "GO_ON": str(script.parent / "go")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def created(simulator) -> int:
    return simulator.truth()["apps"][2]["workers_created"]


@pytest.mark.parametrize("answer", ["hang", "499", "html"])
def test_it_does_not_scale_twice(simulator, script, answer):
    """The change is made, and its answer lost: the first run ends with 10, the second finds nothing to add."""
    simulator.set_faults({"scale-answer": answer})
    with run(script, simulator.url) as process:
        harness.wait_for(lambda: created(simulator) == GOAL, "the change is made")
        (script.parent / "go").touch()
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "pause 30\n"), err
    assert created(simulator) == GOAL
    assert "it may have been done all the same" in err
    assert err.endswith(f"everai_workers: {GOAL} workers for a goal of {GOAL}: there is nothing to add\n")


def test_it_asks_again_for_what_was_not_done(simulator, script):
    simulator.set_faults({"scale-answer": "503", "scale-ignored": 1})
    with run(script, simulator.url) as process:
        assert process.stdout.readline() == "pause 30\n"
        simulator.set_faults({"scale-answer": "normal", "scale-ignored": 0})
        (script.parent / "go").touch()
        out, err = process.communicate(timeout=60)
    assert (process.returncode, len(out.splitlines())) == (0, GOAL), err
    assert created(simulator) == GOAL


def test_it_says_that_it_gave_up(platform, script):
    platform.behaviours["app"] = fake_platform.status("503 Service Unavailable", 14)
    (script.parent / "go").touch()
    with run(script, platform.url) as process:
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, out, platform.changes) == (4, 5 * "pause 30\n", [])


def test_it_ends_at_a_refusal(platform, script):
    platform.behaviours["app"] = fake_platform.changing(
        fake_platform.status("403 Forbidden", 7), on_call.fleet([])
    )
    with run(script, platform.url) as process:
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, out, len(platform.changes)) == (8, "", 1)
