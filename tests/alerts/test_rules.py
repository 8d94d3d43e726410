"""The rules, what promtool says of them, and that everything that speaks of them says the same."""

import pathlib
import re
import subprocess

import pytest
import yaml

import make_rule_tests

ROOT = pathlib.Path(__file__).resolve().parents[2]
ALERTS = ROOT / "alerts"
DASHBOARDS = {"everai-fleet", "everai-app", "everai-exporter"}
# What a rule may look at besides the metrics of docs/metrics.md.
FOREIGN = {"up"}
# The words of PromQL that the rules use.
PROMQL = set(
    "and or unless without ignoring max min sum count count_values absent clamp_max time rate increase "
    "avg_over_time last_over_time max_over_time min_over_time".split()
)

RULES = [rule for group in make_rule_tests.load_rules()["groups"] for rule in group["rules"]]
ALERT_RULES = [rule for rule in RULES if "alert" in rule]
NAMES = list(dict.fromkeys(rule["alert"] for rule in ALERT_RULES))


def promtool(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["promtool", *args], capture_output=True, text=True, check=False)


def sections(text: str) -> dict[str, str]:
    """The sections of a runbook, by their titles."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_promtool_finds_nothing_to_say():
    checked = promtool("check", "rules", str(ALERTS / "everai.rules.yml"))
    assert checked.returncode == 0, checked.stderr
    assert f"{len(RULES)} rules found" in checked.stdout


@pytest.mark.parametrize("name", make_rule_tests.FILES)
def test_the_test_files_are_what_the_cases_say(name):
    assert (ALERTS / name).read_text() == make_rule_tests.render(*make_rule_tests.FILES[name])


@pytest.mark.parametrize("name", make_rule_tests.FILES)
def test_the_rules_pass_their_tests(name):
    tested = promtool("test", "rules", str(ALERTS / name))
    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.parametrize("rule", ALERT_RULES, ids=lambda rule: rule["alert"])
def test_each_alert_is_seen_firing_and_silent(rule):
    checks = [
        check
        for how in make_rule_tests.FILES.values()
        for group in make_rule_tests.test_file(*how)["tests"]
        for check in group["alert_rule_test"]
        if check["alertname"] == rule["alert"]
    ]
    ours = [
        any(rule["labels"].items() <= alert["exp_labels"].items() for alert in check["exp_alerts"])
        for check in checks
    ]
    assert True in ours and False in ours


@pytest.mark.parametrize("rule", ALERT_RULES, ids=lambda rule: rule["alert"])
def test_each_alert_tells_what_to_do(rule):
    assert rule["alert"].startswith("EverAI")
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    annotations = rule["annotations"]
    assert set(annotations) == {"summary", "description", "runbook_url", "dashboard_url"}
    assert "{{" not in annotations["summary"]
    anchor = f"#{rule['alert'].lower()}"
    assert annotations["runbook_url"] == f"https://everai-exporter.example/runbooks.md{anchor}"
    uid, variables = re.fullmatch(
        r"https://grafana\.example/d/([\w-]+)(\?.*)?", annotations["dashboard_url"]
    ).groups()
    assert uid in DASHBOARDS
    assert bool(variables) == (uid == "everai-app")
    assert variables is None or variables == (
        "?var-app_namespace={{ urlquery $labels.app_namespace }}&var-app={{ urlquery $labels.app }}"
    )


def test_each_alert_has_a_section_and_each_section_an_alert():
    found = sections((ALERTS / "runbooks.md").read_text())
    assert list(found) == NAMES
    for name, text in found.items():
        for part in ("**Means.**", "**See.**", "**Do.**", "**Leave it**"):
            assert text.count(part) == 1, f"{name}: {part}"


def test_the_runbooks_name_only_what_there_is():
    text = (ALERTS / "runbooks.md").read_text()
    anchors = {name.lower() for name in NAMES}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors
    assert metrics_in(text) <= known_metrics()
    commands = set(re.findall(r"everai_workers ([\w-]+)", text))
    assert commands == {"list", "scale-up", "scale-down"}


def known_metrics() -> set[str]:
    documented = re.findall(r"^\| `(\w+)` \| (\w+)", (ROOT / "docs/metrics.md").read_text(), re.MULTILINE)
    names = {name for name, _ in documented}
    return names | {f"{name}_bucket" for name, kind in documented if kind == "histogram"}


def metrics_in(text: str) -> set[str]:
    without_programs = re.sub(r"everai_(exporter|workers|simulator)(?!_)\b", "", text)
    return set(re.findall(r"(?<![\w:])(?:everai|process)_\w+", without_programs))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("alert") or rule["record"])
def test_the_rules_look_at_documented_metrics_only(rule):
    text = re.sub(r'\{[^}]*\}|\[\w+\]|"\w+"', "", rule["expr"])  # without matchers, ranges and texts
    text = re.sub(r"\b(?:without|ignoring) \([^)]*\)", "", text)
    records = {each["record"] for each in RULES if "record" in each}
    names = set(re.findall(r"[a-z_][\w:]*", text)) - PROMQL
    assert names <= known_metrics() | records | FOREIGN


def test_every_record_is_used_by_an_alert():
    for record in (rule["record"] for rule in RULES if "record" in rule):
        assert any(record in rule["expr"] for rule in ALERT_RULES), record


def test_the_table_of_alerts_is_the_rules():
    text = (ROOT / "docs/alerts.md").read_text()
    rows = re.findall(r"^\| \[(\w+)\]\((\S+)\) \| (\w+) \| (.+) \|$", text, re.MULTILINE)
    assert [(name, link, severity) for name, link, severity, _ in rows] == [
        (rule["alert"], f"../alerts/runbooks.md#{rule['alert'].lower()}", rule["labels"]["severity"])
        for rule in ALERT_RULES
    ]


def test_the_command_that_sets_the_addresses_leaves_no_example(tmp_path):
    command = re.search(r"^ *(sed -i .*)$", (ROOT / "docs/alerts.md").read_text(), re.MULTILINE)[1]
    rules = tmp_path / "everai.rules.yml"
    rules.write_text((ALERTS / rules.name).read_text())
    subprocess.run(["sh", "-ec", command], cwd=tmp_path, check=True)
    assert promtool("check", "rules", str(rules)).returncode == 0
    changed = rules.read_text()
    assert "everai-exporter.example" not in changed and "grafana.example/" not in changed
    for rule in [each for group in yaml.safe_load(changed)["groups"] for each in group["rules"]]:
        if "alert" in rule:
            annotations = rule["annotations"]
            assert annotations["runbook_url"].startswith("https://wiki.example.org/everai/runbooks.md#")
            assert annotations["dashboard_url"].startswith("https://grafana.example.org/d/")
