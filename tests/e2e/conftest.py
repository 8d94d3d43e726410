"""Fixtures."""

from collections.abc import Iterator

import pytest

import fake_platform
import listed_fleet


@pytest.fixture
def platform() -> Iterator[fake_platform.FakePlatform]:
    fake = fake_platform.FakePlatform()
    yield fake
    fake.close()


@pytest.fixture
def fleet(platform) -> listed_fleet.Fleet:
    """The workers of the app sd."""
    fleet = listed_fleet.Fleet()
    platform.behaviours["sd"] = fleet
    return fleet
