"""Proxies, of the configuration and of the environment: what is refused, and that nothing goes around one."""

import concurrent.futures
import dataclasses
import itertools
import json
import pathlib
import subprocess

import pytest

import fake_platform
import harness
import on_call
from canary import leaks

SECRET = "canary-proxy-7d1e0b93"
TOKEN = "canary-token-7d1e0b93"
HTTP_VARIABLES = ["http_proxy", "all_proxy", "ALL_PROXY"]
HTTPS_VARIABLES = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
EXPORTER = "everai_exporter"
WORKERS = "everai_workers"

# Texts of a variable that are refused; those that begin with a scheme are refused as a proxy_url too.
REFUSED = [
    f"ftp://user:{SECRET}@127.0.0.1:PORT",
    f"http://user:{SECRET}@127.0.0.1:99999",
    f"http://user:{SECRET} @127.0.0.1:PORT",
    f"http://user:{SECRET}@[::::]:PORT",
    f"http://user:{SECRET}@[127.0.0.1]:PORT",
    f"http://user:{SECRET}/x@127.0.0.1:PORT",
    f"http://user:{SECRET}@127.0.0.1:PORT/x",
    f"http://user:{SECRET}@127.0.0.1:PORT?x",
    f"http://user:{SECRET}@127.0.0.1:PORT#x",
    f"http://user:{SECRET}\\@127.0.0.1:PORT",
    f"http://user:{SECRET}\n@127.0.0.1:PORT",
    f"http://user:{SECRET}@127.0.0.1:PORT\n",
    f"http://user:{SECRET}\u00e9@127.0.0.1:PORT",
    f"http://user:{SECRET}@",
    *(
        f"http://user:{SECRET}{code}@127.0.0.1:PORT"
        for code in ("%00", "%0A", "%0a", "%0D%0A", "%09", "%1f", "%1F", "%7F")
    ),
    f"http://{SECRET}%0A:x@127.0.0.1:PORT",
    f"socks5h://user:{SECRET}%0A@127.0.0.1:PORT",
    f"http:/user:{SECRET}@127.0.0.1:PORT",
    f"[{SECRET}",
    f"user:{SECRET}%00@127.0.0.1:PORT",
    f"user:{SECRET}@127.0.0.1:99999",
]

# Odd forms that are taken.
TAKEN = [
    "http://127.0.0.1:PORT",
    "http://127.0.0.1:PORT/",
    "HTTP://127.0.0.1:PORT",
    "http://127.1:PORT",
    "http://0x7f000001:PORT",
    "http://[::ffff:127.0.0.1]:PORT",
    "http://@127.0.0.1:PORT",
    "http://:@127.0.0.1:PORT",
    f"http://{SECRET}@127.0.0.1:PORT",
    f"http://:{SECRET}@127.0.0.1:PORT",
    f"http://user:{SECRET}@127.0.0.1:PORT",
    f"http://user:{SECRET}@x@127.0.0.1:PORT",
    f"http://user:{SECRET}%@127.0.0.1:PORT",
    f"http://user:{SECRET}%zz%4@127.0.0.1:PORT",
    f"http://user:{SECRET}%C3%A9%ff%20@127.0.0.1:PORT",
    f"http://user:{SECRET}%2F%3F%23%40%3A@127.0.0.1:PORT",
    f"http://us;er=x:{SECRET};[]{{}}|^`\"'@127.0.0.1:PORT",
]


