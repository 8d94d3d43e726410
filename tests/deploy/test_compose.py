"""compose.yaml as a file: it hangs together, and is secure by default."""

import os
import re
import subprocess

import pytest
import yaml

import stack

ALL = sorted(stack.SERVICES)
OURS = ["exporter", "exporter-demo", "simulator"]
PUBLIC = sorted(set(ALL) - set(OURS))

each_service = pytest.mark.parametrize("service", ALL)


@each_service
def test_what_is_mounted_is_there(service):
    for source, _, mode in stack.mounts(service):
        if stack.is_path(source):
            assert (stack.DEPLOY / source).exists(), source
            assert mode == "ro"
        else:
            assert source in stack.COMPOSE["volumes"]


def volumes():
    mounts = [mount for service in ALL for mount in stack.mounts(service)]
    return [source for source, _, _ in mounts if not stack.is_path(source)]


def test_all_that_is_declared_is_used():
    assert set(volumes()) == set(stack.COMPOSE["volumes"])
    secrets = [name for service in ALL for name in stack.SERVICES[service].get("secrets", [])]
    assert secrets == list(stack.COMPOSE["secrets"])


def test_no_state_is_shared():
    assert len(volumes()) == len(set(volumes()))


@each_service
def test_a_container_may_do_little(service):
    settings = stack.SERVICES[service]
    assert settings["read_only"] is True
    assert settings["cap_drop"] == ["ALL"]
    assert settings["security_opt"] == ["no-new-privileges:true"]
    for more in ("privileged", "cap_add", "network_mode", "pid", "devices", "userns_mode"):
        assert more not in settings


@each_service
def test_it_listens_to_this_machine_only(service):
    assert stack.SERVICES[service]["ports"]
    for port in stack.SERVICES[service]["ports"]:
        assert re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port)


def profile(name):
    return [
        service for service in ALL if name in stack.SERVICES[service].get("profiles", [name])
    ]


@pytest.mark.parametrize("name", ["platform", "demo"])
def test_the_services_of_a_profile_fit_together(name):
    services = profile(name)
    ports = [port for service in services for port in stack.SERVICES[service]["ports"]]
    assert len(ports) == len(set(ports))
    # One of them is the exporter, whatever it is called.
    assert len([service for service in services if "exporter" in stack.names(service)]) == 1
    for service in services:
        for other, how in stack.SERVICES[service].get("depends_on", {}).items():
            assert other in services
            if how["condition"] == "service_healthy":
                assert "test" in stack.SERVICES[other]["healthcheck"]


def test_only_the_exporter_of_the_platform_gets_the_token():
    assert [service for service in ALL if "secrets" in stack.SERVICES[service]] == ["exporter"]
    path = stack.interpolated(stack.COMPOSE["secrets"]["everai_token"]["file"])
    # In the tree it could be committed, or get into the image.
    assert os.path.isabs(path)
    for service in OURS:
        assert "environment" not in stack.SERVICES[service]
    assert "authorization" not in (stack.DEPLOY / "everai.yml").read_text()


@pytest.mark.parametrize("service", OURS)
def test_our_programs_are_of_the_image_made_here(service):
    settings = stack.SERVICES[service]
    assert settings["image"] == "everai_exporter:latest"
    assert (stack.DEPLOY / settings["build"]).resolve() == stack.ROOT
    assert settings["pull_policy"] == "build"
    assert settings["user"] == "65534:65534"
    # The image's own, which needs no shell, or none.
    assert "test" not in settings.get("healthcheck", {})


@pytest.mark.parametrize("service", PUBLIC)
def test_public_images_are_of_a_certain_version_and_asked_for_their_health(service):
    settings = stack.SERVICES[service]
    assert re.fullmatch(r"[a-z]+/[a-z]+:v?\d+\.\d+\.\d+", settings["image"])
    (port,) = stack.container_ports(service)
    assert settings["healthcheck"]["test"][0] == "CMD"
    assert f"http://127.0.0.1:{port}/" in settings["healthcheck"]["test"][-1]


def test_what_is_named_in_an_address_is_a_service_with_that_port():
    texts = [(stack.DEPLOY / "compose.yaml").read_text()]
    texts += [path.read_text() for path in (stack.DEPLOY / "targets").iterdir()]
    texts += [path.read_text() for path in (stack.DEPLOY / "grafana").rglob("*.yml")]
    known = {
        (name, port)
        for service in ALL
        for name in stack.names(service)
        for port in stack.container_ports(service)
    }
    code = "\n".join(re.sub(r"(?m)^\s*#.*$", "", text) for text in texts)
    found = {
        (name, int(port)) for name, port in re.findall(r"(?:://|')([a-z][a-z-]*):(\d+)", code)
    }
    assert {"exporter", "simulator", "alertmanager", "prometheus"} <= {name for name, _ in found}
    assert found <= known


@pytest.mark.parametrize("service", ["exporter", "exporter-demo"])
def test_the_exporter_accepts_its_command(service, tmp_path):
    container = stack.Container(service, tmp_path)
    check = subprocess.run(
        container.argv("--config.check"), capture_output=True, text=True, check=False, timeout=20
    )
    assert check.returncode == 0, check.stderr
    apps = yaml.safe_load(check.stdout)["apps"]
    assert [(app["namespace"], app["name"]) for app in apps] == [
        ("default", "sd"),
        ("default", "llm"),
        ("team-b", "whisper"),
    ]
    endpoints = {app["endpoint"] for app in apps}
    if service == "exporter":
        assert endpoints == {"https://everai.expvent.com"}
        assert all("authorization" in app for app in apps)
    else:
        assert endpoints == {"http://simulator:10881"}
        assert not any("authorization" in app for app in apps)


def test_the_exporter_listens_on_the_published_port_by_default():
    help_text = subprocess.run(
        [stack.program("exporter"), "--help"], capture_output=True, text=True, check=True
    ).stdout
    (port,) = stack.container_ports("exporter")
    assert f"(default: :{port})" in help_text
