"""Every file of tests/testdata/config through the installed program: `--config.check` and a real start
say the same."""

import concurrent.futures
import contextlib
import os
import pathlib
import signal
import subprocess
import threading
from collections.abc import Callable

import harness

FOLDER = pathlib.Path(__file__).parent.parent / "testdata" / "config"
CANARY = "canary"
DEADLINE = 30.0

# A platform that is not there: what is started must ask nobody else.
NOWHERE = "http://127.0.0.1:9"


def files(folder: str) -> list[pathlib.Path]:
    found = sorted((FOLDER / folder).glob("*.yml"))
    assert len(found) > 10
    return found


def wanted_message(path: pathlib.Path) -> str:
    head = b"# want: "
    first = path.read_bytes().split(b"\n", 1)[0]
    assert first.startswith(head), path
    want = first[len(head) :].decode()
    return want.replace("FILE", str(path)).replace("DIR", str(path.parent))


def run(path: pathlib.Path, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [harness.installed("everai_exporter"), f"--config.file={path}", *flags],
        env=harness.environment(EVERAI_ENDPOINT=NOWHERE),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )


def for_each(paths: list[pathlib.Path], check: Callable[[pathlib.Path], None]) -> None:
    """Runs a check on all files, some at a time, and tells of all that fail."""
    failures = []
    with concurrent.futures.ThreadPoolExecutor(min(8, 2 * (os.cpu_count() or 1))) as pool:
        for path, outcome in [(path, pool.submit(check, path)) for path in paths]:
            if error := outcome.exception():
                failures.append(f"{path.name}: {error}")
    assert not failures, "\n".join(failures)


def test_bad_files_are_refused_alike_by_the_check_and_at_the_start() -> None:
    def check(path: pathlib.Path) -> None:
        want = f"everai_exporter: {wanted_message(path)}\n"
        for flags in (["--config.check"], ["--web.listen-address=127.0.0.1:0"]):
            ended = run(path, *flags)
            assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", want), flags

    for_each(files("bad"), check)


# Their mistake is that they have no app, and everai_workers is given one.
WITHOUT_APPS = {"empty_file.yml", "no_apps.yml", "no_apps_in_list.yml"}


def test_bad_files_are_refused_by_everai_workers_in_the_same_words() -> None:
    def check(path: pathlib.Path) -> None:
        ended = subprocess.run(
            [harness.installed("everai_workers"), "list", "default/sd", f"--config.file={path}"],
            env=harness.environment(EVERAI_ENDPOINT=NOWHERE),
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        if path.name in WITHOUT_APPS:
            assert ended.returncode == 4 and f"{path}:" not in ended.stderr, ended.stderr
        else:
            want = f"everai_workers: {wanted_message(path)}\n"
            assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", want)

    for_each(files("bad"), check)


def test_good_files_are_shown_without_their_secrets() -> None:
    def check(path: pathlib.Path) -> None:
        ended = run(path, "--config.check")
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout.startswith("global:\n"), ended.stdout
        assert CANARY not in ended.stdout + ended.stderr

    for_each(files("good"), check)


def test_good_files_run() -> None:
    def check(path: pathlib.Path) -> None:
        process = subprocess.Popen(
            [
                harness.installed("everai_exporter"),
                f"--config.file={path}",
                "--web.listen-address=127.0.0.1:0",
            ],
            env=harness.environment(EVERAI_ENDPOINT=NOWHERE),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        hang = threading.Timer(DEADLINE, process.kill)
        hang.start()
        try:
            assert process.stderr is not None
            log = ""
            # It says so when it serves; the pipe ends if it does not get there.
            for line in process.stderr:
                log += line
                if "port=" in line:
                    break
            assert process.poll() is None and "port=" in log, log
            process.send_signal(signal.SIGTERM)
            log += process.stderr.read()
            assert process.wait() == 0, log
            assert CANARY not in log
        finally:
            hang.cancel()
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()

    for_each(files("good"), check)


def test_the_check_warns_of_a_token_that_cannot_be_read(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "c.yml"
    path.write_text("apps: [{name: sd, authorization: {credentials_file: token}}]\n")
    missing = run(path, "--config.check")
    assert missing.returncode == 0
    assert missing.stderr == (
        f"everai_exporter: warning: token file {tmp_path}/token: No such file or directory\n"
    )
    (tmp_path / "token").write_text(CANARY)
    (tmp_path / "token").chmod(0o644)
    loose = run(path, "--config.check")
    assert loose.returncode == 0
    assert loose.stderr == (
        f"everai_exporter: warning: {tmp_path}/token: it holds a token, but others than its owner "
        "and group have access to it\n"
    )
    (tmp_path / "token").chmod(0o640)
    assert run(path, "--config.check").stderr == ""
