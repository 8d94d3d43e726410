"""Tokens in files: replaced, revoked, malformed, readable by too many, and never sent elsewhere."""

import json
import os
import pathlib
import socket
import subprocess

import pytest

import fake_platform
import harness

APP = "e2e/app"


def start_with_file(start, platform, token_file: pathlib.Path, *flags: str, apps=(APP,)):
    return start(
        harness.Exporter,
        f"--api.token-file={token_file}",
        *flags,
        endpoint=platform.url,
        apps=apps,
        token=None,
    )


def wait_until(exporter, up: int, app: str = "app") -> None:
    exporter.wait_for_page(
        lambda page: page.value("everai_app_up", app=app) == up, f"up of {app} is {up}"
    )


def wait_for_request(platform, authorization: str) -> None:
    """Waits until the next requests bear this."""
    before = len(platform.requests)
    harness.wait_for(
        lambda: authorization in {sent for _, sent in platform.requests[before:]},
        f"a request bears {authorization}",
    )


def test_a_replaced_token_is_used_for_the_next_poll(start, platform, tmp_path):
    token_file = tmp_path / "token"
    platform.behaviours["app"] = fake_platform.good
    token_file.write_text("first\n")
    exporter = start_with_file(start, platform, token_file)
    wait_for_request(platform, "Bearer first")
    for token, text in (("second", "second"), ("third", "third\r\n"), ("fourth", "fourth\n\n")):
        harness.write_whole(token_file, text)
        wait_for_request(platform, f"Bearer {token}")
    # Each in its turn, and nothing but them.
    sent = [authorization for _, authorization in platform.requests]
    assert list(dict.fromkeys(sent)) == [
        f"Bearer {token}" for token in ("first", "second", "third", "fourth")
    ]
    assert sum(exporter.page().values("everai_app_poll_failures_total")) == 0


class KubernetesSecret:
    """A mounted secret: a link to a link to a folder, of which the one in the middle is swapped."""

    def __init__(self, folder: pathlib.Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._count = 0
        self.token_file = folder / "token"
        self.token_file.symlink_to("..data/token")

    def update(self, token: str) -> None:
        self._count += 1
        data = self._folder / "..data"
        before = data.resolve() if data.exists() else None
        version = self._folder / f"..2024_09_29_09_35_18.{self._count}"
        version.mkdir()
        (version / "token").write_text(token)
        link = self._folder / "..data_tmp"
        link.symlink_to(version.name)
        link.replace(data)
        if before:
            (before / "token").unlink()
            before.rmdir()


def test_a_mounted_secret_is_followed(start, platform, tmp_path):
    secret = KubernetesSecret(tmp_path / "secret")
    secret.update("first")
    platform.behaviours["app"] = fake_platform.for_token("first")
    exporter = start_with_file(start, platform, secret.token_file)
    wait_until(exporter, 1)
    for token in ("second", "third"):
        platform.behaviours["app"] = fake_platform.for_token(token)
        secret.update(token)
        wait_for_request(platform, f"Bearer {token}")
        wait_until(exporter, 1)


@pytest.mark.parametrize("mended_by", ["platform", "file"])
def test_a_revoked_token_is_its_accounts_trouble_alone(start, platform, tmp_path, mended_by):
    for name in ("a", "b"):
        (tmp_path / name).write_text(f"token-{name}\n")
        platform.behaviours[name] = fake_platform.for_token(f"token-{name}")
    config = tmp_path / "everai.yml"
    apps = [{"name": name, "authorization": {"credentials_file": name}} for name in ("a", "b")]
    common = {"endpoint": platform.url, "scrape_interval": "1s"}
    config.write_text(json.dumps({"global": common, "apps": apps}))
    exporter = start(harness.Exporter, config=config, token=None)
    exporter.wait_for_page(lambda page: page.values("everai_app_up") == [1, 1], "both are up")

    platform.behaviours["a"] = fake_platform.for_token("token-c")
    wait_until(exporter, 0, "a")
    page = exporter.page()
    assert page.value("everai_app_poll_failures_total", app="a", reason="unauthorized") >= 1
    assert exporter.app_status("a")["failure"]["reason"] == "unauthorized"

    if mended_by == "file":
        harness.write_whole(tmp_path / "a", "token-c\n")
    else:
        platform.behaviours["a"] = fake_platform.for_token("token-a")
    wait_until(exporter, 1, "a")
    page = exporter.page()
    assert page.value("everai_app_up", app="b") == 1
    assert sum(page.values("everai_app_poll_failures_total", app="b")) == 0
    exporter.wait_for_log("poll works again")
    said = [line["msg"] for line in exporter.records() if line.get("app") == "default/a"]
    assert said == ["poll failed", "poll works again"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("canary\a5f0c1d", "a control character"),
        ("canary\r\nX-Injected: 5f0c1d", "a control character"),
        ("canary 5f0c1d", "a space"),
        ("canäry-5f0c1d", "a byte beyond ASCII"),
        ("\n", "the token is empty"),
    ],
    ids=["bell", "header", "space", "umlaut", "empty"],
)
def test_a_malformed_token_is_not_sent_and_not_shown(start, platform, tmp_path, text, why):
    token_file = tmp_path / "token"
    token_file.write_text(text)
    platform.behaviours["app"] = fake_platform.for_token("good")
    exporter = start_with_file(start, platform, token_file)
    wait_until(exporter, 0)
    failure = exporter.app_status("app")["failure"]
    assert failure["reason"] == "unauthorized"
    assert str(token_file) in failure["message"] and why in failure["message"]
    shown = exporter.log() + json.dumps(failure) + exporter.page().text
    assert "5f0c1d" not in shown
    assert platform.requests == []

    harness.write_whole(token_file, "good\n")
    wait_until(exporter, 1)


