"""Every object is one that Kubernetes, or the Prometheus Operator, would take; and the check can fail."""

import pytest

import manifests
import schema


@pytest.mark.parametrize("layer", manifests.LAYERS)
def test_every_object_is_as_its_type_says(layer):
    for manifest in manifests.render(manifests.LAYERS[layer]):
        assert schema.complaints(manifest) == []


def test_no_two_objects_have_the_same_name():
    for folder in manifests.LAYERS.values():
        names = [manifests.identity(one) for one in manifests.render(folder)]
        assert len(names) == len(set(names))


# What it is of, where, what stands there instead (None: nothing), and what is said of it.
POD = "spec/template/spec"
CONTAINER = f"{POD}/containers/0"
MISTAKES = [
    ("Deployment", "apiVersion", "apps/v1beta1", "is not known"),
    ("Deployment", "kind", "Deploiment", "is not known"),
    ("Deployment", "replicas", 1, "V1Deployment has no replicas"),
    ("Deployment", "spec/replica", 1, "V1DeploymentSpec has no replica"),
    ("Deployment", "spec/replicas", "1", "'1' is no int"),
    ("Deployment", "spec/replicas", True, "True is no int"),
    ("Deployment", "spec/selector", None, "selector is missing"),
    ("Deployment", "spec/template", None, "template is missing"),
    ("Deployment", f"{POD}/containers", None, "containers is missing"),
    ("Deployment", f"{POD}/runAsNonRoot", True, "V1PodSpec has no runAsNonRoot"),
    ("Deployment", f"{POD}/automountServiceAccountToken", "false", "is no bool"),
    ("Deployment", f"{POD}/terminationGracePeriodSeconds", "10s", "is no int"),
    ("Deployment", f"{POD}/securityContext/capabilities", {}, "has no capabilities"),
    ("Deployment", f"{POD}/securityContext/fsGroup", "65534", "is no int"),
    ("Deployment", f"{POD}/volumes", {"config": {}}, "no list"),
    ("Deployment", f"{POD}/volumes/1/secret/name", "token", "has no name"),
    ("Deployment", f"{POD}/volumes/1/secret/defaultMode", "0440", "is no int"),
    ("Deployment", f"{CONTAINER}/name", None, "name is missing"),
    ("Deployment", f"{CONTAINER}/arguments", [], "has no arguments"),
    ("Deployment", f"{CONTAINER}/args", "--help", "no list"),
    ("Deployment", f"{CONTAINER}/args/0", 1, "is no str"),
    ("Deployment", f"{CONTAINER}/livenessProbe/httpGet/port", None, "port is missing"),
    ("Deployment", f"{CONTAINER}/livenessProbe/http", {}, "V1Probe has no http"),
    ("Deployment", f"{CONTAINER}/ports/0/containerPort", "10880", "is no int"),
    ("Deployment", f"{CONTAINER}/resources/limit", {}, "has no limit"),
    ("Deployment", f"{CONTAINER}/resources/limits", [], "no map"),
    ("Deployment", f"{CONTAINER}/volumeMounts/0/mountPath", None, "mountPath is missing"),
    ("Deployment", f"{CONTAINER}/securityContext/fsGroup", 1, "has no fsGroup"),
    ("Deployment", "metadata/label", {}, "V1ObjectMeta has no label"),
    ("Deployment", "metadata/labels/replicas", 1, "1 is no str"),
    ("Service", "spec/ports/0/port", None, "port is missing"),
    ("Service", "spec/ports/0/targetPort", True, "True is no object"),
    ("Service", "spec/selector", ["app"], "no map"),
    ("NetworkPolicy", "spec/podSelector", None, "podSelector is missing"),
    ("NetworkPolicy", "spec/ingress/0/from/0/namespaceSelector/labels", {}, "has no labels"),
    ("NetworkPolicy", "spec/policyTypes", "Ingress", "no list"),
    ("ServiceMonitor", "spec/selector", None, "selector is missing"),
    ("ServiceMonitor", "spec/endpoints/0/port", 10880, "10880 is no str"),
    ("ServiceMonitor", "spec/endpoints/0/interval", 15, "15 is no duration"),
    ("ServiceMonitor", "spec/endpoints/0/interval", "15", "'15' is no duration"),
    ("ServiceMonitor", "spec/endpoints/0/interval", "1s1m", "'1s1m' is no duration"),
    ("ServiceMonitor", "spec/endpoints/0/interval", "", "'' is no duration"),
    ("ServiceMonitor", "spec/endpoints/0/relabelings/0/action", "drops", "is no action"),
    ("ServiceMonitor", "spec/endpoints/0/relabeling", [], "Endpoint has no relabeling"),
    ("ServiceMonitor", "spec/endpoints/0/relabelings/0/target", "x", "has no target"),
    ("PrometheusRule", "groups", [], "PrometheusRule has no groups"),
    ("PrometheusRule", "spec/groups/0/name", None, "name is missing"),
    ("PrometheusRule", "spec/groups/0/rules/0/expr", None, "expr is missing"),
    ("PrometheusRule", "spec/groups/0/rules/0/labels", {"severity": 1}, "1 is no str"),
    ("PrometheusRule", "spec/groups/0/rules/0/expression", "up", "Rule has no expression"),
]


@pytest.mark.parametrize(
    ("kind", "path", "value", "said"), MISTAKES, ids=[f"{one[0]}-{one[1]}-{one[2]}" for one in MISTAKES]
)
def test_a_mistake_is_found(kind, path, value, said):
    right = manifests.find(manifests.render(manifests.BASE), kind)
    found = schema.complaints(manifests.changed(right, path, value))
    assert len(found) == 1 and said in found[0], found


def test_a_mistake_in_what_only_the_shards_have_is_found():
    right = manifests.find(manifests.render(manifests.SHARDED), "StatefulSet")
    for path, value, said in [
        ("spec/serviceName", 1, "is no str"),
        ("spec/strategy", {}, "V1StatefulSetSpec has no strategy"),
        ("spec/volumeClaimTemplates/0/spec/resources/requests/storage", 100, "100 is no str"),
        (f"{CONTAINER}/env/0/valueFrom/fieldRef/fieldPath", None, "fieldPath is missing"),
        (f"{CONTAINER}/env/1/value", 3, "3 is no str"),
    ]:
        (found,) = schema.complaints(manifests.changed(right, path, value))
        assert said in found
