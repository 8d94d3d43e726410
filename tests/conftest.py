"""What the tests in Python share. What a test started ends with it; if it failed, the logs are shown."""

import pathlib
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "e2e"))

import harness  # noqa: E402

# A shell that runs the tests in the background has them ignore these, and what they start.
for _number in (signal.SIGHUP, signal.SIGQUIT):
    signal.signal(_number, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)

_REPORT = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest) -> list[str]:
    """Lines that are shown at the end of the run."""
    return request.config.stash.setdefault(_REPORT, [])


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for line in terminalreporter.config.stash.get(_REPORT, []):
        terminalreporter.write_line(line)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    failed = outcome.get_result()
    if failed.failed:
        for process in getattr(item, "processes", [])[-10:]:
            failed.sections.append((f"{process.name}: last lines of its log", process.log()[-4000:]))


@pytest.fixture
def start(
    request: pytest.FixtureRequest, tmp_path: pathlib.Path
) -> Iterator[Callable[..., Any]]:
    """start(harness.Exporter, ...): the program, in a folder of its own, until the test's end."""
    processes: list[harness.Process] = []
    request.node.processes = processes

    def begin(kind: type[harness.Process], *args: Any, **kwargs: Any) -> Any:
        folder = tmp_path / f"process-{len(processes)}"
        folder.mkdir()
        process = kind(folder, *args, **kwargs)
        processes.append(process)
        return process

    yield begin
    for process in reversed(processes):
        process.close()
