"""A platform of raw sockets, and the ways in which it answers."""

import contextlib
import dataclasses
import json
import re
import socket
import threading
from collections.abc import Callable

import harness

Behaviour = Callable[["Exchange"], None]


@dataclasses.dataclass
class Exchange:
    """One request to a FakePlatform, for a behaviour to answer as badly as it likes."""

    connection: socket.socket
    ended: threading.Event  # set when the platform is closed
    authorization: str | None = None  # the header's value
    app: str = ""
    change: str = ""  # "scale-up" or "scale-down"; nothing: a listing is asked for
    query: str = ""
    head: str = ""  # of the request, as it was sent
    body: bytes = b""
    kept: bool = False  # another request may follow on the connection

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def answer(
        self,
        body: bytes,
        status: str = "200 OK",
        kind: str = "application/json",
        extra: str = "",
        keep: bool = False,
    ) -> None:
        self.kept = keep
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\n{extra}"
        )
        self.send((head + ("\r\n" if keep else "Connection: close\r\n\r\n")).encode() + body)


class FakePlatform:
    """It can do what an HTTP server library would not.

    Each app has a behaviour, which may be changed at any time; an app without one is not there.
    It stands for a proxy too: it takes whole URLs, and a host that a tunnel is to lead to as an app."""

    _PATH = rb"(http://[^/ ]+)?/api/apps/v1/namespaces/[^/ ]+/apps/(?P<app>[^/ ]+)/workers"
    _LISTING = re.compile(rb"GET %b(\?(?P<query>\S*))? HTTP/1\.1\r\n" % _PATH)
    _CHANGE = re.compile(rb"POST %b:(?P<change>scale-up|scale-down) HTTP/1\.1\r\n" % _PATH)

    _TUNNEL = re.compile(rb"CONNECT (?P<app>[^: ]+):\d+ HTTP/1\.1\r\n")

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.behaviours: dict[str, Behaviour] = {}
        self.requests: list[tuple[str, str | None]] = []  # app and authorization of each so far
        self.heads: list[str] = []  # of the same, as they were sent
        self.changes: list[tuple[str, str]] = []  # "scale-up" or "scale-down", and body, so far
        self._ended = threading.Event()
        self._server = harness.listen(host)
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(30)
        with connection, contextlib.suppress(OSError):
            kept = True
            while kept and (exchange := self._receive(connection)):
                self.requests.append((exchange.app, exchange.authorization))
                if exchange.change:
                    self.changes.append((exchange.change, exchange.body.decode()))
                self.behaviours.get(exchange.app, not_found)(exchange)
                kept = exchange.kept

    def _receive(self, connection: socket.socket) -> Exchange | None:
        """The next request; None if the connection ends before it is whole."""
        data = b""
        while (end := data.find(b"\r\n\r\n") + 4) < 4:
            if not (more := connection.recv(65536)):
                return None
            data += more
        head, body = data[:end], data[end:]
        length = re.search(rb"(?im)^content-length: (\d+)\r$", head)
        while len(body) < (int(length[1]) if length else 0):
            if not (more := connection.recv(65536)):
                return None
            body += more
        self.heads.append(head.decode())
        match = self._LISTING.match(head) or self._CHANGE.match(head) or self._TUNNEL.match(head)
        groups = match.groupdict(default=b"") if match else {}
        asked = {name: value.decode() for name, value in groups.items()}
        header = re.search(rb"(?im)^authorization: (.*)\r$", head)
        authorization = header[1].decode() if header else None
        return Exchange(connection, self._ended, authorization, head=head.decode(), body=body, **asked)

    @property
    def authorizations(self) -> set[str | None]:
        """What the requests bore so far; None: one bore nothing."""
        return {authorization for _, authorization in self.requests}

    def note_requests(self, app: str, behaviour: Behaviour) -> threading.Event:
        """Sets the behaviour of an app. @return what is set once the app was asked for."""
        asked = threading.Event()

        def behave(exchange: Exchange) -> None:
            asked.set()
            behaviour(exchange)

        self.behaviours[app] = behave
        return asked

    def stop_listening(self) -> None:
        """From now on connections are refused; those that are open stay so."""
        # A close alone does not wake the thread that waits in accept().
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(5)

    def close(self) -> None:
        self._ended.set()
        self.stop_listening()


LISTING = json.dumps(
    {
        "workers": [
            {
                "id": "9zFtE2",
                "status": "STATUS_RUNNING",
                "detailStatus": "DETAIL_STATUS_FREE",
                "successCount": 7,
                "createdAt": "2024-09-29T09:35:18.362Z",
            }
        ],
        "queueSize": 3,
        "maxWorkers": 5,
    }
).encode()


def good(exchange: Exchange) -> None:
    exchange.answer(LISTING)


def not_found(exchange: Exchange) -> None:
    exchange.answer(b'{"code":5,"message":"app not found","details":[]}', "404 Not Found")


def hang(exchange: Exchange) -> None:
    exchange.ended.wait(30)


def drip(exchange: Exchange) -> None:
    """A good answer, a byte at a time, that would take far longer than a poll may."""
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
    exchange.send(f"Content-Length: {len(LISTING)}\r\n\r\n".encode())
    for byte in LISTING:
        if exchange.ended.wait(0.1):
            return
        exchange.send(bytes([byte]))


def changing(change: Behaviour, listing: Behaviour = good) -> Behaviour:
    """Answers who asks for a change in one way, and who asks for a listing in another."""
    return lambda exchange: (change if exchange.change else listing)(exchange)


def for_token(token: str) -> Behaviour:
    """A good answer to who shows a token, and a refusal to all others."""
    refuse = status("401 Unauthorized", 16)

    def behave(exchange: Exchange) -> None:
        (good if exchange.authorization == f"Bearer {token}" else refuse)(exchange)

    return behave


def status(line: str, code: int, extra: str = "") -> Behaviour:
    body = json.dumps({"code": code, "message": "refused", "details": []}).encode()
    return lambda exchange: exchange.answer(body, line, extra=extra)
