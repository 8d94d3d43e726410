"""Grafana's provisioning files: what they name is there, and the dashboards can use it."""

import json

import yaml

import stack

PROVISIONING = stack.DEPLOY / "grafana/provisioning"


def provisioned(kind):
    """The one file of a kind, as it is mounted."""
    (path,) = (PROVISIONING / kind).iterdir()
    source = f"./{path.parent.relative_to(stack.DEPLOY)}"
    assert (source, f"/etc/grafana/provisioning/{kind}", "ro") in stack.mounts("grafana")
    content = yaml.safe_load(path.read_text())
    assert content["apiVersion"] == 1
    return content


def folder_of_dashboards():
    """The dashboards' place in the container, and in the repository."""
    (provider,) = provisioned("dashboards")["providers"]
    assert (provider["type"], provider["folder"]) == ("file", "EverAI")
    inside = provider["options"]["path"]
    (source,) = [source for source, target, _ in stack.mounts("grafana") if target == inside]
    return inside, (stack.DEPLOY / source).resolve()


def dashboards():
    _, folder = folder_of_dashboards()
    return {path.name: json.loads(path.read_text()) for path in folder.glob("*.json")}


def test_all_dashboards_are_provided():
    assert {board["uid"] for board in dashboards().values()} == {
        "everai-fleet",
        "everai-app",
        "everai-exporter",
    }


def test_the_first_page_is_a_dashboard():
    inside, folder = folder_of_dashboards()
    home = stack.SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home.startswith(inside + "/")
    assert (folder / home.removeprefix(inside + "/")).is_file()


def test_the_datasource_is_one_that_the_dashboards_can_choose():
    (datasource,) = provisioned("datasources")["datasources"]
    assert datasource["uid"] == "everai-prometheus"
    assert datasource["isDefault"] is True
    for name, board in dashboards().items():
        variables = [
            variable for variable in board["templating"]["list"] if variable["type"] == "datasource"
        ]
        assert variables, name
        for variable in variables:
            assert variable["query"] == datasource["type"], name
            assert not variable.get("regex"), name
            # Nothing that is chosen in advance hides it.
            chosen = variable.get("current", {}).get("value", "")
            assert chosen in ("", "default", datasource["uid"]), name


def test_the_datasource_steps_as_prometheus_scrapes():
    (datasource,) = provisioned("datasources")["datasources"]
    config = yaml.safe_load((stack.DEPLOY / "prometheus.yml").read_text())
    assert datasource["jsonData"]["timeInterval"] == config["global"]["scrape_interval"]


def test_nobody_is_more_than_a_viewer():
    environment = stack.SERVICES["grafana"]["environment"]
    assert environment["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    assert environment["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"
    assert environment["GF_AUTH_BASIC_ENABLED"] == "false"
    assert not any("PASSWORD" in name for name in environment)
