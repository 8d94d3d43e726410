"""The configuration of Alertmanager: it is valid, and routes and inhibits the alerts that there are."""

import json
import pathlib
import re
import subprocess

import pytest
import yaml

import make_rule_tests

CONFIG = pathlib.Path(__file__).resolve().parents[2] / "alerts/alertmanager.yml"
ALERTS = {
    rule["alert"]: rule["labels"]["severity"]
    for group in make_rule_tests.load_rules()["groups"]
    for rule in group["rules"]
    if "alert" in rule
}
RECEIVERS = {"critical": "page", "warning": "ticket", "info": "digest"}


def amtool(*args: str) -> str:
    return subprocess.run(["amtool", *args], capture_output=True, text=True, check=True).stdout


def config() -> dict:
    return yaml.safe_load(CONFIG.read_text())


def test_amtool_finds_nothing_to_say():
    assert "SUCCESS" in amtool("check-config", str(CONFIG))


@pytest.mark.parametrize("severity", RECEIVERS)
def test_the_severity_says_who_is_told(severity):
    told = amtool("config", "routes", "test", f"--config.file={CONFIG}", f"severity={severity}")
    assert told.strip() == RECEIVERS[severity]


def named(matchers: list[str]) -> set[str]:
    """The alerts that the matchers on names and severities select."""
    found = set(ALERTS)
    for matcher in matchers:
        label, operator, value = re.fullmatch(r'(\w+) (=~|!~|=|!=) "(.*)"', matcher).groups()
        pattern = value if "~" in operator else re.escape(value)
        wanted = operator[0] == "="

        def selected(name: str) -> bool:
            # An alert of several severities, by its windows, counts for each.
            if label == "severity" and name == "EverAIErrorBudgetBurn":
                return True
            text = name if label == "alertname" else ALERTS[name]
            return bool(re.fullmatch(pattern, text)) == wanted

        found = {name for name in found if selected(name)}
    return found


@pytest.mark.parametrize("at", range(len(config()["inhibit_rules"])))
def test_each_inhibition_is_about_alerts_that_there_are(at):
    rule = config()["inhibit_rules"][at]
    sources, targets = named(rule["source_matchers"]), named(rule["target_matchers"])
    assert sources and targets
    # Every name and every alternative of the matchers is one of an alert.
    for matcher in rule["source_matchers"] + rule["target_matchers"]:
        for name in re.findall(r"EverAI\w+", matcher):
            assert any(alert.startswith(name) for alert in ALERTS), name


def test_no_page_of_an_app_is_kept_back_by_another_page():
    blind = {"EverAIAppPollFailing", "EverAIAppDataStale"}
    for rule in config()["inhibit_rules"]:
        if "app" not in rule["equal"]:
            continue
        sources, targets = named(rule["source_matchers"]), named(rule["target_matchers"])
        if sources == blind or sources == {"EverAIErrorBudgetBurn"}:
            continue
        pages = {name for name in targets if ALERTS[name] == "critical"}
        assert not pages, json.dumps(sorted(pages))
