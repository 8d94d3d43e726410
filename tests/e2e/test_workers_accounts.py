"""Whom everai_workers asks, and as whom. It shows no token, and the exporter cannot do what it does."""

import json
import os
import pathlib
import re
import subprocess

import pytest

import fake_platform
import harness
import network
import on_call
from canary import leaks, repeats_the_token
from on_call import APP, fleet, worker

TOKEN = "canary-everai-workers-7d1e0b93"
LIST = ["list", APP]
ADD = ["scale-up", APP, "--count", "1"]
REMOVE = ["scale-down", APP, "--count", "1", "--yes"]
LINE = "e2e/app: 1 worker (1 free), at most 5, queue 3\n"


@pytest.fixture
def other():
    fake = fake_platform.FakePlatform()
    yield fake
    fake.close()


def write_config(folder: pathlib.Path, common: dict, *apps: dict) -> str:
    path = folder / "everai.yml"
    path.write_text(json.dumps({"global": common, "apps": list(apps)}))
    path.chmod(0o600)
    return f"--config.file={path}"


def inline(token: str) -> dict:
    return {"authorization": {"credentials": token}}


# Secrecy


def by_environment(folder: pathlib.Path) -> tuple[list[str], str | None]:
    return [], TOKEN


def by_token_file(folder: pathlib.Path) -> tuple[list[str], str | None]:
    path = folder / "token"
    path.write_text(TOKEN + "\n")
    path.chmod(0o600)
    return ["--api.token-file", str(path)], None


def by_config_file(folder: pathlib.Path) -> tuple[list[str], str | None]:
    return [write_config(folder, inline(TOKEN))], None


def by_file_of_config_file(folder: pathlib.Path) -> tuple[list[str], str | None]:
    by_token_file(folder)
    app = {"namespace": "e2e", "name": "app", "authorization": {"credentials_file": "token"}}
    return [write_config(folder, {}, app)], None


def call_with_pipe(command: str, *arguments: str, endpoint: str) -> subprocess.CompletedProcess[str]:
    """A call whose token is what a command prints, by the shell's process substitution."""
    program = [harness.installed("everai_workers"), *arguments]
    return subprocess.run(
        ["bash", "-c", f'"$@" --api.token-file <({command})', "bash", *program],
        env=on_call.variables(endpoint, None),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=on_call.DEADLINE,
        check=False,
    )


@pytest.mark.parametrize("command", [f"echo {TOKEN}", f"sleep 0.3; echo {TOKEN}; sleep 0.3"])
def test_a_token_can_come_from_a_pipe(platform, command):
    platform.behaviours["app"] = fleet([worker("a")])
    ended = call_with_pipe(command, *LIST, endpoint=platform.url)
    assert ended.returncode == 0, ended.stderr
    # Two requests: what was read once serves both.
    assert [sent for _, sent in platform.requests] == [f"Bearer {TOKEN}"] * 2


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("echo", "the token is empty"),
        ("echo two words", "the token has a control character, a space"),
        ("head -c 100000 /dev/zero", "it is larger than 16 KiB"),
    ],
)
def test_what_a_pipe_gives_may_be_no_token(platform, command, why):
    ended = call_with_pipe(command, *LIST, endpoint=platform.url)
    assert ended.returncode == 3
    assert why in ended.stderr
    assert platform.requests == []


@pytest.mark.parametrize(
    "given", [by_environment, by_token_file, by_config_file, by_file_of_config_file]
)
def test_no_output_shows_the_token(platform, tmp_path, given):
    flags, token = given(tmp_path)
    env = on_call.variables(platform.url, token)

    def refuses(exchange: fake_platform.Exchange) -> None:
        message = json.dumps({"message": f"not with {exchange.authorization}", "code": 9})
        exchange.answer(message.encode(), "400 Bad Request")

    shown = {}
    for behaviour, commands in (
        (repeats_the_token, [LIST, ADD]),
        (fake_platform.changing(refuses), [[*LIST, "--output", "json"], ADD, REMOVE]),
        (fake_platform.changing(fake_platform.hang), [[*ADD, "--api.timeout", "300ms"]]),
        (fake_platform.good, [[*LIST, "--output", "xml"], ["--help"], ["--version"]]),
    ):
        platform.behaviours["app"] = behaviour
        for command in commands:
            ended = on_call.call(*command, *flags, env=env)
            shown[f"{behaviour} {command}"] = ended.out + ended.err
    assert all(shown.values())
    assert leaks(shown, {"token": TOKEN}) == []
    # It was there to be shown.
    assert platform.authorizations == {f"Bearer {TOKEN}"}
    said = "".join(shown.values())
    assert "Bearer <secret> is revoked" in said and "not with Bearer <secret> (code 9)" in said


