#!/usr/bin/env python3
"""Writes the test files of the rules from the cases beside it.

    make_rule_tests.py            writes alerts/*_test.yml
    make_rule_tests.py --check    says whether they are up to date"""

import pathlib
import sys
from collections.abc import Sequence

import yaml

from case import Alert, Case, render_labels, thin_out
from cases_capacity import CASES as CAPACITY
from cases_exporter import CASES as EXPORTER
from cases_slo import DAYS, HOURS
from cases_workers import CASES as WORKERS

ALERTS = pathlib.Path(__file__).resolve().parents[2] / "alerts"
RULES = ALERTS / "everai.rules.yml"
HEAD = "# Written by tests/alerts/make_rule_tests.py from the cases beside it; do not edit it by hand.\n"

# By test file: the cases, every how many minutes there is a sample, and the rules are evaluated. Days of minutes would take long.
FILES: dict[str, tuple[Sequence[Case], int, int]] = {
    "everai.rules_test.yml": ([*EXPORTER, *WORKERS, *CAPACITY], 1, 1),
    "everai.slo_hours.rules_test.yml": (HOURS, 1, 1),
    "everai.slo_days.rules_test.yml": (DAYS, 10, 30),
}


def load_rules() -> dict:
    return yaml.safe_load(RULES.read_text())


def rule_of(rules: dict, name: str, labels: dict[str, str]) -> dict:
    """The rule of an alert; where several have its name, the one that has a label as the alert has."""
    found = [
        rule
        for group in rules["groups"]
        for rule in group["rules"]
        if rule.get("alert") == name
        and all(rule["labels"].get(key, value) == value for key, value in labels.items())
    ]
    assert len(found) == 1, f"{len(found)} rules for {name} {labels}"
    return found[0]


def fill_in(template: str, labels: dict[str, str]) -> str:
    for name, value in labels.items():
        template = template.replace(f"{{{{ urlquery $labels.{name} }}}}", value)
    return template


def expected_alert(rules: dict, name: str, alert: Alert) -> dict:
    labels = alert.identity()
    rule = rule_of(rules, name, labels)
    annotations = rule["annotations"]
    return {
        "exp_labels": rule["labels"] | labels,
        "exp_annotations": {
            **annotations,
            "description": alert.description,
            "dashboard_url": fill_in(annotations["dashboard_url"], labels),
        },
    }


def in_ten_millionths(record: str) -> str:
    """Whole ones: promtool compares to the last bit."""
    return f"round(1e7 * {record})"


def test_group(rules: dict, case: Case, interval: int) -> dict:
    return {
        "name": case.name,
        "interval": f"{interval}m",
        "input_series": [
            {"series": name, "values": thin_out(values, interval)}
            for name, values in case.series.items()
        ],
        "alert_rule_test": [
            {
                "eval_time": f"{minute}m",
                "alertname": name,
                "exp_alerts": [expected_alert(rules, name, alert) for alert in alerts],
            }
            for minute, name, alerts in case.expect
        ],
        "promql_expr_test": [
            {
                "eval_time": f"{minute}m",
                "expr": in_ten_millionths(record),
                "exp_samples": [
                    {
                        "labels": f'{{{render_labels(Alert("", app=name).identity())}}}',
                        "value": round(1e7 * value),
                    }
                    for name, value in by_app.items()
                ],
            }
            for minute, record, by_app in case.records
        ],
    }


def test_file(cases: Sequence[Case], interval: int, minutes: int) -> dict:
    rules = load_rules()
    return {
        "rule_files": [RULES.name],
        "evaluation_interval": f"{minutes}m",
        "group_eval_order": [group["name"] for group in rules["groups"]],
        "tests": [test_group(rules, case, interval) for case in cases],
    }


class Plain(yaml.SafeDumper):
    """Writes what occurs twice in full."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def render(cases: Sequence[Case], interval: int, minutes: int) -> str:
    return HEAD + yaml.dump(test_file(cases, interval, minutes), Dumper=Plain, sort_keys=False, width=1000)


def main() -> int:
    stale = []
    for name, how in FILES.items():
        path, text = ALERTS / name, render(*how)
        if path.exists() and path.read_text() == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv[1:]:
            path.write_text(text)
            print(f"wrote {path}")
    if stale and "--check" in sys.argv[1:]:
        print(f"not up to date: {', '.join(stale)}; run {pathlib.Path(__file__).name}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
