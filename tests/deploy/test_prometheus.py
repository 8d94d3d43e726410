"""The commands of compose.yaml, run by the real programs on the loopback."""

import contextlib
import json
import subprocess

import pytest
import yaml

import harness
import stack

RULES = {
    rule.get("alert") or rule["record"]
    for group in yaml.safe_load((stack.ROOT / "alerts/everai.rules.yml").read_text())["groups"]
    for rule in group["rules"]
}


def checked(*argv):
    check = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    return check.returncode, check.stdout + check.stderr


def test_promtool_accepts_the_configuration_with_its_rules(tmp_path):
    container = stack.Container("prometheus", tmp_path)
    code, said = checked(
        "promtool", "check", "config", str(container.path("/etc/prometheus/prometheus.yml"))
    )
    assert code == 0, said
    assert "1 rule files found" in said
    assert "FAILED" not in said and "WARNING" not in said


def test_promtool_misses_the_rules_where_they_are_not_mounted(tmp_path):
    container = stack.Container("prometheus", tmp_path)
    container.path("/etc/prometheus/alerts").unlink()
    code, said = checked(
        "promtool", "check", "config", str(container.path("/etc/prometheus/prometheus.yml"))
    )
    assert code != 0, said


def test_amtool_accepts_what_alertmanager_is_given(tmp_path):
    container = stack.Container("alertmanager", tmp_path)
    code, said = checked(
        "amtool", "check-config", str(container.path("/etc/alertmanager/alertmanager.yml"))
    )
    assert code == 0 and "SUCCESS" in said, said


def ready(process, url):
    def ask():
        assert process.alive(), f"{process.name} ended:\n{process.log()}"
        with contextlib.suppress(OSError):
            return harness.fetch(url).status == 200
        return False

    harness.wait_for(ask, f"{process.name} is ready", 30)


def asked(url):
    answer = harness.fetch(url)
    assert answer.status == 200, answer
    return json.loads(answer.text)["data"]


def start_simulator(start, folder, env):
    container = stack.Container("simulator", folder)
    process = start(stack.Running, container, replaced={"0.0.0.0:10881": "127.0.0.1:0"}, env=env)
    return process.wait_for_log(r"url=(http://\S+)")[1]


def start_exporter(start, folder, service, simulator):
    container = stack.Container(service, folder)
    flags = ["--web.listen-address=127.0.0.1:0"]
    if service == "exporter":
        flags.append(f"--api.endpoint={simulator}")
    process = start(
        stack.Running, container, *flags, replaced={"http://simulator:10881": simulator}
    )
    port = process.wait_for_log(r"\bport=(\d+)")[1]
    ready(process, f"http://127.0.0.1:{port}/-/ready")
    return process, container, f"127.0.0.1:{port}"


def start_alertmanager(start, folder):
    container = stack.Container("alertmanager", folder)
    address = f"127.0.0.1:{harness.free_port()}"
    process = start(stack.Running, container, f"--web.listen-address={address}")
    ready(process, f"http://{address}/-/ready")
    return address


def start_prometheus(start, folder, targets):
    container = stack.Container("prometheus", folder)
    container.replace_targets(targets)
    container.hurry_rules()
    address = f"127.0.0.1:{harness.free_port()}"
    process = start(stack.Running, container, f"--web.listen-address={address}")
    ready(process, f"http://{address}/-/ready")
    return process, f"http://{address}/api/v1"


@pytest.mark.parametrize("service", ["exporter", "exporter-demo"])
def test_the_exporter_polls_and_keeps_its_state(service, start, tmp_path):
    # The platform wants the token of the secret, the demo's knows none.
    env = {"EVERAI_TOKEN": harness.TOKEN} if service == "exporter" else {}
    simulator = start_simulator(start, tmp_path / "simulator", env)
    process, container, address = start_exporter(start, tmp_path / service, service, simulator)

    def all_up():
        page = harness.Page(harness.fetch(f"http://{address}/metrics").text)
        return page if page.values("everai_app_up") == [1, 1, 1] else None

    page = harness.wait_for(all_up, "all apps are polled well")
    assert bool(page.values("everai_worker_info")) == (service == "exporter-demo")
    # Each model that the simulated fleet has is one with a price.
    models = {
        metric: {labels["gpu_model"] for name, labels, _ in page.samples if name == metric}
        for metric in ("everai_app_gpus", "everai_app_gpu_price_per_hour")
    }
    assert models["everai_app_gpus"]
    assert models["everai_app_gpus"] <= models["everai_app_gpu_price_per_hour"]
    process.terminate()
    assert container.path("/var/lib/everai_exporter/state").stat().st_size > 0


def test_prometheus_scrapes_judges_and_tells(start, tmp_path):
    simulator = start_simulator(start, tmp_path / "simulator", {})
    _, _, exporter = start_exporter(start, tmp_path / "exporter", "exporter-demo", simulator)
    alertmanager = start_alertmanager(start, tmp_path / "alertmanager")
    process, api = start_prometheus(
        start,
        tmp_path / "prometheus",
        {"exporter.yml": [exporter], "alertmanager.yml": [alertmanager]},
    )

    def scraped():
        targets = asked(f"{api}/targets")["activeTargets"]
        return targets if targets and all(each["health"] == "up" for each in targets) else None

    (target,) = harness.wait_for(scraped, "the exporter is scraped", 40)
    assert target["labels"] == {"job": "everai", "instance": exporter}

    def judged():
        rules = [rule for group in asked(f"{api}/rules")["groups"] for rule in group["rules"]]
        return rules if all(rule["health"] != "unknown" for rule in rules) else None

    rules = harness.wait_for(judged, "every rule is evaluated", 60)
    assert {rule["name"] for rule in rules} == RULES
    assert [(rule["name"], rule["lastError"]) for rule in rules if rule["health"] != "ok"] == []

    (known,) = asked(f"{api}/alertmanagers")["activeAlertmanagers"]
    assert known["url"].startswith(f"http://{alertmanager}/")
    assert "level=error" not in process.log()


def test_prometheus_does_without_alertmanager(start, tmp_path):
    process, api = start_prometheus(
        start, tmp_path / "prometheus", {"exporter.yml": ["127.0.0.1:1"]}
    )

    def found():
        return asked(f"{api}/targets")["activeTargets"]

    harness.wait_for(found, "the target is read")
    assert asked(f"{api}/alertmanagers")["activeAlertmanagers"] == []
    assert "level=error" not in process.log()
