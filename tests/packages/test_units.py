"""The units: that systemd takes them, and how much they leave to the service."""

import json
import re
import subprocess

import pytest

from conftest import ROOT, run

# systemd-analyze security gives 0 to what may do nothing, and 10 to what may do all.
MOST_EXPOSURE = 1.1

# What it may do all the same, and why it must.
NEEDED = {
    "PrivateNetwork": "it talks to the platform and to Prometheus",
    "IPAddressDeny": "the addresses of both are the admin's",
    "RestrictAddressFamilies_AF_INET_INET6": "the same",
    "RestrictAddressFamilies_AF_UNIX": "over it systemd is told that the exporter is ready",
    "RootDirectoryOrRootImage": "it uses the system's libraries and authorities",
    "ProcSubset": "process_start_time_seconds needs /proc/stat",
    "DeviceAllow": "ProtectClock= adds the clock's device, to be read",
}


@pytest.fixture(scope="module")
def service(package):
    return package.unit("everai_exporter.service")


@pytest.fixture(scope="module")
def settings(service) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"(?m)^(\w+)=(.*)$", service.read_text()):
        found.setdefault(key, []).append(value)
    return found


def test_systemd_takes_them(package, tmp_path):
    for name in ["everai_exporter.service", "everai_exporter.socket"]:
        # The program that it starts is to be there.
        text = package.unit(name).read_text()
        (tmp_path / name).write_text(text.replace("/usr/bin/", f"{package.root}/usr/bin/"))
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *tmp_path.iterdir()],
        capture_output=True, text=True, check=False,
    )
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")


def test_little_is_left_to_the_service(service):
    table = json.loads(
        run("systemd-analyze", "security", "--offline=true", "--json=short", "--no-pager", service)
    )
    exposed = {row["json_field"] for row in table if row["exposure"] and not row["set"]}
    assert exposed == NEEDED.keys()


def test_the_exposure_is_the_one_that_the_documentation_states(service):
    text = run("systemd-analyze", "security", "--offline=true", "--no-pager", service)
    figure = re.search(r"Overall exposure level for \S+: (\d+\.\d)", text)
    assert figure and float(figure[1]) <= MOST_EXPOSURE
    assert f"**{MOST_EXPOSURE}**" in (ROOT / "docs/deployment.md").read_text()


def test_the_flags_of_its_commands_are_the_programs(package, settings):
    known = package.flags("everai_exporter")
    for command in settings["ExecStart"] + settings["ExecReload"][:1]:
        assert set(re.findall(r"--[\w.-]+", command)) <= set(known)


def test_the_token_is_a_credential_that_a_dynamic_user_gets(settings):
    assert settings["DynamicUser"] == ["yes"]
    assert settings["LoadCredential"] == ["token:/etc/everai_exporter/token"]
    assert "--api.token-file=%d/token" in settings["ExecStart"][0]


def test_neither_unit_starts_without_a_token(package):
    for name in ["everai_exporter.service", "everai_exporter.socket"]:
        text = package.unit(name).read_text()
        assert "\nConditionPathExists=/etc/everai_exporter/token\n" in text
