"""deploy/kubernetes as kubectl sees it."""

import copy
import functools
import json
import pathlib
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
KUBERNETES = ROOT / "deploy/kubernetes"
BASE = KUBERNETES / "base"
SHARDED = KUBERNETES / "overlays/sharded"
LAYERS = {"base": BASE, "sharded": SHARDED}

# An object of Kubernetes, as YAML has it.
Manifest = dict[str, Any]

# kubectl 1.28, the oldest that docs/kubernetes.md promises, has kustomize 5.0 in it.
_OLDEST_KUSTOMIZE = (5, 0)


@functools.cache
def kustomize() -> tuple[str, ...]:
    """The command that renders a folder. Skips the test where none is installed that is new enough."""
    if shutil.which("kubectl"):
        told = subprocess.run(
            ["kubectl", "version", "--client", "--output=json"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        version = json.loads(told or "{}").get("kustomizeVersion", "v0.0")
        numbers = re.findall(r"\d+", version)
        if (int(numbers[0]), int(numbers[1])) >= _OLDEST_KUSTOMIZE:
            return ("kubectl", "kustomize")
    pytest.skip("needs kubectl 1.28 or newer, which Debian 12 does not have")


@functools.cache
def _rendered(folder: pathlib.Path) -> list[Manifest]:
    made = subprocess.run(
        [*kustomize(), str(folder)], capture_output=True, text=True, check=False, timeout=60
    )
    assert made.returncode == 0, made.stderr
    # It warns of what is deprecated.
    assert made.stderr == ""
    return list(yaml.safe_load_all(made.stdout))


def render(folder: pathlib.Path) -> list[Manifest]:
    """All objects that the folder makes; a copy, which may be changed."""
    return copy.deepcopy(_rendered(folder))


def identity(manifest: Manifest) -> tuple[str, str]:
    return manifest["kind"], manifest["metadata"]["name"]


def find(manifests: list[Manifest], kind: str, name: str = "everai-exporter") -> Manifest:
    (found,) = [one for one in manifests if identity(one) == (kind, name)]
    return found


def workload(manifests: list[Manifest]) -> Manifest:
    """The Deployment or StatefulSet; there is one."""
    (found,) = [one for one in manifests if "template" in one.get("spec", {})]
    return found


def pod_template(manifests: list[Manifest]) -> Manifest:
    return workload(manifests)["spec"]["template"]


def container(manifests: list[Manifest]) -> dict[str, Any]:
    (only,) = pod_template(manifests)["spec"]["containers"]
    return only


def changed(manifest: Any, path: str, value: Any) -> Any:
    """A copy in which `value` stands at `path`, such as `spec/ports/0/port`; None takes away what is there."""
    result = copy.deepcopy(manifest)
    *way, last = (int(step) if step.isdecimal() else step for step in path.split("/"))
    place = result
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return result


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
