"""Every secret, from every source, meets every kind of failure: no output shows it."""

import concurrent.futures
import dataclasses
import itertools
import json
import pathlib
import subprocess

import pytest

import canary
import fake_platform
import harness
import network
import on_call
from canary import leaks
from test_secrets import run, shown_otherwise, shown_over_http

TOKEN = "canary-token-7d1e0b93"
PASSWORD = "canary-password-7d1e0b93"
EXPORTER_FLAGS = [
    *("--app", "--web.listen-address", "--web.telemetry-path", "--web.enable-lifecycle", "--once"),
    *("--api.endpoint", "--scrape.interval", "--scrape.timeout", "--slo.objective", "--shard"),
    *("--gpu.price", "--queue.backlog-threshold", "--log.level", "--log.format", "--unknown"),
    "--config.auto-reload-interval",
]
WORKERS_FLAGS = [
    *("--api.endpoint", "--api.timeout", "--recent-days", "--output", "--count", "--unknown"),
]
FILE_FLAGS = ["--config.file", "--api.token-file"]


@dataclasses.dataclass
class Given:
    """How the secrets get into the programs. Both use the token that `common` does not give."""

    common: dict = dataclasses.field(default_factory=dict)
    flags: list[str] = dataclasses.field(default_factory=list)
    env: dict[str, str] = dataclasses.field(default_factory=dict)
    https: bool = False


def write(path: pathlib.Path, text: str) -> str:
    path.write_text(text)
    path.chmod(0o600)
    return str(path)


def proxy_of(server: fake_platform.FakePlatform) -> str:
    return server.url.replace("//", f"//exporter:{PASSWORD}@")


def inline() -> dict:
    return {"authorization": {"credentials": TOKEN}}


def by_proxy_variable(name: str, scheme: str):
    def give(folder: pathlib.Path, server: fake_platform.FakePlatform) -> Given:
        return Given(inline(), env={name: proxy_of(server)}, https=scheme == "https")

    return give


