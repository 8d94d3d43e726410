"""/-/healthy and /-/ready tell of the exporter, and never of the platform."""

import json
import pathlib
import signal
import subprocess

import fake_platform
import harness


def write(config: pathlib.Path, endpoint: str, *apps: str) -> None:
    # With an interval as long as that, an app is asked once.
    polls = {"endpoint": endpoint, "scrape_interval": "1h", "scrape_timeout": "1m"}
    listed = [{"name": app} for app in apps]
    config.write_text(json.dumps({"global": polls, "apps": listed}))


def health(exporter: harness.Exporter) -> tuple[int, int]:
    return tuple(harness.fetch(exporter.url + path).status for path in ("/-/healthy", "/-/ready"))


def test_a_platform_that_is_down_is_no_illness(start, tmp_path):
    config = tmp_path / "everai.yml"
    write(config, f"http://127.0.0.1:{harness.free_port()}", "one", "two")
    exporter = start(harness.Exporter, config=config)
    exporter.wait_until_ready()
    assert exporter.page().values("everai_app_up") == [0, 0]
    assert health(exporter) == (200, 200)


def test_it_is_ready_once_each_app_was_tried_and_stays_ready(start, platform, tmp_path):
    config = tmp_path / "everai.yml"
    write(config, platform.url, "quick", "slow")
    platform.behaviours["quick"] = fake_platform.good
    asked = platform.note_requests("slow", fake_platform.hang)
    exporter = start(harness.Exporter, "--web.enable-lifecycle", config=config)
    exporter.wait_for_page(lambda page: page.value("everai_app_up", app="quick") == 1, "it is up")
    assert asked.wait(20)
    assert health(exporter) == (200, 503)

    write(config, platform.url, "quick")
    assert exporter.reload().status == 200
    assert health(exporter) == (200, 200)

    asked.clear()
    write(config, platform.url, "quick", "slow")
    assert exporter.reload().status == 200
    assert asked.wait(20)
    assert exporter.page().values("everai_app_up", app="slow") == []
    assert exporter.app_status("slow")["up"] is None
    assert health(exporter) == (200, 200)


def check_health(*addresses: str) -> subprocess.CompletedProcess[str]:
    """What the program says of one that listens there."""
    flags = [f"--web.listen-address={address}" for address in addresses]
    return subprocess.run(
        [harness.installed("everai_exporter"), "--web.check-health", *flags],
        env=harness.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )


def test_the_program_itself_asks_for_the_health_of_another(start, platform, tmp_path):
    platform.behaviours["app"] = fake_platform.good
    exporter = start(harness.Exporter, endpoint=platform.url, apps=["e2e/app"])
    address = f"127.0.0.1:{exporter.port}"
    elsewhere = f"127.0.0.1:{harness.free_port()}"
    for first in (address, f"0.0.0.0:{exporter.port}", f":{exporter.port}"):
        check = check_health(first, elsewhere)
        assert (check.returncode, check.stdout, check.stderr) == (0, "", "")
    asked = {"name": "everai_exporter_http_requests_total", "handler": "/-/healthy"}
    exporter.wait_for_page(lambda page: page.value(**asked) == 3, "three requests")

    check = check_health(elsewhere, address)
    assert (check.returncode, check.stdout) == (1, "")
    assert check.stderr.startswith(f"everai_exporter: http://{elsewhere}/-/healthy: ")
    assert "onnect" in check.stderr and check.stderr.count("\n") == 1


def test_a_check_of_health_does_not_wait_for_long(start, platform):
    platform.behaviours["app"] = fake_platform.good
    exporter = start(harness.Exporter, endpoint=platform.url, apps=["e2e/app"])
    exporter.send_signal(signal.SIGSTOP)
    try:
        check = check_health(f"127.0.0.1:{exporter.port}")
    finally:
        exporter.send_signal(signal.SIGCONT)
    assert check.returncode == 1
    assert "timed out after 3" in check.stderr


def test_a_check_of_health_needs_a_port():
    check = check_health("127.0.0.1:0")
    assert check.returncode == 2
    assert "port 0 means any" in check.stderr
