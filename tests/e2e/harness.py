"""The programs under test as objects: start, ask, stop. Every wait is a poll with a deadline."""

import contextlib
import dataclasses
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

TOKEN = "e2e-token-5f0c1d"

T = TypeVar("T")

_pause = threading.Event()


def wait_for(ask: Callable[[], T], what: str, timeout: float = 20.0, every: float = 0.05) -> T:
    """The first true value that `ask` gives; fails after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (answer := ask()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout:g} s: {what}")
        _pause.wait(every)
    return answer


def pause(seconds: float) -> None:
    """Lets time pass, for a test in which the moment matters."""
    _pause.wait(seconds)


def installed(program: str) -> str:
    """The path of one of the project's programs, in the directory that EVERAI_BIN names."""
    directory = os.environ.get("EVERAI_BIN")
    assert directory, "EVERAI_BIN must name the directory of the installed programs"
    path = pathlib.Path(directory) / program
    assert path.exists(), f"{path} is not there"
    return str(path.resolve())


def write_whole(path: pathlib.Path, text: str) -> None:
    """Replaces a file as careful editors do: who reads it finds the old text or the new one."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(text)
    beside.replace(path)


def free_port() -> int:
    with listen() as server:
        return server.getsockname()[1]


def listen(host: str = "127.0.0.1") -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, 0), family=family, backlog=128)


@dataclasses.dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str


def fetch(
    url: str,
    method: str = "GET",
    timeout: float = 5.0,
    *,
    body: str = "",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """An HTTP exchange; any status is an answer. Redirects and proxies are not in use here."""
    parts = urllib.parse.urlsplit(url)
    assert parts.hostname is not None
    with contextlib.closing(
        http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    ) as connection:
        target = parts.path + ("?" + parts.query if parts.query else "")
        sent = body.encode() if method == "POST" else None
        connection.request(method, target or "/", body=sent, headers=dict(headers or {}))
        response = connection.getresponse()
        return Answer(
            response.status,
            {name.lower(): value for name, value in response.getheaders()},
            response.read().decode(),
        )


class Page:
    """A text exposition, taken apart."""

    _SAMPLE = re.compile(r"(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
    _LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')

    def __init__(self, text: str) -> None:
        self.text = text
        self.helps: list[str] = []
        self.types: list[str] = []
        self.samples: list[tuple[str, dict[str, str], float]] = []
        for line in text.splitlines():
            if line.startswith("# HELP "):
                self.helps.append(line.split(" ")[2])
            elif line.startswith("# TYPE "):
                self.types.append(line.split(" ")[2])
            else:
                match = self._SAMPLE.fullmatch(line)
                assert match, f"no sample: {line!r}"
                labels = dict(self._LABEL.findall(match["labels"] or ""))
                self.samples.append((match["name"], labels, float(match["value"])))

    def values(self, name: str, **labels: str) -> list[float]:
        return [
            value
            for sample, has, value in self.samples
            if sample == name and labels.items() <= has.items()
        ]

    def value(self, name: str, **labels: str) -> float | None:
        """The one sample's value; None if there is none."""
        found = self.values(name, **labels)
        assert len(found) < 2, f"{name} {labels} is not unique"
        return found[0] if found else None

    def family_of(self, sample: str) -> str:
        """The family of a sample: a histogram's has three kinds."""
        base = re.sub("_(bucket|sum|count)$", "", sample)
        return base if base in self.types else sample

    def families_of(self, app: str) -> set[str]:
        return {self.family_of(name) for name, labels, _ in self.samples if labels.get("app") == app}


def promtool_check(text: str) -> tuple[int, str, str]:
    """What `promtool check metrics` says of a page: exit status, output, errors."""
    check = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    return check.returncode, check.stdout, check.stderr


_FIELD = r'([a-z_]+)=("(?:[^"\\]|\\["\\])*"|[^\s"=\\]+)'


def parse_record(line: str) -> dict[str, str]:
    """A line of a log, in logfmt or JSON."""
    if line.startswith("{"):
        return json.loads(line)
    assert re.fullmatch(f"{_FIELD}(?: {_FIELD})*", line), f"no logfmt: {line!r}"
    return {
        key: re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
        for key, value in re.findall(_FIELD, line)
    }


