"""The Dockerfile as a file, and that it has what the programs need; no image is built."""

import pathlib
import re
import shlex
import subprocess

import pytest

import dockerfile
import harness
import stack

ROOT = dockerfile.ROOT
CMAKE = (ROOT / "CMakeLists.txt").read_text()


def programs() -> list[str]:
    """What is installed."""
    text = (ROOT / "src/CMakeLists.txt").read_text()
    names = re.findall(r"install\(TARGETS ([^)]*?)\s+RUNTIME", text)
    found = [name for each in names for name in each.split()]
    assert {"everai_exporter", "everai_simulator"} <= set(found)
    return found


def flags_of(program: str) -> set[str]:
    done = subprocess.run(
        [harness.installed(program), "--help"], capture_output=True, text=True, check=True
    )
    return set(re.findall(r"--[a-z.-]+", done.stdout))


def test_it_is_built_in_one_stage_and_runs_in_another():
    assert [stage[0].text for stage in dockerfile.STAGES] == [
        "debian:trixie-slim AS build",
        "debian:trixie-slim",
    ]
    between = [each.text for each in dockerfile.LAST if each.name == "COPY"]
    assert between == ["--from=build /image/usr/local/bin/ /usr/local/bin/"]


def test_nothing_comes_from_elsewhere_but_debians_packages():
    assert not [each for each in dockerfile.ALL if each.name == "ADD"]
    commands = " ".join(each.text for each in dockerfile.ALL if each.name == "RUN")
    assert not re.findall(r"https?:|\b(?:curl|wget|git|pip|npm)\b", commands)


def test_it_is_built_by_the_release_preset():
    build = " ".join(each.text for each in dockerfile.STAGES[0])
    for step in ("cmake --preset release", "cmake --build --preset release", "cmake --install"):
        assert step in build
    assert "--strip" in build


def sources() -> list[str]:
    copies = [each.words() for each in dockerfile.ALL if each.name == "COPY"]
    return [path for words in copies if not words[0].startswith("--from") for path in words[:-1]]


def test_what_is_copied_is_there_and_let_through():
    assert sources()
    for path in sources():
        assert (ROOT / path).exists(), path
        assert path == "." or not dockerfile.is_ignored(path), path


def test_only_what_no_build_needs_is_kept_out():
    # What the build has made, and what the tests and this folder are for.
    spared = {".ci", ".dockerignore", ".git", "Dockerfile", "build", "dist", "tests", ".cache"}
    spared |= {"__pycache__", ".pytest_cache", "compile_commands.json"}
    assert {path.name for path in ROOT.iterdir() if dockerfile.is_ignored(path.name)} <= spared
    for folder in ("src", "cmake", "scripts", "docs", "deploy"):
        kept_out = [
            path
            for path in (ROOT / folder).rglob("*")
            if dockerfile.is_ignored(str(path.relative_to(ROOT)))
        ]
        assert all("__pycache__" in path.parts or "images" in path.parts for path in kept_out)


def test_what_git_ignores_is_kept_out():
    for line in (ROOT / ".gitignore").read_text().split():
        anywhere = not line.startswith("/")
        assert dockerfile.is_ignored(("src/" if anywhere else "") + line.strip("/")), line


def test_the_history_and_the_tests_are_kept_out():
    assert dockerfile.is_ignored(".git/config") and dockerfile.is_ignored("tests/e2e/harness.py")


def test_it_runs_as_nobody_by_number():
    assert dockerfile.one("USER").text == "65534:65534"
    after = dockerfile.LAST[dockerfile.LAST.index(dockerfile.one("USER")) :]
    assert not [each for each in after if each.name in ("RUN", "COPY")]
    for service in ("exporter", "exporter-demo", "simulator"):
        assert stack.SERVICES[service]["user"] == dockerfile.one("USER").text


def test_no_shell_is_needed_to_run_it():
    assert dockerfile.one("ENTRYPOINT").exec_form() == ["everai_exporter"]
    assert not [each for each in dockerfile.LAST if each.name in ("CMD", "SHELL")]


def test_the_program_asks_for_its_own_health():
    check = dockerfile.one("HEALTHCHECK")
    assert " CMD [" in check.text
    program, *flags = check.exec_form()
    assert program == "everai_exporter"
    assert set(flags) == {"--web.check-health"} <= flags_of(program)
    # Longer than the program itself waits.
    assert int(re.search(r"--timeout=(\d+)s", check.text)[1]) > 3


