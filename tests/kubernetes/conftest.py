"""Fixtures. What a test started ends with it."""

import pathlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))

import harness  # noqa: E402


@pytest.fixture
def start(tmp_path: pathlib.Path) -> Iterator[Callable[..., Any]]:
    """start(harness.Simulator, ...): the program, its logs in a folder of its own, until the test's end."""
    processes: list[harness.Process] = []

    def begin(kind: type[harness.Process], *args: Any, **kwargs: Any) -> Any:
        folder = tmp_path / f"process-{len(processes)}"
        folder.mkdir()
        process = kind(folder, *args, **kwargs)
        processes.append(process)
        return process

    yield begin
    for process in reversed(processes):
        process.close()