def test_the_command_line_does_not_show_the_token(start, platform, tmp_path):
    flags, token = by_token_file(tmp_path)
    asked = platform.note_requests("app", fake_platform.hang)
    call = start(on_call.Call, *LIST, *flags, env=on_call.variables(platform.url, token))
    assert asked.wait(20)
    for place in ("cmdline", "environ", "comm"):
        shown = pathlib.Path(f"/proc/{call.pid}/{place}").read_text()
        assert leaks({place: shown}, {"token": TOKEN}) == []


def test_mistaken_tokens_are_not_repeated():
    for flag in ("--api.endpoint", "--output", "--count", "--timeout", "--recent-days"):
        ended = on_call.call(*LIST, flag, TOKEN, env=on_call.variables("http://127.0.0.1:9"))
        assert ended.code == 2 and ended.err
        assert leaks({flag: ended.out + ended.err}, {"token": TOKEN}) == []


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("command", [LIST, ADD], ids=lambda command: command[0])
def test_the_token_does_not_follow_a_redirect(platform, other, command, status):
    elsewhere = fake_platform.status(status, 0, f"Location: {other.url}/\r\n")
    platform.behaviours["app"] = (
        fake_platform.changing(elsewhere) if command is ADD else elsewhere
    )
    other.behaviours["app"] = fake_platform.good
    ended = on_call.call(*command, env=on_call.variables(platform.url, TOKEN))
    assert ended.code == (10 if command is ADD else 4)
    assert f"status {status[:3]}: redirect to 127.0.0.1 not followed" in ended.err
    assert platform.authorizations == {f"Bearer {TOKEN}"} and other.requests == []


def test_a_proxy_of_the_environment_is_asked_for_a_tunnel_and_not_shown_the_token(other):
    env = on_call.variables("https://platform.invalid", TOKEN) | {"https_proxy": other.url}
    ended = on_call.call(*LIST, env=env)
    assert ended.code == 4 and ended.err.startswith("everai_workers: GET workers (live): ")
    (head,) = other.heads
    assert head.startswith("CONNECT platform.invalid:443 HTTP/1.1\r\n")
    assert leaks({"the request for a tunnel": head}, {"token": TOKEN}) == []


# Accounts


def test_an_app_of_the_file_has_its_own_account(platform, other, tmp_path):
    for each in (platform, other):
        each.behaviours = dict.fromkeys(("app", "another"), fake_platform.good)
    own = {"namespace": "e2e", "name": "app", "endpoint": other.url, **inline("own")}
    config = write_config(tmp_path, {"endpoint": platform.url, **inline("common")}, own)
    env = on_call.variables("http://127.0.0.1:9", token="unused")
    # An app that the file does not name takes what is common, another namespace's too.
    for app in (APP, "e2e/another", "default/app"):
        assert on_call.call("list", app, config, env=env).code == 0
    assert set(other.requests) == {("app", "Bearer own")}
    assert set(platform.requests) == {("another", "Bearer common"), ("app", "Bearer common")}


def test_flags_are_stronger_than_what_is_common(platform, tmp_path):
    platform.behaviours["app"] = fake_platform.good
    config = write_config(tmp_path, {"endpoint": "http://127.0.0.1:9", **inline("common")})
    flags, _ = by_token_file(tmp_path)
    ended = on_call.call(
        *(*LIST, config, *flags, "--api.endpoint", platform.url),
        env=on_call.variables("http://127.0.0.1:9", token="unused"),
    )
    assert ended.code == 0
    assert platform.authorizations == {f"Bearer {TOKEN}"}


def make_large(path: pathlib.Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 30)


OURS = {"namespace": "e2e", "name": "app", **inline("own")}
ABSENT = {"tls_config": {"ca_file": "/none.pem"}}


