"""Alerts from end to end: the shipped rules and Alertmanager configuration at a higher speed, and who receives the alerts."""

import contextlib
import http.server
import json
import pathlib
import re
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

import harness

ALERTS = pathlib.Path(__file__).resolve().parents[2] / "alerts"
RECEIVER_URL = "http://127.0.0.1:9095"  # of the shipped alertmanager.yml

_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_RANGE = re.compile(r"(?<=\[)\w+(?=\])")
# A threshold of an age: `time() - something > 900`, on one line.
_AGE = re.compile(r"(time\(\) - .*? > )(\d+)\b")


def quicker(duration: str, speed: int) -> str:
    """A duration such as `5m`, a fraction of it; 1 ms at least."""
    number, unit = re.fullmatch(r"(\d+)(ms|s|m|h|d)", duration).groups()
    return f"{max(int(number) * _UNITS[unit] // speed, 1)}ms"


def quicker_rules(rules: Mapping[str, Any], speed: int) -> dict[str, Any]:
    """Rules for a world in which everything goes `speed` times as fast: `for`, ranges, intervals and ages."""

    def expression(text: str) -> str:
        text = _RANGE.sub(lambda match: quicker(match[0], speed), text)
        return _AGE.sub(lambda match: f"{match[1]}{int(match[2]) / speed:g}", text)

    def rule(shipped: Mapping[str, Any]) -> dict[str, Any]:
        durations = {"for": quicker(shipped["for"], speed)} if "for" in shipped else {}
        return {**shipped, "expr": expression(shipped["expr"]), **durations}

    # Without an interval of its own a group is evaluated as often as `prometheus.yml` says.
    return {
        "groups": [
            {"name": group["name"], "rules": [rule(each) for each in group["rules"]]}
            for group in rules["groups"]
        ]
    }


def quicker_routes(route: Mapping[str, Any], speed: int) -> dict[str, Any]:
    """A route of Alertmanager and those below it, with shorter waits."""
    waits = ("group_wait", "group_interval")
    changed = {key: quicker(route[key], speed) for key in waits if key in route}
    below = [quicker_routes(each, speed) for each in route.get("routes", [])]
    return {**route, **changed, **({"routes": below} if below else {})}


class Receiver:
    """A webhook that remembers which alerts it was told of."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str, str]] = set()
        self._lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.note(self.path.removeprefix("/"), body["alerts"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Nobody reads it."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def note(self, receiver: str, alerts: Sequence[Mapping[str, Any]]) -> None:
        with self._lock:
            for alert in alerts:
                if alert["status"] == "firing":
                    labels = alert["labels"]
                    self._told.add((receiver, labels.get("job", ""), labels["alertname"]))

    def told_of(self, job: str) -> dict[str, str]:
        """The alerts of a job that were received so far, and by whom."""
        with self._lock:
            return {alert: receiver for receiver, of, alert in self._told if of == job}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class Alertmanager(harness.Process):
    """A real Alertmanager with the shipped configuration, but for its waits and the address of its receivers."""

    def __init__(self, folder: pathlib.Path, receiver_url: str, speed: int) -> None:
        config = yaml.safe_load((ALERTS / "alertmanager.yml").read_text().replace(RECEIVER_URL, receiver_url))
        config["route"] = quicker_routes(config["route"], speed)
        path = folder / "alertmanager.yml"
        path.write_text(yaml.safe_dump(config))
        port = harness.free_port()
        self.address = f"127.0.0.1:{port}"
        super().__init__(
            "alertmanager",
            [
                "prometheus-alertmanager",
                f"--config.file={path}",
                f"--storage.path={folder / 'data'}",
                f"--web.listen-address={self.address}",
                "--cluster.listen-address=",
            ],
            folder,
            harness.environment(),
        )
        harness.wait_for(self._ready, "Alertmanager is ready", 30)

    def _ready(self) -> bool:
        assert self.alive(), f"Alertmanager ended:\n{self.log()}"
        with contextlib.suppress(OSError):
            return harness.fetch(f"http://{self.address}/-/ready").status == 200
        return False

    def alerts(self, job: str) -> dict[str, str]:
        """The alerts of a job that Alertmanager has, each with its state: `active`, or `inhibited`."""
        answer = harness.fetch(f"http://{self.address}/api/v2/alerts")
        return {
            alert["labels"]["alertname"]: "inhibited"
            if alert["status"]["inhibitedBy"]
            else alert["status"]["state"]
            for alert in json.loads(answer.text)
            if alert["labels"].get("job") == job
        }


class Prometheus(harness.Prometheus):
    """A real Prometheus with the shipped rules, at a higher speed, that scrapes one exporter for each job every second."""

    def __init__(
        self, folder: pathlib.Path, ports: Mapping[str, int], alertmanager: str, speed: int
    ) -> None:
        rules = folder / "rules.yml"
        shipped = yaml.safe_load((ALERTS / "everai.rules.yml").read_text())
        rules.write_text(yaml.safe_dump(quicker_rules(shipped, speed)))
        config = {
            "global": {
                "scrape_interval": "1s",
                "scrape_timeout": "1s",
                "evaluation_interval": "1s",
            },
            "rule_files": [str(rules)],
            "alerting": {
                "alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}],
            },
            "scrape_configs": [
                {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
                for job, port in ports.items()
            ],
        }
        super().__init__(folder, config=yaml.safe_dump(config))

    def firing(self, job: str) -> set[str]:
        return self._alerts(f'ALERTS{{alertstate="firing",job="{job}"}}')

    def ever_fired(self, job: str) -> set[str]:
        return self._alerts(f'last_over_time(ALERTS{{alertstate="firing",job="{job}"}}[1h])')

    def _alerts(self, query: str) -> set[str]:
        return {row["metric"]["alertname"] for row in self.query(query)}
