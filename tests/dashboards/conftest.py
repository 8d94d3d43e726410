"""Fixtures of the tests that run queries. What they started ends with them; its logs are shown if something fails."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import harness


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """start(harness.Exporter, ...): the program, in a folder of its own, until the module's end."""
    processes: list[harness.Process] = []

    def begin(kind: type[harness.Process], *args: Any, **kwargs: Any) -> Any:
        process = kind(tmp_path_factory.mktemp("program"), *args, **kwargs)
        processes.append(process)
        return process

    yield begin
    for process in reversed(processes):
        process.close()