@pytest.mark.parametrize(
    "other",
    [
        {"name": "other", **ABSENT},
        {"name": "other", "tls_config": {"cert_file": "everai.yml", "key_file": "everai.yml"}},
        {"name": "other", "scrape_interval": "5 minutes"},
        {"name": "other", "gpu_prices": "nonsense"},
        {"name": "other", "key_of_a_later_version": True},
        {"name": "other", "endpoint": "http://127.0.0.1:9"},
        {"name": ["app"], "namespace": "e2e"},
        {"namespace": "e2e"},
        7,
    ],
    ids=str,
)
def test_another_apps_mistake_does_not_matter(platform, tmp_path, other):
    platform.behaviours = dict.fromkeys(("app", "another"), fleet([worker("a")]))
    # The common token would be refused to the other app's endpoint.
    config = write_config(tmp_path, inline("common"), other, OURS, other)
    env = on_call.variables(platform.url)
    ended = on_call.call(*LIST, config, env=env)
    assert (ended.code, ended.err) == (0, LINE.replace(", at most 5, queue 3", ", queue 0"))
    assert platform.authorizations == {"Bearer own"}
    # Nor to an app that the file does not have, unless it may be meant for that.
    ended = on_call.call("list", "e2e/another", config, env=env)
    if isinstance(other, dict) and isinstance(other.get("name"), str):
        assert ended.code == 0
        assert platform.authorizations == {"Bearer own", "Bearer common"}
    else:
        assert (ended.code, ended.out) == (2, "")


@pytest.mark.parametrize("command", [LIST, ADD, REMOVE], ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("common", "apps", "why"),
    [
        ({}, [{**OURS, **ABSENT}], "ca_file /none.pem: No such file or directory"),
        (ABSENT, [OURS], "ca_file /none.pem: No such file or directory"),
        (ABSENT, [], "ca_file /none.pem: No such file or directory"),
        ({}, [OURS, OURS], "app e2e/app is given twice, first by "),
        ({}, [{**OURS, "scrape_interval": "5 minutes"}], "scrape_interval: '5 minutes' is no "),
        ({"slo_objective": 7}, [OURS], "slo_objective: '7' is no share between 0 and 1"),
        (
            inline("common"),
            [{"namespace": "e2e", "name": "app", "endpoint": "http://127.0.0.1:9"}],
            "app e2e/app has an endpoint of its own, to which the common token is not sent",
        ),
    ],
)
def test_the_mistake_that_holds_for_the_app_is_told_with_its_place(
    platform, tmp_path, command, common, apps, why
):
    config = write_config(tmp_path, common, *apps, {"name": "other", **ABSENT})
    path = config.removeprefix("--config.file=")
    ended = on_call.call(*command, config, env=on_call.variables(platform.url))
    assert (ended.code, ended.out) == (2, "")
    assert re.match(rf"everai_workers: {re.escape(path)}:1:\d+: {re.escape(why)}", ended.err)
    assert ended.err.count("\n") == 1
    assert platform.requests == []


