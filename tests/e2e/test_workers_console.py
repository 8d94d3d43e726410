"""Whom `everai_workers` asks before it removes workers: the person at the terminal that it reads from, or nobody."""

import contextlib
import fcntl
import os
import pty
import subprocess
import termios

import pytest

import fake_platform
import harness
import on_call
from on_call import APP, fleet, worker

QUESTION = b"[y/N] "
REMOVAL = [("scale-down", '{"scaleDownWorkersNum":"1"}')]


@pytest.fixture
def willing(platform):
    """A platform that removes workers."""
    platform.behaviours["app"] = fake_platform.changing(
        lambda exchange: exchange.answer(b"{}"), fleet([worker("a"), worker("b")])
    )
    return platform


class Terminal:
    """A terminal and the person at it."""

    def __init__(self) -> None:
        self.person, self.program = pty.openpty()
        self.path = os.ttyname(self.program)

    def type(self, keys: bytes) -> None:
        os.write(self.person, keys)

    def watch(self, reply: bytes = b"") -> bytes:
        """What is shown until no program has it any more. `reply` is typed when the question is there."""
        os.close(self.program)
        shown = b""
        with contextlib.suppress(OSError):
            while data := os.read(self.person, 65536):
                shown += data
                if reply and QUESTION in shown:
                    self.type(reply)
                    reply = b""
        os.close(self.person)
        return shown


def start(willing, stdin: int, errors: int, **popen) -> subprocess.Popen:
    """A call that removes a worker if a person says yes. It has no other terminal than `stdin`."""
    return subprocess.Popen(
        [harness.installed("everai_workers"), "scale-down", APP, "--count", "1"],
        env=on_call.variables(willing.url),
        stdin=stdin,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        start_new_session=True,
        **popen,
    )


@contextlib.contextmanager
def elsewhere(where: str, folder):
    """Somewhere that standard error goes, and not to the terminal of the person."""
    if where == "terminal":
        other = Terminal()
        yield other.program
        os.close(other.program)
        os.close(other.person)
        return
    path = {"null": "/dev/null", "full": "/dev/full"}.get(where, str(folder / "errors"))
    errors = os.open(path, os.O_WRONLY | os.O_CREAT)
    yield errors
    os.close(errors)


@pytest.mark.parametrize(("reply", "code", "changes"), [(b"y\n", 0, REMOVAL), (b"n\n", 7, [])])
@pytest.mark.parametrize("where", ["null", "full", "file", "terminal"])
def test_the_question_is_shown_where_it_is_answered(willing, tmp_path, where, reply, code, changes):
    terminal = Terminal()
    with elsewhere(where, tmp_path) as errors:
        process = start(willing, terminal.program, errors)
        shown = terminal.watch(reply)
    assert process.wait(on_call.DEADLINE) == code
    assert b"remove 1 worker of e2e/app" in shown and QUESTION in shown
    assert willing.changes == changes


def test_a_terminal_that_is_only_open_for_reading_is_asked_at(willing):
    terminal = Terminal()
    read_only = os.open(terminal.path, os.O_RDONLY | os.O_NOCTTY)
    process = start(willing, read_only, subprocess.DEVNULL)
    os.close(read_only)
    assert QUESTION in terminal.watch(b"y\n")
    assert process.wait(on_call.DEADLINE) == 0
    assert willing.changes == REMOVAL


def test_a_terminal_that_input_does_not_come_from_is_not_asked_at(willing):
    terminal = Terminal()
    terminal.type(b"y\n")
    process = start(
        willing,
        subprocess.DEVNULL,
        subprocess.PIPE,
        preexec_fn=lambda: fcntl.ioctl(terminal.program, termios.TIOCSCTTY, 0),
        pass_fds=[terminal.program],
    )
    _, errors = process.communicate(timeout=on_call.DEADLINE)
    assert process.returncode == 2
    assert b"there is nobody to ask, expected --yes" in errors
    assert QUESTION not in terminal.watch()
    assert willing.requests == []


@pytest.mark.parametrize("typed", [b"y\n", b"yes\ny\n", b"y"])
def test_what_is_typed_before_the_question_is_no_answer(willing, typed):
    terminal = Terminal()
    terminal.type(typed)
    process = start(willing, terminal.program, terminal.program)
    terminal.watch(b"\n")
    assert process.wait(on_call.DEADLINE) == 7
    assert willing.changes == []


@pytest.mark.parametrize("reply", [b"Yes\n", b" YES \n", b"y \n", b"\ty\r", b"y\x04\n"])
def test_a_yes_may_be_written_in_many_ways(willing, reply):
    code, _ = on_call.call_at_terminal(
        "scale-down", APP, "--count", "1", env=on_call.variables(willing.url), reply=reply
    )
    assert (code, willing.changes) == (0, REMOVAL)


@pytest.mark.parametrize(
    "reply", [b"y\x04\x04", b"yes\x04\x04", b"\ny\n", b"y y\n", b"ye\n", b"1\n", "у\n".encode()]
)
def test_an_answer_that_is_no_whole_yes_is_a_no(willing, reply):
    code, _ = on_call.call_at_terminal(
        "scale-down", APP, "--count", "1", env=on_call.variables(willing.url), reply=reply
    )
    assert (code, willing.changes) == (7, [])


def test_a_person_may_interrupt_the_question(willing):
    terminal = Terminal()
    process = start(
        willing,
        terminal.program,
        terminal.program,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    terminal.watch(b"y\x03")
    assert process.wait(on_call.DEADLINE) == -2
    assert willing.changes == []
