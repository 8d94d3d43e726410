"""A history listing that fails: the live listing alone is enough for what it shows, and the rest is caught up."""

import datetime
import signal
import subprocess

import pytest

import fake_platform
import harness
from fake_platform import Behaviour, Exchange
from listed_fleet import Fleet

APP = "default/sd"
FAULTS: dict[str, Behaviour] = {
    "server_error": fake_platform.status("500 Internal Server Error", 13),
    "unauthorized": fake_platform.status("401 Unauthorized", 16),
    "not_found": fake_platform.not_found,
    "rate_limited": fake_platform.status("429 Too Many Requests", 8),
    "timeout": fake_platform.hang,
    "parse": lambda exchange: exchange.answer(b'{"workers": [{"id"'),
    "too_large": lambda exchange: exchange.answer(b'{"workers": [' + b" " * (20 << 20) + b"]}"),
    "connect": lambda exchange: None,
}


@pytest.fixture
def exporter(start, platform, fleet) -> harness.Exporter:
    fleet.create("a")
    fleet.create("b")
    fleet.create("c")
    exporter = start(harness.Exporter, endpoint=platform.url, apps=[APP])
    exporter.wait_until_ready()
    return exporter


def live_together(fleet: Fleet) -> None:
    """Something of all that happens to workers."""
    fleet.serve("a", 5, failed=1)
    fleet.serve("b", 3)
    fleet.delete("b")
    fleet.serve("c", 2)
    fleet.fail("c")
    fleet.create("d")
    fleet.serve("d", 4)
    fleet.delete("d")


def polled(exporter: harness.Exporter, fleet: Fleet, polls: int) -> harness.Page:
    """The page after so many more polls."""
    until = fleet.asked["live"] + polls + 1
    harness.wait_for(lambda: fleet.asked["live"] >= until, f"{polls} polls")
    return exporter.page()


def expect_the_truth(exporter: harness.Exporter) -> None:
    page = exporter.wait_for_page(lambda page: page.value("everai_app_history_up") == 1, "a history", 15)
    assert page.value("everai_app_requests_total") == 15
    assert page.value("everai_app_requests_failed_total") == 1
    assert page.value("everai_app_workers_deleted_total") == 2
    assert page.value("everai_app_worker_errors_total") == 1
    assert page.value("everai_app_workers", state="error") == 1
    assert page.value("everai_app_workers", state="free") == 1
    assert page.value("everai_app_workers_by_status", status="STATUS_TERMINATED") == 2


@pytest.mark.parametrize("reason", FAULTS)
def test_the_live_listing_alone_is_enough_and_the_rest_is_caught_up(exporter, fleet, reason):
    assert exporter.page().value("everai_app_history_up") == 1
    assert exporter.page().value("everai_app_workers", state="error") == 0
    fleet.fault = FAULTS[reason]
    live_together(fleet)

    page = exporter.wait_for_page(
        lambda page: page.value("everai_app_workers", state="error") is None, "errors are unknown"
    )
    page = polled(exporter, fleet, 2)

    assert page.value("everai_app_up") == 1
    assert page.value("everai_app_history_up") == 0
    assert page.value("everai_app_poll_failures_total", reason=reason) >= 1
    assert page.value("everai_app_workers", state="free") == 1
    assert page.value("everai_app_queue_size") == 7
    assert page.value("everai_app_requests_total") == 6, "of a, which lives"
    assert page.value("everai_app_requests_failed_total") == 1
    assert page.value("everai_app_workers_deleted_total") == 0
    assert not page.values("everai_app_workers_by_status", status="STATUS_ERROR")
    assert not page.values("everai_app_workers_by_status", status="STATUS_TERMINATED")
    app = exporter.app_status("sd")
    assert app["up"] and app["troubles"] == ["no_history"]
    assert app["history_failure"]["reason"] == reason
    assert app["workers"]["by_state"]["error"] is None

    fleet.fault = None
    exporter.send_signal(signal.SIGHUP)  # so that it is asked for at once
    expect_the_truth(exporter)
    assert exporter.app_status("sd")["troubles"] == ["error_workers"]


