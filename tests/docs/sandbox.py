"""A folder and a shell in which the commands of the documents are run, and what stands in for the world in it."""

import os
import pathlib
import re
import shutil
import subprocess

import harness
import markdown

PLATFORM = "https://everai.expvent.com"


class World:
    """What the commands find: a platform, and an exporter that already runs. It is there once for all of them."""

    APPS = ("default/sd", "team-b/whisper")

    def __init__(self, folder: pathlib.Path) -> None:
        for name in ("simulator", "exporter"):
            (folder / name).mkdir()
        self.state = folder / "exporter" / "state"
        self.simulator = harness.Simulator(folder / "simulator", apps=self.APPS)
        # One of its apps is not there, so that there is a failure to be found.
        self.exporter = harness.Exporter(
            folder / "exporter",
            "--state.file",
            str(self.state),
            "--web.enable-lifecycle",
            endpoint=self.simulator.url,
            apps=[*self.APPS, "default/gone"],
        )
        self.exporter.wait_for_page(
            lambda page: page.value("everai_exporter_state_last_write_successful") == 1
            and page.values("everai_app_requests_total"),
            "the exporter shows counters",
        )

    def close(self) -> None:
        self.exporter.close()
        self.simulator.close()


class Sandbox:
    """Runs the commands of one block, one after the other, as one shell would."""

    def __init__(self, folder: pathlib.Path, world: World) -> None:
        self.folder = folder
        self.world = world
        self.processes: list[harness.Process] = []
        # Texts of the documents, and what stands for them here.
        self.replaced = {
            PLATFORM: world.simulator.url,
            "localhost:10880": f"127.0.0.1:{world.exporter.port}",
            "EXPORTER:10880": f"127.0.0.1:{world.exporter.port}",
            ":10880": f":{world.exporter.port}",
            "/etc/everai_exporter": str(folder / "etc"),
            "/etc/everai": str(folder / "etc"),
            "/var/lib/everai": str(folder / "var"),
        }
        # Words that the reader is to replace.
        self.placeholders = {"NS/APP": "default/sd", "NAMESPACE/NAME": "default/sd", "APP": "sd", "FILE": "file"}
        if os.geteuid() != 0:
            self.replaced |= {"-o 65534": f"-o {os.geteuid()}", "-g 65534": f"-g {os.getegid()}"}
        shims = folder / "shims"
        for made in (shims, folder / "etc", folder / "var", folder / "work"):
            made.mkdir()
        (shims / "sudo").write_text('#!/bin/sh\nexec "$@"\n')
        (shims / "sudo").chmod(0o755)
        self.work = folder / "work"
        programs = pathlib.Path(harness.installed("everai_exporter")).parent
        self._environment: dict[str, str] = harness.environment(
            EVERAI_ENDPOINT=world.simulator.url, EVERAI_TOKEN=harness.TOKEN, HOME=str(folder)
        )
        self._environment["PATH"] = f"{shims}:{programs}:{self._environment['PATH']}"

    def here(self, text: str) -> str:
        """A text of the documents, in terms of the sandbox."""
        for there, here in self.replaced.items():
            text = text.replace(there, here)
        for word, here in self.placeholders.items():
            text = re.sub(rf"(?<![\w/]){word}(?![\w/])", here, text)
        return text

    def write(self, name: str, text: str) -> pathlib.Path:
        """Puts a file where the documents say that it is."""
        path = self.work / self.here(name)
        path.write_text(self.here(text))
        return path

    def copy(self, *names: str) -> None:
        """Takes files and folders of the repository along."""
        for name in names:
            source, place = markdown.ROOT / name, self.work / name
            place.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy)(source, place)

    def set_environment(self, **variables: str | None) -> None:
        """Sets variables, or takes those away that are None."""
        known = self._environment | variables
        self._environment = {name: value for name, value in known.items() if value is not None}

    def run(self, command: str, *, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end. What it sets is there for the next one. Both its outputs are in stdout."""
        kept = self.folder / "environment"
        script = f"set -a\n{self.here(command)}\nstatus=$?\nenv -0 >'{kept}'\nexit $status"
        ended = subprocess.run(
            ["bash", "-c", script],
            cwd=self.work,
            env=self._environment,
            input=harness.TOKEN + "\n",  # what `read` reads
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        if kept.exists():
            pairs = kept.read_text().rstrip("\0").split("\0")
            self._environment = dict(pair.split("=", 1) for pair in pairs)
        return ended

    def begin(self, command: str) -> harness.Process:
        """Starts a program that goes on; it ends with the sandbox."""
        folder = self.folder / f"process-{len(self.processes)}"
        folder.mkdir()
        argv = ["bash", "-c", f"cd '{self.work}' && exec {self.here(command)}"]
        process = harness.Process("program", argv, folder, self._environment)
        self.processes.append(process)
        return process

    def close(self) -> None:
        for process in reversed(self.processes):
            process.close()


def assert_shown(shown: str, printed: str) -> None:
    """What a page shows is what came; `…` stands for anything."""
    lines = [
        r"(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*?") + r"\n"
        for line in shown.splitlines()
    ]
    pattern = "".join(lines)
    assert re.fullmatch(pattern, printed.strip() + "\n"), f"the page shows\n{shown}\nbut this came:\n{printed}"


def flags_of(command: str) -> list[str]:
    return re.findall(r"(?<![\w-])--[a-z][a-z0-9.-]*", re.sub(r"'[^']*'|\"[^\"]*\"", "", command))


def help_of(program: str) -> str:
    return subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
