"""Every command of the documents does what they say."""

import itertools

import pytest

import markdown
import table
from sandbox import Sandbox, assert_shown

# The commands of a block share a shell. Of the same command in running text one is as good as all.
BLOCKS = [
    list(commands)
    for _, commands in itertools.groupby(
        (command for command in markdown.COMMANDS if command.block),
        key=lambda command: (command.page, command.block),
    )
] + [[command] for command in {command.text: command for command in markdown.COMMANDS if not command.block}.values()]


def entries_of(command: markdown.Command) -> list[table.Entry]:
    found = [entry for entry in table.ENTRIES if entry.takes(command)]
    # What is said of a place goes before what is said of all.
    return [entry for entry in found if entry.at] or found


@pytest.mark.parametrize("command", markdown.COMMANDS, ids=lambda command: command.place)
def test_it_is_known_how_to_run(command):
    assert len(entries_of(command)) == 1, f"one entry of tests/docs/table.py must take it: {command.text}"


@pytest.mark.parametrize("entry", table.ENTRIES, ids=lambda entry: entry.pattern)
def test_no_entry_is_left_over(entry):
    assert any(entry in entries_of(command) for command in markdown.COMMANDS)


@pytest.mark.parametrize("commands", BLOCKS, ids=lambda commands: f"{commands[0].place} {commands[0].text}")
def test_it_does_what_the_document_says(commands, sandbox: Sandbox):
    for command in commands:
        (entry,) = entries_of(command)
        entry.how(sandbox, command)


def test_other_blocks_hold_no_commands():
    """A command in a block that is no sh, bash or console would never be run."""
    for page in markdown.HANDBOOK_PAGES:
        for block in page.blocks:
            if block.kind in {"", "yaml", "text", "ini", "cpp"}:
                hidden = [line for line in block.text.splitlines() if markdown.looks_like_command(line.strip())]
                assert hidden == [], f"{page.name}:{block.line}"


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a", "a\n", True),
        ("a", "a\nb\n", False),
        ("ts=… b", "ts=12 b\n", True),
        ("ts=… b", "ts=12 c\n", False),
        ("…\nb\n…", "a\nb\nc\n", True),
        ("…\nb", "b\n", True),
        ("…\nb", "a\nc\n", False),
    ],
)
def test_what_is_shown_is_compared(shown, printed, same):
    try:
        assert_shown(shown, printed)
    except AssertionError:
        assert not same
    else:
        assert same


def test_commands_are_read(tmp_path, monkeypatch):
    """Where one begins and ends; what goes on in the next line, and what is said beside it."""
    monkeypatch.setattr(markdown, "ROOT", tmp_path)
    path = tmp_path / "page.md"
    path.write_text(
        "# A title\n"
        "    one  # a remark\n\n"
        "Text with `curl http://x` and `a word`, and `EVERAI_BIN=x build/y`.\n\n"
        "```sh\ntwo \\\n  --flag\nprintf x |\n  three\nf() {\n  four\n}\n```\n\n"
        "```console\n$ five\nshown\nmore\n$ six\n```\n"
    )
    found = [(each.line, each.text, each.shown) for each in markdown.Page(path).commands()]
    assert found == [
        (2, "one", None),
        (7, "two --flag", None),
        (9, "printf x |\n  three", None),
        (11, "f() {\n  four\n}", None),
        (17, "five", "shown\nmore"),
        (17, "six", ""),
        (4, "curl http://x", None),
        (4, "EVERAI_BIN=x build/y", None),
    ]
