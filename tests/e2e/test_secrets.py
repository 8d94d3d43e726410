"""Secrets in every place that takes one, or that one gets into by mistake: no output shows them.

The one thing that may hold them is what is sent to the platform, and to the proxy."""

import base64
import concurrent.futures
import json
import pathlib
import subprocess
import urllib.parse

import pytest

import fake_platform
import harness
import network
from canary import leaks, repeats_the_token

NOWHERE = "http://127.0.0.1:9"
MISTAKE = "canary-mistake-7d1e0b93"

# Configurations that are refused, with a token where it does not belong.
MISTAKES = [
    *(
        f"global: {{{key}: {MISTAKE}}}"
        for key in (
            "endpoint",
            "scrape_interval",
            "scrape_timeout",
            "staleness",
            "recent_days",
            "requests_per_second",
            "authorization",
            "tls_config",
            "proxy_url",
            "slo_objective",
            "queue_backlog_threshold",
            "gpu_prices",
            MISTAKE,
        )
    ),
    f"global: {{endpoint: 'http://user:{MISTAKE}@127.0.0.1'}}",
    f"global: {{endpoint: 'http://127.0.0.1/?token={MISTAKE}'}}",
    f"global: {{proxy_url: 'http://user:{MISTAKE}@127.0.0.1/path'}}",
    f"global: {{authorization: {{type: {MISTAKE}}}}}",
    f"global: {{authorization: {{{MISTAKE}: x}}}}",
    f"global: {{authorization: {{credentials: [{MISTAKE}]}}}}",
    f"global: {{authorization: {{credentials: two {MISTAKE}}}}}",
    f"global: {{authorization: {{credentials: x, credentials_file: {MISTAKE}}}}}",
    f"global: {{authorization: {{credentials: {MISTAKE}, credentials: {MISTAKE}}}}}",
    f"global: {{gpu_prices: [{{model: x, per_hour: {MISTAKE}}}]}}",
    f"global: {MISTAKE}",
    f"apps: {MISTAKE}",
    f"apps: [{MISTAKE}]",
    MISTAKE,
    f"[{MISTAKE}]",
    f"{MISTAKE}: x",
    f"*{MISTAKE}",
    f"&{MISTAKE} x",
    f"!{MISTAKE} x",
    f"global: {{authorization: {{credentials: '{MISTAKE}",
    f"global: {{authorization: {{credentials: \"{MISTAKE}\\q\"}}}}",
    f"%{MISTAKE}\n---\n",
]