def test_the_port_is_the_one_that_it_listens_on():
    help_text = subprocess.run(
        [harness.installed("everai_exporter"), "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert f"(default: :{dockerfile.one('EXPOSE').text})" in help_text
    assert {int(dockerfile.one("EXPOSE").text)} == stack.container_ports("exporter")


def test_the_folder_of_the_state_is_the_users_own():
    commands = " && ".join(each.text for each in dockerfile.LAST if each.name == "RUN")
    made = re.search(r"install -d -o (\d+) -g (\d+) -m 0750 (\S+)", commands)
    assert f"{made[1]}:{made[2]}" == dockerfile.one("USER").text
    for service in ("exporter", "exporter-demo"):
        (state,) = [place for source, place, _ in stack.mounts(service) if not stack.is_path(source)]
        assert made[3] == state


def test_the_labels_say_what_cmake_says():
    labels = dockerfile.labels()
    assert labels["title"] == "everai_exporter"
    assert labels["version"] == re.search(r"\bVERSION (\S+)", CMAKE.split("project(", 1)[1])[1]
    assert labels["description"] == re.search(r'DESCRIPTION "([^"]+)"', CMAKE)[1]
    assert labels["licenses"] == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text()[:200]
    for name in ("url", "source", "documentation"):
        assert re.fullmatch(r"https://everai-exporter\.example(/\S*)?", labels[name])


def documented_run() -> tuple[list[str], list[str]]:
    """The command of docs/deployment.md that runs the image: what Docker is told, and the program."""
    text = (ROOT / "docs/deployment.md").read_text()
    (command,) = re.findall(r"^    (docker run -d (?:.*\\\n)*.*)", text, re.MULTILINE)
    words = shlex.split(command.replace("\\\n", " "))
    at = words.index("127.0.0.1:10880:10880") + 1
    assert words[at] == dockerfile.labels()["title"]
    return words[:at], words[at + 1 :]


def test_the_documented_command_lets_it_do_little():
    docker, program = documented_run()
    text = " ".join(docker)
    for flag in ("--read-only", "--cap-drop ALL", "--security-opt no-new-privileges"):
        assert flag in text
    places = re.findall(r"dst=([^, ]+)", text)
    for argument in program:
        flag, _, path = argument.partition("=")
        assert flag in flags_of("everai_exporter")
        assert any(path.startswith(place + "/") for place in places), path


def test_the_document_names_the_libraries():
    text = (ROOT / "docs/deployment.md").read_text()
    (named,) = re.findall(r"^The programs name these libraries, .*?: (.*?)\. ", text, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`([^`]+)`", named)) == dockerfile.installed_packages() - {"ca-certificates"}


def test_packages_leave_nothing_behind_that_is_not_needed():
    (run,) = [each.text for each in dockerfile.LAST if "apt-get" in each.text]
    assert run.startswith("apt-get update && ")
    assert " --no-install-recommends " in run
    assert "rm -rf /var/lib/apt/lists/* " in run


def needed_libraries(program: str) -> dict[str, pathlib.Path]:
    """The libraries that a program names itself, by their names, and where they are here."""
    path = harness.installed(program)
    tagged = subprocess.run(["readelf", "-d", path], capture_output=True, text=True, check=True)
    named = re.findall(r"\(NEEDED\).*\[(.+)\]", tagged.stdout)
    found = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    places = dict(re.findall(r"^\s+(\S+) => (\S+)", found, re.MULTILINE))
    return {name: pathlib.Path(places[name]) for name in named if name in places}


def package_of(library: pathlib.Path) -> str:
    # Where /lib is a link to /usr/lib the package may know it by either name.
    for path in (library, pathlib.Path("/usr" + str(library)), library.resolve()):
        asked = subprocess.run(
            ["dpkg", "-S", str(path)], capture_output=True, text=True, check=False
        )
        if asked.returncode == 0:
            return asked.stdout.split(":", 1)[0]
    raise AssertionError(f"{library} is of no package")


def stem(package: str) -> str:
    """Its name without what differs between Debian's versions: `libfmt` of libfmt9, `libcurl` of libcurl4t64."""
    return re.sub(r"-?[\d.]+(t64)?(-fmt\d+)?$", "", package)


@pytest.fixture(scope="module")
def packages() -> set[str]:
    """Of the libraries that all programs name."""
    return {
        package_of(path) for program in programs() for path in needed_libraries(program).values()
    }


def test_just_the_libraries_are_installed_that_the_programs_name(packages):
    libraries = dockerfile.installed_packages() - {"ca-certificates"}
    assert len(libraries) == len(dockerfile.installed_packages()) - 1
    assert {stem(each) for each in libraries} == {stem(each) for each in packages}


def test_the_libraries_have_the_names_of_this_debian(packages):
    release = dict(
        line.split("=", 1) for line in pathlib.Path("/etc/os-release").read_text().splitlines() if "=" in line
    )
    if release.get("VERSION_CODENAME") != "trixie":
        pytest.skip("the image is of another Debian")
    assert dockerfile.installed_packages() - {"ca-certificates"} == packages
