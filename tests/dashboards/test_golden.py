"""The numbers of the key panels, worked out by hand, for data that is known.

Two exporters, a and b, watch the same two apps; b was restarted three hours ago and lost its counters. A third one, c, another
shard, has not answered for an hour. Prometheus also scrapes a job that has nothing to do with EverAI. A query that adds up the exporters, or takes
the other job in, is off by a factor."""

import re
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

import boards
import harness
import live

STEP = 60
HOUR = 3600
SPAN = 6 * HOUR
KEPT = SPAN + HOUR  # the data reach back beyond the range

SD = 'app_namespace="default",app="sd"'
LLM = 'app_namespace="default",app="llm"'
STATES = dict.fromkeys(boards.STATE_COLOURS, 0)
SD_WORKERS = STATES | {"busy": 6, "free": 2, "starting": 1, "error": 1}
LLM_WORKERS = STATES | {"busy": 4, "rolling_in": 1}
A100, H100 = "NVIDIA A100 80GB", "NVIDIA H100 80GB"

Value = Callable[[int], float | None]  # by the seconds since the first sample


def grows(a_second: float, start: float = 1000) -> Value:
    return lambda at: start + a_second * at


def stays(value: float) -> Value:
    return lambda _: value


class Data:
    """Series as text for `promtool tsdb create-blocks-from openmetrics`."""

    def __init__(self, end: int) -> None:
        self.begin = end - KEPT
        self._families: dict[str, list[str]] = {}

    def add(self, name: str, labels: str, value: Value) -> None:
        lines = self._families.setdefault(name, [])
        for at in range(0, KEPT + 1, STEP):
            if (now := value(at)) is not None:
                lines.append(f"{name}{{{labels}}} {now!r} {self.begin + at}")

    def text(self) -> Iterator[str]:
        for name, lines in self._families.items():
            yield f"# TYPE {name} unknown"
            yield from lines
        yield "# EOF\n"


def add_app(
    data: Data, who: str, app: str, workers: dict, limit: int, queue: int, rates: tuple
) -> None:
    requests, failed = rates
    labels = f"{who},{app}"
    for state, count in workers.items():
        data.add("everai_app_workers", f'{labels},state="{state}"', stays(count))
    data.add("everai_app_up", labels, stays(1))
    data.add("everai_app_workers_max", labels, stays(limit))
    data.add("everai_app_queue_size", labels, stays(queue))
    data.add("everai_app_queue_backlog_threshold", labels, stays(10))
    data.add("everai_app_slo_objective_ratio", labels, stays(0.99))
    lost = KEPT - 3 * HOUR  # b began anew then

    def counter(a_second: float) -> Value:
        if 'instance="b' in who:
            return lambda at: a_second * (at if at < lost else at - lost)
        return grows(a_second)

    data.add("everai_app_requests_total", labels, counter(requests))
    data.add("everai_app_requests_failed_total", labels, counter(failed))
    model, each, price = (A100, 1, '"USD"} 2') if app == SD else (H100, 2, '"EUR"} 3')
    for state, count in workers.items():
        of = f'{labels},state="{state}",gpu_model="{model}"'
        data.add("everai_app_gpu_seconds_total", of, counter(count * each))
    currency, cost = price.split("} ")
    of = f'{labels},gpu_model="{model}",currency={currency}'
    data.add("everai_app_gpu_price_per_hour", of, stays(float(cost)))


