"""A real Prometheus, and the dashboards' queries sent to it as Grafana would."""

import dataclasses
import json
import math
import pathlib
import urllib.parse
from collections.abc import Iterable, Mapping, Sequence

import boards
import harness
from boards import Board, Query

RULES = boards.ROOT / "alerts" / "everai.rules.yml"


class Prometheus(harness.Process):
    """Scrapes exporters every second; with the project's alert rules where they are there."""

    def __init__(
        self,
        folder: pathlib.Path,
        targets: Iterable[int] = (),
        rules: Sequence[Mapping] = (),
        data: pathlib.Path | None = None,
    ) -> None:
        own = folder / "own.rules.json"  # JSON is YAML, too
        own.write_text(json.dumps({"groups": [{"name": "own", "rules": list(rules)}]}))
        files = [str(own)] + ([str(RULES)] if RULES.exists() else [])
        config = folder / "prometheus.yml"
        config.write_text(
            json.dumps(
                {
                    "global": {
                        "scrape_interval": "1s",
                        "scrape_timeout": "1s",
                        "evaluation_interval": "1s",
                    },
                    "rule_files": files,
                    "scrape_configs": [
                        {
                            "job_name": "everai-exporter",
                            "static_configs": [
                                {"targets": [f"127.0.0.1:{port}" for port in targets]}
                            ],
                        }
                    ],
                }
            )
        )
        port = harness.free_port()
        self.url = f"http://127.0.0.1:{port}"
        argv = [
            "prometheus",
            f"--config.file={config}",
            f"--storage.tsdb.path={data or folder / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        super().__init__("prometheus", argv, folder, harness.environment())
        harness.wait_for(self._ready, "Prometheus is ready", 30)

    def _ready(self) -> bool:
        assert self.alive(), f"Prometheus ended:\n{self.log()}"
        try:
            return harness.fetch(self.url + "/-/ready").status == 200
        except OSError:
            return False

    def ask(self, path: str, **arguments: str) -> list:
        """The data of an answer of Prometheus' API; fails if it is an error."""
        answer = harness.fetch(
            f"{self.url}/api/v1/{path}?" + urllib.parse.urlencode(arguments), timeout=30
        )
        body = json.loads(answer.text)
        assert body["status"] == "success", f"{arguments}: {body}"
        data = body["data"]
        return data["result"] if isinstance(data, dict) else data

    def has(self, query: str) -> bool:
        return bool(self.ask("query", query=query))


@dataclasses.dataclass(frozen=True)
class Series:
    labels: Mapping[str, str]
    values: Sequence[float]
    times: Sequence[float]


@dataclasses.dataclass(frozen=True)
class View:
    """What a user looks at: a time range, and the choice of variables (all, but for a dashboard of one app)."""

    end: float
    span: int = 60
    interval: int = 5
    rate_interval: int = 20
    app_namespace: str = "default"
    app: str = "sd"

    def variables(self, board: str) -> dict[str, str]:
        chosen = dict.fromkeys(("job", "instance", "app_namespace", "app"), ".+")
        if board == "everai-app":
            chosen |= {"app_namespace": self.app_namespace, "app": self.app}
        return chosen | boards.builtins(self.rate_interval, self.interval, self.span, self.end)


def run(prometheus: Prometheus, query: Query, view: View) -> list[Series]:
    """The series that a panel's or an annotation's query returns."""
    expr = boards.interpolate(query.expr, view.variables(query.board))
    if query.instant:
        rows = prometheus.ask("query", query=expr, time=f"{view.end:.3f}")
        return [Series(row["metric"], [float(row["value"][1])], [row["value"][0]]) for row in rows]
    start = view.end - view.span
    step = "1" if query.kind == "annotation" else str(view.interval)
    rows = prometheus.ask(
        "query_range", query=expr, start=f"{start:.3f}", end=f"{view.end:.3f}", step=step
    )
    return [
        Series(
            row["metric"],
            [float(value) for _, value in row["values"]],
            [at for at, _ in row["values"]],
        )
        for row in rows
    ]


def choices(prometheus: Prometheus, query: Query, view: View) -> list[str]:
    """What a variable offers, asked for as Grafana 9 to 12 do: the label's values of the matching series."""
    selector = boards.interpolate(query.expr, view.variables(query.board))
    window = {"start": f"{view.end - view.span:.3f}", "end": f"{view.end:.3f}"}
    return prometheus.ask(f"label/{query.ref}/values", **{"match[]": selector}, **window)


# Least and greatest value that makes sense in a unit.
BOUNDS = {
    "percentunit": (0.0, 1.0),
    "s": (
        -2.0,
        10 * 365 * 86400.0,
    ),  # an age can be a little below 0, as clocks are read at two times
    "h": (0.0, 1e6),
    "bytes": (0.0, 1e13),
    "reqps": (0.0, 1e6),
    "cpm": (0.0, 1e6),
    "short": (0.0, 1e6),
    "none": (0.0, 1e6),
}


def insane(query: Query, series: Iterable[Series], bounds: tuple[float, float]) -> list[str]:
    """What is wrong with the values of a result: no number, or one that the unit does not allow."""
    low, high = bounds
    return [
        f"{query.name}: {value} {query.unit} of {dict(one.labels)}"
        for one in series
        for value in one.values
        if not (math.isfinite(value) and low <= value <= high)
    ][:3]


def legend_gaps(query: Query, series: Iterable[Series]) -> list[str]:
    """Labels that the legend wants and a series does not have."""
    wanted = boards.legend_labels(query.target.get("legendFormat", ""))
    return [f"{query.name}: no label {gap}" for one in series for gap in wanted - set(one.labels)]


def queries(*names: str) -> list[Query]:
    loaded: list[Board] = [boards.load(name) for name in names or boards.NAMES]
    return [
        query
        for board in loaded
        for query in boards.panel_queries(board) + boards.annotation_queries(board)
    ]