def run(*flags: str, **env: str) -> str:
    """All that the program writes in a run that ends by itself."""
    ended = subprocess.run(
        [harness.installed("everai_exporter"), *flags],
        env=harness.environment(**env),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.stdout or ended.stderr
    return ended.stdout + ended.stderr


def shown_over_http(exporter: harness.Exporter) -> dict[str, str]:
    apps = [f"{app['namespace']}/{app['name']}" for app in exporter.status()["apps"]]
    paths = ["/", "/status.json", "/metrics", "/nothing", "/-/healthy", "/-/ready", "/-/reload"]
    paths += [f"/metrics?app={urllib.parse.quote(app, safe='')}" for app in apps]
    shown = {}
    for path in paths:
        answer = harness.fetch(exporter.url + path)
        shown[path] = f"{answer.headers}{answer.text}"
    return shown


def shown_otherwise(exporter: harness.Exporter) -> dict[str, str]:
    """What is there at the end; the exporter is stopped for it."""
    command_line = pathlib.Path(f"/proc/{exporter.pid}/cmdline").read_text()
    exporter.terminate()
    return {
        "the command line": command_line,
        "the log": exporter.log(),
        "standard output": exporter.output(),
    }


class Setup:
    """A configuration with a secret in every place that takes one, and platforms that see them."""

    def __init__(self, folder: pathlib.Path, platform: fake_platform.FakePlatform) -> None:
        self.platform = platform
        self.proxy = fake_platform.FakePlatform()
        certificate, key = network.Authority(folder / "tls", "canary").sign("client")
        places = ("inline", "file", "repeated", "app", "proxy")
        self.secrets = {place: f"canary-{place}-7d1e0b93" for place in places}
        self.sent = dict(self.secrets)  # those that a platform or proxy must have been sent
        self.secrets["key"] = key.read_text().splitlines()[1]
        (folder / "token").write_text(self.secrets["file"] + "\n")
        apps = [
            {"name": "inline"},
            {"name": "file", "authorization": {"credentials_file": "token"}},
            {"name": "repeated", "authorization": {"credentials": self.secrets["repeated"]}},
            {
                "name": "tls",
                "endpoint": platform.url.replace("http:", "https:"),  # which it does not speak
                "authorization": {"credentials": "canary-never-sent-7d1e0b93"},
                "tls_config": {"cert_file": str(certificate), "key_file": str(key)},
            },
            {
                "name": "proxied",
                "endpoint": "http://platform.invalid",
                "authorization": {"credentials": self.secrets["app"]},
                "proxy_url": self.proxy.url.replace("//", f"//exporter:{self.secrets['proxy']}@"),
            },
        ]
        self.secrets["never sent"] = "canary-never-sent-7d1e0b93"
        platform.behaviours = {
            "inline": fake_platform.good,
            "file": fake_platform.status("500 Internal Server Error", 13),
            "repeated": repeats_the_token,
        }
        common = {
            "endpoint": platform.url,
            "scrape_interval": "1s",
            "authorization": {"credentials": self.secrets["inline"]},
        }
        self.text = json.dumps({"global": common, "apps": apps})
        self.config = folder / "everai.yml"
        self.config.write_text(self.text)

    def not_sent(self) -> list[str]:
        heads = {"what was sent": "".join(self.platform.heads + self.proxy.heads)}
        return [place for place, secret in self.sent.items() if not leaks(heads, {place: secret})]


@pytest.fixture
def setup(tmp_path, platform):
    made = Setup(tmp_path, platform)
    yield made
    made.proxy.close()


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_a_running_exporter_shows_no_secret(start, setup, form):
    flags = ["--log.level", "debug", "--log.format", form, "--web.enable-lifecycle"]
    exporter = start(harness.Exporter, *flags, config=setup.config, token="canary-unused-7d1e0b93")
    secrets = {**setup.secrets, "environment": "canary-unused-7d1e0b93", "mistake": MISTAKE}
    exporter.wait_for_page(
        lambda page: len(page.values("everai_app_up")) == 5
        and sum(page.values("everai_app_poll_failures_total")) >= 8,
        "polls have failed",
    )
    harness.wait_for(lambda: not setup.not_sent(), "every secret was used", every=0.2)
    assert leaks(shown_over_http(exporter), secrets) == []
    assert "Bearer <secret> is revoked" in exporter.app_status("repeated")["failure"]["message"]

    for text in MISTAKES:
        setup.config.write_text(text)
        answer = exporter.reload()
        assert answer.status == 500, text
        assert leaks({f"the answer to {text}": answer.text}, secrets) == []
        assert leaks(shown_over_http(exporter), secrets) == [], text
    setup.config.write_text(setup.text)
    assert exporter.reload().status == 200
    assert leaks(shown_over_http(exporter), secrets) == []
    assert leaks(shown_otherwise(exporter), secrets) == []


def test_a_token_of_the_environment_is_not_shown(start, platform):
    token = "canary-environment-7d1e0b93"
    platform.behaviours["app"] = repeats_the_token
    flags = ["--log.level", "debug"]
    exporter = start(
        harness.Exporter, *flags, endpoint=platform.url, apps=["e2e/app"], token=token
    )
    exporter.wait_until_ready()
    assert platform.authorizations == {f"Bearer {token}"}
    secrets = {"environment": token}
    assert leaks(shown_over_http(exporter), secrets) == []
    assert leaks(shown_otherwise(exporter), secrets) == []
    for flag in ("--help", "--version"):
        assert leaks({flag: run(flag, EVERAI_TOKEN=token)}, secrets) == []


def test_runs_that_end_by_themselves_show_no_secret(setup):
    file = f"--config.file={setup.config}"
    checked = run(file, "--config.check")
    assert checked.count("<secret>") >= 5
    once = run(file, "--once", "--log.level=debug")
    assert 'everai_app_up{app_namespace="default",app="inline"} 1' in once
    assert leaks({"--config.check": checked, "--once": once}, setup.secrets) == []
    assert setup.not_sent() == []


def test_runs_that_are_refused_show_no_secret(tmp_path):
    listen = "--web.listen-address=127.0.0.1:0"
    url = f"http://user:{MISTAKE}@127.0.0.1"
    runs: list[tuple[list[str], dict[str, str]]] = []
    for number, text in enumerate(MISTAKES):
        config = tmp_path / f"{number}.yml"
        config.write_text(text)
        runs += [([f"--config.file={config}", flag], {}) for flag in (listen, "--config.check")]
    for flag in ("--scrape.interval", "--scrape.timeout", "--slo.objective", "--api.endpoint"):
        runs.append((["--app=a/b", listen, f"{flag}={MISTAKE}"], {}))
    runs.append((["--app=a/b", listen, f"--api.endpoint={url}"], {}))
    for name, value in (
        ("EVERAI_ENDPOINT", MISTAKE),
        ("EVERAI_ENDPOINT", url),
        ("EVERAI_TOKEN", f"two {MISTAKE}"),
    ):
        runs.append((["--app=a/b", listen], {name: value}))

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        shown = pool.map(lambda each: run(*each[0], **each[1]), runs)
    outputs = {f"{flags} {env}": text for (flags, env), text in zip(runs, shown)}
    refused = [text.startswith("everai_exporter: ") for text in outputs.values()]
    assert all(refused) and len(refused) > 2 * len(MISTAKES)
    assert leaks(outputs, {"mistake": MISTAKE}) == []


def test_the_search_finds_what_is_planted(start, tmp_path):
    """An app with the name of a secret: it has to be found wherever apps are named."""
    planted = {"planted": "canary-planted-7d1e0b93"}
    exporter = start(
        harness.Exporter, endpoint=NOWHERE, apps=[f"e2e/{planted['planted']}"], token=None
    )
    exporter.wait_until_ready()
    quoted = f"/metrics?app=e2e%2F{planted['planted']}"
    shown = {**shown_over_http(exporter), **shown_otherwise(exporter)}
    assert leaks(shown, planted) == [
        f"{output} shows planted"
        for output in ("/", "/status.json", "/metrics", quoted, "the command line", "the log")
    ]
    for before in ("", "x", "xy", "exporter:"):
        encoded = base64.b64encode(f"{before}{planted['planted']}".encode()).decode()
        assert leaks({"a header": f"Basic {encoded}"}, planted) == ["a header shows planted"]
