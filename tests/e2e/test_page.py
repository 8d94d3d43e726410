"""What the exporter serves over HTTP."""

import subprocess

import pytest

import harness

APPS = ["default/sd", "default/llm", "team-b/whisper"]

BEFORE_THE_FIRST_GOOD_POLL = {
    "everai_app_up",
    "everai_app_poll_duration_seconds",
    "everai_app_poll_failures_total",
    "everai_app_workers_skipped_total",
}

AFTER_A_GOOD_POLL = BEFORE_THE_FIRST_GOOD_POLL | {
    "everai_app_info",
    "everai_app_last_poll_success_timestamp_seconds",
    "everai_app_queue_size",
    "everai_app_requests_failed_total",
    "everai_app_requests_total",
    "everai_app_worker_regressions_total",
    "everai_app_workers",
    "everai_app_workers_by_detail_status",
    "everai_app_workers_by_status",
}


@pytest.fixture
def exporter(start):
    simulator = start(harness.Simulator, "--scenario", "demo", apps=APPS)
    exporter = start(harness.Exporter, endpoint=simulator.url, apps=APPS)
    exporter.wait_until_ready()
    return exporter


def test_promtool_finds_nothing(exporter):
    check = subprocess.run(
        ["promtool", "check", "metrics"],
        input=exporter.page().text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (check.returncode, check.stdout, check.stderr) == (0, "", "")


def test_families_are_whole_and_described_once(exporter):
    page = exporter.page()
    assert page.helps == page.types
    assert len(set(page.helps)) == len(page.helps)

    order = [name for name, _, _ in page.samples]
    families = [name for at, name in enumerate(order) if at == 0 or order[at - 1] != name]
    assert len(set(families)) == len(families), "a family's samples do not stand together"
    assert set(families) <= set(page.helps)
    assert len({(name, tuple(labels.items())) for name, labels, _ in page.samples}) == len(order)


@pytest.mark.parametrize("app", [app.split("/")[1] for app in APPS])
def test_every_app_has_its_families(exporter, app):
    assert exporter.page().families_of(app) >= AFTER_A_GOOD_POLL


def test_states_are_zero_filled_and_exclusive(exporter):
    page = exporter.page()
    for app in (app.split("/")[1] for app in APPS):
        states = {
            labels["state"]: value
            for name, labels, value in page.samples
            if name == "everai_app_workers" and labels["app"] == app
        }
        assert list(states) == [
            "error", "unavailable", "removing", "rolling_in", "starting", "busy", "free", "unknown",
        ]  # fmt: skip
        assert sum(states.values()) > 0


def test_the_page_has_its_content_type(exporter):
    answer = harness.fetch(exporter.url + "/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.text.endswith("\n")


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/-/healthy", 200, "healthy"),
        ("/-/ready", 200, "ready"),
        ("/", 200, 'href="/metrics"'),
        ("/metrics/", 404, "not found"),
        ("/nothing", 404, "not found"),
        ("/-/reload", 404, "not found"),
    ],
)
def test_routes(exporter, path, status, text):
    answer = harness.fetch(exporter.url + path)
    assert answer.status == status
    assert text in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(exporter, method):
    answer = harness.fetch(exporter.url + "/metrics", method)
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert "everai_" not in answer.text


def test_head_has_no_body(exporter):
    answer = harness.fetch(exporter.url + "/metrics", "HEAD")
    assert (answer.status, answer.text) == (200, "")


def test_an_app_shows_nothing_but_its_polls_before_the_first_good_one(start, platform):
    exporter = start(harness.Exporter, endpoint=platform.url, apps=["e2e/new"])
    platform.behaviours["new"] = harness.status("503 Service Unavailable", 14)
    exporter.wait_until_ready()

    page = exporter.wait_for_page(lambda page: page.value("everai_app_up") == 0, "it is down")
    assert page.families_of("new") == BEFORE_THE_FIRST_GOOD_POLL

    platform.behaviours["new"] = harness.good
    page = exporter.wait_for_page(lambda page: page.value("everai_app_up") == 1, "it is up")
    assert page.families_of("new") >= AFTER_A_GOOD_POLL