def add_exporter(data: Data, name: str, delay: int, api: dict[str, float]) -> None:
    who = f'job="everai-exporter",instance="{name}"'
    data.add("up", who, stays(1))
    data.add("everai_exporter_build_info", f'{who},version="0.1.0"', stays(1))
    data.add("everai_exporter_shard", who, stays(0))
    data.add("process_start_time_seconds", who, stays(data.begin))
    for code, a_second in api.items():
        data.add(
            "everai_exporter_api_requests_total",
            f'{who},endpoint="live",code="{code}"',
            grows(a_second),
        )
    add_app(data, who, SD, SD_WORKERS, limit=12, queue=20, rates=(3, 0.015))
    add_app(data, who, LLM, LLM_WORKERS, limit=4, queue=0, rates=(1, 0.05))
    for app in (SD, LLM):
        last = "everai_app_last_poll_success_timestamp_seconds"
        data.add(last, f"{who},{app}", lambda at: data.begin + at - delay)
        data.add("everai_app_poll_failures_total", f'{who},{app},reason="timeout"', grows(1 / 120))
    since = data.begin + KEPT
    data.add("everai_app_last_scale_up_timestamp_seconds", f"{who},{SD}", stays(since - 400))
    data.add(
        "everai_app_oldest_starting_worker_timestamp_seconds", f"{who},{SD}", stays(since - 700)
    )
    data.add("everai_device_worker_errors_total", f'{who},device="host-1"', grows(2 / HOUR))
    data.add("everai_device_worker_errors_total", f'{who},device="host-2"', stays(0))
    # Ten launches an hour: five of 5 to 10 s, four of 10 to 15 s, one of 15 to 30 s.
    for le, an_hour in {"5": 0, "10": 5, "15": 9, "30": 10, "+Inf": 10}.items():
        bucket = "everai_app_worker_launch_duration_seconds_bucket"
        data.add(bucket, f'{who},{SD},le="{le}"', grows(an_hour / HOUR))


def make_data(end: int) -> str:
    data = Data(end)
    add_exporter(data, "a:10880", delay=20, api={"200": 0.19, "503": 0.01})
    add_exporter(data, "b:10880", delay=50, api={"200": 0.2})
    third = 'job="everai-exporter",instance="c:10880"'
    gone = KEPT - HOUR
    data.add(
        "everai_exporter_build_info",
        f'{third},version="0.1.0"',
        lambda at: 1 if at < gone else None,
    )
    data.add("up", third, lambda at: float(at < gone))
    data.add("everai_exporter_shard", third, lambda at: 1 if at < gone else None)
    errors = "everai_device_worker_errors_total"
    data.add(errors, f'{third},device="host-1"', lambda at: at / HOUR if at < gone else None)
    other = 'job="node",instance="d:9100"'
    data.add("up", other, stays(0))
    data.add("process_start_time_seconds", other, stays(end - 5))
    return "\n".join(data.text())


@pytest.fixture(scope="module")
def answers(start, tmp_path_factory) -> Callable[[str], dict]:
    """answers(NAME): the values of a query at the end of the data, by its legend or labels."""
    end = int(time.time()) // STEP * STEP - HOUR
    folder = tmp_path_factory.mktemp("golden")
    (folder / "data.om").write_text(make_data(end))
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "data.om", "blocks"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    prometheus = start(live.Prometheus, data=folder / "blocks")
    queries = {query.name: query for query in live.queries()}
    view = live.View(end=end, span=SPAN, interval=STEP, rate_interval=4 * STEP)

    def ask(name: str, **renamed: str) -> dict:
        """The query's answer. @param renamed  words of it, as if there were no such series"""
        query = queries[name]
        expr = boards.interpolate(query.expr, view.variables(query.board))
        for word, other in renamed.items():
            expr = re.sub(rf"\b{word}\b(?=[|\"])", other, expr)
        rows = prometheus.ask("query", query=expr, time=str(end))
        return {
            ",".join(
                row["metric"].get(label, "") for label in KEYS if label in row["metric"]
            ): float(row["value"][1])
            for row in rows
        }

    harness.wait_for(lambda: ask("everai-fleet / Apps / A"), "the data are there")
    return ask


# The labels that tell the series of a result apart.
KEYS = ("app", "state", "device", "currency", "code", "reason", "version", "gpu_model", "instance")

