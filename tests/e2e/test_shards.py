"""Several exporters that share the apps of one configuration: together they are as one that has them alone."""

import json
import pathlib
import re
import subprocess

import yaml

import harness

TOTAL = 3
APPS = [f"team-{team}/app-{app}" for team in "ab" for app in range(5)]
# What depends on when an exporter polled, and not on the platform alone.
TIMED = (
    "everai_app_last_poll_success_timestamp_seconds",
    "everai_app_last_history_success_timestamp_seconds",
    "everai_app_poll_duration_seconds",
    "everai_app_worker_seconds_total",
    "everai_app_gpu_seconds_total",
    "everai_app_worker_ready_duration_seconds",
    "everai_app_last_worker_error_timestamp_seconds",
    # Shown by our clock, which the simulated one of the platform outruns.
    "everai_app_last_served_timestamp_seconds",
    "everai_app_last_scale_",
    "everai_app_oldest_starting_worker_timestamp_seconds",
    "everai_worker_created_timestamp_seconds",
    "everai_worker_launched_timestamp_seconds",
    "everai_worker_last_served_timestamp_seconds",
)
LAST_POLL = "everai_app_last_poll_success_timestamp_seconds"


def shard_flags(number: int, total: int = TOTAL) -> list[str]:
    return ["--shard", str(number), "--total-shards", str(total)]


def app_samples(page: harness.Page) -> dict[tuple[str, frozenset], float | None]:
    """The samples of apps; without the values that are a matter of the moment, and without the last digits of
    sums, which depend on the order of adding."""
    return {
        (name, frozenset(labels.items())): None if name.startswith(TIMED) else round(value, 6)
        for name, labels, value in page.samples
        if "app" in labels
    }


def union(pages: list[harness.Page]) -> dict[tuple[str, frozenset], float | None]:
    """The samples of all pages; fails if a series is on two of them."""
    joined: dict[tuple[str, frozenset], float | None] = {}
    for page in pages:
        samples = app_samples(page)
        assert not joined.keys() & samples.keys()
        joined |= samples
    return joined


def wait_until_all_polled(exporters: list[harness.Exporter]) -> None:
    """Until each app has been polled twice from now on: the second poll began later than now."""
    for exporter in exporters:
        for _ in range(2):
            before = exporter.page().values(LAST_POLL)
            exporter.wait_for_page(
                lambda page, before=before: all(
                    now > then for now, then in zip(page.values(LAST_POLL), before, strict=True)
                ),
                "every app is polled anew",
            )


def configured_apps(*flags: str) -> list[str]:
    """What --config.check says would be watched."""
    argv = harness.exporter_argv(*flags, "--config.check", endpoint="http://127.0.0.1:1", apps=APPS)
    check = subprocess.run(
        argv, env=harness.environment(), capture_output=True, text=True, check=True, timeout=20
    )
    return [f"{app['namespace']}/{app['name']}" for app in yaml.safe_load(check.stdout)["apps"]]


def watched_apps(exporter: harness.Exporter) -> list[str]:
    return sorted(f"{app['namespace']}/{app['name']}" for app in exporter.status()["apps"])


def test_the_shards_together_show_what_one_exporter_shows(start):
    more = ["--collector.workers"]
    flags = ["--scenario", "churn", "--paused", "--time-factor", "12"]
    simulator = start(harness.Simulator, *flags, apps=APPS)
    alone = start(harness.Exporter, *more, endpoint=simulator.url, apps=APPS)
    shards = [
        start(harness.Exporter, *shard_flags(n), *more, endpoint=simulator.url, apps=APPS)
        for n in range(TOTAL)
    ]
    for exporter in [alone, *shards]:
        exporter.wait_until_ready()
    simulator.resume()
    served = "everai_app_requests_total"
    alone.wait_for_page(lambda page: sum(page.values(served)) > 500, "requests were served")
    simulator.pause()
    wait_until_all_polled([alone, *shards])

    pages = [exporter.page() for exporter in shards]
    assert all(app_samples(page) for page in pages)
    assert union(pages) == app_samples(alone.page())
    for number, page in enumerate(pages):
        assert page.value("everai_exporter_shard") == number
        assert page.value("everai_exporter_total_shards") == TOTAL
        assert harness.promtool_check(page.text) == (0, "", "")
    assert alone.page().value("everai_exporter_shard") == 0
    assert alone.page().value("everai_exporter_total_shards") == 1