def make_pipe(path: pathlib.Path) -> None:
    os.mkfifo(path)


def make_link_to_pipe(path: pathlib.Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


def make_link_to_device(path: pathlib.Path) -> None:
    path.symlink_to("/dev/zero")


def make_socket(path: pathlib.Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


@pytest.mark.parametrize(
    "make", [make_pipe, make_link_to_pipe, make_link_to_device, make_socket, pathlib.Path.mkdir]
)
def test_a_token_file_that_is_no_file_is_its_apps_trouble_alone(start, platform, tmp_path, make):
    make(tmp_path / "token")
    platform.behaviours = dict.fromkeys(("app", "other"), fake_platform.good)
    config = tmp_path / "everai.yml"
    apps = [
        {"name": "app", "authorization": {"credentials_file": "token"}},
        {"name": "other", "authorization": {"credentials": "good"}},
    ]
    common = {"endpoint": platform.url, "scrape_interval": "1s"}
    config.write_text(json.dumps({"global": common, "apps": apps}))
    exporter = start(harness.Exporter, "--web.enable-lifecycle", config=config, token=None)
    wait_until(exporter, 0)
    wait_until(exporter, 1, "other")
    failure = exporter.app_status("app")["failure"]
    assert failure["reason"] == "unauthorized"
    assert failure["message"].endswith("it is not a regular file")
    assert harness.fetch(exporter.url + "/-/healthy").status == 200
    assert exporter.reload().status == 200
    assert exporter.terminate() < 4


def test_the_check_does_not_wait_for_a_pipe(tmp_path):
    make_pipe(tmp_path / "token")
    flags = ["--config.check", f"--api.token-file={tmp_path / 'token'}"]
    ended = subprocess.run(
        harness.exporter_argv(*flags, endpoint="http://127.0.0.1:1", apps=[APP]),
        env=harness.environment(),
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    assert ended.returncode == 0
    assert f"warning: token file {tmp_path / 'token'}: it is not a regular file" in ended.stderr


@pytest.mark.parametrize(("mode", "warnings"), [(0o640, 0), (0o644, 1), (0o642, 1)], ids=oct)
def test_a_token_that_all_can_read_is_warned_about_once(start, platform, tmp_path, mode, warnings):
    token_file = tmp_path / "token"
    token_file.write_text("token")
    token_file.chmod(mode)
    platform.behaviours = dict.fromkeys(("app", "other"), fake_platform.good)
    exporter = start_with_file(
        start, platform, token_file, "--web.enable-lifecycle", apps=(APP, "e2e/other")
    )
    for _ in range(3):
        assert exporter.reload().status == 200
    exporter.wait_for_page(lambda page: page.values("everai_app_up") == [1, 1], "both are up")
    said = [line for line in exporter.records() if line["level"] == "warn"]
    assert len(said) == warnings, said
    assert all(line["warning"].startswith(f"{token_file}: it holds a token") for line in said)


def test_accounts_never_mix(start, tmp_path):
    """Two endpoints and two tokens; then the endpoints change hands, and the tokens are new."""
    platforms = [fake_platform.FakePlatform(), fake_platform.FakePlatform()]
    for each in platforms:
        each.behaviours = dict.fromkeys(("one", "two"), fake_platform.good)
    config = tmp_path / "everai.yml"

    def write(first: fake_platform.FakePlatform, second: fake_platform.FakePlatform, suffix: str) -> None:
        apps = [
            {
                "name": name,
                "endpoint": each.url,
                "authorization": {"credentials": f"token-{name}-{suffix}"},
            }
            for name, each in (("one", first), ("two", second))
        ]
        harness.write_whole(
            config, json.dumps({"global": {"scrape_interval": "1s"}, "apps": apps})
        )

    try:
        write(*platforms, "old")
        exporter = start(harness.Exporter, "--web.enable-lifecycle", config=config)
        for each, name in zip(platforms, ("one", "two")):
            harness.wait_for(lambda each=each: len(each.requests) >= 4, "two polls")
            assert set(each.requests) == {(name, f"Bearer token-{name}-old")}

        write(*reversed(platforms), "new")
        assert exporter.reload().status == 200
        seen = [len(each.requests) for each in platforms]
        for each, name, before in zip(platforms, ("two", "one"), seen):
            harness.wait_for(lambda: len(each.requests) >= before + 4, "two polls")
        for each, name, other in zip(platforms, ("two", "one"), ("one", "two")):
            assert set(each.requests) == {
                (other, f"Bearer token-{other}-old"),
                (name, f"Bearer token-{name}-new"),
            }
    finally:
        for each in platforms:
            each.close()
