"""The rules at a higher speed are the shipped ones, but for their times."""

import re
import subprocess

import pytest
import yaml

import alerting


def one_rule(expr: str, **more: object) -> dict:
    return {"groups": [{"name": "g", "interval": "30s", "rules": [{"alert": "A", "expr": expr, **more}]}]}


@pytest.mark.parametrize(
    ("duration", "quick"), [("5m", "10000ms"), ("1d", "2880000ms"), ("30s", "1000ms"), ("10ms", "1ms")]
)
def test_durations_are_divided(duration, quick):
    assert alerting.quicker(duration, 30) == quick


def test_times_of_a_rule_are_divided_and_nothing_else():
    expr = "time() - max(last_over_time(a[3m])) > 900\nand\nincrease(b{c=\"5m\"}[1h]) > 900"
    labels = {"severity": "critical", "long": "1h"}
    quick = alerting.quicker_rules(one_rule(expr, labels=labels, **{"for": "2m"}), 30)
    assert quick == {
        "groups": [
            {
                "name": "g",
                "rules": [
                    {
                        "alert": "A",
                        "expr": "time() - max(last_over_time(a[6000ms])) > 30\n"
                        'and\nincrease(b{c="5m"}[120000ms]) > 900',
                        "labels": labels,
                        "for": "4000ms",
                    }
                ],
            }
        ]
    }


def test_routes_are_divided_all_the_way_down():
    route = {"receiver": "a", "group_wait": "30s", "routes": [{"group_interval": "5m", "repeat_interval": "1h"}]}
    assert alerting.quicker_routes(route, 30) == {
        "receiver": "a",
        "group_wait": "1000ms",
        "routes": [{"group_interval": "10000ms", "repeat_interval": "1h"}],
    }


def test_every_time_of_the_shipped_rules_is_found(tmp_path):
    shipped = yaml.safe_load((alerting.ALERTS / "everai.rules.yml").read_text())
    quick = alerting.quicker_rules(shipped, 30)
    for before, after in zip(shipped["groups"], quick["groups"], strict=True):
        for old, new in zip(before["rules"], after["rules"], strict=True):
            assert ("for" in old) == ("for" in new)
            ranges = re.findall(r"\[(\w+)\]", old["expr"])
            assert re.findall(r"\[(\w+)\]", new["expr"]) == [alerting.quicker(each, 30) for each in ranges]
            ages = len(re.findall(r"time\(\)", old["expr"]))
            numbers = [re.findall(r"> (\d+)\b(?!\.)", each["expr"]) for each in (old, new)]
            assert sum(a != b for a, b in zip(*numbers, strict=True)) == ages, new["expr"]
    path = tmp_path / "rules.yml"
    path.write_text(yaml.safe_dump(quick))
    subprocess.run(["promtool", "check", "rules", str(path)], check=True, capture_output=True)
