"""Start, end and exit codes."""

import html
import pathlib
import re
import signal
import socket
import subprocess
import urllib.parse

import pytest

import fake_platform
import harness

CANARY = "canary-7d1e0b93"


def run(*argv: str, token: str | None = harness.TOKEN) -> subprocess.CompletedProcess[str]:
    env = harness.environment() if token is None else harness.environment(EVERAI_TOKEN=token)
    return subprocess.run(argv, capture_output=True, text=True, timeout=20, env=env, check=False)


def run_exporter(*flags: str) -> subprocess.CompletedProcess[str]:
    return run(harness.installed("everai_exporter"), *flags)


def once(endpoint: str, app: str = "e2e/app") -> subprocess.CompletedProcess[str]:
    return run(*harness.exporter_argv("--once", endpoint=endpoint, apps=[app]))


def assert_ends_well(exporter: harness.Exporter) -> None:
    assert exporter.terminate() < 2.0
    assert exporter.wait(0) == 0
    assert exporter.log_lines('msg="stopping"')


def test_sigterm_while_idle(start, platform):
    platform.behaviours["app"] = fake_platform.good
    exporter = start(harness.Exporter, endpoint=platform.url, apps=["e2e/app"])
    exporter.wait_until_ready()
    assert_ends_well(exporter)


def test_sigint_ends_it_too(start, platform):
    platform.behaviours["app"] = fake_platform.good
    exporter = start(harness.Exporter, endpoint=platform.url, apps=["e2e/app"])
    exporter.wait_until_ready()
    exporter.send_signal(signal.SIGINT)
    assert exporter.wait(2.0) == 0


def test_sigterm_in_the_middle_of_a_poll(start, platform):
    polled = platform.note_requests("app", fake_platform.hang)
    exporter = start(
        harness.Exporter,
        "--scrape.interval",
        "60s",
        "--scrape.timeout",
        "60s",
        endpoint=platform.url,
        apps=["e2e/app"],
    )
    assert polled.wait(10)
    assert_ends_well(exporter)


