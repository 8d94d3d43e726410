"""Shell completion, in the shells themselves."""

import pathlib
import re

import pytest

from conftest import run

_BASH = """
. /usr/share/bash-completion/bash_completion
. "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*"
COMP_LINE="${COMP_LINE// = /=}" COMP_POINT=${#COMP_LINE}
_"$1" "$1" "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""

# Values that the help lists.
CHOICES = {
    ("everai_exporter", "--log.level"): ["debug", "info", "warn", "error"],
    ("everai_exporter", "--log.format"): ["logfmt", "json"],
    ("everai_simulator", "--log.level"): ["debug", "info", "warn", "error"],
    ("everai_simulator", "--scenario"): ["steady", "churn", "demo", "idle", "hostile"],
    ("everai_workers", "--output"): ["text", "table", "wide", "json", "yaml"],
}
FILES = {
    "everai_exporter": "--config.file",
    "everai_simulator": "--token-file",
    "everai_workers": "--config.file",
}


@pytest.fixture
def folder(tmp_path) -> pathlib.Path:
    """A folder with a file to complete."""
    (tmp_path / "some-file").touch()
    return tmp_path


@pytest.fixture
def bash(package, folder):
    def complete(program: str, *words: str) -> list[str]:
        script = package.root / "usr/share/bash-completion/completions" / program
        shell = ["bash", "--norc", "-c", _BASH, "bash"]
        return run(*shell, script, program, *words, cwd=folder).split()

    return complete


@pytest.fixture
def fish(package, folder):
    path = package.root / "usr/share/fish/vendor_completions.d"

    def complete(program: str, *words: str) -> list[str]:
        line = " ".join([program, *words])
        script = f"source {path}/{program}.fish; complete --do-complete '{line}'"
        shown = run("fish", "--no-config", "-c", script, cwd=folder, env={"HOME": str(folder)})
        return [text.partition("\t")[0] for text in shown.splitlines()]

    return complete


def choices_of(program: str) -> list[tuple[str, list[str]]]:
    return [(flag, values) for (name, flag), values in CHOICES.items() if name == program]


def test_bash_knows_every_flag(package, program, bash):
    assert sorted(bash(program, "--")) == package.flags(program)


def test_bash_completes_files_and_values(program, bash):
    assert bash(program, FILES[program], "some") == ["some-file"]
    for flag, values in choices_of(program):
        assert bash(program, flag, "") == values
        # What stands around an equals sign is a word of its own to bash.
        assert bash(program, flag, "=", values[-1][:3]) == [values[-1]]


def test_bash_offers_nothing_for_values_that_it_does_not_know(program, bash):
    flag = "--timeout" if program == "everai_workers" else "--app"
    assert bash(program, flag, "") == []


def test_fish_knows_every_flag(package, program, fish):
    offered = fish(program, "--")
    assert sorted(text for text in offered if text.startswith("--")) == package.flags(program)


def test_fish_completes_files_and_values(program, fish):
    assert fish(program, FILES[program], "some") == ["some-file"]
    for flag, values in choices_of(program):
        assert sorted(fish(program, flag, "''")) == sorted(values)


def test_zsh_knows_every_flag_file_and_value(package, program):
    """What _arguments gets: it does the rest, and wants a terminal for it."""
    script = package.root / f"usr/share/zsh/vendor-completions/_{program}"
    specs = run("zsh", "-f", "-c", f'_arguments() {{ print -rl -- "$@" }}; . {script}').splitlines()
    assert script.read_text().startswith(f"#compdef {program}\n")
    flags = {match[0] for match in (re.match(r"\*?(--[\w.-]+)", spec) for spec in specs) if match}
    assert sorted(flag.lstrip("*") for flag in flags) == package.flags(program)

    def action_of(flag: str) -> str:
        (spec,) = [spec for spec in specs if spec.startswith(f"{flag}=[")]
        return spec.rpartition(":")[2]

    assert action_of(FILES[program]) == "_files"
    for flag, values in choices_of(program):
        assert action_of(flag) == f"({' '.join(values)})"


def test_commands_are_completed(bash, fish):
    commands = ["list", "scale-down", "scale-up"]
    assert sorted(bash("everai_workers", "")[-3:]) == commands
    assert sorted(fish("everai_workers", "''")) == commands
