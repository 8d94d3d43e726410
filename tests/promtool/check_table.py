#!/usr/bin/env python3
"""Checks that the table of counters.md has the numbers of counter_strategies_test.yml.

    check_table.py TEST.yml COUNTERS.md
"""

import pathlib
import re
import sys

# How the columns after the case and the truth are computed.
COLUMNS = (
    r"increase\(sum\(everai_worker_\w+\)\[\w+:30s\]\)",
    r"sum\(increase\(everai_worker_\w+\[\w+\]\)\)",
    r"increase\(everai_app_\w+\[\w+\]\)",
)


def only(pattern: str, text: str) -> str:
    """The group of the one place where the pattern is."""
    found = re.findall(pattern, text)
    if len(found) != 1:
        sys.exit(f"check_table: {len(found)} times, and not once: {pattern}\n{text}")
    return found[0]


def rows_of_test(text: str) -> list[str]:
    rows = []
    for case in text.split("  - name: ")[1:]:
        name = case.splitlines()[0]
        cells = [name, only(r"# truth: (\S+)\n", case)]
        for column in COLUMNS:
            cells.append(only(rf"- expr: {column}\n.*\n.*value: ([0-9.]+)", case))
        rows.append("| " + " | ".join(cells) + " |")
    return rows


def rows_of_table(text: str) -> list[str]:
    lines = text.splitlines()
    begin = lines.index("| case | truth | naive sum | per-worker sum | ours |") + 2
    end = next(i for i in range(begin, len(lines)) if not lines[i].startswith("|"))
    return lines[begin:end]


def main() -> int:
    want = rows_of_test(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    got = rows_of_table(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))
    if want and want == got:
        return 0
    print("check_table: the table should be", *want, "and is", *got, sep="\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
