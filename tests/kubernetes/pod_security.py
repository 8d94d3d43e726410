"""The rules of the Pod Security Standards that a pod has to keep where the profile `restricted` is
enforced."""

from collections.abc import Callable, Iterator
from typing import Any

PodSpec = dict[str, Any]

_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}


def _containers(pod: PodSpec) -> Iterator[dict[str, Any]]:
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        yield from pod.get(kind, [])


def _own(container: dict[str, Any]) -> dict[str, Any]:
    return container.get("securityContext", {})


def _effective(pod: PodSpec, field: str) -> list[Any]:
    """A field of the security context for each container: its own, or else the pod's."""
    common = pod.get("securityContext", {}).get(field)
    return [_own(container).get(field, common) for container in _containers(pod)]


def _everywhere(pod: PodSpec, field: str) -> list[Any]:
    """A field of the security context wherever it is given."""
    contexts = [pod.get("securityContext", {}), *map(_own, _containers(pod))]
    return [context[field] for context in contexts if field in context]


def _dropped_only(pod: PodSpec) -> bool:
    return all(
        "ALL" in _own(one).get("capabilities", {}).get("drop", []) for one in _containers(pod)
    )


def _capabilities_added(pod: PodSpec) -> set[str]:
    return {
        name
        for one in _containers(pod)
        for name in _own(one).get("capabilities", {}).get("add", [])
    }


# Each rule by its name in the standards, and whether a pod keeps it.
RULES: dict[str, Callable[[PodSpec], bool]] = {
    # Of the profile `baseline`, which `restricted` has in it.
    "HostProcess": lambda pod: not any(
        options.get("hostProcess") for options in _everywhere(pod, "windowsOptions")
    ),
    "Host Namespaces": lambda pod: not any(
        pod.get(field) for field in ("hostNetwork", "hostPID", "hostIPC")
    ),
    "Privileged Containers": lambda pod: not any(_everywhere(pod, "privileged")),
    "Host Ports": lambda pod: not any(
        port.get("hostPort") for one in _containers(pod) for port in one.get("ports", [])
    ),
    "Host Probes / Lifecycle Hooks": lambda pod: not any(
        handler.get(how, {}).get("host")
        for one in _containers(pod)
        for handler in (
            *(one.get(probe, {}) for probe in ("livenessProbe", "readinessProbe", "startupProbe")),
            *one.get("lifecycle", {}).values(),
        )
        for how in ("httpGet", "tcpSocket")
    ),
    "AppArmor": lambda pod: all(
        profile["type"] in ("RuntimeDefault", "Localhost")
        for profile in _everywhere(pod, "appArmorProfile")
    ),
    "SELinux": lambda pod: not any(
        "user" in options or "role" in options or options.get("type", "") != ""
        for options in _everywhere(pod, "seLinuxOptions")
    ),
    "/proc Mount Type": lambda pod: all(
        kind == "Default" for kind in _everywhere(pod, "procMount")
    ),
    "Sysctls": lambda pod: not _everywhere(pod, "sysctls"),
    # Of `restricted` itself.
    "Volume Types": lambda pod: all(
        volume.keys() - {"name"} <= _VOLUMES for volume in pod.get("volumes", [])
    ),
    "Privilege Escalation": lambda pod: all(
        _own(one).get("allowPrivilegeEscalation") is False for one in _containers(pod)
    ),
    "Running as Non-root": lambda pod: all(
        value is True for value in _effective(pod, "runAsNonRoot")
    ),
    "Running as Non-root user": lambda pod: 0 not in _everywhere(pod, "runAsUser"),
    "Seccomp": lambda pod: all(
        profile is not None and profile["type"] in ("RuntimeDefault", "Localhost")
        for profile in _effective(pod, "seccompProfile")
    ),
    "Capabilities": lambda pod: (
        _dropped_only(pod) and _capabilities_added(pod) <= {"NET_BIND_SERVICE"}
    ),
}


def broken_rules(pod: PodSpec) -> list[str]:
    return [name for name, keeps in RULES.items() if not keeps(pod)]
