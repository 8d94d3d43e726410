"""Every end has one of the documented exit codes, whatever is closed, full, limited or signalled."""

import os
import pathlib
import resource
import signal
import subprocess

import pytest

import fake_platform
import harness

NOWHERE = ["--api.endpoint", "http://127.0.0.1:1"]
ONCE = ["everai_exporter", "--once", "--app", "e2e/app", *NOWHERE]
MEBIBYTE = 1 << 20

GOOD = [
    ["everai_exporter", "--help"],
    ["everai_exporter", "--version"],
    ["everai_exporter", "--config.check", "--app", "e2e/app"],
    ["everai_simulator", "--help"],
    ["everai_simulator", "--version"],
    ["everai_workers", "--help"],
    ["everai_workers", "--version"],
]

ELSEWHERE = "192.0.2.1:1"  # an address that no machine has
NOBODY = "127.0.0.1:1"

BAD = [
    (2, ["everai_exporter", "--nope"]),
    (2, ["everai_exporter", "--config.check", "--config.file", "/nope"]),
    (1, ["everai_exporter", "--app", "e2e/app", "--web.listen-address", ELSEWHERE]),
    (1, ["everai_exporter", "--app", "a/b", "--web.check-health", "--web.listen-address", NOBODY]),
    (4, ONCE),
    (2, ["everai_simulator", "--nope"]),
    (1, ["everai_simulator", "--listen-address", ELSEWHERE]),
    (2, ["everai_workers", "--nope"]),
    (4, ["everai_workers", "list", "e2e/app", *NOWHERE]),
]


def run(
    command: list[str], limits: dict[int, int] | None = None, **streams
) -> subprocess.CompletedProcess[bytes]:
    """Runs one of the programs, or `sh`, to its end."""

    def limit() -> None:
        for kind, value in (limits or {}).items():
            resource.setrlimit(kind, (value, value))

    program = command[0] if command[0] == "sh" else harness.installed(command[0])
    return subprocess.run(
        [program, *command[1:]],
        env=harness.environment(EVERAI_TOKEN=harness.TOKEN),
        preexec_fn=limit,
        check=False,
        timeout=30,
        **streams,
    )


def writer_without_reader() -> int:
    ours, theirs = os.pipe()
    os.close(ours)
    return theirs


@pytest.mark.parametrize("command", GOOD, ids=" ".join)
def test_a_reader_that_left_is_no_failure(command):
    theirs = writer_without_reader()
    ended = run(command, stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)
    assert (ended.returncode, b"standard output" in ended.stderr) == (0, False)


def test_once_still_tells_the_class_of_failure_if_its_reader_left(platform):
    platform.behaviours["app"] = fake_platform.good
    argv = harness.exporter_argv("--once", endpoint=platform.url, apps=["e2e/app"])[1:]
    theirs = writer_without_reader()
    for code, command in ((0, ["everai_exporter", *argv]), (4, ONCE)):
        assert run(command, stdout=theirs, stderr=subprocess.DEVNULL).returncode == code
    os.close(theirs)


def test_an_output_that_does_not_wait_gets_all_of_it(tmp_path):
    """A pipe that somebody who shares it has set so, as ssh does."""
    config = tmp_path / "everai.yml"
    config.write_text("apps:\n" + "".join(f"  - name: app-{i}\n" for i in range(2000)))
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    program = subprocess.Popen(
        [harness.installed("everai_exporter"), "--config.check", "--config.file", str(config)],
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env=harness.environment(EVERAI_TOKEN=harness.TOKEN),
    )
    os.close(theirs)
    with open(ours, encoding="utf-8") as output:
        text = output.read()
    assert program.wait(20) == 0
    assert "app-1999" in text and len(text) > 100_000


@pytest.mark.parametrize(("code", "command"), BAD, ids=lambda value: str(value))
@pytest.mark.parametrize("stderr", ["full", "closed", "left", "read-only"])
def test_a_complaint_that_cannot_be_written_changes_nothing(code, command, stderr):
    if stderr == "closed":
        closing = ["sh", "-c", 'exec "$0" "$@" 2>&-', harness.installed(command[0]), *command[1:]]
        ended = run(closing, stdout=subprocess.DEVNULL)
    else:
        fd = {
            "full": lambda: os.open("/dev/full", os.O_WRONLY),
            "left": writer_without_reader,
            "read-only": lambda: os.open("/dev/null", os.O_RDONLY),
        }[stderr]()
        ended = run(command, stdout=subprocess.DEVNULL, stderr=fd)
        os.close(fd)
    assert ended.returncode == code


