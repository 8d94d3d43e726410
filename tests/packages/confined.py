#!/usr/bin/python3
"""Starts the exporter as deploy/systemd/everai_exporter.service says, on a machine without systemd.

    unshare --mount tests/packages/confined.py UNIT PORT-FILE

As far as it goes without systemd: a user that exists nowhere else, a system that is read-only but
for the counters, no capabilities and no way to gain any, the credential in a folder of its own, the
unit's filter of system calls and address families (with Debian's python3-seccomp; systemd-analyze
knows the groups), and a listening socket that is passed. Its port is written to PORT-FILE. To be
run as root.
"""

import ctypes
import errno
import os
import pathlib
import re
import shlex
import socket
import subprocess
import sys
import tempfile

import seccomp

USER = 61999  # of those that systemd takes for dynamic users
NAME = "everai_exporter"
CREDENTIALS = pathlib.Path(f"/run/credentials/{NAME}.service")
STATE = pathlib.Path("/var/lib/private") / NAME

_PR_SET_NO_NEW_PRIVS = 38
_PR_CAPBSET_DROP = 24


def read_unit(path: str) -> dict[str, list[str]]:
    """The settings of a unit, each with all its values."""
    settings: dict[str, list[str]] = {}
    for line in pathlib.Path(path).read_text().splitlines():
        if match := re.fullmatch(r"(\w+)=(.*)", line):
            settings.setdefault(match[1], []).append(match[2])
    return settings


def mount(*arguments: str | pathlib.Path) -> None:
    subprocess.run(["mount", *map(str, arguments)], check=True)


def make_root(unit: dict[str, list[str]]) -> pathlib.Path:
    """The file system that the exporter sees."""
    STATE.parent.mkdir(mode=0o700, exist_ok=True)
    STATE.mkdir(mode=0o700, exist_ok=True)
    os.chown(STATE, USER, USER)
    link = pathlib.Path("/var/lib") / NAME
    if not link.is_symlink():
        link.symlink_to(STATE.relative_to(link.parent))
    CREDENTIALS.mkdir(parents=True, exist_ok=True)

    root = pathlib.Path(tempfile.mkdtemp())
    mount("--rbind", "/", root)
    mount("-o", "remount,bind,ro", root)
    # The counters, where nobody else can see them.
    inside = root / STATE.relative_to("/")
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", inside.parent)
    inside.mkdir()
    mount("--bind", STATE, inside)
    # The credential, for this user alone.
    place = root / CREDENTIALS.relative_to("/")
    mount("-t", "tmpfs", "-o", f"mode=500,uid={USER},gid={USER}", "tmpfs", place)
    name, _, source = unit["LoadCredential"][0].partition(":")
    credential = place / name
    credential.write_bytes(pathlib.Path(source).read_bytes())
    credential.chmod(0o400)
    os.chown(credential, USER, USER)
    mount("-o", "remount,ro", place)
    return root


def prctl(option: int, value: int) -> int:
    return ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def drop_privileges() -> None:
    for capability in range(64):
        if prctl(_PR_CAPBSET_DROP, capability) != 0:
            break
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    assert prctl(_PR_SET_NO_NEW_PRIVS, 1) == 0


def system_calls(groups: str) -> set[str]:
    """The system calls of groups such as @system-service."""
    names: set[str] = set()
    for group in groups.split():
        listed = subprocess.run(
            ["systemd-analyze", "--no-pager", "syscall-filter", group],
            capture_output=True, text=True, check=True,
        ).stdout.splitlines()[1:]
        for entry in (line.strip() for line in listed if not line.strip().startswith("#")):
            names |= system_calls(entry) if entry.startswith("@") else {entry} - {""}
    return names


def make_filter(unit: dict[str, list[str]]) -> seccomp.SyscallFilter:
    allowed: set[str] = set()
    for value in unit["SystemCallFilter"]:
        if value.startswith("~"):
            allowed -= system_calls(value[1:])
        else:
            allowed |= system_calls(value)
    # systemd always allows what it takes to start the program.
    allowed |= system_calls("@default")
    calls = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    for name in sorted(allowed - {"socket"}):
        try:
            calls.add_rule(seccomp.ALLOW, name)
        except (RuntimeError, ValueError):
            continue  # a call of another architecture, or newer than the library
    for family in unit["RestrictAddressFamilies"][0].split():
        number = getattr(socket, family)
        calls.add_rule(seccomp.ALLOW, "socket", seccomp.Arg(0, seccomp.EQ, number))
    return calls


def main() -> None:
    unit = read_unit(sys.argv[1])
    command = unit["ExecStart"][0].replace("%d", str(CREDENTIALS)).replace("%S", "/var/lib")
    argv = [word for word in shlex.split(command) if word != "$ARGS"]
    calls = make_filter(unit)
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    pathlib.Path(sys.argv[2]).write_text(str(listener.getsockname()[1]))
    root = make_root(unit)
    os.chroot(root)
    os.chdir("/")
    os.umask(0o077)
    drop_privileges()
    passed = listener.detach()
    if passed == 3:
        os.set_inheritable(3, True)
    else:
        os.dup2(passed, 3)
    environment = {"PATH": os.environ["PATH"], "LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
    calls.load()
    os.execve(argv[0], argv, environment)


if __name__ == "__main__":
    main()
