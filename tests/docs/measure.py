"""Measures what the exporter and the naive script cost on the same fleet; docs/comparison.md shows what came of it.

Usage: EVERAI_BIN=... measure.py APPS [ROUNDS]. In a round each of the two asks for every app once, and is scraped once."""

import contextlib
import dataclasses
import os
import pathlib
import statistics
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))

import harness  # noqa: E402


class Script(harness.Process):
    """The naive script, on a free port."""

    def __init__(self, folder: pathlib.Path, endpoint: str, apps: list[str]) -> None:
        self.port = harness.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        env = harness.environment(EVERAI_TOKEN=harness.TOKEN, PORT=str(self.port))
        program = str(pathlib.Path(__file__).with_name("naive_exporter.py"))
        # Not a Python of the PATH: Debian's own has the library.
        super().__init__("script", ["/usr/bin/python3", program, endpoint, *apps], folder, env)
        self.wait_for_log(r"port=\d+")


@dataclasses.dataclass
class Costs:
    """What a program took, and how long its scrapes did."""

    program: Script | harness.Exporter
    scrapes: list[float] = dataclasses.field(default_factory=list)
    cpu_before: float = 0

    def cpu(self) -> float:
        """Seconds so far."""
        stat = pathlib.Path(f"/proc/{self.program.pid}/stat").read_text()
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """MiB that are resident."""
        pages = pathlib.Path(f"/proc/{self.program.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def scrape(self) -> None:
        begin = time.monotonic()
        answer = harness.fetch(self.program.url + "/metrics", timeout=60)
        self.scrapes.append(time.monotonic() - begin)
        assert answer.status == 200, answer

    def row(self, name: str) -> str:
        cpu = (self.cpu() - self.cpu_before) / len(self.scrapes) * 1000
        scrape = statistics.median(self.scrapes) * 1000
        return f"{name:9} {cpu:8.1f} ms CPU a round {scrape:8.1f} ms a scrape {self.memory():6.1f} MiB"


# The exporter asks for two listings of an app, and keeps to a hundred requests a second.
LISTINGS_PER_SECOND = 80


def main(count: int, rounds: int) -> None:
    apps = [f"team-{number // 2}/{('sd', 'llm')[number % 2]}" for number in range(count)]
    seconds = max(1, 2 * count // LISTINGS_PER_SECOND)
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        simulator = harness.Simulator(folder, "--scenario", "steady", apps=apps)
        stack.callback(simulator.close)
        flags = ["--scrape.interval", f"{seconds}s", "--scrape.timeout", f"{seconds}s"]
        exporter = harness.Exporter(folder, *flags, endpoint=simulator.url, apps=apps)
        stack.callback(exporter.close)
        script = Script(folder, simulator.url, apps)
        stack.callback(script.close)
        exporter.wait_until_ready()
        costs = {"exporter": Costs(exporter), "script": Costs(script)}
        for cost in costs.values():
            cost.scrape()
            cost.scrapes.clear()
            cost.cpu_before = cost.cpu()
        begin = time.monotonic()
        for number in range(rounds):
            for cost in costs.values():
                cost.scrape()
            harness.pause(max(0.0, begin + (number + 1) * seconds - time.monotonic()))
        for name, cost in costs.items():
            print(cost.row(name))
        live = sum(app["workers_live"] for app in simulator.truth()["apps"])
        print(f"{count} apps with {live} workers, {rounds} rounds")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10)