# The sums: sd has 6 + 2 + 1 + 1 workers, llm 4 + 1. In six hours sd finishes 3 x 21,600 requests and 0.5 % fail, llm
# 21,600 and 5 % fail. sd holds 10 GPUs: 60 GPU hours, 12 of them free; llm 5 x 2: 60 as well, none free. The pair counts two
# errors an hour, the other shard one, for five hours less half a step.
GOLDEN = {
    "everai-fleet / Exporters that answer / A": {"": 2 / 3},
    "everai-fleet / Platform API answers / A": {"": 0.39 / 0.4},
    "everai-fleet / Apps not polled / A": {"": 0},
    "everai-fleet / Workers in trouble / A": {"": 1},
    "everai-fleet / Apps with a backlog / A": {"": 1},
    "everai-fleet / Apps at their limit / A": {"": 1},
    "everai-fleet / Failing requests / A": {"": 0.065 / 4},
    "everai-fleet / Apps / B": {"sd": 20, "llm": 20},
    "everai-fleet / Apps / C": {"sd": 8, "llm": 4},
    "everai-fleet / Apps / G": {"sd": 0.75, "llm": 1},
    "everai-fleet / Apps / I": {"sd": 2700, "llm": 900},
    "everai-fleet / Workers by state / A": {"busy": 10, "free": 2, "starting": 1},
    "everai-fleet / Workers by state / B": {"rolling_in": 1, "removing": 0, "unknown": 0},
    "everai-fleet / Workers by state / C": {"error": 1, "unavailable": 0},
    "everai-fleet / Finished requests / A": {"sd": 3, "llm": 1},
    "everai-fleet / Failing requests by app / A": {"sd": 0.005, "llm": 0.05},
    "everai-fleet / Worker errors by host / A": {"host-1": 12 + 299.5 / 60},
    "everai-fleet / Workers against the limit / A": {"sd": 9 / 12, "llm": 5 / 4},
    "everai-fleet / Time to drain the queue / A": {"sd": 20 / 3, "llm": 0},
    "everai-fleet / Time short of workers / A": {},
    "everai-fleet / GPU hours / A": {"": 120},
    "everai-fleet / Idle share of GPU time / A": {"": 0.1},
    "everai-fleet / Cost / A": {"USD": 120, "EUR": 180},
    "everai-fleet / Cost of idle GPUs / A": {"USD": 24, "EUR": 0},
    "everai-fleet / GPU hours by app / A": {"sd": 60, "llm": 60},
    "everai-fleet / GPU hours and cost by app / C": {"sd": 10 / 3, "llm": 10},
    "everai-app / Age of the data / A": {"sd": 20},
    "everai-app / Serving workers / A": {"sd": 8},
    "everai-app / Queue vs threshold / A": {"sd": 2},
    "everai-app / Failing requests / A": {"sd": 0.005},
    "everai-app / Error budget left / A": {"sd": 0.5},
    "everai-app / Error budget burn / B": {"sd": 0.5},
    "everai-app / Utilisation / A": {"sd": 0.75},
    "everai-app / Autoscaler lag / A": {"sd": 400},
    "everai-app / Oldest starting worker / A": {"sd": 700},
    "everai-app / Busy workers at the peak / A": {"sd": 6},
    "everai-app / Launch time / A": {"": 10},
    "everai-app / Launch time / B": {"": 15},
    "everai-app / Launch time / C": {"": 28.5},
    "everai-app / Cost / A": {"USD": 120},
    "everai-app / Cost / B": {"USD": 24},
    "everai-app / For a request / A": {"sd": 10 / 3},
    "everai-app / GPU hours by state / A": {
        "busy": 36, "free": 12, "starting": 6, "error": 6, "rolling_in": 0, "unavailable": 0, "removing": 0, "unknown": 0,
    },
    "everai-exporter / Oldest data / A": {"": 20},
    "everai-exporter / Failed polls by reason / A": {"timeout": 1},
    "everai-exporter / Requests by code / A": {"200": 0.39, "503": 0.01},
    "everai-exporter / Version / A": {"0.1.0": 2},
    "everai-exporter / Running since / A": {"": KEPT},
}  # fmt: skip


@pytest.mark.parametrize("name", ["everai-fleet / Workers in trouble / A", "everai-app / Workers in trouble / A"])
def test_errors_that_are_unknown_are_no_zero(answers, name):
    """As while a history listing cannot be read: only a number above 0 says something."""
    assert answers(name)
    assert answers(name, error="gone") == {}
    assert list(answers(name, error="gone", unavailable="busy").values()) == [10 if "fleet" in name else 6]


@pytest.mark.parametrize("name", GOLDEN)
def test_numbers(answers, name):
    assert answers(name) == pytest.approx(GOLDEN[name], rel=1e-9, abs=1e-9)
