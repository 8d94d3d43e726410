"""deploy/compose.yaml without containers: a folder stands for a container's root, a process for it."""

import os
import pathlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

import harness

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]

# What Debian calls the program of an image, if it is none of ours.
_DEBIAN = {"prometheus": "prometheus", "alertmanager": "prometheus-alertmanager"}


def interpolated(text: str) -> str:
    """Compose's ${NAME:-default}, with the defaults."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def mounts(service: str) -> list[tuple[str, str, str]]:
    """The volumes of a service as (source, target, mode); a mode that is not given is rw."""
    split = (volume.split(":") for volume in SERVICES[service].get("volumes", []))
    return [(source, target, *(mode or ["rw"])) for source, target, *mode in split]


def is_path(source: str) -> bool:
    """Whether a mount's source is a path of the host; else it is the name of a volume."""
    return source.startswith((".", "/"))


def names(service: str) -> set[str]:
    """What the other containers can call a service."""
    networks = SERVICES[service].get("networks", {})
    return {service} | {
        alias for network in networks.values() for alias in network.get("aliases", [])
    }


def container_ports(service: str) -> set[int]:
    return {int(port.rsplit(":", 1)[1]) for port in SERVICES[service].get("ports", [])}


def program(service: str) -> str:
    """The path or name of the program that a service runs."""
    if service in _DEBIAN:
        return _DEBIAN[service]
    return harness.installed(SERVICES[service].get("entrypoint", ["everai_exporter"])[0])


class Container:
    """The file system and the command of a service.

    Paths of the repository are linked to where they are mounted, volumes and secrets are made anew."""

    def __init__(self, service: str, folder: pathlib.Path) -> None:
        self.service = service
        self.root = folder / "root"
        for source, target, _ in mounts(service):
            place = self.path(target)
            place.parent.mkdir(parents=True, exist_ok=True)
            if is_path(source):
                place.symlink_to(os.path.normpath(DEPLOY / source))
            else:
                place.mkdir()
        for secret in SERVICES[service].get("secrets", []):
            place = self.path(f"/run/secrets/{secret}")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(harness.TOKEN + "\n")
            place.chmod(0o400)

    def path(self, inside: str) -> pathlib.Path:
        return self.root / inside.lstrip("/")

    def replace_targets(self, targets: Mapping[str, Sequence[str]]) -> None:
        """Puts other files in the place of /etc/prometheus/targets, as scripts/demo does."""
        place = self.path("/etc/prometheus/targets")
        place.unlink()
        place.mkdir()
        for name, addresses in targets.items():
            (place / name).write_text(yaml.safe_dump([{"targets": list(addresses)}]))

    def hurry_rules(self) -> None:
        """Takes away the rule groups' own intervals: it may take as long as those until they begin."""
        place = self.path("/etc/prometheus/alerts")
        shipped = (place / "everai.rules.yml").read_text()
        place.unlink()
        place.mkdir()
        (place / "everai.rules.yml").write_text(re.sub(r"(?m)^    interval: \w+\n", "", shipped))

    def argv(self, *more: str, replaced: Mapping[str, str] | None = None) -> list[str]:
        """The command with its paths below the root, texts replaced, and more flags."""
        argv = [program(self.service)]
        for argument in SERVICES[self.service]["command"]:
            flag, equals, value = argument.partition("=")
            if value.startswith("/"):
                value = str(self.path(value))
            argument = flag + equals + value
            for old, new in (replaced or {}).items():
                argument = argument.replace(old, new)
            argv.append(argument)
        return [*argv, *more]


class Running(harness.Process):
    """A service of compose.yaml as a process."""

    def __init__(
        self,
        folder: pathlib.Path,
        container: Container,
        *more: str,
        replaced: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            container.service,
            container.argv(*more, replaced=replaced),
            folder,
            harness.environment(**(env or {})),
        )
