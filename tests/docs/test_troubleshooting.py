"""docs/troubleshooting.md has every line that the exporter logs and every reason of a failed poll, and no other."""

import re

import pytest

import markdown
from markdown import ROOT

PAGE = (ROOT / "docs/troubleshooting.md").read_text()
# The other programs have logs of their own.
SOURCES = [
    path
    for path in sorted((ROOT / "src").rglob("*.?pp"))
    if not {"simulator", "workers"} & set(path.relative_to(ROOT / "src").parts) and path.stem != "log"
]
SECTIONS = {"error": "### Errors", "warn": "### Warnings", "info": "### Information"}


def first_argument(text: str) -> str:
    """The first argument of a call, of the text behind its opening parenthesis."""
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[(){}\[\],]', text):
        if match[0] in "([{":
            depth += 1
        elif depth == 0 and match[0] in "),":
            return text[: match.start()]
        elif match[0] in ")]}":
            depth -= 1
    raise AssertionError(f"the call has no end: {text[:80]}")


def logged(text: str) -> list[tuple[str, str]]:
    """Level and message of each call of the log in a source; a call may choose between messages."""
    found = []
    for call in re.finditer(r"\blog::(debug|info|warn|error|write)\(", text):
        argument = re.sub(r'"\s*"', "", first_argument(text[call.end() :]))
        messages = re.findall(r'"((?:[^"\\]|\\.)*)"', argument)
        assert messages, f"a message that no document can have: {argument}"
        found += [(call[1], message) for message in messages]
    return found


def logged_by_itself() -> list[tuple[str, str]]:
    """What the log says of itself."""
    text = (ROOT / "src/util/log.cpp").read_text()
    lines = re.findall(r'\brender\(\w+, Level::k(\w+), "([^"]+)"', text)
    assert lines
    return [(level.lower(), message) for level, message in lines]


def table_of(heading: str) -> list[str]:
    section = PAGE.split(f"\n{heading}\n")[1].split("\n#")[0]
    return re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)


def test_log_calls_are_read():
    assert logged('log::warn(a ? "one, (" : "two" " three", {{"k", v}});') == [
        ("warn", "one, ("),
        ("warn", "two three"),
    ]


def test_every_line_of_the_log_is_told():
    lines = [line for path in SOURCES for line in logged(path.read_text())] + logged_by_itself()
    assert len(lines) > 10
    for level, heading in SECTIONS.items():
        assert sorted(table_of(heading)) == sorted({text for at, text in lines if at == level})
    assert {level for level, _ in lines} == set(SECTIONS), "a level without a section"


def test_every_reason_is_told():
    """They are the first codes of the enumeration."""
    source = (ROOT / "src/util/result.hpp").read_text()
    count = int(re.search(r"kPollFailureReasons = (\d+)", source)[1])
    reasons = re.findall(r'return "(\w+)";', source)[:count]
    assert len(reasons) == count
    assert table_of("## Reasons") == reasons
    metrics = (ROOT / "docs/metrics.md").read_text().split("### Reasons")[1].split("\n#")[0]
    assert re.findall(r"^\| `(\w+)` \|", metrics, re.MULTILINE) == reasons


@pytest.mark.parametrize(
    ("constant", "told"),
    [
        (r"kMaxListedWorkers = (\d+)", "{:,} workers"),
        (r"kMaxBodyBytes = (\d+)UL \* 1024 \* 1024", "{} MiB"),
        (r"minutes kMaxBackoff\{(\d+)\}", "{} minutes at most"),
        (r"kThreads = (\d+)", "{} threads"),
        (r"kSaidSingly = (\d+)", "more than {} apps"),
    ],
)
def test_limits_are_those_of_the_sources(constant, told):
    (number,) = {int(found) for path in SOURCES for found in re.findall(constant, path.read_text())}
    assert told.format(number) in PAGE
