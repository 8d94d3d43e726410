"""What the exporter serves over HTTP."""

import json

import pytest

import fake_platform
import harness

APPS = ["default/sd", "default/llm", "team-b/whisper"]

BEFORE_THE_FIRST_GOOD_POLL = {
    "everai_app_up",
    "everai_app_history_up",
    "everai_app_poll_duration_seconds",
    "everai_app_poll_failures_total",
    "everai_app_workers_skipped_total",
}

# What depends on the fleet (a limit, a revision, a GPU, a first error) is left out.
AFTER_A_GOOD_POLL = BEFORE_THE_FIRST_GOOD_POLL | {
    "everai_app_cpus",
    "everai_app_info",
    "everai_app_last_poll_success_timestamp_seconds",
    "everai_app_memory_bytes",
    "everai_app_queue_backlog_threshold",
    "everai_app_queue_size",
    "everai_app_requests_failed_total",
    "everai_app_requests_total",
    "everai_app_revision_requests_failed_total",
    "everai_app_revision_requests_total",
    "everai_app_sessions",
    "everai_app_slo_objective_ratio",
    "everai_app_worker_errors_total",
    "everai_app_worker_launch_duration_seconds",
    "everai_app_worker_lifetime_seconds",
    "everai_app_worker_ready_duration_seconds",
    "everai_app_worker_regressions_total",
    "everai_app_worker_seconds_total",
    "everai_app_workers",
    "everai_app_workers_by_detail_status",
    "everai_app_workers_by_status",
    "everai_app_workers_created_total",
    "everai_app_workers_deleted_total",
    "everai_app_workers_never_served_total",
    "everai_app_workers_replaced_total",
}


EVERYTHING_ON = ["--collector.workers", "--gpu.price", "NVIDIA A100=1.99 USD"]


@pytest.fixture(params=[[], EVERYTHING_ON], ids=["defaults", "everything on"])
def exporter(start, request):
    simulator = start(harness.Simulator, "--scenario", "demo", apps=APPS)
    exporter = start(harness.Exporter, *request.param, endpoint=simulator.url, apps=APPS)
    exporter.wait_until_ready()
    return exporter


def test_promtool_finds_nothing(exporter):
    assert harness.promtool_check(exporter.page().text) == (0, "", "")


def test_families_are_whole_and_described_once(exporter):
    page = exporter.page()
    assert page.helps == page.types
    assert len(set(page.helps)) == len(page.helps)

    order = [page.family_of(name) for name, _, _ in page.samples]
    families = [name for at, name in enumerate(order) if at == 0 or order[at - 1] != name]
    assert len(set(families)) == len(families), "a family's samples do not stand together"
    assert set(families) <= set(page.helps)
    assert len({(name, tuple(labels.items())) for name, labels, _ in page.samples}) == len(
        page.samples
    )


@pytest.mark.parametrize("app", [app.split("/")[1] for app in APPS])
def test_every_app_has_its_families(exporter, app):
    assert exporter.page().families_of(app) >= AFTER_A_GOOD_POLL


def test_histograms_are_whole(exporter):
    page = exporter.page()
    for name in ("launch_duration", "ready_duration", "lifetime"):
        family = f"everai_app_worker_{name}_seconds"
        buckets = page.values(f"{family}_bucket", app="sd")
        assert buckets == sorted(buckets)
        assert buckets[-1] == page.value(f"{family}_bucket", app="sd", le="+Inf")
        assert buckets[-1] == page.value(f"{family}_count", app="sd")
        assert page.value(f"{family}_sum", app="sd") >= 0


def test_single_workers_have_series_only_where_asked_for(start):
    simulator = start(harness.Simulator, "--scenario", "steady", "--paused", apps=APPS)
    for flags, shown in (([], False), (["--collector.workers"], True)):
        exporter = start(harness.Exporter, *flags, endpoint=simulator.url, apps=APPS)
        exporter.wait_until_ready()
        page = exporter.page()
        workers = len(page.values("everai_worker_info"))
        present = sum(page.values("everai_app_workers"))
        assert workers == (present if shown else 0)
        assert len(page.values("everai_worker_state")) == workers


def test_series_of_workers_stay_within_the_cap(start, platform):
    listed = [{"id": f"w{number:04}", "status": "STATUS_RUNNING"} for number in range(700)]
    body = json.dumps({"workers": listed}).encode()
    for app in ("one", "two"):
        platform.behaviours[app] = lambda exchange: exchange.answer(body)
    exporter = start(
        harness.Exporter, "--collector.workers", endpoint=platform.url, apps=["e2e/one", "e2e/two"]
    )
    exporter.wait_until_ready()
    page = exporter.page()
    for app in ("one", "two"):
        assert page.value("everai_app_workers", app=app, state="unknown") == 700
        assert len(page.values("everai_worker_info", app=app)) == 500
    assert page.value("everai_exporter_series_dropped", of="workers") == 400
    assert harness.promtool_check(page.text) == (0, "", "")


def test_the_configuration_is_exposed(start, platform):
    platform.behaviours["app"] = fake_platform.good
    flags = ["--slo.objective", "0.995", "--queue.backlog-threshold", "25"]
    flags += ["--gpu.price", "NVIDIA A100=1.99 EUR", "--gpu.price", "L4=0.5"]
    exporter = start(harness.Exporter, *flags, endpoint=platform.url, apps=["e2e/app"])
    exporter.wait_until_ready()
    page = exporter.page()
    assert page.value("everai_app_slo_objective_ratio") == 0.995
    assert page.value("everai_app_queue_backlog_threshold") == 25
    price = "everai_app_gpu_price_per_hour"
    assert page.value(price, app="app", gpu_model="NVIDIA A100", currency="EUR") == 1.99
    assert page.value(price, app="app", gpu_model="L4", currency="USD") == 0.5


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
        ("/", 200, 'href="./metrics"'),
        ("/status.json", 200, '"apps_up": 3'),
        ("/metrics/", 404, "not found"),
        ("/nothing", 404, "not found"),
        ("/-/reload", 403, "--web.enable-lifecycle"),
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
    platform.behaviours["new"] = fake_platform.status("503 Service Unavailable", 14)
    exporter.wait_until_ready()

    page = exporter.wait_for_page(lambda page: page.value("everai_app_up") == 0, "it is down")
    assert page.families_of("new") == BEFORE_THE_FIRST_GOOD_POLL

    platform.behaviours["new"] = fake_platform.good
    page = exporter.wait_for_page(lambda page: page.value("everai_app_up") == 1, "it is up")
    assert page.families_of("new") >= AFTER_A_GOOD_POLL


def test_a_series_that_nobody_knew_of_is_seen_at_zero_before_it_counts(start, platform):
    exporter = start(harness.Exporter, endpoint=platform.url, apps=["default/sd"])
    exporter.wait_until_ready()
    requests = {"name": "everai_exporter_api_requests_total", "code": "418"}
    assert exporter.page().value(**requests) is None
    platform.behaviours["sd"] = fake_platform.status("418 I'm a teapot", 2)
    first = exporter.wait_for_page(lambda page: page.value(**requests) is not None, "a 418")
    assert first.value(**requests) == 0
    # What is scraped for one app, or by the status page, is not what is scraped.
    exporter.status()
    second = exporter.wait_for_page(lambda page: page.value(**requests) != 0, "it counts")
    assert second.value(**requests) >= 1