class Process:
    """A program that runs until it is stopped; what it writes goes to files."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        folder: pathlib.Path,
        env: Mapping[str, str],
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.name = name
        self._stderr_path = folder / f"{name}.log"
        self._stdout_path = folder / f"{name}.out"
        with open(self._stderr_path, "wb") as stderr, open(self._stdout_path, "wb") as stdout:
            self._popen = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env=dict(env),
                pass_fds=pass_fds,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    def log(self) -> str:
        return self._stderr_path.read_text(errors="replace")

    def output(self) -> str:
        return self._stdout_path.read_text(errors="replace")

    def alive(self) -> bool:
        return self._popen.poll() is None

    def records(self) -> list[dict[str, str]]:
        """The lines of the log, taken apart; fails if one has neither of its two forms."""
        return [parse_record(line) for line in self.log().splitlines()]

    def wait_for_log(self, pattern: str, timeout: float = 20.0) -> re.Match[str]:
        """Waits for a line of the log or the output that has `pattern` in it."""

        def found() -> re.Match[str] | None:
            match = re.search(pattern, self.log() + self.output())
            assert match or self.alive(), f"{self.name} ended:\n{self.log()}"
            return match

        return wait_for(found, f"{pattern!r} in the log of {self.name}", timeout)

    def wait(self, timeout: float) -> int:
        """The exit status, once the program has ended by itself."""
        return self._popen.wait(timeout)

    def send_signal(self, number: signal.Signals) -> None:
        self._popen.send_signal(number)

    def terminate(self) -> float:
        """Sends SIGTERM. @return how many seconds it took to end."""
        begin = time.monotonic()
        self.send_signal(signal.SIGTERM)
        self._popen.wait(20)
        return time.monotonic() - begin

    def kill(self) -> None:
        """Ends it as a crash does: it cannot do anything about it."""
        self._popen.kill()
        self._popen.wait()

    def close(self) -> None:
        if self.alive():
            self._popen.terminate()
            try:
                self._popen.wait(10)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait()


def environment(**variables: str) -> dict[str, str]:
    """A bare environment: nothing of the caller's (proxies, tokens) gets into a test."""
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **variables}


class Simulator(Process):
    def __init__(self, folder: pathlib.Path, *flags: str, apps: Sequence[str]) -> None:
        argv = [installed("everai_simulator"), "--listen-address", "127.0.0.1:0", *flags]
        for app in apps:
            argv += ["--app", app]
        super().__init__("simulator", argv, folder, environment(EVERAI_TOKEN=TOKEN))
        self.url = self.wait_for_log(r"url=(http://\S+)")[1]

    def truth(self) -> dict:
        answer = fetch(self.url + "/simulator/truth")
        assert answer.status == 200, answer
        return json.loads(answer.text)

    def pause(self) -> None:
        assert fetch(self.url + "/simulator/pause", "POST").status // 100 == 2

    def resume(self) -> None:
        assert fetch(self.url + "/simulator/resume", "POST").status // 100 == 2

    def begin_rollout(self) -> None:
        assert fetch(self.url + "/simulator/rollout", "POST").status == 200

    def set_faults(self, faults: Mapping[str, object], app: str | None = None) -> None:
        """Sets faults of one app or of all, by the names that docs/simulator.md lists."""
        wanted = {**faults, **({} if app is None else {"app": app})}
        answer = fetch(self.url + "/simulator/faults", "POST", body=json.dumps(wanted))
        assert answer.status == 200, answer

    def scale_down(self, app: str, count: int) -> None:
        app_namespace, name = app.split("/")
        answer = fetch(
            f"{self.url}/api/apps/v1/namespaces/{app_namespace}/apps/{name}/workers:scale-down",
            "POST",
            body=json.dumps({"scaleDownWorkersNum": str(count)}),
            headers={"Authorization": f"Bearer {TOKEN}"},
        )
        assert answer.status == 200, answer

    def served(self, app: str, *outcomes: str) -> int:
        """How many requests of an app ended in one of the outcomes, success and failed, so far."""
        apps = {one["name"]: one for one in self.truth()["apps"]}
        return sum(apps[app][outcome] for outcome in outcomes)


