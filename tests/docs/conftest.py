"""Fixtures. What a test started ends with it, and the world of the commands with the run."""

import pathlib
from collections.abc import Iterator

import pytest

import sandbox as sandboxes


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
