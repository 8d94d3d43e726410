"""What a pod would run, run by the real programs on the loopback."""

import json
import re

import pytest
import yaml

import harness
import manifests
import pod

WATCHED = ["default/sd", "team-b/whisper"]
# What the Prometheus Operator's configuration puts on every target; a metric's label of such a name has
# to give way.
OPERATOR_LABELS = {
    "namespace": "everai",
    "service": "everai-exporter",
    "pod": "everai-exporter-0",
    "container": "exporter",
    "endpoint": "http",
    "job": "everai-exporter",
}


def rendered(layer):
    return manifests.render(manifests.LAYERS[layer])


@pytest.fixture
def base(start, tmp_path):
    """The layout of the base's pod, and a function that starts it on a simulated platform."""
    simulator = start(harness.Simulator, apps=[*WATCHED, "default/llm"])
    layout = pod.Pod(rendered("base"), tmp_path)

    def begin(**how):
        return start(pod.Running, layout, simulator.url, **how)

    return layout, begin


def wait_until_up(exporter, apps):
    def ask():
        page = exporter.page()
        return len(page.values("everai_app_up")) == apps and all(page.values("everai_app_up"))

    harness.wait_for(ask, f"{apps} apps are up")


def test_it_runs_with_what_it_is_given(base):
    layout, begin = base
    exporter = begin()
    wait_until_up(exporter, len(WATCHED))
    container = manifests.container(rendered("base"))
    for probe in ("livenessProbe", "readinessProbe"):
        path = container[probe]["httpGet"]["path"]
        harness.wait_for(
            lambda path=path: harness.fetch(exporter.url + path).status == 200, f"{path} is 200"
        )
    page = exporter.page()
    assert page.value("everai_exporter_state_last_write_successful") == 1
    assert [path.name for path in layout.path("/var/lib/everai_exporter").iterdir()]
    # A token or a configuration with the wrong mode would be warned of.
    assert [line for line in exporter.records() if line["level"] in ("warn", "error")] == []

    memory = page.value("process_resident_memory_bytes")
    assert memory < mebibytes(container["resources"]["requests"]["memory"])
    grace = manifests.pod_template(rendered("base"))["spec"]["terminationGracePeriodSeconds"]
    assert exporter.terminate() < grace / 2


def mebibytes(quantity):
    match = re.fullmatch(r"(\d+)Mi", quantity)
    assert match, quantity
    return int(match[1]) << 20


def test_the_probes_do_not_depend_on_the_platform(start, tmp_path):
    layout = pod.Pod(rendered("base"), tmp_path)
    with harness.listen() as nobody:
        dead = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    exporter = start(pod.Running, layout, dead)
    for probe in ("livenessProbe", "readinessProbe"):
        path = manifests.container(rendered("base"))[probe]["httpGet"]["path"]
        harness.wait_for(
            lambda path=path: harness.fetch(exporter.url + path).status == 200, f"{path} is 200"
        )
    assert exporter.page().values("everai_app_up") == [0, 0]


def test_a_changed_config_map_is_taken_over_without_a_restart(base):
    layout, begin = base
    exporter = begin(
        replaced={"--config.auto-reload-interval=30s": "--config.auto-reload-interval=1s"}
    )
    wait_until_up(exporter, len(WATCHED))
    config = manifests.find(rendered("base"), "ConfigMap")["data"]["everai.yml"]
    layout.mounted["config"].update({"everai.yml": config + "  - name: llm\n"})
    wait_until_up(exporter, len(WATCHED) + 1)
    # One that is wrong changes nothing, and is told of; the next one counts.
    layout.mounted["config"].update({"everai.yml": config + "  - nome: llm\n"})
    exporter.wait_for_log("configuration not reloaded")
    assert len(exporter.page().values("everai_app_up")) == len(WATCHED) + 1
    layout.mounted["config"].update({"everai.yml": config})
    harness.wait_for(
        lambda: len(exporter.page().values("everai_app_up")) == len(WATCHED), "the app is gone"
    )
    assert exporter.page().value("everai_exporter_config_last_reload_successful") == 1


