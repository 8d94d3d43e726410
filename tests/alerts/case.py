"""How the cases of the rule tests are written down: series of apps, and what fires when.

Values are in promtool's notation, a sample a minute: `0x4 3x10` is 0 at minutes 0 to 4, then 3 eleven times."""

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence

JOB = "everai"
STATES = ("error", "unavailable", "removing", "rolling_in", "starting", "busy", "free", "unknown")

# The short names under which cases give an app's series.
METRICS = {
    "up": "everai_app_up",
    "history": "everai_app_history_up",
    "queue": "everai_app_queue_size",
    "threshold": "everai_app_queue_backlog_threshold",
    "limit": "everai_app_workers_max",
    "objective": "everai_app_slo_objective_ratio",
    "requests": "everai_app_requests_total",
    "failed": "everai_app_requests_failed_total",
    "created": "everai_app_workers_created_total",
    "replaced": "everai_app_workers_replaced_total",
    "errors": "everai_app_worker_errors_total",
    "last_error": "everai_app_last_worker_error_timestamp_seconds",
    "oldest_start": "everai_app_oldest_starting_worker_timestamp_seconds",
    "last_poll": "everai_app_last_poll_success_timestamp_seconds",
}


def render_labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{value}"' for name, value in labels.items())


def series(metric: str, values: str, **labels: str) -> dict[str, str]:
    """A series of an exporter; it is of the job and of instance `a` unless the labels say otherwise."""
    labels = {"job": JOB, "instance": "a"} | labels
    return {f"{metric}{{{render_labels(labels)}}}": values}


def lose(values: str, minutes: Iterable[int]) -> str:
    """The values with some scrapes lost: Prometheus then marks the series as stale."""
    samples = expand(values)
    for minute in minutes:
        samples[minute] = "stale"
    return compress(samples)


def thin_out(values: str, every: int) -> str:
    """Only each so-and-so-many-th of the values."""
    return compress(expand(values)[::every]) if every > 1 else values


def compress(samples: Sequence[str]) -> str:
    """The contrary of `expand`: runs of equal or equally growing samples in promtool's notation."""
    items, at = [], 0
    while at < len(samples):
        end = at + 1
        if _is_number(samples[at]):
            step = _step(samples, at)
            while step is not None and _step(samples, end - 1) == step:
                end += 1
        if end - at > 2:
            grown = f"{step:+g}" if step else ""
            items.append(f"{samples[at]}{grown}x{end - at - 1}")
        else:
            items.append(samples[at])
            end = at + 1
        at = end
    return " ".join(items)


def _is_number(sample: str) -> bool:
    return sample not in ("_", "stale")


def _step(samples: Sequence[str], at: int) -> float | None:
    """By how much the next sample is more; none if there is none, or no number."""
    if at + 1 >= len(samples) or not _is_number(samples[at + 1]):
        return None
    return round(float(samples[at + 1]) - float(samples[at]), 6)


def expand(values: str) -> list[str]:
    samples = []
    for item in values.split():
        match = re.fullmatch(r"(?P<first>_|[\d.]+)(?:(?P<step>[+-][\d.]+))?(?:x(?P<times>\d+))?", item)
        if match is None:
            samples.append(item)
            continue
        # `_x3` is three missing samples, but `1x3` is four times 1.
        missing = match["first"] == "_"
        count = int(match["times"] or (1 if missing else 0)) + (0 if missing else 1)
        step = float(match["step"] or 0)
        samples += [
            "_" if missing else f"{float(match['first']) + step * at:.10g}" for at in range(count)
        ]
    return samples


def app(
    name: str = "sd",
    *,
    instance: str = "a",
    pod: str | None = None,
    gpus_free: Mapping[str, str] | None = None,
    failures: Mapping[str, str] | None = None,
    lost: Sequence[int] = (),
    **values: str,
) -> dict[str, str]:
    """The series of an app as one exporter serves them.

    @param values     by the short names of METRICS and by worker state; states not given are 0 if one is
    @param gpus_free  free GPUs by model
    @param failures   failed polls by reason
    @param lost       the minutes at which the scrape failed"""
    base = {"job": JOB, "instance": instance, "app_namespace": "default", "app": name}
    base |= {} if pod is None else {"pod": pod}
    given = [state for state in STATES if state in values]
    length = max((len(expand(values[state])) for state in given), default=0)
    found: dict[str, str] = {}
    for short, metric in METRICS.items():
        if short in values:
            found |= series(metric, values[short], **base)
    for state in STATES if given else ():
        found |= series("everai_app_workers", values.get(state, f"0x{length - 1}"), **base, state=state)
    for model, free in (gpus_free or {}).items():
        found |= series("everai_app_gpus", free, **base, state="free", gpu_model=model)
        found |= series("everai_app_gpus", "9x400", **base, state="busy", gpu_model=model)
    for reason, count in (failures or {}).items():
        found |= series("everai_app_poll_failures_total", count, **base, reason=reason)
    unknown = set(values) - set(METRICS) - set(STATES)
    assert not unknown, f"no such series: {unknown}"
    return {name: lose(each, lost) for name, each in found.items()} if lost else found


@dataclasses.dataclass(frozen=True)
class Alert:
    """One that fires: of an app by default, or with the labels given. The rule's own are added."""

    description: str
    app: str | None = "sd"
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def identity(self) -> dict[str, str]:
        if self.app is None:
            return dict(self.labels)
        return {"job": JOB, "app_namespace": "default", "app": self.app, **self.labels}


@dataclasses.dataclass(frozen=True)
class Case:
    """What fires of which alerts at which minutes, if these are the series."""

    name: str
    series: Mapping[str, str]
    expect: Sequence[tuple[int, str, Sequence[Alert]]]
    # What recording rules have: minute, expression, and value by app.
    records: Sequence[tuple[int, str, Mapping[str, float]]] = ()


def recorded(minute: int, record: str, **by_app: float) -> tuple[int, str, Mapping[str, float]]:
    """What a recording rule has for each app at a minute."""
    return minute, record, by_app


def fires(minute: int, alert: str, *alerts: Alert) -> tuple[int, str, Sequence[Alert]]:
    assert alerts
    return minute, alert, alerts


def silent(alert: str, *minutes: int) -> list[tuple[int, str, Sequence[Alert]]]:
    return [(minute, alert, ()) for minute in minutes]


def join(*parts: Mapping[str, str]) -> dict[str, str]:
    """All the series; none may be given twice."""
    joined: dict[str, str] = {}
    for part in parts:
        assert not joined.keys() & part.keys(), joined.keys() & part.keys()
        joined |= part
    return joined
