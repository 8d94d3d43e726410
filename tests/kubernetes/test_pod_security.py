"""The pods may run where the profile `restricted` is enforced, and do no more than they must."""

import pytest

import manifests
import pod_security

each_layer = pytest.mark.parametrize("layer", manifests.LAYERS)


def pod_of(layer):
    return manifests.pod_template(manifests.render(manifests.LAYERS[layer]))["spec"]


@each_layer
def test_the_pods_keep_the_restricted_profile(layer):
    assert pod_security.broken_rules(pod_of(layer)) == []


C = "containers/0"
CONTEXT = f"{C}/securityContext"
BREACHES = {
    "HostProcess": [("securityContext/windowsOptions", {"hostProcess": True})],
    "Host Namespaces": [("hostNetwork", True), ("hostPID", True), ("hostIPC", True)],
    "Privileged Containers": [(f"{CONTEXT}/privileged", True)],
    "Host Ports": [(f"{C}/ports/0/hostPort", 10880)],
    "Host Probes / Lifecycle Hooks": [
        (f"{C}/livenessProbe/httpGet/host", "10.0.0.1"),
        (f"{C}/readinessProbe/httpGet/host", "10.0.0.1"),
        (f"{C}/lifecycle", {"preStop": {"tcpSocket": {"host": "10.0.0.1", "port": 1}}}),
    ],
    "AppArmor": [
        ("securityContext/appArmorProfile", {"type": "Unconfined"}),
        (f"{CONTEXT}/appArmorProfile", {"type": "Unconfined"}),
    ],
    "SELinux": [
        ("securityContext/seLinuxOptions", {"type": "spc_t"}),
        (f"{CONTEXT}/seLinuxOptions", {"user": "system_u"}),
        (f"{CONTEXT}/seLinuxOptions", {"role": "system_r"}),
    ],
    "/proc Mount Type": [(f"{CONTEXT}/procMount", "Unmasked")],
    "Sysctls": [("securityContext/sysctls", [{"name": "kernel.msgmax", "value": "1"}])],
    "Volume Types": [("volumes/0", {"name": "config", "hostPath": {"path": "/etc"}})],
    "Privilege Escalation": [
        (f"{CONTEXT}/allowPrivilegeEscalation", None),
        (f"{CONTEXT}/allowPrivilegeEscalation", True),
    ],
    "Running as Non-root": [
        ("securityContext/runAsNonRoot", None),
        ("securityContext/runAsNonRoot", False),
        (f"{CONTEXT}/runAsNonRoot", False),
    ],
    "Running as Non-root user": [("securityContext/runAsUser", 0), (f"{CONTEXT}/runAsUser", 0)],
    "Seccomp": [
        ("securityContext/seccompProfile", None),
        ("securityContext/seccompProfile", {"type": "Unconfined"}),
        (f"{CONTEXT}/seccompProfile", {"type": "Unconfined"}),
    ],
    "Capabilities": [
        (f"{CONTEXT}/capabilities", None),
        (f"{CONTEXT}/capabilities/drop", ["NET_RAW"]),
        (f"{CONTEXT}/capabilities/add", ["SYS_ADMIN"]),
    ],
}


@each_layer
@pytest.mark.parametrize("rule", pod_security.RULES)
def test_a_breach_of_each_rule_is_found(layer, rule):
    assert BREACHES[rule]
    for path, value in BREACHES[rule]:
        assert pod_security.broken_rules(manifests.changed(pod_of(layer), path, value)) == [rule]


@each_layer
def test_a_second_container_is_not_overlooked(layer):
    pod = pod_of(layer)
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        more = {**pod, kind: [*pod.get(kind, []), {"name": "more", "image": "more"}]}
        assert pod_security.broken_rules(more) == ["Privilege Escalation", "Capabilities"]


@each_layer
def test_the_namespace_enforces_the_profile(layer):
    namespace = manifests.find(manifests.render(manifests.LAYERS[layer]), "Namespace", "everai")
    for mode in ("enforce", "audit", "warn"):
        assert namespace["metadata"]["labels"][f"pod-security.kubernetes.io/{mode}"] == "restricted"


@each_layer
def test_it_does_no_more_than_it_must(layer):
    """What the profile leaves open."""
    pod = pod_of(layer)
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert (pod["securityContext"]["runAsUser"], pod["securityContext"]["runAsGroup"]) == (65534, 65534)
    (container,) = pod["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    writable = [mount["name"] for mount in container["volumeMounts"] if not mount.get("readOnly")]
    assert writable == ["state"]