def test_start_check_and_once_agree_on_the_apps(start):
    simulator = start(harness.Simulator, "--scenario", "steady", "--paused", apps=APPS)
    seen = []
    for number in range(TOTAL):
        exporter = start(
            harness.Exporter, *shard_flags(number), endpoint=simulator.url, apps=APPS
        )
        checked = configured_apps(*shard_flags(number))
        assert sorted(checked) == watched_apps(exporter)
        argv = harness.exporter_argv(
            "--once", *shard_flags(number), endpoint=simulator.url, apps=APPS
        )
        once = subprocess.run(
            argv,
            env=harness.environment(EVERAI_TOKEN=harness.TOKEN),
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
        ups = [labels for name, labels, _ in harness.Page(once.stdout).samples if name == "everai_app_up"]
        assert [f"{labels['app_namespace']}/{labels['app']}" for labels in ups] == checked
        seen += checked
    assert sorted(seen) == sorted(APPS)
    assert configured_apps() == APPS


def test_a_script_can_tell_where_an_app_is():
    """By the function of docs/scaling.md."""
    text = (pathlib.Path(__file__).resolve().parents[2] / "docs/scaling.md").read_text()
    (function,) = re.findall(r"^```sh\n(.*?)^shard_of ", text, re.MULTILINE | re.DOTALL)
    told = [
        subprocess.run(
            ["sh", "-euc", f'{function}\nshard_of "$1" {TOTAL}', "sh", app],
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        ).stdout.strip()
        for app in APPS
    ]
    for number in range(TOTAL):
        ours = [app for app, shard in zip(APPS, told, strict=True) if shard == str(number)]
        assert ours == configured_apps(*shard_flags(number))


def test_a_reload_gives_new_apps_to_their_shard_alone(start, tmp_path):
    simulator = start(harness.Simulator, "--scenario", "steady", "--paused", apps=APPS)
    config = tmp_path / "everai.yml"

    def write(apps: list[str]) -> None:
        polls = {"endpoint": simulator.url, "scrape_interval": "1s"}
        listed = [dict(zip(("namespace", "name"), app.split("/"), strict=True)) for app in apps]
        harness.write_whole(config, json.dumps({"global": polls, "apps": listed}))

    write(APPS[:1])
    flags = ["--web.enable-lifecycle"]
    shards = [
        start(harness.Exporter, *flags, *shard_flags(n), config=config) for n in range(TOTAL)
    ]
    assert sorted(app for shard in shards for app in watched_apps(shard)) == APPS[:1]

    write(APPS)
    for shard in shards:
        assert shard.reload().status == 200
    for number, shard in enumerate(shards):
        assert watched_apps(shard) == sorted(configured_apps(*shard_flags(number)))


def test_a_shard_without_apps_is_well(start, tmp_path):
    state = tmp_path / "state"
    exporter = start(
        harness.Exporter,
        # Of two shards the other one has it.
        *shard_flags(0, total=2),
        "--web.enable-lifecycle",
        "--state.file",
        str(state),
        endpoint="http://127.0.0.1:1",
        apps=["default/sd"],
    )
    exporter.wait_until_ready()
    assert harness.fetch(exporter.url + "/-/healthy").status == 200
    page = exporter.page()
    assert "app" not in {label for _, labels, _ in page.samples for label in labels}
    assert page.value("everai_exporter_shard") == 0
    assert page.value("everai_exporter_total_shards") == 2
    assert page.value("everai_exporter_config_last_reload_successful") == 1
    assert harness.promtool_check(page.text) == (0, "", "")
    assert exporter.status()["headline"] == "This shard has no apps"
    assert exporter.reload().status == 200
    exporter.terminate()
    assert exporter.wait(0) == 0
    assert not exporter.log_lines("level=error")


def test_a_configuration_without_any_app_is_an_error_in_a_shard_too(tmp_path: pathlib.Path):
    config = tmp_path / "everai.yml"
    config.write_text("apps: []\n")
    ended = subprocess.run(
        [harness.installed("everai_exporter"), f"--config.file={config}", *shard_flags(0)],
        env=harness.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert ended.returncode == 2
    assert "no app is given" in ended.stderr


def test_an_app_that_was_moved_away_and_back_goes_on(start, tmp_path):
    """As docs/scaling.md says; a mistyped --shard costs no counters."""
    flags = ["--scenario", "churn", "--paused", "--time-factor", "12"]
    simulator = start(harness.Simulator, *flags, apps=["default/sd"])
    served = "everai_app_requests_total"
    kept = ["--state.file", str(tmp_path / "state")]

    def exporter(*shard: str) -> harness.Exporter:
        started = start(
            harness.Exporter, *kept, *shard, endpoint=simulator.url, apps=["default/sd"]
        )
        started.wait_until_ready()
        return started

    def truth() -> int:
        return simulator.served("sd", "success", "failed")

    before = truth()
    first = exporter(*shard_flags(0, total=1))
    simulator.resume()
    first.wait_for_page(lambda page: sum(page.values(served)) > 50, "requests were served")
    first.terminate()

    other = exporter(*shard_flags(0, total=2))
    assert watched_apps(other) == []
    so_far = truth()
    harness.wait_for(lambda: truth() > so_far + 20, "requests are served meanwhile")
    simulator.pause()
    other.terminate()

    last = exporter(*shard_flags(0, total=1))
    last.wait_for_page(
        lambda page: page.values(served) == [truth() - before], "all of them are counted"
    )
