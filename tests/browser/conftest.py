"""Fixtures: one chromedriver for all tests, and exporters whose apps are in every kind of state."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import fake_platform
import harness
import pages
import webdriver

Start = Callable[..., Any]


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """start(harness.Exporter, ...): the program, in a folder of its own, until the end."""
    processes: list[harness.Process] = []

    def begin(kind: type[harness.Process], *args: Any, **kwargs: Any) -> Any:
        process = kind(tmp_path_factory.mktemp("process"), *args, **kwargs)
        processes.append(process)
        return process

    yield begin
    for process in reversed(processes):
        process.close()


@pytest.fixture(scope="session")
def platform() -> Iterator[fake_platform.FakePlatform]:
    fake = fake_platform.FakePlatform()
    yield fake
    fake.close()


@pytest.fixture(scope="session")
def open_browser(start: Start) -> Callable[..., webdriver.Browser]:
    """open_browser(width=390, dark=True): the browser of these looks, the same one each time."""
    driver = start(webdriver.Driver)
    browsers: dict[tuple, webdriver.Browser] = {}

    def find(**looks: Any) -> webdriver.Browser:
        key = tuple(sorted(looks.items()))
        if key not in browsers:
            browsers[key] = driver.open(**looks)
        return browsers[key]

    return find


@pytest.fixture(scope="session")
def trouble(start: Start, platform: fake_platform.FakePlatform) -> harness.Exporter:
    """An exporter of twelve apps, seven of them in trouble."""
    return pages.start_trouble(start, platform)


@pytest.fixture(scope="session")
def many(start: Start, platform: fake_platform.FakePlatform) -> harness.Exporter:
    """An exporter of 200 apps."""
    return pages.start_many(start, platform)


@pytest.fixture(scope="session")
def hostile(start: Start, platform: fake_platform.FakePlatform) -> harness.Exporter:
    """An exporter of apps whose names and errors are made to break a page."""
    return pages.start_hostile(start, platform)