class Exporter(Process):
    """A running exporter, made with `exporter_argv`, or of a configuration file alone."""

    def __init__(
        self,
        folder: pathlib.Path,
        *flags: str,
        config: pathlib.Path | None = None,
        endpoint: str = "",
        apps: Sequence[str] = (),
        token: str | None = TOKEN,
        listen: str = "127.0.0.1:0",
        env: Mapping[str, str] | None = None,
    ) -> None:
        if config is None:
            argv = exporter_argv(*flags, endpoint=endpoint, apps=apps)
        else:
            argv = [installed("everai_exporter"), f"--config.file={config}", *flags]
        argv += ["--web.listen-address", listen]
        env = dict(env or {}) | ({} if token is None else {"EVERAI_TOKEN": token})
        super().__init__("exporter", argv, folder, environment(**env))
        self.port = int(self.wait_for_log(r"\"?port\"?[=:]\"?(\d+)")[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def page(self) -> Page:
        answer = fetch(self.url + "/metrics")
        assert answer.status == 200, answer
        return Page(answer.text)

    def status(self) -> dict:
        return json.loads(fetch(self.url + "/status.json").text)

    def app_status(self, name: str) -> dict:
        """What /status.json tells of an app."""
        return next(app for app in self.status()["apps"] if app["name"] == name)

    def reload(self) -> Answer:
        """Asks for a reload over HTTP, for which --web.enable-lifecycle must have been given."""
        return fetch(self.url + "/-/reload", "POST", timeout=15)

    def wait_until_ready(self) -> None:
        wait_for(lambda: fetch(self.url + "/-/ready").status == 200, "the exporter is ready")

    def wait_for_page(self, test: Callable[[Page], bool], what: str, timeout: float = 20.0) -> Page:
        def ask() -> Page | None:
            page = self.page()
            return page if test(page) else None

        return wait_for(ask, what, timeout)

    def log_lines(self, *parts: str) -> list[str]:
        return [line for line in self.log().splitlines() if all(part in line for part in parts)]


def exporter_argv(*flags: str, endpoint: str, apps: Sequence[str]) -> list[str]:
    """A command line that polls every second, unless `flags` say otherwise."""
    argv = [installed("everai_exporter"), "--api.endpoint", endpoint]
    for app in apps:
        argv += ["--app", app]
    for flag in ("--scrape.interval", "--scrape.timeout"):
        if flag not in flags:
            argv += [flag, "1s"]
    return argv + list(flags)


class Prometheus(Process):
    """A real Prometheus that scrapes one exporter every second, or does what a configuration says."""

    def __init__(
        self, folder: pathlib.Path, target_port: int = 0, *, config: str | None = None
    ) -> None:
        data = folder / "prometheus"
        data.mkdir()
        path = data / "prometheus.yml"
        path.write_text(
            config
            or "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
            "scrape_configs:\n"
            "  - job_name: everai\n"
            f"    static_configs: [{{targets: ['127.0.0.1:{target_port}']}}]\n"
        )
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        super().__init__(
            "prometheus",
            [
                "prometheus",
                f"--config.file={path}",
                f"--storage.tsdb.path={data}/tsdb",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            folder,
            environment(),
        )
        wait_for(self._ready, "Prometheus is ready", 30)

    def _ready(self) -> bool:
        assert self.alive(), f"Prometheus ended:\n{self.log()}"
        with contextlib.suppress(OSError):
            return fetch(self.url + "/-/ready").status == 200
        return False

    def query(self, promql: str, at: float | None = None) -> list[dict]:
        """The result of an instant query, evaluated now or at a time in Unix seconds."""
        arguments = {"query": promql} | ({} if at is None else {"time": f"{at:.3f}"})
        answer = fetch(self.url + "/api/v1/query?" + urllib.parse.urlencode(arguments))
        body = json.loads(answer.text)
        assert body["status"] == "success", body
        return body["data"]["result"]

    def by_app(self, promql: str, at: float | None = None) -> dict[str, float]:
        """An instant vector, by its `app` label."""
        return {
            row["metric"].get("app", ""): float(row["value"][1]) for row in self.query(promql, at)
        }

    def samples(self, selector: str, at: float | None = None) -> dict[str, list[tuple[float, float]]]:
        """The stored samples of the last hour as (time, value), by the `app` label."""
        return {
            row["metric"].get("app", ""): [(when, float(value)) for when, value in row["values"]]
            for row in self.query(f"{selector}[1h]", at)
        }
