"""Each rule is mutated, and the tests of the rules must notice it."""

import collections
import concurrent.futures
import copy
import dataclasses
import json
import os
import pathlib
import re
import subprocess
from collections.abc import Iterator

import pytest

import make_rule_tests
import mutate

# Mutants that no test can tell from the rule, each with the reason.
SURVIVORS: dict[str, str] = {}


@dataclasses.dataclass(frozen=True)
class Suite:
    """The rules, and the cases that test them."""

    rules: dict
    files: dict[str, dict]
    # How many mutants of a rule each of its trials has noticed, by the rule's id() and the trial's place.
    noticed: collections.Counter = dataclasses.field(default_factory=collections.Counter)

    def all_rules(self) -> list[dict]:
        return [rule for group in self.rules["groups"] for rule in group["rules"]]

    def with_what_it_needs(self, rule: dict) -> list[dict]:
        """The recording rules that a rule looks at, first, and the rule."""
        records = [each for each in self.all_rules() if "record" in each]
        return [*(each for each in records if each["record"] in rule["expr"]), rule]

    def alerts_of(self, rule: dict) -> list[dict]:
        """The alert rules that a rule has an effect on."""
        if "alert" in rule:
            return [rule]
        found = [each for each in self.all_rules() if rule["record"] in each["expr"]]
        return [each for each in found if "alert" in each]

    def cases_of(self, alert: dict) -> list[dict]:
        """Test files with nothing but what is expected of an alert rule, the quickest first: most mutants fall at once."""
        files = []
        for file in self.files.values():
            groups = [self._expectations(group, alert) for group in file["tests"]]
            groups = sorted((each for each in groups if each["alert_rule_test"]), key=last_minute)
            for batch in batches(groups, most_minutes=300):
                files.append(file | {"tests": batch, "group_eval_order": ["all"]})
        return sorted(files, key=lambda file: last_minute(file["tests"][-1]))

    @staticmethod
    def _expectations(group: dict, alert: dict) -> dict:
        expected = []
        for check in group["alert_rule_test"]:
            if check["alertname"] != alert["alert"]:
                continue
            ours = [
                one
                for one in check["exp_alerts"]
                if alert["labels"].items() <= one["exp_labels"].items()
            ]
            expected.append(check | {"exp_alerts": ours})
        return group | {"alert_rule_test": expected, "promql_expr_test": []}

    def cases_of_record(self, name: str) -> Iterator[dict]:
        """Test files with nothing but what is expected of a recording rule."""
        expr = make_rule_tests.in_ten_millionths(name)
        for file in self.files.values():
            groups = [
                group | {"alert_rule_test": [], "promql_expr_test": checks}
                for group in file["tests"]
                if (checks := [each for each in group["promql_expr_test"] if each["expr"] == expr])
            ]
            if groups:
                yield file | {"tests": groups, "group_eval_order": ["all"]}

    def trials(self, rule: dict, mutated: dict) -> list[tuple[int, list[dict], dict]]:
        """The rules and the test files that have to do with a rule, with a mutated one in its place; those first that
        noticed most of its other mutants. Each with a number of its own."""
        trials = []
        if "record" in rule:
            trials += [([mutated], cases) for cases in self.cases_of_record(rule["record"])]
        for alert in self.alerts_of(rule):
            rules = [mutated if each is rule else each for each in self.with_what_it_needs(alert)]
            trials += [(rules, cases) for cases in self.cases_of(alert)]
        numbered = [(at, *trial) for at, trial in enumerate(trials)]
        return sorted(numbered, key=lambda trial: -self.noticed[id(rule), trial[0]])

    def remember(self, rule: dict, trial: int) -> None:
        self.noticed[id(rule), trial] += 1


def last_minute(group: dict) -> int:
    """Until when a test runs."""
    return max(int(check["eval_time"].removesuffix("m")) for check in group["alert_rule_test"])


def batches(groups: list[dict], most_minutes: int) -> Iterator[list[dict]]:
    """Tests that run one after the other, in parts that do not take long, if a single one does not."""
    batch: list[dict] = []
    for group in groups:
        if batch and sum(map(last_minute, [*batch, group])) > most_minutes:
            yield batch
            batch = []
        batch.append(group)
    if batch:
        yield batch


def load_suite() -> Suite:
    files = {
        name: make_rule_tests.test_file(*how) for name, how in make_rule_tests.FILES.items()
    }
    return Suite(make_rule_tests.load_rules(), files)


def run(rules: list[dict], cases: dict, folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    folder.mkdir(parents=True)
    # JSON is YAML too, and written in a moment.
    (folder / "rules.yml").write_text(json.dumps({"groups": [{"name": "all", "rules": rules}]}))
    (folder / "test.yml").write_text(json.dumps(cases | {"rule_files": ["rules.yml"]}))
    return subprocess.run(
        ["promtool", "test", "rules", str(folder / "test.yml")],
        capture_output=True,
        text=True,
        check=False,
    )


def survives(suite: Suite, rule: dict, mutated: dict, folder: pathlib.Path) -> bool:
    """Whether every test passes with the mutated rule in the rule's place."""
    for at, rules, cases in suite.trials(rule, mutated):
        result = run(rules, cases, folder / str(at))
        if result.returncode != 0:
            said = result.stdout + result.stderr
            assert "could not parse" not in said, f"{mutated['expr']}: {said}"
            suite.remember(rule, at)
            return False
    return True


@pytest.fixture(scope="module")
def suite() -> Suite:
    return load_suite()


def test_every_rule_alone_passes_its_tests(suite, tmp_path):
    alerts = [rule for rule in suite.all_rules() if "alert" in rule]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        passed = pool.map(
            lambda at: survives(suite, alerts[at], alerts[at], tmp_path / str(at)), range(len(alerts))
        )
        assert [alert["alert"] for alert, ok in zip(alerts, passed, strict=True) if not ok] == []


def test_every_mutant_makes_a_test_fail(suite, tmp_path, report):
    mutants = [
        (rule, mutant) for rule in suite.all_rules() for mutant in mutate.mutants(copy.copy(rule))
    ]
    assert len(mutants) > 400
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = pool.map(
            lambda at: survives(suite, mutants[at][0], mutants[at][1].rule, tmp_path / str(at)),
            range(len(mutants)),
        )
        alive = {
            re.sub(r" at \d+", "", mutant.what)
            for (_, mutant), outcome in zip(mutants, outcomes, strict=True)
            if outcome
        }
    report.append(
        f"mutation of the rules: {len(mutants)} mutants of {len(suite.all_rules())} rules, "
        f"{len(mutants) - len(alive)} noticed, {len(alive)} survived"
    )
    assert len(SURVIVORS) <= 1
    assert alive == set(SURVIVORS), "\n".join(sorted(alive ^ set(SURVIVORS)))
