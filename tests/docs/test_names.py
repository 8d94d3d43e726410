"""What the documents point to is there: links, files, flags, alerts; and their examples are accepted."""

import functools
import pathlib
import re
import subprocess

import pytest
import yaml

import harness
import markdown
import sandbox
from markdown import ROOT

PAGES = [markdown.Page(path) for path in markdown.PAGES]
PROGRAMS = sorted(path.name for path in pathlib.Path(harness.installed("")).glob("everai_*"))


@functools.cache
def anchors(name: str) -> list[str]:
    return next(page for page in PAGES if page.name == name).anchors


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for line, target in page.links():
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.path.parent / path).resolve() if path else page.path
        assert file.exists(), f"{page.name}:{line}: {target}"
        if anchor:
            assert anchor in anchors(str(file.relative_to(ROOT))), f"{page.name}:{line}: {target}"


def test_every_page_is_reached_from_the_readme():
    by_path = {page.path: page for page in PAGES}
    reached, ways = set(), [ROOT / "README.md"]
    while ways:
        path = ways.pop()
        if path in by_path and path not in reached:
            reached.add(path)
            links = (target.partition("#")[0] for _, target in by_path[path].links())
            ways += [(path.parent / link).resolve() for link in links if link]
    assert by_path.keys() - reached == set()


@pytest.mark.parametrize("page", markdown.HANDBOOK_PAGES, ids=lambda page: page.name)
def test_files_that_are_named_are_there(page):
    texts = page.spans() + [(block.line, block.text) for block in page.blocks]
    tops = "|".join(path.name for path in ROOT.iterdir() if path.is_dir() and path.name != "build")
    for line, text in texts:
        for name in re.findall(rf"(?<![\w./-])(?:{tops})/[\w*./-]*", text):
            assert list(ROOT.glob(name.rstrip("."))), f"{page.name}:{line}: {name}"


@functools.cache
def flags_of_program(program: str) -> set[str]:
    # Without quotes: what stands in those is no flag to sandbox.flags_of.
    return set(sandbox.flags_of(re.sub("['\"]", "", sandbox.help_of(harness.installed(program)))))


@pytest.mark.parametrize("page", markdown.HANDBOOK_PAGES, ids=lambda page: page.name)
def test_flags_that_are_named_are_there(page):
    """Those of a command are its program's own; those alone in the text are of one of the programs."""
    ours = set().union(*(flags_of_program(program) for program in PROGRAMS))
    for line, text in page.spans():
        if text.startswith("--"):
            assert set(sandbox.flags_of(text)) <= ours, f"{page.name}:{line}: {text}"
    for command in page.commands():
        for part in re.split(r"[|;&]+", command.text):
            program = next((word for word in part.split() if "=" not in word), "")
            if program in PROGRAMS:
                assert set(sandbox.flags_of(part)) <= flags_of_program(program), command.place


@pytest.mark.parametrize("page", markdown.HANDBOOK_PAGES, ids=lambda page: page.name)
def test_alerts_that_are_named_are_there(page):
    rules = yaml.safe_load((ROOT / "alerts/everai.rules.yml").read_text())
    known = {rule.get("alert") for group in rules["groups"] for rule in group["rules"]}
    assert set(re.findall(r"\bEverAI[A-Z]\w+", page.path.read_text())) <= known


def test_every_folder_has_its_row():
    table = (ROOT / "docs/architecture.md").read_text().split("\n## Folders\n")[1].split("\n## ")[0]
    told = set(re.findall(r"^\| `([\w/]+)/`", table, re.MULTILINE))
    assert {f"src/{path.name}" for path in (ROOT / "src").iterdir() if path.is_dir()} <= told
    assert {path for path in told if not (ROOT / path).is_dir()} == set()


EXAMPLES = [
    (page.name, block.line, block.text)
    for page in markdown.HANDBOOK_PAGES
    for block in page.blocks
    if block.kind == "yaml"
]


@pytest.mark.parametrize(("page", "line", "text"), EXAMPLES, ids=lambda value: str(value)[:40])
def test_examples_are_accepted(page, line, text, tmp_path):
    """By who reads them: the exporter, Prometheus, or at least a reader of YAML."""
    told = yaml.safe_load(text)
    if "apps" in told:
        if "tls_config" in text:
            return  # its certificates are the reader's; tests/golden reads the text
        path = tmp_path / "everai.yml"
        path.write_text(text)
        argv = [harness.installed("everai_exporter"), f"--config.file={path}", "--config.check"]
    elif "scrape_configs" in told:
        (tmp_path / "everai.rules.yml").write_text((ROOT / "alerts/everai.rules.yml").read_text())
        path = tmp_path / "prometheus.yml"
        path.write_text(text)
        argv = ["promtool", "check", "config", str(path)]
    else:
        return
    checked = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
