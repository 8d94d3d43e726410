"""docs/kubernetes.md: its overlays can be rendered and do what it says, its commands name what there is."""

import pathlib
import re
import shutil
import subprocess

import pytest
import yaml

import manifests
import schema

TEXT = (manifests.ROOT / "docs/kubernetes.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
OVERLAYS = [text for language, text in BLOCKS if language == "yaml"]
COMMANDS = "".join(text for language, text in BLOCKS if language == "sh").replace("\\\n", " ")

EVERAI_YML = "apps:\n  - name: mine\n"


@pytest.fixture
def overlay(tmp_path):
    """overlay(text): what a kustomization renders to that has the project beside its folder."""

    def render(text: str) -> list[manifests.Manifest]:
        for source in (manifests.KUBERNETES, manifests.ROOT / "dashboards"):
            target = tmp_path / "everai_exporter" / source.relative_to(manifests.ROOT)
            shutil.copytree(source, target)
        folder = tmp_path / "mine"
        folder.mkdir()
        (folder / "kustomization.yaml").write_text(text)
        (folder / "everai.yml").write_text(EVERAI_YML)
        return manifests.render(folder)

    return render


def test_an_overlay_of_ones_own(overlay):
    objects = overlay(OVERLAYS[0])
    assert [schema.complaints(one) for one in objects] == [[]] * len(objects)
    assert [manifests.identity(one) for one in objects] == [
        manifests.identity(one) for one in manifests.render(manifests.BASE)
    ]
    assert manifests.container(objects)["image"] == "registry.example.org/everai_exporter:0.1.0"
    # Its name stays, and with it the pod.
    assert manifests.find(objects, "ConfigMap")["data"] == {"everai.yml": EVERAI_YML}
    for kind in ("ServiceMonitor", "PrometheusRule"):
        labels = manifests.find(objects, kind)["metadata"]["labels"]
        assert labels["release"] == "kube-prometheus-stack"
    # What selects pods is as it was: it cannot be changed later.
    selector = manifests.workload(objects)["spec"]["selector"]
    assert selector == manifests.workload(manifests.render(manifests.BASE))["spec"]["selector"]
    (ingress,) = manifests.find(objects, "NetworkPolicy")["spec"]["ingress"]
    (peer,) = ingress["from"]
    assert peer["namespaceSelector"] == {
        "matchLabels": {"kubernetes.io/metadata.name": "prometheus"}
    }


def test_an_overlay_in_another_namespace(overlay):
    assert OVERLAYS[0].count("namespace: everai\n") == 1
    objects = overlay(OVERLAYS[0] + "\nnamespace: elsewhere\n")
    places = {one["metadata"].get("namespace", one["metadata"]["name"]) for one in objects}
    assert places == {"elsewhere"}


def test_an_overlay_without_the_operator(overlay):
    objects = overlay(OVERLAYS[1])
    wanted = [
        manifests.identity(one)
        for one in manifests.render(manifests.BASE)
        if not one["apiVersion"].startswith("monitoring.coreos.com")
    ]
    assert [manifests.identity(one) for one in objects] == wanted


def test_the_documented_secret_is_the_one_that_is_mounted():
    manifests.kustomize()  # or there is no kubectl
    (command,) = re.findall(r"kubectl .*create secret.*?(?= \|)", COMMANDS)
    made = subprocess.run(
        ["bash", "-c", command], input="typed", capture_output=True, text=True, check=True
    )
    secret = yaml.safe_load(made.stdout)
    assert schema.complaints(without_nulls(secret)) == []
    volumes = manifests.pod_template(manifests.render(manifests.BASE))["spec"]["volumes"]
    (mounted,) = [one["secret"]["secretName"] for one in volumes if "secret" in one]
    assert (secret["metadata"]["name"], secret["metadata"]["namespace"]) == (mounted, "everai")
    assert secret["data"] == {"token": "dHlwZWQ="}


def without_nulls(secret):
    """Older versions of kubectl write a time of creation, which is not there yet."""
    metadata = {key: value for key, value in secret["metadata"].items() if value is not None}
    return {**secret, "metadata": metadata}


def test_the_commands_name_what_there_is():
    paths = re.findall(r"-[fk] (\S+/\S+)", COMMANDS)
    assert len(paths) == 3
    for path in paths:
        assert (manifests.ROOT / path).exists(), path
    objects = {
        (kind.lower(), name)
        for kind, name in map(manifests.identity, manifests.render(manifests.BASE))
    }
    named = re.findall(r"\b(deployment|persistentvolumeclaim)/(\S+)", COMMANDS)
    assert len(named) == 4
    assert set(named) <= objects
    assert set(re.findall(r"-n (\S+)", COMMANDS)) == {"everai"}


def test_what_it_says_of_the_pod_holds():
    container = manifests.container(manifests.render(manifests.BASE))
    assert container["resources"] == {
        "requests": {"cpu": "10m", "memory": "32Mi"},
        "limits": {"memory": "256Mi"},
    }
    for said in ("32 MiB", "a hundredth of a core", "256 MiB"):
        assert said in TEXT


@pytest.mark.parametrize("target", re.findall(r"\]\((\.\./[^)#]+)", TEXT))
def test_a_link_leads_somewhere(target):
    assert (pathlib.Path(manifests.ROOT / "docs") / target).resolve().exists()
