"""Trouble on the platform, from the fleet to the webhook: the right alert arrives, and no other.

Each scenario has a platform and an exporter of its own. One Prometheus watches them all, each as a job, and tells one Alertmanager.
All of it runs at once, and SPEED times as fast as in earnest; see quicker_rules."""

import concurrent.futures
import dataclasses
import pathlib
import time
from collections.abc import Callable, Iterator

import pytest

import alerting
import harness

SPEED = 30
PATIENCE = 120.0
# The seed of all fleets. They live on their own, so a seed may have a rare slow start just when nobody should start slowly.
SEED = 3


@dataclasses.dataclass
class Fleet:
    """A platform with apps, and the exporter that watches it."""

    simulator: harness.Simulator
    exporter: harness.Exporter
    apps: list[str]

    def workers(self, state: str) -> float:
        return sum(self.exporter.page().values("everai_app_workers", state=state))


def nothing(fleet: Fleet) -> None:
    """The fleet is left alone."""


def one_worker_errors(fleet: Fleet) -> None:
    fleet.simulator.set_faults({"error": "2s"})
    harness.wait_for(
        lambda: any(app["worker_errors"] for app in fleet.simulator.truth()["apps"]),
        "a worker errors",
        every=0.01,
    )
    fleet.simulator.set_faults({"error": "0s"})


def a_host_is_lost(fleet: Fleet) -> None:
    """As many hosts as it takes until one of them has a worker."""
    for hosts in range(1, 13):
        fleet.simulator.set_faults({"lost-devices": round(hosts / 12 - 0.001, 3)})
        try:
            harness.wait_for(lambda: fleet.workers("unavailable"), "a worker is unavailable", 6)
            return
        except AssertionError:
            continue
    raise AssertionError("no host has a worker")


def starts_get_stuck(fleet: Fleet) -> None:
    """What is started anew does not come up, and what ran is removed."""
    fleet.simulator.set_faults({"stuck-start": 1})
    fleet.simulator.scale_down(fleet.apps[0], 100)


def a_rollout_fails(fleet: Fleet) -> None:
    fleet.simulator.set_faults({"failed-start": 1})
    fleet.simulator.begin_rollout()


def the_token_is_revoked(fleet: Fleet) -> None:
    fleet.simulator.set_faults({"error-401": 1})


def the_api_goes_down(fleet: Fleet) -> None:
    fleet.simulator.kill()


def the_exporter_dies(fleet: Fleet) -> None:
    fleet.exporter.kill()


def one_app_breaks(fleet: Fleet) -> None:
    fleet.simulator.set_faults({"error-500": 1}, app=fleet.apps[0])


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    begin: Callable[[Fleet], None]
    fires: dict[str, str] = dataclasses.field(default_factory=dict)  # alert: its receiver
    inhibited: frozenset[str] = frozenset()
    apps: tuple[str, ...] = ("default/sd", "default/llm")

    @property
    def job(self) -> str:
        return "everai-" + self.name.replace(" ", "-")

    @property
    def all_alerts(self) -> set[str]:
        return set(self.fires) | self.inhibited