def test_a_history_that_fails_once_is_asked_for_again_by_the_next_poll(exporter, fleet):
    def fail_once(exchange: Exchange) -> None:
        fleet.fault = None
        FAULTS["server_error"](exchange)

    live_together(fleet)
    fleet.fault = fail_once
    harness.wait_for(lambda: fleet.fault is None, "a failure")
    expect_the_truth(exporter)


def test_the_watch_may_begin_without_a_history(start, platform, fleet):
    fleet.fault = FAULTS["server_error"]
    fleet.create("a")
    exporter = start(harness.Exporter, endpoint=platform.url, apps=[APP])
    exporter.wait_until_ready()
    fleet.create("b")
    fleet.serve("a", 5)
    polled(exporter, fleet, 2)
    fleet.serve("b", 3)
    fleet.delete("b")
    page = polled(exporter, fleet, 2)
    assert page.value("everai_app_requests_total") == 5
    assert page.value("everai_app_workers", state="error") is None
    assert page.value("everai_app_last_history_success_timestamp_seconds") is None

    fleet.fault = None
    exporter.send_signal(signal.SIGHUP)
    page = exporter.wait_for_page(lambda page: page.value("everai_app_history_up") == 1, "a history", 15)
    assert page.value("everai_app_requests_total") == 8
    assert page.value("everai_app_workers_deleted_total") == 1
    assert page.value("everai_app_workers", state="error") == 0


def test_a_slow_history_holds_up_no_poll_for_long(exporter, fleet):
    fleet.fault = FAULTS["timeout"]
    before = dict(fleet.asked)
    harness.pause(12)
    assert fleet.asked["live"] - before["live"] >= 8, "about one poll a second"
    assert fleet.asked["history"] - before["history"] <= 5, "after 1, 2, 4 and 8 polls"
    page = exporter.page()
    last = "everai_app_last_poll_success_timestamp_seconds"
    assert page.value(last) > datetime.datetime.now(datetime.UTC).timestamp() - 4


def test_a_history_that_asks_for_quiet_gets_it_alone(exporter, fleet):
    fleet.fault = fake_platform.status("429 Too Many Requests", 8, "Retry-After: 4\r\n")
    page = exporter.wait_for_page(lambda page: page.value("everai_app_history_up") == 0, "a failure")
    assert page.value("everai_app_up") == 1
    assert page.value("everai_app_quiet_until_timestamp_seconds") is not None
    asked = dict(fleet.asked)
    harness.pause(2.5)
    assert fleet.asked["history"] == asked["history"]
    assert fleet.asked["live"] > asked["live"]


def test_the_log_tells_it_apart_from_a_failing_poll(exporter, fleet):
    fleet.fault = FAULTS["server_error"]
    exporter.wait_for_log('msg="history listing failed" app=default/sd reason=server_error')
    fleet.fault = None
    exporter.wait_for_log('msg="history listing works again" app=default/sd')
    assert not exporter.log_lines("poll failed")


@pytest.mark.parametrize(
    ("reason", "code"), [("unauthorized", 3), ("server_error", 4), ("too_large", 5), ("not_found", 2)]
)
def test_once_is_not_wholly_good_without_a_history(platform, fleet, reason, code):
    fleet.create("a")
    fleet.fault = FAULTS[reason]
    done = subprocess.run(
        harness.exporter_argv("--once", endpoint=platform.url, apps=[APP]),
        capture_output=True,
        text=True,
        check=False,
        env=harness.environment(EVERAI_TOKEN=harness.TOKEN),
    )
    assert done.returncode == code
    assert f'msg="history listing failed" app=default/sd reason={reason}' in done.stderr
    page = harness.Page(done.stdout)
    assert page.value("everai_app_up") == 1
    assert page.value("everai_app_history_up") == 0
    assert page.value("everai_app_workers", state="free") == 1
