"""The package under test, which EVERAI_DEB names, and what it would put into the system."""

import dataclasses
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*argv: str | pathlib.Path, **more) -> str:
    """What a program prints; it must end well."""
    ended = subprocess.run(argv, capture_output=True, text=True, check=False, **more)
    assert ended.returncode == 0, f"{argv}: {ended.stdout}{ended.stderr}"
    return ended.stdout


@dataclasses.dataclass
class Package:
    file: pathlib.Path
    root: pathlib.Path  # its files
    control: pathlib.Path  # its control files

    def field(self, name: str) -> str:
        return run("dpkg-deb", "--field", self.file, name).strip()

    @property
    def version(self) -> str:
        """Without Debian's revision."""
        return self.field("Version").partition("-")[0]

    @property
    def programs(self) -> list[str]:
        return sorted(path.name for path in (self.root / "usr/bin").iterdir())

    def program(self, name: str) -> pathlib.Path:
        return self.root / "usr/bin" / name

    def unit(self, name: str) -> pathlib.Path:
        """A unit; where they are depends on the Debian."""
        (unit,) = self.root.glob(f"**/lib/systemd/system/{name}")
        return unit

    def flags(self, program: str) -> list[str]:
        """Every long flag that --help begins a line with."""
        lines = run(self.program(program), "--help").splitlines()
        words = (line.replace(",", " ").split()[:2] for line in lines if line.startswith("  "))
        return sorted({word for pair in words for word in pair if word.startswith("--")})


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    file = os.environ.get("EVERAI_DEB")
    assert file, "EVERAI_DEB must name the package"
    folder = tmp_path_factory.mktemp("package")
    run("dpkg-deb", "--extract", file, folder / "root")
    run("dpkg-deb", "--control", file, folder / "control")
    return Package(pathlib.Path(file), folder / "root", folder / "control")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `program` runs for each program of the package."""
    if "program" in metafunc.fixturenames:
        listing = run("dpkg-deb", "--contents", os.environ["EVERAI_DEB"]).split()
        programs = (re.fullmatch(r"\./usr/bin/(\w+)", path) for path in listing)
        metafunc.parametrize("program", sorted(match[1] for match in programs if match))
