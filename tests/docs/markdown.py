"""What the tests need of Markdown as it is written here: commands, code, headings, links."""

import dataclasses
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Every page, but what a build leaves behind.
PAGES = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not {"build", "node_modules"} & set(path.relative_to(ROOT).parts)
)
# Those that people take commands from. The changelog tells of the past.
HANDBOOK = [path for path in PAGES if path.name != "CHANGELOG.md"]

# What begins a command in running text, if something follows it.
PROGRAMS = set(
    "amtool apt apt-get chmod clang-format clang-tidy cmake cpack ctest curl docker dpkg everai_exporter "
    "everai_simulator everai_workers git install journalctl kill kubectl kustomize man pkill printf "
    "prometheus promtool pytest python3 sed ss sudo systemctl systemd-analyze systemd-run".split()
)
OUR_FOLDERS = ("scripts/", "build/", "tests/")
# Fences whose lines are commands, and one whose commands stand behind a `$`, with what they print below.
_COMMANDS = {"sh", "bash"}
_SESSION = "console"


@dataclasses.dataclass(frozen=True)
class Command:
    page: str  # relative to the root
    line: int
    anchor: str  # of the section it stands in
    block: int  # commands of one block share a shell; 0: it stands in running text
    text: str
    shown: str | None = None  # what the page says it prints

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


@dataclasses.dataclass(frozen=True)
class Code:
    """A block of code: what a fence says of it, or "indented"."""

    line: int
    anchor: str
    kind: str
    text: str


def anchor_of(title: str) -> str:
    """The anchor that a heading gets."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "").lower()
    return re.sub(r"[^\w\- ]", "", text).strip().replace(" ", "-")


def looks_like_command(text: str) -> bool:
    command = re.sub(r"^(?:[A-Z_]+=\S* )+", "", text)
    program, _, arguments = command.partition(" ")
    return (program in PROGRAMS or program.startswith(OUR_FOLDERS)) and bool(arguments or command != text)


def is_complete(text: str) -> bool:
    """Whether a shell would run it, rather than wait for more."""
    if text.endswith(("\\", "|", "&&", "||", "{")):
        return False
    checked = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    return checked.returncode == 0 and "here-document" not in checked.stderr


class Page:
    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.name = str(path.relative_to(ROOT))
        self.blocks: list[Code] = []
        self.anchors: list[str] = []
        # The text without blocks of code, its lines where they are, and the section of each.
        self.prose: list[str] = []
        self._sections: list[str] = []
        self._read(path.read_text().splitlines())

    def _read(self, lines: list[str]) -> None:
        at = 0
        while at < len(lines):
            fence = re.match(r" *(```+)(\w*)$", lines[at])
            indented = lines[at].startswith("    ") and (at == 0 or re.fullmatch(r"\s*|#+ .*", lines[at - 1]))
            if fence:
                end = next(i for i in range(at + 1, len(lines)) if lines[i].strip() == fence[1])
                self._add_block(at, fence[2], lines[at + 1 : end])
                end += 1
            elif indented:
                end = next(
                    (i for i in range(at, len(lines)) if not lines[i].startswith("    ")), len(lines)
                )
                self._add_block(at - 1, "indented", lines[at:end])
            else:
                if heading := re.match(r"#+ (.*)", lines[at]):
                    self._add_anchor(anchor_of(heading[1]))
                self.prose.append(lines[at])
                self._sections.append(self._section)
                at += 1
                continue
            self.prose += [""] * (end - at)
            self._sections += [self._section] * (end - at)
            at = end

    @property
    def _section(self) -> str:
        return self.anchors[-1] if self.anchors else ""

    def _add_anchor(self, anchor: str) -> None:
        same = sum(re.fullmatch(rf"{re.escape(anchor)}(-\d+)?", known) is not None for known in self.anchors)
        self.anchors.append(f"{anchor}-{same}" if same else anchor)

    def _add_block(self, at: int, kind: str, lines: list[str]) -> None:
        indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
        text = "\n".join(line[indent:] for line in lines)
        self.blocks.append(Code(at + 2, self._section, kind, text))

    def spans(self) -> list[tuple[int, str]]:
        """Code in running text, each with its line. A span may go on in the next line."""
        text = "\n".join(self.prose)
        return [
            (text.count("\n", 0, match.start()), re.sub(r"\s+", " ", match[1]))
            for match in re.finditer(r"(?<!`)`([^`\n]+(?:\n[^`\n]+)?)`(?!`)", text)
        ]

    def links(self) -> list[tuple[int, str]]:
        """Where links and pictures lead, each with its line."""
        return [
            (number, target)
            for number, line in enumerate(self.prose, 1)
            for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line))
        ]

    def commands(self) -> list[Command]:
        found = []
        for number, block in enumerate(self.blocks, 1):
            if block.kind == _SESSION:
                found += self._session(number, block)
            elif block.kind in _COMMANDS | {"indented"}:
                found += self._script(number, block)
        for at, text in self.spans():
            if looks_like_command(text):
                found.append(Command(self.name, at + 1, self._sections[at], 0, text))
        return found

    def _script(self, number: int, block: Code) -> list[Command]:
        found: list[Command] = []
        begun: list[str] = []
        for at, line in enumerate(block.text.splitlines()):
            line = re.sub(r"(^|\s+)# .*", "", line)
            if line or begun:
                begun.append(line)
            if begun and is_complete("\n".join(begun)):
                text = re.sub(r"\s*\\\n\s*", " ", "\n".join(begun)).strip()
                found.append(Command(self.name, block.line + at + 1 - len(begun), block.anchor, number, text))
                begun = []
        # What no shell understands, such as a synopsis, is taken line by line.
        last = block.line + block.text.count("\n") + 1 - len(begun)
        return found + [
            Command(self.name, last + at, block.anchor, number, line.strip()) for at, line in enumerate(begun)
        ]

    def _session(self, number: int, block: Code) -> list[Command]:
        assert block.text.startswith("$ "), f"{self.name}:{block.line}: begins without a command"
        found = []
        for part in re.split(r"(?m)^\$ ", block.text)[1:]:
            command, _, shown = part.partition("\n")
            found.append(Command(self.name, block.line, block.anchor, number, command.strip(), shown.strip()))
        return found


HANDBOOK_PAGES = [Page(path) for path in HANDBOOK]
COMMANDS = [command for page in HANDBOOK_PAGES for command in page.commands()]
