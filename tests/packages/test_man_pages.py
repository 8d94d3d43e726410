"""The man pages, made from --help."""

import gzip
import os
import re
import subprocess

import pytest

from conftest import run


@pytest.fixture
def page(package, program, tmp_path):
    """The page's source."""
    file = tmp_path / f"{program}.1"
    packed = package.root / f"usr/share/man/man1/{program}.1.gz"
    file.write_bytes(gzip.decompress(packed.read_bytes()))
    return file


def rendered(page) -> str:
    return run("mandoc", "-Tutf8", "-Owidth=100", page)


def plain(text: str) -> str:
    """Without the overstriking that stands for bold and underlined."""
    return re.sub(".\b", "", text)


def test_mandoc_finds_nothing_wrong(page):
    linted = subprocess.run(
        ["mandoc", "-Tlint", page], capture_output=True, text=True, check=False
    )
    assert (linted.returncode, linted.stdout) == (0, "")


def test_groff_finds_nothing_wrong(page):
    shown = subprocess.run(
        ["man", "--warnings", "--local-file", page],
        capture_output=True, text=True, check=False,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "MANWIDTH": "80"},
    )
    assert (shown.returncode, shown.stderr) == (0, "")
    assert max(len(line) for line in shown.stdout.splitlines()) <= 80


def test_it_names_every_flag(package, program, page):
    text = plain(rendered(page))
    options = re.search(r"(?ms)^OPTIONS$(.*?)^\S", text)
    named = re.findall(r"(?m)^ {7}(?:-\w, )?(--[\w.-]+)", options[1])
    assert sorted(named) == package.flags(program)


def test_it_has_the_sections_that_people_look_for(package, program, page):
    text = plain(rendered(page))
    sections = re.findall(r"(?m)^[A-Z][A-Z ]+$", text)
    wanted = "NAME SYNOPSIS DESCRIPTION OPTIONS EXIT_STATUS ENVIRONMENT EXAMPLES SEE_ALSO".split()
    assert [name for name in sections if name.replace(" ", "_") in wanted] == [
        name.replace("_", " ") for name in wanted
    ]
    assert f"{program} {package.version}" in text
