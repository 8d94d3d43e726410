"""Fixtures. What a test started ends with it; if it failed, the logs are shown."""

import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import fake_platform
import harness


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for process in getattr(item, "processes", [])[-10:]:
            report.sections.append((f"{process.name}: last lines of its log", process.log()[-4000:]))


_REPORT = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest) -> list[str]:
    """Lines that are shown at the end of the run."""
    return request.config.stash.setdefault(_REPORT, [])


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for line in terminalreporter.config.stash.get(_REPORT, []):
        terminalreporter.write_line(line)


@pytest.fixture
def start(
    request: pytest.FixtureRequest, tmp_path: pathlib.Path
) -> Iterator[Callable[..., Any]]:
    """start(harness.Exporter, ...): the program, in a folder of its own, until the test's end."""
    processes: list[harness.Process] = []
    request.node.processes = processes

    def begin(kind: type[harness.Process], *args: Any, **kwargs: Any) -> Any:
        folder = tmp_path / str(len(processes))
        folder.mkdir()
        process = kind(folder, *args, **kwargs)
        processes.append(process)
        return process

    yield begin
    for process in reversed(processes):
        process.close()


@pytest.fixture
def platform() -> Iterator[fake_platform.FakePlatform]:
    fake = fake_platform.FakePlatform()
    yield fake
    fake.close()
