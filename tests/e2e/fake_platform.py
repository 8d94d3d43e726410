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

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def answer(
        self, body: bytes, status: str = "200 OK", kind: str = "application/json", extra: str = ""
    ) -> None:
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\n{extra}Connection: close\r\n\r\n"
        )
        self.send(head.encode() + body)


class FakePlatform:
    """It can do what an HTTP server library would not.

    Each app has a behaviour, which may be changed at any time; an app without one is not there."""

    _APP = re.compile(rb"GET /api/apps/v1/namespaces/[^/]+/apps/([^/]+)/workers\S* HTTP/1\.1\r\n")

    def __init__(self) -> None:
        self.behaviours: dict[str, Behaviour] = {}
        self.requests: list[tuple[str, str | None]] = []  # app and authorization of each so far
        self.heads: list[str] = []  # of the same, as they were sent
        self._ended = threading.Event()
        self._server = harness.listen()
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
            head = b""
            while b"\r\n\r\n" not in head:
                data = connection.recv(65536)
                if not data:
                    return
                head += data
            match = self._APP.match(head)
            app = match[1].decode() if match else ""
            header = re.search(rb"(?im)^authorization: (.*)\r$", head)
            authorization = header[1].decode() if header else None
            self.heads.append(head.decode())
            self.requests.append((app, authorization))
            behave = self.behaviours.get(app, not_found)
            behave(Exchange(connection, self._ended, authorization))

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

    def close(self) -> None:
        self._ended.set()
        # A close alone does not wake the thread that waits in accept().
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(5)


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


def for_token(token: str) -> Behaviour:
    """A good answer to who shows a token, and a refusal to all others."""
    refuse = status("401 Unauthorized", 16)

    def behave(exchange: Exchange) -> None:
        (good if exchange.authorization == f"Bearer {token}" else refuse)(exchange)

    return behave


def status(line: str, code: int, extra: str = "") -> Behaviour:
    body = json.dumps({"code": code, "message": "refused", "details": []}).encode()
    return lambda exchange: exchange.answer(body, line, extra=extra)
