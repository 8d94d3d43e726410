"""Checks objects against the types of the Kubernetes API: the models of Debian's python3-kubernetes say
which fields there are, of which type, and which are needed. The Prometheus Operator's types are written
out here, as far as they are used."""

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

from kubernetes import client

# The models by apiVersion and kind; their names do not tell the group.
_MODELS = {
    ("apps/v1", "Deployment"): "V1Deployment",
    ("apps/v1", "StatefulSet"): "V1StatefulSet",
    ("networking.k8s.io/v1", "NetworkPolicy"): "V1NetworkPolicy",
    ("v1", "ConfigMap"): "V1ConfigMap",
    ("v1", "Namespace"): "V1Namespace",
    ("v1", "PersistentVolumeClaim"): "V1PersistentVolumeClaim",
    ("v1", "Secret"): "V1Secret",
    ("v1", "Service"): "V1Service",
}

# What the manifests use of monitoring.coreos.com/v1. A name with `!` is needed.
_OPERATOR: dict[str, dict[str, str]] = {
    "PrometheusRule": {
        "apiVersion!": "str",
        "kind!": "str",
        "metadata!": "V1ObjectMeta",
        "spec!": "PrometheusRuleSpec",
    },
    "PrometheusRuleSpec": {"groups": "list[RuleGroup]"},
    "RuleGroup": {"name!": "str", "interval": "duration", "rules": "list[Rule]"},
    "Rule": {
        "alert": "str",
        "record": "str",
        "expr!": "str",
        "for": "duration",
        "labels": "dict(str, str)",
        "annotations": "dict(str, str)",
    },
    "ServiceMonitor": {
        "apiVersion!": "str",
        "kind!": "str",
        "metadata!": "V1ObjectMeta",
        "spec!": "ServiceMonitorSpec",
    },
    "ServiceMonitorSpec": {
        "jobLabel": "str",
        "selector!": "V1LabelSelector",
        "endpoints!": "list[Endpoint]",
    },
    "Endpoint": {
        "port": "str",
        "interval": "duration",
        "scrapeTimeout": "duration",
        "relabelings": "list[RelabelConfig]",
    },
    "RelabelConfig": {
        "action": "action",
        "regex": "str",
        "sourceLabels": "list[str]",
        "targetLabel": "str",
    },
}


_DURATION = re.compile("".join(rf"(?:\d+{unit})?" for unit in ("y", "w", "d", "h", "m", "s", "ms")))
_ACTIONS = ("replace", "keep", "drop", "labelmap", "labeldrop", "labelkeep")


def _is_duration(value: Any) -> bool:
    return isinstance(value, str) and value != "" and bool(_DURATION.fullmatch(value))


_SCALARS: dict[str, Callable[[Any], bool]] = {
    "str": lambda value: isinstance(value, str),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool),
    "duration": _is_duration,
    "action": lambda value: value in _ACTIONS,
    # A port's number or name.
    "object": lambda value: isinstance(value, (int, str)) and not isinstance(value, bool),
}


@functools.cache
def _fields(name: str) -> tuple[dict[str, str], set[str]]:
    """The types of a type's fields by their names in YAML, and the names of those that are needed."""
    if name in _OPERATOR:
        fields = {field.rstrip("!"): kind for field, kind in _OPERATOR[name].items()}
        return fields, {field.rstrip("!") for field in _OPERATOR[name] if field.endswith("!")}
    model = getattr(client, name)
    names = model.attribute_map
    return {names[field]: kind for field, kind in model.openapi_types.items()}, {
        names[field] for field in names if _is_needed(model, field)
    }


def _is_needed(model: type, field: str) -> bool:
    """Whether a model refuses to be without a field: it takes None for every other one, whatever its type."""
    blank = model.__new__(model)
    blank.local_vars_configuration = client.Configuration()
    try:
        setattr(blank, field, None)
    except ValueError:
        return True
    return False


def _walk(kind: str, value: Any, path: str) -> Iterator[str]:
    if kind.startswith("list["):
        if not isinstance(value, list):
            yield f"{path}: no list"
            return
        for at, element in enumerate(value):
            yield from _walk(kind[len("list[") : -1], element, f"{path}/{at}")
    elif kind.startswith("dict("):
        if not isinstance(value, dict):
            yield f"{path}: no map"
            return
        for key, element in value.items():
            yield from _walk("str", key, f"{path}/{key}")
            yield from _walk(kind[len("dict(str, ") : -1], element, f"{path}/{key}")
    elif kind in _SCALARS:
        if not _SCALARS[kind](value):
            yield f"{path}: {value!r} is no {kind}"
    elif not isinstance(value, dict):
        yield f"{path}: no {kind}"
    else:
        fields, needed = _fields(kind)
        yield from (f"{path}: {field} is missing" for field in sorted(needed - value.keys()))
        for field, inner in value.items():
            if field not in fields:
                yield f"{path}: {kind} has no {field}"
            else:
                yield from _walk(fields[field], inner, f"{path}/{field}")


def complaints(manifest: dict[str, Any]) -> list[str]:
    """What is wrong with an object; nothing, if it is as its type says."""
    version, kind = manifest.get("apiVersion"), manifest.get("kind")
    if (version, kind) in _MODELS:
        model = _MODELS[version, kind]
    elif version == "monitoring.coreos.com/v1" and kind in ("PrometheusRule", "ServiceMonitor"):
        model = kind
    else:
        return [f"{kind} of {version} is not known"]
    return list(_walk(model, manifest, kind))
