"""The Dockerfile and its .dockerignore, taken apart."""

import dataclasses
import json
import pathlib
import re
import shlex

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclasses.dataclass(frozen=True)
class Instruction:
    name: str
    text: str  # all that follows the name, on one line

    def words(self) -> list[str]:
        return shlex.split(self.text)

    def exec_form(self) -> list[str]:
        """The JSON list at its end; fails if it is a text for a shell."""
        begin = self.text.find("[")
        assert begin >= 0, f"{self.name} {self.text}: for a shell"
        return json.loads(self.text[begin:])


def instructions(text: str) -> list[Instruction]:
    """Comments and line ends that are escaped are gone."""
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)
    lines = re.sub(r"\s*\\\n\s*", " ", text).splitlines()
    split = [line.split(maxsplit=1) for line in lines if line.strip()]
    return [Instruction(name, rest) for name, rest in split]


ALL = instructions((ROOT / "Dockerfile").read_text())
_STARTS = [at for at, one in enumerate(ALL) if one.name == "FROM"]
STAGES = [ALL[begin:end] for begin, end in zip(_STARTS, [*_STARTS[1:], len(ALL)], strict=True)]
LAST = STAGES[-1]


def one(name: str) -> Instruction:
    """The instruction of the last stage that is there once."""
    (found,) = [each for each in LAST if each.name == name]
    return found


def labels() -> dict[str, str]:
    """By name, with the defaults of build arguments."""
    defaults = dict(each.text.split("=", 1) for each in LAST if each.name == "ARG")
    found = dict(word.split("=", 1) for word in one("LABEL").words())
    return {
        name.removeprefix("org.opencontainers.image."): re.sub(
            r"\$(\w+)", lambda match: defaults[match[1]], value
        )
        for name, value in found.items()
    }


def installed_packages() -> set[str]:
    """What the last stage installs."""
    (run,) = [each.text for each in LAST if each.name == "RUN" and "apt-get install" in each.text]
    arguments = run.split("apt-get install", 1)[1].split("&&", 1)[0].split()
    return {word for word in arguments if not word.startswith("-")}


def _ignored_patterns() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def is_ignored(path: str) -> bool:
    """Whether a path below the root is kept from the build. Of the syntax only what is in use: paths, and `**/NAME`."""
    parts = pathlib.PurePath(path).parts
    for pattern in _ignored_patterns():
        assert re.fullmatch(r"(\*\*/)?[\w./-]+", pattern), pattern
        anywhere = pattern.removeprefix("**/")
        if anywhere != pattern and anywhere in parts:
            return True
        if parts[: len(pathlib.PurePath(pattern).parts)] == pathlib.PurePath(pattern).parts:
            return True
    return False