def test_sigterm_under_open_connections(start, platform):
    platform.behaviours["app"] = fake_platform.good
    exporter = start(harness.Exporter, endpoint=platform.url, apps=["e2e/app"])
    exporter.wait_until_ready()
    silent = [socket.create_connection(("127.0.0.1", exporter.port)) for _ in range(4)]
    kept = [socket.create_connection(("127.0.0.1", exporter.port)) for _ in range(2)]
    for connection in kept:
        connection.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: e2e\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    assert_ends_well(exporter)
    for connection in silent + kept:
        connection.close()


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--app", "sd"],
        ["--app", "default/sd", "--app", "default/sd"],
        ["--app", "default/sd", "--nope"],
        ["--app", "default/sd", "extra"],
        ["--app", "default/sd", "--scrape.interval", "0"],
        ["--app", "default/sd", "--scrape.interval", "30"],
        ["--app", "default/sd", "--scrape.timeout", "31s"],
        ["--app", "default/sd", "--web.listen-address", "10880"],
        ["--app", "default/sd", "--web.listen-address", ":65536"],
        ["--app", "default/sd", "--log.level", "loud"],
        ["--app", "default/sd", "--log.format", "xml"],
        ["--app", "default/sd", "--api.endpoint", "everai.expvent.com"],
        ["--app", "default/sd\nsecond line"],
        ["--app"],
        ["--app", "--once"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_line_and_exit_2(flags):
    ended = run_exporter(*flags)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith("everai_exporter: ")
    assert ended.stderr.count("\n") == 1 and ended.stderr.endswith("\n")


def test_a_second_one_on_the_port_says_so(start, platform):
    platform.behaviours["app"] = fake_platform.good
    first = start(harness.Exporter, endpoint=platform.url, apps=["e2e/app"])
    argv = harness.exporter_argv(endpoint=platform.url, apps=["e2e/app"])
    second = run(*argv, "--web.listen-address", f"127.0.0.1:{first.port}")
    assert second.returncode == 1
    complaint = second.stderr.splitlines()[-1]
    assert complaint == (
        f"everai_exporter: listen on 127.0.0.1:{first.port}: Address already in use"
    )
    assert first.alive()


@pytest.mark.parametrize("listen", [":0", "*:0"])
def test_the_default_address_serves_ipv4_and_ipv6(start, platform, listen):
    platform.behaviours["app"] = fake_platform.good
    exporter = start(harness.Exporter, endpoint=platform.url, apps=["e2e/app"], listen=listen)
    assert harness.fetch(f"http://127.0.0.1:{exporter.port}/-/healthy").status == 200
    if pathlib.Path("/proc/net/if_inet6").read_text():
        assert harness.fetch(f"http://[::1]:{exporter.port}/-/healthy").status == 200


@pytest.mark.parametrize("path", ["/" + "x" * 255, "/!$&'()*+,-./:;=@[]^_`{|}~", "/metrics/"])
def test_every_path_for_the_metrics_is_served(start, platform, path):
    exporter = start(
        harness.Exporter, "--web.telemetry-path", path, endpoint=platform.url, apps=["e2e/app"]
    )
    for asked in (path, path + "?app=e2e/app", urllib.parse.quote(path)):
        answer = harness.fetch(exporter.url + asked)
        assert (answer.status, answer.headers["content-type"][:10]) == (200, "text/plain")
    assert harness.fetch(exporter.url + path + "x").status == 404
    link = html.unescape(re.search(r'href="(\./[^"]*)"', harness.fetch(exporter.url).text)[1])
    assert harness.fetch(urllib.parse.urljoin(exporter.url + "/", link)).status == 200


def test_help_names_the_flags():
    ended = run_exporter("--help")
    assert (ended.returncode, ended.stderr) == (0, "")
    for flag in ["--app", "--api.endpoint", "--api.token-file", "--scrape.interval", "--once"]:
        assert flag in ended.stdout
    assert ":10880" in ended.stdout


def test_version_is_the_one_that_is_exposed(start, platform):
    ended = run_exporter("--version")
    assert (ended.returncode, ended.stderr) == (0, "")
    platform.behaviours["app"] = fake_platform.good
    exporter = start(harness.Exporter, endpoint=platform.url, apps=["e2e/app"])
    infos = [labels for name, labels, _ in exporter.page().samples if name.endswith("_build_info")]
    assert len(infos) == 1
    assert ended.stdout.startswith(f"everai_exporter, version {infos[0]['version']}\n")


def test_once_prints_the_metrics(platform):
    platform.behaviours["app"] = fake_platform.good
    ended = once(platform.url)
    assert ended.returncode == 0
    page = harness.Page(ended.stdout)
    assert page.value("everai_app_up") == 1
    assert page.value("everai_app_queue_size") == 3
    assert page.value("everai_app_workers", state="free") == 1


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (fake_platform.not_found, 2),
        (fake_platform.status("401 Unauthorized", 16), 3),
        (fake_platform.status("403 Forbidden", 7), 3),
        (fake_platform.status("500 Internal Server Error", 13), 4),
        (fake_platform.hang, 4),
        (lambda exchange: exchange.answer(b"<html>", kind="text/html"), 5),
    ],
    ids=["not-found", "unauthorized", "forbidden", "server-error", "timeout", "html"],
)
def test_once_exits_by_the_class_of_failure(platform, behaviour, code):
    platform.behaviours["app"] = behaviour
    ended = once(platform.url)
    assert ended.returncode == code
    assert harness.Page(ended.stdout).value("everai_app_up") == 0
    assert ended.stderr.count('msg="poll failed"') == 1


def test_once_without_a_connection_exits_4():
    assert once(f"http://127.0.0.1:{harness.free_port()}").returncode == 4


def test_a_token_that_cannot_be_one_is_refused_unseen():
    argv = [harness.installed("everai_exporter"), "--app", "default/sd"]
    ended = run(*argv, token=f"{CANARY} {CANARY}")
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert CANARY not in ended.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["everai_exporter", "--help"],
        ["everai_exporter", "--config.check", "--app", "e2e/app"],
        ["everai_exporter", "--once", "--app", "e2e/app", "--api.endpoint", "http://127.0.0.1:1"],
        ["everai_simulator", "--help"],
        ["everai_workers", "--help"],
    ],
    ids=" ".join,
)
def test_an_output_that_is_lost_is_a_failure(command):
    """A page that did not fit on the disk must not look like a good one to a script."""
    with open("/dev/full", "w", encoding="utf-8") as full:
        ended = subprocess.run(
            [harness.installed(command[0]), *command[1:]],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=20,
        )
    assert ended.returncode == 1
    assert ended.stderr.endswith(
        f"{command[0]}: standard output: No space left on device\n"
    ), ended.stderr


def test_an_output_that_is_closed_is_a_failure():
    """Not one of a connection that gets its number, and with it the page."""
    ended = subprocess.run(
        ["sh", "-c", '"$0" --once --app e2e/app --api.endpoint http://127.0.0.1:1 >&-', harness.installed("everai_exporter")],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=20,
    )
    assert ended.returncode == 1
    assert ended.stderr.endswith("everai_exporter: standard output: Bad file descriptor\n")