def test_a_changed_secret_is_taken_over_without_a_restart(start, tmp_path):
    simulator = start(harness.Simulator, apps=WATCHED)
    layout = pod.Pod(rendered("base"), tmp_path)
    layout.mounted["token"].update({"token": "revoked"})
    config = manifests.find(rendered("base"), "ConfigMap")["data"]["everai.yml"]
    faster = config.replace("scrape_interval: 30s", "scrape_interval: 1s")
    assert faster != config
    layout.mounted["config"].update({"everai.yml": faster})
    exporter = start(pod.Running, layout, simulator.url)
    harness.wait_for(lambda: exporter.page().values("everai_app_up") == [0, 0], "it is refused")
    layout.mounted["token"].update({"token": harness.TOKEN})
    wait_until_up(exporter, len(WATCHED))


def checked(argv):
    """What --config.check says of a command: the apps that would be watched, and what is wrong."""
    check = manifests.run(*argv, "--config.check")
    apps = yaml.safe_load(check.stdout)["apps"] if check.returncode == 0 else []
    return [f"{app['namespace']}/{app['name']}" for app in apps or []], check.stderr


def test_the_exporter_accepts_its_command(tmp_path):
    apps, said = checked(pod.Pod(rendered("base"), tmp_path).argv())
    assert (apps, said) == (WATCHED, "")


def test_the_shards_watch_all_apps_once(tmp_path):
    objects = rendered("sharded")
    config = manifests.find(objects, "ConfigMap")["data"]["everai.yml"]
    more = "".join(f"  - name: app-{number}\n" for number in range(20))
    manifests.find(objects, "ConfigMap")["data"]["everai.yml"] = config + more
    found = []
    for ordinal in range(manifests.workload(objects)["spec"]["replicas"]):
        apps, said = checked(pod.Pod(objects, tmp_path / str(ordinal), ordinal).argv())
        assert apps and said == ""
        found += apps
    assert len(found) == len(set(found)) == len(WATCHED) + 20


def test_a_shard_may_have_no_app(tmp_path):
    objects = rendered("sharded")
    manifests.find(objects, "ConfigMap")["data"]["everai.yml"] = "apps:\n  - name: sd\n"
    replicas = manifests.workload(objects)["spec"]["replicas"]
    answers = [
        checked(pod.Pod(objects, tmp_path / str(ordinal), ordinal).argv())
        for ordinal in range(replicas)
    ]
    assert sorted(answers) == [*[([], "")] * (replicas - 1), (["default/sd"], "")]


def test_a_pod_more_than_there_are_shards_does_not_start(tmp_path):
    objects = rendered("sharded")
    replicas = manifests.workload(objects)["spec"]["replicas"]
    apps, said = checked(pod.Pod(objects, tmp_path, replicas).argv())
    assert apps == [] and "--shard" in said


def snake_case(name):
    return re.sub("[A-Z]", lambda match: "_" + match[0].lower(), name)


def scrape_config(job, exporter, relabelings):
    """What the Operator makes of an endpoint's relabelings."""
    return {
        "job_name": job,
        "scrape_interval": "1s",
        "scrape_timeout": "1s",
        "static_configs": [
            {"targets": [f"127.0.0.1:{exporter.port}"], "labels": {**OPERATOR_LABELS, "test": job}}
        ],
        "relabel_configs": [
            {snake_case(key): value for key, value in one.items()} for one in relabelings
        ],
    }


def test_no_label_of_a_metric_has_to_give_way(base, start):
    """A real Prometheus scrapes with the labels that the Operator gives a target."""
    _, begin = base
    exporter = begin()
    wait_until_up(exporter, len(WATCHED))
    (endpoint,) = manifests.find(rendered("base"), "ServiceMonitor")["spec"]["endpoints"]
    cases = {"with": endpoint["relabelings"], "without": []}
    configs = [scrape_config(name, exporter, of) for name, of in cases.items()]
    prometheus = start(harness.Prometheus, config=json.dumps({"scrape_configs": configs}))

    def series_of(case):
        return [
            row["metric"] for row in prometheus.query(f'{{__name__=~"everai_.+", test="{case}"}}')
        ]

    found = {
        case: harness.wait_for(lambda case=case: series_of(case), f"a scrape of {case}")
        for case in cases
    }
    exported = {
        case: {name for one in series for name in one if name.startswith("exported_")}
        for case, series in found.items()
    }
    assert exported == {"with": set(), "without": {"exported_endpoint"}}
    assert {one["job"] for one in found["with"]} == {"everai-exporter"}
