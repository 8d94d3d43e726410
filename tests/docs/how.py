"""The ways in which a command is run, what must be there before, and what can be said of one that is not run."""

import dataclasses
import json
import os
import re
import shlex
import subprocess
from collections.abc import Callable

import pytest
import yaml

import harness
import markdown
from markdown import ROOT, Command
from sandbox import Sandbox, assert_shown, flags_of, help_of

Given = Callable[[Sandbox], object]
Check = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Run:
    """It ends by itself: with this exit code, and with output that matches."""

    code: int = 0
    prints: str = ""
    given: Given = lambda sandbox: None
    more: str = ""  # what the reader adds to it

    def __call__(self, sandbox: Sandbox, command: Command) -> None:
        self.given(sandbox)
        ended = sandbox.run(f"{command.text} {self.more}")
        assert ended.returncode == self.code, ended.stdout
        assert re.search(self.prints, ended.stdout, re.MULTILINE), ended.stdout
        if command.shown is not None:
            assert_shown(sandbox.here(command.shown), ended.stdout)


@dataclasses.dataclass(frozen=True)
class Watch:
    """An exporter that goes on: it gets a free port, and must show each of its apps as up."""

    given: Given = lambda sandbox: None

    def __call__(self, sandbox: Sandbox, command: Command) -> None:
        self.given(sandbox)
        process = sandbox.begin(f"{command.text} --web.listen-address 127.0.0.1:0")
        port = process.wait_for_log(r"port=(\d+)")[1]

        def all_up() -> bool:
            page = harness.Page(harness.fetch(f"http://127.0.0.1:{port}/metrics").text)
            return set(page.values("everai_app_up")) == {1}

        harness.wait_for(all_up, "every app is up")


@dataclasses.dataclass(frozen=True)
class Elsewhere:
    """It cannot be run here. What can be said of it all the same is checked."""

    where: str  # what runs it, or most of what it does: a path of the repository
    why: str
    check: Check

    def __call__(self, sandbox: Sandbox, command: Command) -> None:
        assert (ROOT / self.where).exists(), self.where
        self.check(command.text)


# What must be there before a command.


def config_of(page: str) -> Given:
    """The page's own example of a configuration, and the token that it names."""

    def write(sandbox: Sandbox) -> None:
        blocks = markdown.Page(ROOT / page).blocks
        example = next(block.text for block in blocks if re.search(r"(?m)^apps:", block.text))
        sandbox.write("everai.yml", example)
        put_token(sandbox, harness.TOKEN)

    return write


def put_token(sandbox: Sandbox, token: str) -> None:
    path = sandbox.write("/etc/everai/token", token)
    path.chmod(0o600)


def config(text: str, name: str = "everai.yml") -> Given:
    return lambda sandbox: sandbox.write(name, text)


def refused_token(sandbox: Sandbox) -> None:
    config("apps: [{name: sd}]\n")(sandbox)
    sandbox.set_environment(EVERAI_TOKEN="another-token")


def no_token(sandbox: Sandbox) -> None:
    sandbox.set_environment(EVERAI_TOKEN=None)


def state_in_use(sandbox: Sandbox) -> None:
    """The exporter that runs already has the state file."""
    sandbox.replaced["/var/lib/everai"] = str(sandbox.world.state.parent)


def token_in_file(sandbox: Sandbox) -> None:
    config("global: {authorization: {credentials_file: /etc/everai/token}}\napps: [{name: sd}]\n")(sandbox)
    put_token(sandbox, harness.TOKEN)


def in_alerts(sandbox: Sandbox) -> None:
    sandbox.copy("alerts")
    sandbox.work /= "alerts"


def in_tree(sandbox: Sandbox) -> None:
    """In the repository itself, with the programs under test."""
    sandbox.work = ROOT
    sandbox.replaced["build/test-prefix/bin"] = os.environ["EVERAI_BIN"]


# Commands with something to look at.


def install_token(sandbox: Sandbox, command: Command) -> None:
    Run()(sandbox, command)
    token = sandbox.folder / "etc" / "token"
    assert token.read_text() == harness.TOKEN
    assert token.stat().st_mode & 0o777 == int(re.search(r"-m (\d+)", command.text)[1], 8)