@pytest.mark.parametrize("threads", [0, 1, 2, 5, 16, 17])
@pytest.mark.parametrize("program", ["everai_exporter", "everai_simulator"])
def test_a_thread_that_cannot_be_started_is_said(program, threads, tmp_path):
    """Each stack takes 64 MiB of the addresses that there are."""
    flags = {
        "everai_exporter": ["--app", "e2e/app", *NOWHERE, "--web.listen-address", "127.0.0.1:0"]
        + ["--state.file", str(tmp_path / "state")],
        "everai_simulator": ["--listen-address", "127.0.0.1:0"],
    }[program]
    limits = {
        resource.RLIMIT_STACK: 64 * MEBIBYTE,
        resource.RLIMIT_AS: (60 + 64 * threads) * MEBIBYTE,
    }
    ended = run([program, *flags], limits, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert ended.returncode == 1
    said = ended.stderr.decode().splitlines()
    assert said[-1] == f"{program}: cannot start a thread: Resource temporarily unavailable"
    assert not any('msg="started"' in line or 'msg="listening"' in line for line in said)


def test_no_memory_is_said_at_the_start(tmp_path):
    config = tmp_path / "everai.yml"
    config.write_text("apps:\n" + "".join(f"  - name: app-{i}\n" for i in range(20_000)))
    command = ["everai_exporter", "--config.check", "--config.file", str(config)]
    limits = {resource.RLIMIT_AS: 48 * MEBIBYTE}
    ended = run(command, limits, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert (ended.returncode, ended.stderr) == (1, b"everai_exporter: out of memory\n")


def test_no_memory_is_said_while_it_runs(start, platform):
    platform.behaviours["app"] = fake_platform.good
    exporter = start(harness.Exporter, endpoint=platform.url, apps=["e2e/app"])
    exporter.wait_until_ready()
    resource.prlimit(exporter.pid, resource.RLIMIT_AS, (MEBIBYTE, MEBIBYTE))
    large = b'{"workers":[' + b",".join([b'{"id":"%d"}' % i for i in range(50_000)]) + b"]}"
    platform.behaviours["app"] = lambda exchange: exchange.answer(large)
    assert exporter.wait(20) == 1
    assert exporter.log_lines("everai_exporter: out of memory")


def test_a_limit_on_file_sizes_is_a_write_error(start, platform, tmp_path):
    platform.behaviours["app"] = fake_platform.good
    flags = ["--state.file", str(tmp_path / "state")]
    exporter = start(harness.Exporter, *flags, endpoint=platform.url, apps=["e2e/app"])
    exporter.wait_until_ready()
    resource.prlimit(exporter.pid, resource.RLIMIT_FSIZE, (100, 100))
    assert exporter.terminate() < 3
    assert exporter.wait(0) == 0


@pytest.mark.parametrize("program", ["everai_exporter", "everai_simulator"])
def test_signals_are_held_before_anything_that_takes_time(program):
    """Measured in time of the processor, since a signal finds a busy machine slower. The loader of
    the libraries takes most of it, where no program can hold a signal."""
    many = [f"--gpu.price=G{i}=1" for i in range(8000)]
    flags = {
        "everai_exporter": ["--app", "e2e/app", "--web.listen-address", "127.0.0.1:0", *NOWHERE]
        + many,
        "everai_simulator": ["--listen-address", "127.0.0.1:0"],
    }[program]
    process = subprocess.Popen(
        [harness.installed(program), *flags], stderr=subprocess.DEVNULL, env=harness.environment()
    )
    try:
        proc = pathlib.Path(f"/proc/{process.pid}")
        wanted = sum(1 << (number - 1) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM))

        def held() -> bool:
            blocked = proc.joinpath("status").read_text().split("SigBlk:")[1].split()[0]
            return int(blocked, 16) & wanted == wanted

        harness.wait_for(held, "signals are held", every=0.0005)
        spent = int(proc.joinpath("schedstat").read_text().split()[0]) / 1e6
        assert spent < 50, f"{spent:.1f} ms"
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_a_command_ends_by_a_signal_as_others_do(platform, number):
    asked = platform.note_requests("app", fake_platform.hang)
    flags = ["--once", "--scrape.timeout", "20s", "--scrape.interval", "20s"]
    process = subprocess.Popen(
        harness.exporter_argv(*flags, endpoint=platform.url, apps=["e2e/app"]),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=harness.environment(),
    )
    assert asked.wait(10)
    process.send_signal(number)
    assert process.wait(10) == -number


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_the_simulator_ends_well(start, number):
    simulator = start(harness.Simulator, apps=["e2e/app"])
    simulator.send_signal(number)
    assert simulator.wait(10) == 0


def test_the_simulator_stands_a_long_path_on_a_small_stack():
    """Regular expressions need stack for each byte."""
    port = harness.free_port()
    small = 256 * 1024
    process = subprocess.Popen(
        [harness.installed("everai_simulator"), "--listen-address", f"127.0.0.1:{port}"],
        stderr=subprocess.DEVNULL,
        env=harness.environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_STACK, (small, small)),
    )
    try:
        url = f"http://127.0.0.1:{port}"

        def serves() -> bool:
            try:
                return harness.fetch(url + "/simulator/truth").status == 200
            except OSError:
                return False

        harness.wait_for(serves, "it serves")
        for length in (200, 300, 8000):
            assert harness.fetch(url + "/" + "a" * length).status == 404
            assert harness.fetch(url + "/" + "a" * length, "POST").status in (404, 414)
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()