@dataclasses.dataclass
class Run:
    """A run of a program that ends by itself."""

    program: str
    env: dict[str, str]
    flags: list[str] = dataclasses.field(default_factory=list)
    endpoint: str = ""

    def end(self) -> tuple[int, str, str]:
        own = {
            EXPORTER: ["--app=e2e/app", "--once", "--scrape.timeout=2s"],
            WORKERS: ["list", "e2e/app", "--api.timeout=2s"],
        }[self.program]
        if "--config.check" in self.flags:
            own = ["--app=e2e/app"]
        flags = [*own, *self.flags]
        if self.endpoint:
            flags += [f"--api.endpoint={self.endpoint}"]
        ended = subprocess.run(
            [harness.installed(self.program), *flags],
            env=harness.environment(EVERAI_TOKEN=TOKEN, **self.env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=30,
            check=False,
        )
        return ended.returncode, ended.stdout, ended.stderr


@pytest.fixture
def proxy():
    fake = fake_platform.FakePlatform()
    yield fake
    fake.close()


def port_of(server: fake_platform.FakePlatform) -> str:
    return server.url.rsplit(":", 1)[1]


def write_config(path: pathlib.Path, **common: object) -> str:
    path.write_text(json.dumps({"global": common}))
    path.chmod(0o600)
    return f"--config.file={path}"


def end_all(runs: list[Run]) -> list[tuple[int, str, str]]:
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return list(pool.map(Run.end, runs))


def variables_for(scheme: str) -> list[str]:
    return HTTPS_VARIABLES if scheme == "https" else HTTP_VARIABLES


def test_a_bad_proxy_of_the_environment_is_refused_and_not_shown(platform, proxy):
    texts = [text.replace("PORT", port_of(proxy)) for text in REFUSED]
    runs = []
    for scheme in ("http", "https"):
        names = variables_for(scheme)
        # Each text by one variable and each variable with one text, in each way to run.
        for text, name in [*zip(texts, itertools.cycle(names)), *((texts[0], name) for name in names)]:
            endpoint = platform.url.replace("http:", f"{scheme}:")
            env = {name: text}
            runs += [
                Run(EXPORTER, env, [], endpoint),
                Run(EXPORTER, env, ["--config.check"], endpoint),
                Run(WORKERS, env, [], endpoint),
            ]
    for run, (code, out, err) in zip(runs, end_all(runs)):
        (name,) = run.env
        assert (code, out) == (2, ""), run
        assert err.startswith(f"{run.program}: {name}: "), (run, err)
        assert err.count("\n") == 1 and leaks({"a message": err}, {"proxy": SECRET}) == [], err
    assert platform.requests == [] and proxy.requests == []


def test_a_bad_proxy_does_not_matter_where_none_is_used(platform):
    platform.behaviours["app"] = fake_platform.good
    bad = f"http://user:{SECRET}%0A@127.0.0.1:1"
    for env in (
        {"HTTP_PROXY": bad},  # as with curl
        {"https_proxy": bad, "HTTPS_PROXY": bad},
        {"ALL_PROXY": bad, "NO_PROXY": "127.0.0.1"},
        {"http_proxy": bad, "no_proxy": "localhost, 127.0.0.0/8", "NO_PROXY": "x"},
        {"http_proxy": bad, "no_proxy": "*"},
        {"http_proxy": "", "all_proxy": "", "ALL_PROXY": ""},
    ):
        for program in (EXPORTER, WORKERS):
            code, _, err = Run(program, env, endpoint=platform.url).end()
            assert code == 0, (env, err)
    assert len(platform.requests) == 24


def test_a_bad_proxy_url_is_refused_and_not_shown(platform, proxy, tmp_path):
    runs = []
    for number, text in enumerate(REFUSED):
        config = write_config(
            tmp_path / f"{number}.yml", proxy_url=text.replace("PORT", port_of(proxy))
        )
        for program, flags in ((EXPORTER, []), (EXPORTER, ["--config.check"]), (WORKERS, [])):
            runs.append(Run(program, {}, [config, *flags], platform.url))
    for run, (code, out, err) in zip(runs, end_all(runs)):
        assert (code, out) == (2, ""), run
        assert leaks({"a message": err}, {"proxy": SECRET}) == [], err
    assert platform.requests == [] and proxy.requests == []


@pytest.mark.parametrize("by", ["the environment", "the configuration"])
def test_no_request_goes_around_a_proxy(platform, proxy, tmp_path, by):
    for fake in (platform, proxy):
        fake.behaviours["app"] = fake_platform.good
    runs = []
    for number, text in enumerate(TAKEN):
        text = text.replace("PORT", port_of(proxy))
        config = write_config(tmp_path / f"{number}.yml", proxy_url=text)
        for program, scheme in itertools.product((EXPORTER, WORKERS), ("http", "https")):
            endpoint = platform.url.replace("http:", f"{scheme.upper()}:")
            if by == "the configuration":
                # What the environment says of proxies is another matter.
                env = {"no_proxy": "*", "NO_PROXY": "*", "http_proxy": "http://127.0.0.1:1"}
                runs.append(Run(program, env, [config], endpoint))
            else:
                name = variables_for(scheme)[number % len(variables_for(scheme))]
                runs.append(Run(program, {name: text, "no_proxy": "elsewhere"}, [], endpoint))
    for run, (code, out, err) in zip(runs, end_all(runs)):
        assert code == (4 if run.endpoint.startswith("HTTPS") else 0), (run, err)
        assert leaks({"the output": out + err}, {"proxy": SECRET, "token": TOKEN}) == []
    assert platform.requests == []
    begins = [head.split(" HTTP/1.1")[0] for head in proxy.heads]
    listing = f"GET {platform.url}/api/apps/v1/namespaces/e2e/apps/app/workers"
    tunnel = f"CONNECT 127.0.0.1:{port_of(platform)}"
    assert sum(begin.split("?")[0] == listing for begin in begins) == 4 * len(TAKEN)
    assert begins.count(tunnel) >= 2 * len(TAKEN)
    assert all(begin == tunnel or begin.startswith(listing) for begin in begins)
    tunnels = [head for head in proxy.heads if head.startswith("CONNECT")]
    assert leaks({"a request for a tunnel": "".join(tunnels)}, {"token": TOKEN}) == []


def test_a_proxy_without_a_scheme_is_taken_from_the_environment_alone(platform, proxy, tmp_path):
    proxy.behaviours["app"] = fake_platform.good
    bare = proxy.url.removeprefix("http://")
    code, _, err = Run(EXPORTER, {"http_proxy": bare}, [], platform.url).end()
    assert code == 0, err
    assert len(proxy.requests) == 2 and platform.requests == []
    config = write_config(tmp_path / "everai.yml", proxy_url=bare)
    assert Run(EXPORTER, {}, [config], platform.url).end()[0] == 2


def test_the_check_shows_the_proxy_of_each_app(platform, tmp_path):
    apps = [
        {"name": "own", "proxy_url": f"http://user:{SECRET}@own:1"},
        {"name": "common"},
        {"name": "direct", "endpoint": "http://direct.test", "authorization": {"credentials": "x"}},
    ]
    path = tmp_path / "everai.yml"
    path.write_text(json.dumps({"global": {"endpoint": "http://host.test"}, "apps": apps}))
    path.chmod(0o600)
    env = {"ALL_PROXY": f"socks5h://user:{SECRET}@all:2", "NO_PROXY": "direct.test"}
    code, out, err = Run(EXPORTER, env, [f"--config.file={path}", "--config.check"]).end()
    assert (code, err) == (0, "")
    shown = [line.strip() for line in out.splitlines() if "proxy_url" in line]
    assert shown == [
        'proxy_url: "http://<secret>@own:1"',
        'proxy_url: "socks5h://<secret>@all:2"',  # of common
        'proxy_url: "socks5h://<secret>@all:2"',  # of --app
    ]


@pytest.mark.parametrize("zone", ["%25lo", "%lo", "%251"])
def test_an_endpoint_may_have_a_zone_and_its_scheme_in_any_case(zone):
    server = fake_platform.FakePlatform("::1")
    try:
        server.behaviours["app"] = fake_platform.good
        endpoint = f"Http://[::1{zone}]:{port_of(server)}"
        for program in (EXPORTER, WORKERS):
            code, _, err = Run(program, {}, [], endpoint).end()
            assert code == 0, err
        assert len(server.requests) == 4
    finally:
        server.close()