def start_simulator(sandbox: Sandbox, command: Command) -> None:
    """It gets a free port, which the commands after it ask instead of the usual one."""
    sandbox.set_environment(EVERAI_TOKEN=None)
    process = sandbox.begin(f"{command.text} --listen-address 127.0.0.1:0")
    url = process.wait_for_log(r"url=(http://\S+)")[1]
    sandbox.replaced["http://127.0.0.1:10881"] = url
    assert harness.fetch(url + "/simulator/truth").status == 200


def watch_shard(sandbox: Sandbox, command: Command) -> None:
    """One of several, on a machine of its own. It may have no app."""
    config_of("README.md")(sandbox)
    machine = sandbox.folder / f"machine-{len(sandbox.processes)}"
    machine.mkdir()
    sandbox.replaced["/var/lib/everai"] = str(machine)
    process = sandbox.begin(f"{command.text} --web.listen-address 127.0.0.1:0")
    port = process.wait_for_log(r"port=(\d+)")[1]
    url = f"http://127.0.0.1:{port}"
    harness.wait_for(lambda: harness.fetch(url + "/-/ready").status == 200, "the shard is ready")
    page = harness.Page(harness.fetch(url + "/metrics").text)
    assert page.value("everai_exporter_shard") == int(re.search(r"--shard (\d+)", command.text)[1])
    assert set(page.values("everai_app_up")) <= {1}


def close_to_others(sandbox: Sandbox, command: Command) -> None:
    path = sandbox.write("file", "")
    path.chmod(0o644)
    Run()(sandbox, command)
    assert path.stat().st_mode & 0o777 == 0o640


def set_addresses(sandbox: Sandbox, command: Command) -> None:
    Run(given=in_alerts)(sandbox, command)
    assert "wiki.example.org" in (sandbox.work / "everai.rules.yml").read_text()


def write_rule_tests(sandbox: Sandbox, command: Command) -> None:
    """In a copy: what it writes is what is there already."""
    sandbox.copy("alerts", "tests/alerts")
    Run()(sandbox, command)
    for path in (ROOT / "alerts").glob("*_test.yml"):
        assert (sandbox.work / "alerts" / path.name).read_text() == path.read_text()


def show_demo(sandbox: Sandbox, command: Command) -> None:
    """For some seconds, on another port than the usual one, which may be taken."""
    if not (ROOT / "build/release/src/everai_exporter").exists():
        pytest.skip("it would build the project: build/release has none, as it has in scripts/test")
    # The demo takes the ports after it too: of the kernel's own range a client may have them.
    port = 20_000 + os.getpid() % 10_000
    ended = sandbox.run(f"cd '{ROOT}' && {command.text} --seconds 2 --port {port}", timeout=300)
    assert ended.returncode == 0, ended.stdout
    assert re.search(r"^everai_app_up\{", ended.stdout, re.MULTILINE), ended.stdout
    assert f"http://127.0.0.1:{port}/metrics" in ended.stdout


def scale(sandbox: Sandbox, command: Command) -> None:
    """A command of the on-call, on a platform of its own in which a minute takes a second.

    Its worker is one that is there."""
    folder = sandbox.folder / f"platform-{len(sandbox.processes)}"
    folder.mkdir()
    flags = ["--scenario", "steady", "--time-factor", "60"]
    # The first app of a simulator has no sessions, which would keep a worker from going.
    app = sandbox.here(command.text.split()[2])
    platform = harness.Simulator(folder, *flags, apps=[app])
    sandbox.processes.append(platform)
    answer = harness.fetch(
        f"{platform.url}/api/apps/v1/namespaces/{app.replace('/', '/apps/')}/workers",
        headers={"Authorization": f"Bearer {harness.TOKEN}"},
    )
    worker = json.loads(answer.text)["workers"][0]["id"]
    sandbox.set_environment(EVERAI_ENDPOINT=platform.url)
    sandbox.placeholders["N"] = "2"
    text = re.sub(r"--worker \S+", f"--worker {worker}", command.text)
    sure = " --yes" if " scale-down " in text else ""
    ended = sandbox.run(text + sure)
    assert ended.returncode == 0, ended.stdout


