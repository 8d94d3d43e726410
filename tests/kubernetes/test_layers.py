"""What the objects say of each other and of the files that they are made of, and that nobody disagrees."""

import json
import pathlib
import re
import shutil

import pytest
import yaml

import harness
import manifests

RULES = manifests.ROOT / "alerts/everai.rules.yml"
DASHBOARDS = sorted((manifests.ROOT / "dashboards").glob("*.json"))

each_layer = pytest.mark.parametrize("layer", manifests.LAYERS)


def rendered(layer):
    return manifests.render(manifests.LAYERS[layer])


def in_a_copy(tmp_path: pathlib.Path, layer: str) -> pathlib.Path:
    """The layer's folder in a copy of what it is made of, to be changed."""
    for source in (manifests.KUBERNETES, manifests.ROOT / "dashboards"):
        shutil.copytree(source, tmp_path / source.relative_to(manifests.ROOT))
    return tmp_path / manifests.LAYERS[layer].relative_to(manifests.ROOT)


# --- Pods, and who looks for them


@each_layer
def test_who_selects_pods_selects_these(layer):
    objects = rendered(layer)
    labels = manifests.pod_template(objects)["metadata"]["labels"].items()
    for selector in (
        manifests.workload(objects)["spec"]["selector"]["matchLabels"],
        manifests.find(objects, "Service")["spec"]["selector"],
        manifests.find(objects, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
    ):
        assert selector and selector.items() <= labels
    service = manifests.find(objects, "Service")["metadata"]
    monitor = manifests.find(objects, "ServiceMonitor")
    selector = monitor["spec"]["selector"]["matchLabels"]
    assert selector and selector.items() <= service["labels"].items()
    # Without a namespaceSelector it looks into its own namespace only.
    assert monitor["metadata"]["namespace"] == service["namespace"]
    # The rules look for a job of that name.
    job = service["labels"][monitor["spec"]["jobLabel"]]
    assert re.fullmatch(r".*everai.*", job)


@each_layer
def test_all_objects_are_in_the_namespace(layer):
    objects = rendered(layer)
    namespace = manifests.find(objects, "Namespace", "everai")
    for one in objects:
        if one is not namespace:
            assert one["metadata"]["namespace"] == "everai"


@each_layer
def test_the_ports_agree(layer):
    objects = rendered(layer)
    (port,) = manifests.container(objects)["ports"]
    help_text = manifests.run(harness.installed("everai_exporter"), "--help").stdout
    assert f"(default: :{port['containerPort']})" in help_text
    (served,) = manifests.find(objects, "Service")["spec"]["ports"]
    assert served["targetPort"] == port["name"]
    # Of a Service without an address there is nothing that could translate it.
    assert served["port"] == port["containerPort"]
    (endpoint,) = manifests.find(objects, "ServiceMonitor")["spec"]["endpoints"]
    assert endpoint["port"] == served["name"]
    for probe in ("livenessProbe", "readinessProbe"):
        assert manifests.container(objects)[probe]["httpGet"]["port"] == port["name"]
    (ingress,) = manifests.find(objects, "NetworkPolicy")["spec"]["ingress"]
    assert ingress["ports"] == [{"protocol": "TCP", "port": port["containerPort"]}]


@each_layer
def test_the_network_policy_lets_out_names_and_https_only(layer):
    spec = manifests.find(rendered(layer), "NetworkPolicy")["spec"]
    assert sorted(spec["policyTypes"]) == ["Egress", "Ingress"]
    out = {(port["protocol"], port["port"]) for rule in spec["egress"] for port in rule["ports"]}
    assert out == {("UDP", 53), ("TCP", 53), ("TCP", 443)}
    for rule in spec["ingress"]:
        assert rule["from"] and all(peer["namespaceSelector"]["matchLabels"] for peer in rule["from"])


def test_only_one_exporter_at_a_time_has_the_state():
    objects = rendered("base")
    spec = manifests.find(objects, "Deployment")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    claim = manifests.find(objects, "PersistentVolumeClaim", "everai-exporter-state")
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]


# --- What the objects are made of


def test_the_written_rules_are_those_of_alerts():
    printed = manifests.run(str(manifests.ROOT / "scripts/prometheus-rule"), "--print")
    assert printed.stdout == (manifests.BASE / "prometheus-rule.yaml").read_text()


@each_layer
def test_the_rules_are_those_of_alerts(layer, tmp_path):
    spec = manifests.find(rendered(layer), "PrometheusRule")["spec"]
    assert spec == yaml.safe_load(RULES.read_text())
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump(spec))
    check = manifests.run("promtool", "check", "rules", str(file))
    assert check.returncode == 0, check.stderr
    assert f"{sum(len(group['rules']) for group in spec['groups'])} rules found" in check.stdout


