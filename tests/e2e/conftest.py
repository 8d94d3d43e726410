"""Fixtures."""

from collections.abc import Iterator

import pytest

import fake_platform


@pytest.fixture
def platform() -> Iterator[fake_platform.FakePlatform]:
    fake = fake_platform.FakePlatform()
    yield fake
    fake.close()
