"""What a service manager such as systemd is told, and when."""

import dataclasses
import json
import signal
import socket
import threading
import time

import pytest

import fake_platform
import harness


@dataclasses.dataclass
class Message:
    fields: dict[str, str]
    when_usec: float
    status: int | None  # of /-/healthy at that very moment; None: it did not answer


class ServiceManager:
    """Listens at NOTIFY_SOCKET, and looks at the service whenever it is told something."""

    def __init__(self, path, port: int) -> None:
        self.messages: list[Message] = []
        self._health = f"http://127.0.0.1:{port}/-/healthy"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while text := self._socket.recv(4096).decode():
            when = time.monotonic() * 1e6
            try:
                status = harness.fetch(self._health).status
            except OSError:
                status = None
            fields = dict(line.split("=", 1) for line in text.splitlines())
            self.messages.append(Message(fields, when, status))

    def wait_for(self, count: int) -> Message:
        """The message of this number, counted from 1, if it is the last one."""
        harness.wait_for(lambda: len(self.messages) >= count, f"message {count}")
        assert len(self.messages) == count, self.messages
        return self.messages[-1]

    def close(self, path) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"", str(path))
        self._thread.join(10)
        self._socket.close()


@pytest.fixture
def service(start, platform, tmp_path):
    """A service manager, its service, and the service's configuration."""
    platform.behaviours["app"] = fake_platform.good
    config = tmp_path / "everai.yml"
    config.write_text(json.dumps({"global": {"endpoint": platform.url}, "apps": [{"name": "app"}]}))
    port = harness.free_port()
    path = tmp_path / "notify"
    manager = ServiceManager(path, port)
    exporter = start(
        harness.Exporter,
        config=config,
        listen=f"127.0.0.1:{port}",
        env={"NOTIFY_SOCKET": str(path)},
    )
    yield manager, exporter, config
    manager.close(path)


def test_it_is_ready_when_it_serves_and_says_when_it_stops(service):
    manager, exporter, _ = service
    ready = manager.wait_for(1)
    assert ready.fields == {"READY": "1", "STATUS": "serves"}
    assert ready.status == 200
    exporter.terminate()
    assert manager.wait_for(2).fields == {"STOPPING": "1"}


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (None, "configuration reloaded"),
        ("apps: [", "runs with the old configuration, the new one is bad"),
    ],
    ids=["good", "bad"],
)
def test_a_reload_begins_and_ends(service, text, status):
    manager, exporter, config = service
    manager.wait_for(1)
    if text is not None:
        harness.write_whole(config, text)
    before = time.monotonic() * 1e6
    exporter.send_signal(signal.SIGHUP)
    harness.wait_for(lambda: len(manager.messages) == 3, "the reload begins and ends")
    begin, end = manager.messages[1:]
    assert begin.fields.keys() == {"RELOADING", "MONOTONIC_USEC"}
    assert begin.fields["RELOADING"] == "1"
    assert before <= int(begin.fields["MONOTONIC_USEC"]) + 1 and before <= begin.when_usec
    assert int(begin.fields["MONOTONIC_USEC"]) <= begin.when_usec
    assert end.fields == {"READY": "1", "STATUS": status}
    assert (begin.status, end.status) == (200, 200)