SCENARIOS = [
    Scenario("healthy fleet", nothing),
    Scenario(
        "worker in error",
        one_worker_errors,
        {"EverAIWorkersInError": "ticket"},
    ),
    Scenario(
        "unavailable worker",
        a_host_is_lost,
        {"EverAIWorkersUnavailable": "ticket"},
    ),
    Scenario(
        "stuck start with a queue",
        starts_get_stuck,
        {"EverAIScaleUpBlocked": "page", "EverAINoServingWorkers": "page"},
        frozenset({"EverAIWorkerStuckStarting", "EverAIQueueBacklog"}),
        apps=("default/sd",),
    ),
    Scenario(
        "failing rollout",
        a_rollout_fails,
        {"EverAIWorkersCrashLooping": "page"},
        frozenset({"EverAIWorkersInError"}),
    ),
    Scenario(
        "revoked token",
        the_token_is_revoked,
        {"EverAIAPIUnauthorized": "page"},
        frozenset({"EverAIAPIUnreachable", "EverAIExporterReplicaFailing"}),
    ),
    Scenario(
        "API down",
        the_api_goes_down,
        {"EverAIAPIUnreachable": "page"},
        frozenset({"EverAIExporterReplicaFailing"}),
    ),
    Scenario(
        "exporter down",
        the_exporter_dies,
        {"EverAIExporterDown": "page"},
        frozenset({"EverAIExporterReplicaFailing"}),
    ),
    Scenario("one app broken", one_app_breaks, {"EverAIAppPollFailing": "ticket"}),
]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What was seen of a scenario in the end."""

    fired: set[str]  # at any time
    states: dict[str, str]  # in Alertmanager
    told: dict[str, str]  # the webhook: alert, receiver
    seconds: float  # until all that should fire did


class Watch:
    """Every scenario at once."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._processes: list[harness.Process] = []
        self.receiver = alerting.Receiver()
        self._folder = folder

    def run(self) -> dict[str, Outcome]:
        with concurrent.futures.ThreadPoolExecutor(len(SCENARIOS)) as pool:
            fleets = dict(zip([each.name for each in SCENARIOS], pool.map(self._fleet, SCENARIOS)))
            ports = {each.job: fleets[each.name].exporter.port for each in SCENARIOS}
            alertmanager = self._start(
                alerting.Alertmanager, "alertmanager", self.receiver.url, SPEED
            )
            prometheus = self._start(
                alerting.Prometheus, "prometheus", ports, alertmanager.address, SPEED
            )
            harness.wait_for(lambda: len(prometheus.query("up == 1")) == len(ports), "all are scraped")

            def watch(scenario: Scenario) -> Outcome:
                scenario.begin(fleets[scenario.name])
                return self._watch(scenario, prometheus, alertmanager)

            troubled = [each for each in SCENARIOS if each.fires]
            outcomes = {
                each.name: outcome
                for each, outcome in zip(troubled, pool.map(watch, troubled), strict=True)
            }
        # The calm ones had as much time as the others to go wrong.
        calm = [each for each in SCENARIOS if not each.fires]
        return outcomes | {each.name: self._watch(each, prometheus, alertmanager) for each in calm}

    def _watch(
        self, scenario: Scenario, prometheus: alerting.Prometheus, alertmanager: alerting.Alertmanager
    ) -> Outcome:
        begin = time.monotonic()

        def look() -> Outcome:
            return Outcome(
                prometheus.ever_fired(scenario.job),
                alertmanager.alerts(scenario.job),
                self.receiver.told_of(scenario.job),
                time.monotonic() - begin,
            )

        outcome = look()
        while not as_wanted(scenario, outcome) and time.monotonic() < begin + PATIENCE:
            harness.pause(0.5)
            outcome = look()
        return outcome

    def _fleet(self, scenario: Scenario) -> Fleet:
        apps = list(scenario.apps)
        flags = ["--scenario", "steady", "--seed", str(SEED)]
        simulator = self._start(harness.Simulator, f"{scenario.job}-simulator", *flags, apps=apps)
        exporter = self._start(
            harness.Exporter, f"{scenario.job}-exporter", endpoint=simulator.url, apps=apps
        )
        exporter.wait_until_ready()
        return Fleet(simulator, exporter, apps)

    def _start(self, kind: type, name: str, *args, **kwargs):
        folder = self._folder / name
        folder.mkdir()
        process = kind(folder, *args, **kwargs)
        self._processes.append(process)
        return process

    def close(self) -> None:
        for process in reversed(self._processes):
            process.close()
        self.receiver.close()


def as_wanted(scenario: Scenario, outcome: Outcome) -> bool:
    states = {alert: "active" for alert in scenario.fires}
    states |= {alert: "inhibited" for alert in scenario.inhibited}
    return outcome.states == states and outcome.told.items() >= scenario.fires.items()


def table(outcomes: dict[str, Outcome]) -> list[str]:
    rows = [f"{'scenario':<26}{'after':>6}  {'sent':<48}inhibited"]
    for scenario in SCENARIOS:
        outcome = outcomes[scenario.name]
        names = {
            state: ", ".join(sorted(a for a, its in outcome.states.items() if its == state)) or "-"
            for state in ("active", "inhibited")
        }
        rows.append(
            f"{scenario.name:<26}{outcome.seconds:4.0f} s  {names['active']:<48}{names['inhibited']}"
        )
    return rows


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, report: list[str]) -> Iterator[dict[str, Outcome]]:
    watch = Watch(tmp_path_factory.mktemp("alerts"))
    try:
        found = watch.run()
        report += [f"alerts from end to end, {SPEED} times as fast:", *table(found)]
        yield found
    finally:
        watch.close()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name.replace(" ", "-"))
def test_the_right_alerts_arrive(outcomes, scenario):
    outcome = outcomes[scenario.name]
    assert outcome.fired == scenario.all_alerts
    assert {a for a, state in outcome.states.items() if state == "active"} == set(scenario.fires)
    assert {a for a, state in outcome.states.items() if state == "inhibited"} == scenario.inhibited
    # One that is inhibited may have been sent before its reason was known; none may be sent that did not fire.
    assert scenario.fires.items() <= outcome.told.items()
    assert set(outcome.told) <= scenario.all_alerts
