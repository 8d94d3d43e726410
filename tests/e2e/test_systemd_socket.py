"""Socket activation: the exporter serves on sockets that the service manager opened, and keeps."""

import fcntl
import pathlib
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

import fake_platform
import harness
from scraper import Scraper

# What a service manager does between fork and exec: the sockets become 3, 4 and so on, and it is
# said that they are this process's.
_CHILD = """
import os, sys
sockets, pid, *argv = sys.argv[1:]
passed = [int(text) for text in sockets.split(",") if text]
for index, descriptor in enumerate(passed):
    os.dup2(descriptor, 3 + index)
os.environ["LISTEN_PID"] = pid or str(os.getpid())
os.environ["LISTEN_FDS"] = str(len(passed))
os.execv(argv[0], argv)
"""

_APPS = ["e2e/app"]


class Service(harness.Process):
    """An exporter with --web.systemd-socket, started as its service manager would."""

    def __init__(
        self, folder: pathlib.Path, endpoint: str, sockets: Sequence[socket.socket], pid: str = ""
    ) -> None:
        descriptors = [one.fileno() for one in sockets]
        argv = harness.exporter_argv("--web.systemd-socket", endpoint=endpoint, apps=_APPS)
        super().__init__(
            "exporter",
            [sys.executable, "-c", _CHILD, ",".join(map(str, descriptors)), pid, *argv],
            folder,
            harness.environment(EVERAI_TOKEN=harness.TOKEN),
            pass_fds=descriptors,
        )

    def serves(self) -> "Service":
        self.wait_for_log('msg="started"')
        return self


def _high(one: socket.socket) -> socket.socket:
    """The same socket, out of the way of the descriptors that are passed."""
    return socket.socket(fileno=fcntl.fcntl(one.detach(), fcntl.F_DUPFD_CLOEXEC, 100))


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """What a socket unit opens."""
    with _high(harness.listen()) as one:
        yield one


@pytest.fixture
def begin(start, platform) -> Callable[..., Service]:
    platform.behaviours["app"] = fake_platform.good
    return lambda *sockets, **more: start(Service, platform.url, sockets, **more)


def _port(listener: socket.socket) -> int:
    return listener.getsockname()[1]


def _health(listener: socket.socket) -> int:
    return harness.fetch(f"http://127.0.0.1:{_port(listener)}/-/healthy", timeout=20).status


def _pending(listener: socket.socket) -> int:
    """How many connections wait to be accepted: of a listening socket, tcpi_unacked says that."""
    info = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 28)
    return int.from_bytes(info[24:], sys.byteorder)


def test_it_serves_on_every_socket_that_is_passed(begin, listener):
    with _high(harness.listen()) as other:
        service = begin(listener, other).serves()
        assert [_health(listener), _health(other)] == [200, 200]
        ports = ", ".join(str(_port(one)) for one in (listener, other))
        assert service.records()[-1]["port"] == ports


def test_a_restart_refuses_and_loses_no_connection(begin, listener):
    service = begin(listener).serves()
    scrapers = [Scraper(_port(listener), keep_alive) for keep_alive in (False, False, True)]

    def wait_for_pages() -> None:
        goals = [len(one.pages) + 10 for one in scrapers]
        harness.wait_for(
            lambda: all(len(one.pages) >= goal for one, goal in zip(scrapers, goals)), "more pages"
        )

    try:
        for _ in range(3):
            wait_for_pages()
            assert service.terminate() < 4
            assert service.wait(0) == 0
            # Nobody accepts now, and nobody is turned away.
            with socket.create_connection(listener.getsockname(), timeout=5):
                service = begin(listener).serves()
        wait_for_pages()
    finally:
        for one in scrapers:
            one.stop()
    assert [one.failures for one in scrapers] == [[], [], []]


def test_who_comes_after_a_crash_waits_for_the_next_start(begin, listener):
    service = begin(listener).serves()
    service.kill()
    statuses: list[int] = []
    waiting = threading.Thread(target=lambda: statuses.append(_health(listener)))
    waiting.start()
    harness.wait_for(lambda: _pending(listener), "a connection waits")
    assert statuses == []
    begin(listener).serves()
    waiting.join(20)
    assert statuses == [200]


def test_connections_that_are_silent_do_not_hold_up_the_end(begin, listener):
    service = begin(listener).serves()
    silent = [socket.create_connection(listener.getsockname()) for _ in range(4)]
    harness.wait_for(lambda: not _pending(listener), "the connections are accepted")
    assert service.terminate() < 4
    for connection in silent:
        connection.close()


@pytest.mark.parametrize("case", ["none", "of-another-process", "udp"])
def test_without_a_fitting_socket_it_says_so_and_ends(begin, listener, case):
    if case == "udp":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.bind(("127.0.0.1", 0))
            service = begin(_high(datagrams))
        complaint = "descriptor 3 is no listening TCP socket"
    else:
        service = begin(listener, pid="1") if case == "of-another-process" else begin()
        complaint = "the service manager has passed no socket to this process"
    assert service.wait(20) == 2
    assert service.log().splitlines()[-1] == f"everai_exporter: --web.systemd-socket: {complaint}"