SOURCES = {
    "the token of the environment": lambda folder, server: Given(env={"EVERAI_TOKEN": TOKEN}),
    "the token file of a flag": lambda folder, server: Given(
        flags=[f"--api.token-file={write(folder / 'token', TOKEN)}"]
    ),
    "the token of the configuration": lambda folder, server: Given(inline()),
    "the token file of the configuration": lambda folder, server: Given(
        {"authorization": {"credentials_file": write(folder / "token", f"{TOKEN}\n")}}
    ),
    "a proxy_url": lambda folder, server: Given({**inline(), "proxy_url": proxy_of(server)}),
    "a proxy_url for tunnels": lambda folder, server: Given(
        {**inline(), "proxy_url": proxy_of(server)}, https=True
    ),
    **{
        f"{name} for {scheme}": by_proxy_variable(name, scheme)
        for scheme, names in (
            ("http", ("http_proxy", "all_proxy", "ALL_PROXY")),
            ("https", ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")),
        )
        for name in names
    },
}


@pytest.mark.parametrize("source", SOURCES)
def test_no_failure_shows_a_secret(start, platform, tmp_path, source):
    given = SOURCES[source](tmp_path, platform)
    uses_proxy = "prox" in source.lower()
    secrets = {"token": TOKEN, **({"password": PASSWORD} if uses_proxy else {})}
    platform.behaviours = canary.failures(secrets)
    # In a tunnel the proxy cannot see the app: each has a host of its own.
    hosts = {name: f"https://{name}.test" for name in platform.behaviours} if given.https else {}
    apps = [
        {"name": name, **({"endpoint": hosts[name], **inline()} if hosts else {})}
        for name in platform.behaviours
    ]
    config = tmp_path / "everai.yml"
    endpoint = "http://platform.test" if uses_proxy else platform.url
    common = {"endpoint": endpoint, "scrape_interval": "1s", "scrape_timeout": "1s", **given.common}
    write(config, json.dumps({"global": common, "apps": apps}))

    exporter = start(
        harness.Exporter,
        *given.flags,
        "--log.level=debug",
        config=config,
        token=None,
        env=given.env,
    )
    exporter.wait_for_page(
        lambda page: sum(page.values("everai_app_poll_failures_total")) >= len(apps) - 10,
        "polls have failed",
    )
    exporter.wait_until_ready()
    shown = shown_over_http(exporter) | shown_otherwise(exporter)
    flags = [f"--config.file={config}", *given.flags]
    shown["--config.check"] = run(*flags, "--config.check", **given.env)
    # Each failure meets one of the commands.
    commands = itertools.cycle([["list"], ["scale-up", "--count=1"], ["list", "--output=json"]])

    def call(name: str, command: list[str]) -> str:
        more = [f"default/{name}", *flags, "--api.timeout=1s"]
        ended = on_call.call(*command, *more, env=harness.environment(**given.env))
        return ended.out + ended.err

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        calls = {
            f"everai_workers {command} of {name}": pool.submit(call, name, command)
            for name, command in zip(platform.behaviours, commands)
        }
    shown |= {name: ended.result() for name, ended in calls.items()}
    # Nor is the front of one shown where a message was cut.
    assert leaks(shown, {place: secret[:12] for place, secret in secrets.items()}) == []
    used = leaks({"what was sent": "\n".join(platform.heads)}, secrets)
    assert used == [
        f"what was sent shows {place}"
        for place, is_used in (("token", not given.https), ("password", uses_proxy))
        if is_used
    ]
    if not given.https:
        assert "<secret>" in shown["the log"] and "<secret>" in shown["/status.json"]


@pytest.mark.parametrize(
    "scheme, address",
    [
        ("http", "127.0.0.1:1"),
        ("https", "127.0.0.1:1"),
        ("socks5h", "127.0.0.1:1"),
        ("http", "proxy.invalid:1"),
        ("socks5", "proxy.invalid:1"),
        ("http", "SERVER"),
        ("https", "SERVER"),
        ("socks4", "SERVER"),
        ("socks5", "SERVER"),
    ],
)
def test_no_failure_of_a_connection_shows_a_password(platform, tmp_path, scheme, address):
    """What answers is no platform and no proxy that could be used."""
    platform.behaviours[""] = platform.behaviours["app"] = fake_platform.hang
    url = f"{scheme}://exporter:{PASSWORD}@{address.replace('SERVER', platform.url[7:])}"
    config = tmp_path / "everai.yml"
    write(config, json.dumps({"global": {"proxy_url": url}}))
    secrets = {"token": TOKEN, "password": PASSWORD}
    for endpoint in ("http://platform.test", "https://platform.test"):
        for flags, env in (([f"--config.file={config}"], {}), ([], {"ALL_PROXY": url})):
            once = ["--once", "--scrape.timeout=500ms", "--app=e2e/app", "--log.level=debug"]
            flags = [*flags, f"--api.endpoint={endpoint}"]
            shown = {"--once": run(*once, *flags, EVERAI_TOKEN=TOKEN, **env)}
            env = harness.environment(EVERAI_TOKEN=TOKEN, **env)
            ended = on_call.call("list", "e2e/app", "--api.timeout=500ms", *flags, env=env)
            shown["everai_workers"] = ended.out + ended.err
            assert "level=warn msg=\"poll failed\"" in shown["--once"]
            assert ended.code == 4, ended
            assert leaks(shown, secrets) == []


def test_no_file_in_a_wrong_place_shows_a_secret(tmp_path):
    """A key that is damaged, or stands where something else belongs; likewise a token."""
    certificate, key = network.Authority(tmp_path / "tls", "canary").sign("client")
    whole = key.read_text()
    secrets = {"key": whole.splitlines()[1], "token": TOKEN, "password": PASSWORD}
    files = {
        "key": whole,
        "cut": whole[:-60],
        "reversed": "\n".join(reversed(whole.splitlines())),
        "token": TOKEN,
        "tokens": f"{TOKEN} {TOKEN}",
        "headed": whole.splitlines()[0] + f"\n{TOKEN}\n" + whole.splitlines()[-1],
        "encrypted": whole.replace("PRIVATE", "ENCRYPTED PRIVATE"),
        "url": f"http://exporter:{PASSWORD}@proxy",
        "assignment": f"http_proxy=http://exporter:{PASSWORD}@proxy",
    }
    for name, text in files.items():
        write(tmp_path / name, text)
    listen = "--web.listen-address=127.0.0.1:0"
    shown = {}
    for name, text in files.items():
        path = str(tmp_path / name)
        for keys in (
            {"ca_file": path},
            {"cert_file": path, "key_file": str(key)},
            {"cert_file": str(certificate), "key_file": path},
        ):
            config = tmp_path / "everai.yml"
            write(config, json.dumps({"global": {"tls_config": keys}}))
            shown[f"{name} {keys}"] = run("--app=a/b", f"--config.file={config}", "--config.check")
        shown[f"{name} as a configuration"] = run(f"--config.file={path}", listen)
        shown[f"{name} as a token"] = run(
            "--app=a/b", f"--api.token-file={path}", "--api.endpoint=http://127.0.0.1:9", "--once"
        )
    assert leaks(shown, secrets) == []


def test_no_proxy_in_the_place_of_another_value_is_shown():
    texts = [f"http://exporter:{PASSWORD}@proxy", f"exporter:{PASSWORD}@proxy"]
    for program, command, names in (
        ("everai_exporter", ["--config.check"], EXPORTER_FLAGS),
        ("everai_workers", ["list", "a/b"], WORKERS_FLAGS),
    ):
        for text in texts:
            runs = [[*command, text], *([*command, f"{name}={text}"] for name in names)]
            # A file may have any name that is not a URL.
            runs += [[*command, f"{name}={text}"] for name in FILE_FLAGS if "://" in text]
            for flags in runs:
                ended = subprocess.run(
                    [harness.installed(program), *flags],
                    env=harness.environment(),
                    capture_output=True,
                    text=True,
                    timeout=30,
                    check=False,
                )
                assert ended.returncode == 2, flags
                shown = {"the output": ended.stdout + ended.stderr}
                assert leaks(shown, {"password": PASSWORD[:12]}) == [], flags