# What can be said of a command without running it.


def script(command: str) -> None:
    """The script is there, and its --help has the flags."""
    program = command.split()[0]
    said = help_of(str(ROOT / program))
    assert program in said
    assert [flag for flag in flags_of(command) if flag not in said] == []


def presets(command: str) -> None:
    known = json.loads((ROOT / "CMakePresets.json").read_text())
    for name in re.findall(r"--preset (\S+)", command):
        kinds = {"ctest": "testPresets", "cmake": "configurePresets"}
        kind = kinds[re.findall(rf"(\w+) [^&]*--preset {name}", command)[0]]
        assert name in {preset["name"] for preset in known[kind]}, name
    targets(command)


def targets(command: str) -> None:
    """What is built or run in a build is a target, and a test that is chosen is there."""
    lists = (ROOT / "tests/CMakeLists.txt").read_text() + (ROOT / "src/CMakeLists.txt").read_text()
    for name in re.findall(r"--target (\w+)|build/\w+/tests/(\w+)", command):
        assert f"add_executable({''.join(name)}" in lists, name
    for name in re.findall(r"(?:-R |--gtest_filter=)'?([\w.]+)", command):
        suite, _, test = name.partition(".")
        sources = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*_test.cpp"))
        assert re.search(rf"TEST(_[FP])?\({suite}, {test}", sources), name
    for name in re.findall(r"(EVERAI_[A-Z_]+)=", command):
        sources = [*(ROOT / "tests").rglob("*.cpp"), *(ROOT / "tests").rglob("*.py")]
        assert any(f'"{name}"' in path.read_text() for path in sources), name


def built(command: str) -> None:
    """It is about a folder that a preset builds in."""
    known = {preset["name"] for preset in json.loads((ROOT / "CMakePresets.json").read_text())["buildPresets"]}
    assert set(re.findall(r"--install build/(\w+)", command)) <= known


def packed(command: str) -> None:
    """What is built and installed has the package's name."""
    name = re.search(r"set\(CPACK_PACKAGE_NAME (\S+)\)", (ROOT / "cmake/packaging.cmake").read_text())[1]
    assert set(re.findall(r"everai-[a-z]+", command)) <= {name}


def unit(command: str) -> None:
    """The unit that it names is there."""
    for name in re.findall(r"everai_exporter(?:\.\w+)?(?![\w/])", command):
        file = name if "." in name else f"{name}.service"
        assert (ROOT / "deploy/systemd" / file).exists(), name


def flags(command: str) -> None:
    """The program's help has them."""
    assert set(flags_of(command)) <= set(flags_of(help_of(harness.installed(command.split()[0]))))


def syntax(command: str) -> None:
    """A shell takes it."""
    subprocess.run(["bash", "-n"], input=command, text=True, check=True)


def paths(command: str) -> None:
    """The files of the repository that it names are there, and so are the chosen tests."""
    for word in shlex.split(command):
        if re.match(r"(alerts|dashboards|deploy|docs|scripts|src|tests)/", word):
            assert list(ROOT.glob(word)), word
    for path, chosen in re.findall(r"(tests/\S+) -k (\w+)", command):
        assert f"def {chosen}" in (ROOT / path).read_text(), chosen


def image(command: str) -> None:
    """It is about the image that is built here, by its name."""
    (title,) = re.findall(r'image\.title="(\w+)"', (ROOT / "Dockerfile").read_text())
    assert re.search(rf"\s{title}\s", f" {command} ")


def compose(command: str) -> None:
    """The file is there, the profile and the services are in it."""
    file = ROOT / re.search(r"-f (\S+)", command)[1]
    services = yaml.safe_load(file.read_text())["services"]
    profiles = {profile for service in services.values() for profile in service.get("profiles", [])}
    assert set(re.findall(r"--profile (\w+)", command)) <= profiles
    assert set(re.findall(r" restart (\S+)", command)) <= set(services)
