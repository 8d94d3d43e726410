"""Odd clocks, odd times and workers that come and go oddly: the counters of the installed exporter stay true."""

import time

import pytest

import harness

APP = "default/sd"
DAY = 86400
REQUESTS = "everai_app_requests_total"


@pytest.fixture
def run(start, platform, fleet):
    def run(*flags: str) -> harness.Exporter:
        exporter = start(harness.Exporter, *flags, endpoint=platform.url, apps=[APP])
        exporter.wait_until_ready()
        return exporter

    return run


def expect(exporter: harness.Exporter, name: str, value: float, **labels: str) -> None:
    exporter.wait_for_page(lambda page: page.value(name, **labels) == value, f"{name} {value}", 20)


@pytest.mark.parametrize("lead", [-1200, 1200, -3 * DAY])
def test_a_start_is_as_old_as_it_is_whatever_the_platforms_clock_says(run, fleet, lead):
    fleet.lead = lead
    fleet.create("a")
    fleet.workers["a"] |= {"status": "STATUS_PENDING"}
    created = time.time()
    page = run().page()
    shown = page.value("everai_app_oldest_starting_worker_timestamp_seconds")
    assert abs(shown - created) < 30


@pytest.mark.parametrize("lead", [-3 * DAY, 3 * DAY])
def test_what_was_served_counts_though_a_clock_was_days_off_when_the_state_was_saved(run, fleet, tmp_path, lead):
    state = f"--state.file={tmp_path}/state"
    fleet.lead = lead
    first = run(state)
    fleet.create("a")
    fleet.serve("a", 20)
    expect(first, REQUESTS, 20)
    first.terminate()
    fleet.lead = 0
    fleet.serve("a", 30)
    expect(run(state), REQUESTS, 50)


def test_new_workers_count_though_the_first_time_was_a_year_ahead(run, fleet):
    fleet.lead = 365 * DAY
    exporter = run()
    fleet.lead = 0
    fleet.create("a")
    fleet.serve("a", 20)
    expect(exporter, REQUESTS, 20)
    expect(exporter, "everai_app_workers_created_total", 1)


def test_a_time_with_fewer_digits_freezes_no_worker(run, fleet):
    exporter = run()
    fleet.create("a")
    fleet.workers["a"]["launchAt"] = "2026-01-01T00:00:00.700Z"
    fleet.serve("a", 20)
    expect(exporter, REQUESTS, 20)
    fleet.workers["a"]["launchAt"] = "2026-01-01T00:00:00Z"
    fleet.serve("a", 3)
    expect(exporter, REQUESTS, 23)
    fleet.fail("a")
    expect(exporter, "everai_app_worker_errors_total", 1)


def test_a_launch_of_which_little_is_lower_does_not_count_twice(run, fleet):
    exporter = run()
    fleet.create("a")
    fleet.workers["a"]["launchAt"] = "2026-01-01T00:00:00Z"
    fleet.serve("a", 1000)
    expect(exporter, REQUESTS, 1000)
    fleet.workers["a"] |= {"successCount": 998, "launchAt": fleet.rfc3339()}
    asked = fleet.asked["live"]
    harness.wait_for(lambda: fleet.asked["live"] > asked + 3, "three polls")
    assert exporter.page().value(REQUESTS) == 1000
    fleet.serve("a", 7)
    expect(exporter, REQUESTS, 1007)


def test_a_worker_that_vanishes_from_both_listings_ends(run, fleet):
    fleet.create("a")
    exporter = run()
    del fleet.workers["a"]
    expect(exporter, "everai_app_workers_deleted_total", 1)
    expect(exporter, "everai_app_workers_never_served_total", 1)


def test_an_id_that_comes_back_is_another_worker(run, fleet):
    exporter = run()
    fleet.lead = -100
    fleet.create("a")
    fleet.serve("a", 5)
    fleet.lead = 0
    fleet.workers["a"]["createdAt"] = fleet.rfc3339()
    expect(exporter, REQUESTS, 5)
    fleet.lead = 40
    fleet.create("a")
    fleet.lead = 0
    fleet.serve("a", 2)
    expect(exporter, REQUESTS, 7)
    expect(exporter, "everai_app_workers_created_total", 2)


def test_a_new_revision_is_seen_at_0_first(run, fleet):
    fleet.create("a")
    fleet.workers["a"]["appRevision"] = "r1"
    exporter = run()
    fleet.create("b")
    fleet.workers["b"]["appRevision"] = "r2"
    fleet.serve("b", 5)
    requests = "everai_app_revision_requests_total"
    seen = []

    def grown(page: harness.Page) -> bool:
        seen.append(page.value(requests, revision="r2"))
        return seen[-1] == 5

    exporter.wait_for_page(grown, "the requests")
    assert 0 in seen


def test_a_worker_that_only_the_history_lists_holds_nothing(run, fleet):
    fleet.create("a")
    fleet.workers["a"] |= {"gpuModel": "A100", "gpuNum": 4}
    exporter = run()
    expect(exporter, "everai_app_gpus", 4, state="free", gpu_model="A100")
    fleet.fail("a")
    expect(exporter, "everai_app_workers", 1, state="error")
    assert exporter.page().value("everai_app_gpus", state="error", gpu_model="A100") is None
