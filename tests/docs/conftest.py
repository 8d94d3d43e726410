"""Fixtures. What a test started ends with it, and the world of the commands with the run."""

import pathlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))

import sandbox as sandboxes  # noqa: E402


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandboxes.World]:
    made = sandboxes.World(tmp_path_factory.mktemp("world"))
    yield made
    made.close()


@pytest.fixture
def sandbox(tmp_path: pathlib.Path, world: sandboxes.World) -> Iterator[sandboxes.Sandbox]:
    made = sandboxes.Sandbox(tmp_path, world)
    yield made
    made.close()


_REPORT = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest) -> list[str]:
    """Lines that are shown at the end of the run."""
    return request.config.stash.setdefault(_REPORT, [])


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for line in terminalreporter.config.stash.get(_REPORT, []):
        terminalreporter.write_line(line)