@each_layer
@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda path: path.stem)
def test_the_dashboards_are_those_of_the_files(layer, file):
    config_map = manifests.find(rendered(layer), "ConfigMap", f"everai-dashboard-{file.stem}")
    assert config_map["data"] == {file.name: file.read_text()}
    assert config_map["metadata"]["labels"]["grafana_dashboard"] == "1"
    # `kubectl apply` without --server-side notes the whole object in an annotation, and of those
    # there may be 256 KiB.
    assert len(json.dumps(config_map)) < 256 * 1024


@each_layer
def test_no_dashboard_is_left_out(layer):
    names = {
        name
        for one in rendered(layer)
        if one["kind"] == "ConfigMap" and one["metadata"]["labels"].get("grafana_dashboard")
        for name in one["data"]
    }
    assert names == {path.name for path in DASHBOARDS}


@each_layer
def test_a_changed_configuration_restarts_nothing(layer, tmp_path):
    folder = in_a_copy(tmp_path, layer)
    config = tmp_path / manifests.BASE.relative_to(manifests.ROOT) / "everai.yml"
    config.write_text(config.read_text() + "  - name: another\n")
    objects = manifests.render(folder)
    assert "another" in manifests.find(objects, "ConfigMap")["data"]["everai.yml"]
    assert manifests.workload(objects) == manifests.workload(rendered(layer))
    assert manifests.container(objects)["args"].count("--config.auto-reload-interval=30s") == 1


@each_layer
def test_nothing_secret_is_in_the_tree(layer):
    objects = rendered(layer)
    assert [one for one in objects if one["kind"] == "Secret"] == []
    assert "EVERAI_TOKEN" not in {one["name"] for one in manifests.container(objects).get("env", [])}
    config = yaml.safe_load(manifests.find(objects, "ConfigMap")["data"]["everai.yml"])
    for block in (config["global"], *config["apps"]):
        assert not block.keys() & {"authorization", "proxy_url"}


@each_layer
def test_the_token_is_a_file_for_the_exporter_alone(layer):
    objects = rendered(layer)
    pod = manifests.pod_template(objects)["spec"]
    (volume,) = [one for one in pod["volumes"] if "secret" in one]
    assert volume["secret"] == {"secretName": "everai-token", "defaultMode": 0o440}
    # The kubelet makes the files root's, and of this group.
    assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsGroup"]
    (mount,) = [
        one for one in manifests.container(objects)["volumeMounts"] if one["name"] == volume["name"]
    ]
    assert f"--api.token-file={mount['mountPath']}/token" in manifests.container(objects)["args"]


# --- Shards


def shards_of(objects):
    """The number of shards as the StatefulSet has it, and as each shard is told."""
    (told,) = [
        one["value"]
        for one in manifests.container(objects)["env"]
        if one["name"] == "TOTAL_SHARDS"
    ]
    return manifests.workload(objects)["spec"]["replicas"], told


@pytest.mark.parametrize("count", [1, 3, 12])
def test_the_number_of_shards_stands_in_one_place(count, tmp_path):
    folder = in_a_copy(tmp_path, "sharded")
    kustomization = folder / "kustomization.yaml"
    text, found = re.subn(r"count: \d+", f"count: {count}", kustomization.read_text())
    assert found == 1
    kustomization.write_text(text)
    assert shards_of(manifests.render(folder)) == (count, str(count))


def test_the_shards_take_the_place_of_the_one_exporter():
    kinds = [one["kind"] for one in rendered("sharded")]
    assert kinds.count("StatefulSet") == 1
    assert "Deployment" not in kinds and "PersistentVolumeClaim" not in kinds


def test_a_shard_differs_from_the_one_exporter_in_what_it_must():
    one, shard = (manifests.pod_template(rendered(layer)) for layer in ("base", "sharded"))
    (container,) = shard["spec"]["containers"]
    del container["env"]
    assert container["args"][-2:] == ["--shard=$(SHARD)", "--total-shards=$(TOTAL_SHARDS)"]
    container["args"] = container["args"][:-2]
    one["spec"]["volumes"] = [
        volume for volume in one["spec"]["volumes"] if volume["name"] != "state"
    ]
    assert shard == one


def test_each_shard_has_a_volume_of_its_own_like_the_one_exporters():
    spec = manifests.workload(rendered("sharded"))["spec"]
    (claim,) = spec["volumeClaimTemplates"]
    base = manifests.find(rendered("base"), "PersistentVolumeClaim", "everai-exporter-state")
    assert (claim["metadata"]["name"], claim["spec"]) == ("state", base["spec"])
    assert spec["serviceName"] == "everai-exporter"
