"""What is in the package."""

import gzip
import re
import subprocess

import pytest

from conftest import ROOT, run

NAME = "everai-exporter"
CONFFILES = ["/etc/default/everai_exporter", "/etc/everai_exporter/everai.yml"]


@pytest.fixture(scope="module")
def contents(package) -> dict[str, tuple[str, str]]:
    """Mode and owner of each file and folder."""
    listing = run("dpkg-deb", "--contents", package.file).splitlines()
    rows = (line.split(None, 5) for line in listing)
    return {path.removeprefix(".").rstrip("/"): (mode, owner) for mode, owner, *_, path in rows}


def test_every_file_belongs_to_root_and_has_the_right_mode(contents):
    for path, (mode, owner) in contents.items():
        is_program = path.startswith("/usr/bin/")
        wanted = "drwxr-xr-x" if mode[0] == "d" else "-rwxr-xr-x" if is_program else "-rw-r--r--"
        assert (path, mode, owner) == (path, wanted, "root/root")


def test_it_brings_what_the_documentation_says(contents, package):
    assert package.programs == ["everai_exporter", "everai_simulator", "everai_workers"]
    for path in [
        *CONFFILES,
        "/usr/share/everai_exporter/alerts/everai.rules.yml",
        "/usr/share/everai_exporter/dashboards/fleet.json",
        f"/usr/share/doc/{NAME}/copyright",
        f"/usr/share/doc/{NAME}/docs/configuration.md",
        f"/usr/share/doc/{NAME}/alerts/runbooks.md",
    ]:
        assert path in contents
    for program in package.programs:
        for path in [
            f"/usr/share/man/man1/{program}.1.gz",
            f"/usr/share/bash-completion/completions/{program}",
            f"/usr/share/zsh/vendor-completions/_{program}",
            f"/usr/share/fish/vendor_completions.d/{program}.fish",
        ]:
            assert path in contents
    assert package.unit("everai_exporter.service") and package.unit("everai_exporter.socket")


def test_the_control_fields_say_what_it_is_and_needs(package):
    assert package.field("Package") == NAME
    assert re.fullmatch(r"\d+\.\d+\.\d+-\d+~deb1[23]", package.field("Version"))
    assert (package.field("Section"), package.field("Priority")) == ("net", "optional")
    needed = {dependency.split()[0] for dependency in package.field("Depends").split(", ")}
    assert "ca-certificates" in needed
    # Found by dpkg-shlibdeps: the client, the server, the compiler's library.
    for library in ["libc6", "libcpp-httplib", "libcurl4", "libssl3", "libstdc++6"]:
        assert any(name.startswith(library) for name in needed), library
    assert not any(name.endswith("-dev") for name in needed)
    assert 1000 < int(package.field("Installed-Size")) < 20000


def test_the_version_is_the_programs(package, program):
    assert package.version in run(package.program(program), "--version").splitlines()[0].split()


def test_what_an_admin_changes_is_kept(package):
    assert (package.control / "conffiles").read_text().split() == CONFFILES


def test_the_maintainer_scripts_are_plain_shell(package):
    for name in ["postinst", "prerm", "postrm"]:
        script = package.control / name
        assert script.stat().st_mode & 0o777 == 0o755
        run("sh", "-n", script)


def test_the_shipped_configuration_is_good_and_holds_no_token(package):
    config = package.root / "etc/everai_exporter/everai.yml"
    checked = run(package.program("everai_exporter"), f"--config.file={config}", "--config.check")
    assert 'namespace: "default"' in checked
    assert "authorization" not in config.read_text()


def test_the_rules_and_dashboards_are_those_of_the_repository(package):
    shipped = package.root / "usr/share/everai_exporter"
    for path in [*ROOT.glob("dashboards/*.json"), ROOT / "alerts/everai.rules.yml"]:
        assert (shipped / path.relative_to(ROOT)).read_bytes() == path.read_bytes()


def test_both_changelogs_are_there(package):
    doc = package.root / f"usr/share/doc/{NAME}"
    debian = gzip.decompress((doc / "changelog.Debian.gz").read_bytes()).decode()
    assert debian.startswith(f"{NAME} ({package.field('Version')}) ")
    ours = gzip.decompress((doc / "changelog.gz").read_bytes())
    assert ours == (ROOT / "CHANGELOG.md").read_bytes()


def test_lintian_finds_nothing(package):
    linted = subprocess.run(
        ["lintian", "--fail-on", "error,warning", package.file],
        capture_output=True, text=True, check=False,
    )
    assert (linted.returncode, linted.stdout) == (0, ""), linted.stdout + linted.stderr