def test_warnings_are_of_the_app_alone(platform, tmp_path):
    platform.behaviours["app"] = fleet([worker("a")])
    by_token_file(tmp_path)
    token = tmp_path / "token"
    token.chmod(0o604)
    tokens = {"authorization": {"credentials_file": "token"}}
    bare = {"namespace": "e2e", "name": "app"}
    env = on_call.variables(platform.url, None)
    open_file = "it holds {}, but others than its owner and group have access to it"

    def warnings(*apps: dict, mode: int = 0o600) -> list[str]:
        config = write_config(tmp_path, {}, *apps)
        (tmp_path / "everai.yml").chmod(mode)
        ended = on_call.call(*LIST, config, env=env)
        assert ended.code == 0, ended.err
        start = "everai_workers: warning: "
        return [line.removeprefix(start) for line in ended.err.splitlines() if start in line]

    none = "no API token for e2e/app: requests go without one"
    assert warnings({"name": "other"}, bare) == [none]
    assert warnings({"name": "other", **tokens}, bare) == [none]
    assert warnings({"name": "other"}, {**bare, **tokens}) == [f"{token}: {open_file.format('a token')}"]
    assert warnings({"name": "other"}, OURS) == []
    # The file itself is open, whoever's secret is in it.
    secret = f"{tmp_path / 'everai.yml'}: {open_file.format('a secret')}"
    assert warnings({"name": "other", **inline("x")}, bare, mode=0o604) == [secret, none]
    assert warnings({"name": "other"}, OURS, mode=0o604) == [secret]
    assert warnings({"name": "other"}, bare, mode=0o604) == [none]


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: None, "No such file or directory"),
        (lambda path: path.mkdir(), "it is not a regular file"),
        (os.mkfifo, "it is not a regular file"),
        (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
        (lambda path: path.symlink_to("/dev/zero"), "it is not a regular file"),
        (lambda path: make_large(path), "it is larger than 1024 KiB"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_once(platform, tmp_path, make, why):
    path = tmp_path / "everai.yml"
    make(path)
    ended = on_call.call(*LIST, f"--config.file={path}", env=on_call.variables(platform.url))
    assert ended == on_call.Ended(2, "", f"everai_workers: {path}: {why}\n")
    assert platform.requests == []


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: None, "No such file or directory"),
        (lambda path: path.mkdir(mode=0o700), "it is not a regular file"),
        (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
        (lambda path: path.symlink_to("/dev/zero"), "it is not a regular file"),
        (lambda path: make_large(path), "it is larger than 16 KiB"),
        (lambda path: path.write_bytes(b""), "the token is empty"),
        (lambda path: path.write_bytes(b" \r\n\t"), "the token is empty"),
        (lambda path: path.write_bytes(b"a\0b"), "the token has a control character, a space"),
        (lambda path: path.write_bytes(b"\x7fELF\xff\xfe"), "the token has a control character, a space"),
    ],
)
@pytest.mark.parametrize("command", [LIST, ADD, REMOVE], ids=lambda command: command[0])
def test_what_a_token_file_holds_may_be_no_token(platform, tmp_path, command, make, why):
    path = tmp_path / "token"
    make(path)
    ended = on_call.call(*command, "--api.token-file", str(path), env=on_call.variables(platform.url))
    assert (ended.code, ended.out) == (3, "")
    assert f"token file {path}: {why}" in ended.err
    assert platform.requests == []


def test_a_private_authority_is_trusted_by_the_file_alone(tmp_path):
    authority = network.Authority(tmp_path / "ca", "everai test")
    certificate, key = authority.sign("on-call")
    platform = network.Platform(authority)
    try:
        tls = {
            "ca_file": str(authority.certificate),
            "cert_file": str(certificate),
            "key_file": str(key),
        }
        config = write_config(tmp_path, {"tls_config": tls})
        env = on_call.variables(platform.url)
        ended = on_call.call(*LIST, config, env=env)
        assert (ended.code, ended.err) == (0, LINE)
        assert platform.clients == ["on-call", "on-call"]

        ended = on_call.call(*LIST, env=env)
        assert (ended.code, ended.out) == (4, "")
        assert ended.err.startswith("everai_workers: GET workers (live): tls failed: ")
        assert len(platform.clients) == 2
    finally:
        platform.close()


# The exporter

# Of the calls that change an app, in the words of the API and of the code.
WORDS = [
    *(b"scale-up", b"scale-down", b"scaleUpWorkersNum", b"scaleDownWorkersNum", b"workerIds"),
    *(b"render_scale_up", b"render_scale_down", b"parse_new_worker_ids", b"everai_scaling"),
]


def words_in(program: str) -> list[bytes]:
    binary = pathlib.Path(harness.installed(program)).read_bytes()
    return [word for word in WORDS if word in binary]


def test_the_exporter_does_not_have_what_changes_an_app():
    assert words_in("everai_exporter") == []
    assert set(words_in("everai_workers")) >= set(WORDS[:5])


def test_the_exporter_only_reads(start, platform):
    platform.behaviours["app"] = fleet(
        [worker("9zFtE2"), worker("bad", status="STATUS_ERROR")], keep=True
    )
    exporter = start(harness.Exporter, "--web.enable-lifecycle", endpoint=platform.url, apps=[APP])
    exporter.wait_until_ready()
    assert exporter.reload().status == 200
    harness.wait_for(lambda: len(platform.heads) >= 6, "three polls")
    exporter.terminate()
    assert {head.split(" ")[0] for head in platform.heads} == {"GET"} and platform.changes == []
