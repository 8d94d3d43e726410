"""What a platform, or the way to it, can do wrong: said with the right reason, once, and contained."""

import re
import threading
import time

import pytest

import fake_platform
import harness
from fake_platform import Exchange
from harness import Page

STALENESS = 3.0  # three intervals of one second


def html(exchange: Exchange) -> None:
    exchange.answer(b"<html><body>Sign in to the Wi-Fi</body></html>", kind="text/html")


def firewall(exchange: Exchange) -> None:
    exchange.answer(b"<html><title>Access denied</title></html>", "403 Forbidden", kind="text/html")


def cut_short(exchange: Exchange) -> None:
    """The connection ends in the middle of the body."""
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
    exchange.send(f"Content-Length: {len(fake_platform.LISTING)}\r\n\r\n".encode())
    exchange.send(fake_platform.LISTING[: len(fake_platform.LISTING) // 2])


def half_a_document(exchange: Exchange) -> None:
    exchange.answer(fake_platform.LISTING[: len(fake_platform.LISTING) // 2])


def list_for_object(exchange: Exchange) -> None:
    exchange.answer(b'[{"id":"a"}]')


def empty_body(exchange: Exchange) -> None:
    exchange.answer(b"")


def too_large(exchange: Exchange) -> None:
    exchange.answer(b'{"queueName":"' + b"x" * (17 * 1024 * 1024) + b'"}')


def no_answer(exchange: Exchange) -> None:
    """The connection is closed where an answer should come."""


def no_http(exchange: Exchange) -> None:
    exchange.send(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")


# name of the app: what happens to it, and the reason that must be given
FAULTS = {
    "http401": (fake_platform.status("401 Unauthorized", 16), "unauthorized"),
    "http403": (fake_platform.status("403 Forbidden", 7), "forbidden"),
    "http402": (fake_platform.status("402 Payment Required", 9), "payment_required"),
    "http407": (fake_platform.status("407 Proxy Authentication Required", 16), "proxy_auth"),
    "http511": (fake_platform.status("511 Network Authentication Required", 16), "blocked"),
    "firewall": (firewall, "blocked"),
    "http404": (fake_platform.not_found, "not_found"),
    "http429": (fake_platform.status("429 Too Many Requests", 8, "Retry-After: 1\r\n"), "rate_limited"),
    "http500": (fake_platform.status("500 Internal Server Error", 13), "server_error"),
    "redirect": (
        fake_platform.status("302 Found", 2, "Location: http://127.0.0.1:1/elsewhere\r\n"),
        "redirect",
    ),
    "html": (html, "parse"),
    "cutshort": (cut_short, "parse"),
    "half": (half_a_document, "parse"),
    "list": (list_for_object, "parse"),
    "empty": (empty_body, "parse"),
    "large": (too_large, "too_large"),
    "noanswer": (no_answer, "connect"),
    "hang": (fake_platform.hang, "timeout"),
    "drip": (fake_platform.drip, "timeout"),
}

COUNTERS = ("everai_app_requests_total", "everai_app_requests_failed_total")


class Recording:
    """One exporter, a good app and an app for each fault. All are good, then the faults come, then
    they go; meanwhile the page is taken again and again."""

    def __init__(self, start, platform: fake_platform.FakePlatform) -> None:
        platform.behaviours = dict.fromkeys([*FAULTS, "good"], fake_platform.good)
        self.exporter = start(
            harness.Exporter,
            endpoint=platform.url,
            apps=[f"e2e/{app}" for app in platform.behaviours],
        )
        self.pages: list[tuple[float, Page]] = []
        self.exporter.wait_until_ready()
        self._record_until(lambda page: self._all(page, "everai_app_up", 1), "all apps are up")
        self.healthy = self.pages[-1][1]

        platform.behaviours |= {app: fault for app, (fault, _) in FAULTS.items()}
        self._record_until(self._failed_three_times, "every fault was met three times", 30)
        self.broken = self.pages[-1][1]
        self.log_when_broken = self.exporter.log()

        platform.behaviours = dict.fromkeys(platform.behaviours, fake_platform.good)
        self._record_until(lambda page: self._all(page, "everai_app_up", 1), "all recovered", 30)
        self.recovered = self.pages[-1][1]
        harness.wait_for(
            lambda: sum(self.recoveries_told()) == len(FAULTS), "the log tells of all recoveries"
        )
        self.alive = self.exporter.alive()

    def recoveries_told(self) -> list[int]:
        """Of how many apps each line tells that they work again."""
        lines = [line for line in self.exporter.records() if "work" in line["msg"]]
        return [int(line.get("apps", "1:").split(":")[0]) for line in lines]

    def _record_until(self, test, what: str, timeout: float = 20.0) -> None:
        def ask() -> bool:
            self.pages.append((time.time(), self.exporter.page()))
            return test(self.pages[-1][1])

        harness.wait_for(ask, what, timeout, every=0.1)

    @staticmethod
    def _all(page: Page, name: str, value: float) -> bool:
        values = page.values(name)
        return len(values) == len(FAULTS) + 1 and set(values) == {value}

    @staticmethod
    def _failed_three_times(page: Page) -> bool:
        failures = (sum(page.values("everai_app_poll_failures_total", app=app)) for app in FAULTS)
        return min(failures) >= 3


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """Made once: the tests ask it different questions."""
    processes = []

    def start(kind, **kwargs):
        processes.append(kind(tmp_path_factory.mktemp("bad_input"), **kwargs))
        return processes[-1]

    platform = fake_platform.FakePlatform()
    try:
        yield Recording(start, platform)
    finally:
        for process in processes:
            process.close()
            print(process.log())
        platform.close()


every_fault = pytest.mark.parametrize("app", FAULTS)


@every_fault
def test_the_reason_is_right(recording, app):
    failures = {
        labels["reason"]: value
        for name, labels, value in recording.broken.samples
        if name == "everai_app_poll_failures_total" and labels["app"] == app and value > 0
    }
    assert list(failures) == [FAULTS[app][1]]
    assert recording.broken.value("everai_app_up", app=app) == 0


@every_fault
def test_it_is_logged_once(recording, app):
    name = re.compile(rf"app=e2e/{app}( |$)")
    said = [line for line in recording.log_when_broken.splitlines() if name.search(line)]
    assert len(said) == 1
    assert 'msg="poll failed"' in said[0]
    assert f"reason={FAULTS[app][1]} " in said[0]
    assert len(said[0]) < 500

    said = [line for line in recording.exporter.log().splitlines() if name.search(line)]
    assert len(said) <= 2, "the recovery may be told together with others"
    assert all('msg="poll works again"' in line for line in said[1:])


def test_recoveries_are_logged_in_a_few_lines(recording):
    told = recording.recoveries_told()
    assert sum(told) == len(FAULTS)
    assert len(told) < len(FAULTS)


@every_fault
def test_gauges_go_with_age_and_counters_stay(recording, app):
    last_seen = None
    for when, page in recording.pages:
        for name in COUNTERS:
            assert page.value(name, app=app) is not None or not last_seen
        if page.value("everai_app_up", app=app) == 1:
            assert sum(page.values("everai_app_workers", app=app)) == 1
            last_seen = page.value("everai_app_last_poll_success_timestamp_seconds", app=app)
        elif page.values("everai_app_workers", app=app):
            assert app != "http404", "an app that is not there has no workers"
            # A page may be a second old.
            assert when - last_seen < STALENESS + 1.5
            assert page.values("everai_app_queue_size", app=app) == [3]
    assert recording.broken.values("everai_app_workers", app=app) == []
    assert recording.broken.values("everai_app_queue_size", app=app) == []
    assert recording.recovered.values("everai_app_queue_size", app=app) == [3]


@pytest.mark.parametrize("app", [app for app in FAULTS if app != "http404"])
def test_gauges_outlive_the_first_failure(recording, app):
    first = next(page for _, page in recording.pages if page.value("everai_app_up", app=app) == 0)
    assert sum(first.values("everai_app_workers", app=app)) == 1


def test_the_good_app_stays_fresh(recording):
    for when, page in recording.pages:
        assert page.value("everai_app_up", app="good") in (1, None)
        if page is not recording.pages[0][1]:
            success = page.value("everai_app_last_poll_success_timestamp_seconds", app="good")
            assert when - success < 4
    assert sum(recording.broken.values("everai_app_poll_failures_total", app="good")) == 0
    assert recording.alive


def test_no_connection(start):
    url = f"http://127.0.0.1:{harness.free_port()}"
    exporter = start(harness.Exporter, endpoint=url, apps=["e2e/a", "e2e/b"])
    _wait_for_failures(exporter, "connect", 2)
    assert exporter.page().values("everai_app_up") == [0, 0]
    exporter.wait_for_log("app=e2e/b ")
    assert len(exporter.log_lines('msg="poll failed"', "reason=connect", "app=e2e/a")) == 1
    assert len(exporter.log_lines('msg="poll failed"', "reason=connect", "app=e2e/b")) == 1


def test_a_server_that_speaks_no_http(start, platform):
    platform.behaviours["ssh"] = no_http
    exporter = start(harness.Exporter, endpoint=platform.url, apps=["e2e/ssh"])
    page = exporter.wait_for_page(lambda page: page.value("everai_app_up") == 0, "it is down")
    assert sum(page.values("everai_app_poll_failures_total")) > 0
    assert exporter.alive()


@pytest.mark.parametrize("token", [None, "not-the-token"], ids=["missing", "wrong"])
def test_a_token_that_the_platform_refuses(start, token):
    simulator = start(harness.Simulator, "--paused", apps=["default/sd"])
    exporter = start(harness.Exporter, endpoint=simulator.url, apps=["default/sd"], token=token)
    _wait_for_failures(exporter, "unauthorized", 2)
    assert exporter.page().value("everai_app_up") == 0
    assert exporter.page().values("everai_app_workers") == []
    exporter.wait_for_log("poll failed")
    assert len(exporter.log_lines('msg="poll failed"')) == 1
    assert len(exporter.log_lines("no API token")) == (1 if token is None else 0)


def test_an_unknown_app_next_to_a_good_one(start):
    simulator = start(harness.Simulator, apps=["default/sd"])
    exporter = start(
        harness.Exporter, endpoint=simulator.url, apps=["default/sd", "default/typo"]
    )
    page = _wait_for_failures(exporter, "not_found", 2, app="typo")
    assert page.value("everai_app_up", app="typo") == 0
    assert page.value("everai_app_up", app="sd") == 1
    assert page.values("everai_app_workers", app="typo") == []
    assert sum(page.values("everai_app_workers", app="sd")) > 0
    exporter.wait_for_log("poll failed")
    assert len(exporter.log_lines('msg="poll failed"')) == 1


def test_the_token_does_not_follow_a_redirect(start, platform):
    heads = []
    elsewhere = _listener(heads)
    location = f"Location: http://127.0.0.1:{elsewhere.getsockname()[1]}/\r\n"
    platform.behaviours["moved"] = fake_platform.status("302 Found", 2, location)
    exporter = start(harness.Exporter, endpoint=platform.url, apps=["e2e/moved"])
    _wait_for_failures(exporter, "redirect", 2)
    elsewhere.close()
    assert heads == []


def _listener(heads: list[bytes]):
    """A server that notes what it is sent."""
    server = harness.listen()

    def serve() -> None:
        try:
            while True:
                connection, _ = server.accept()
                with connection:
                    heads.append(connection.recv(65536))
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()
    return server


def _wait_for_failures(exporter, reason: str, count: int, **labels: str) -> Page:
    name = "everai_app_poll_failures_total"
    return exporter.wait_for_page(
        lambda page: min(page.values(name, reason=reason, **labels)) >= count,
        f"{count} failures by {reason}",
    )
