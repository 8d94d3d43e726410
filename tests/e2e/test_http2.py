"""A change leaves once, also where the platform speaks HTTP/2: over that, libcurl sends again what is refused."""

import contextlib
import ctypes
import json
import socket
import ssl
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

import pytest

import fake_platform
import harness
import network
import on_call

DONE, PERHAPS = 0, 10

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, GOAWAY = 0, 1, 3, 4, 7
ACK = END_STREAM = 0x1
END_HEADERS, PRIORITY = 0x4, 0x20
NO_ERROR, INTERNAL_ERROR, REFUSED_STREAM, HTTP_1_1_REQUIRED = 0, 2, 7, 13
# As the headers' compression writes them; the method comes first.
METHOD_GET, STATUS_200 = b"\x82", b"\x88"

LISTING = json.dumps({"workers": [on_call.worker(name) for name in ("old1", "old2")]}).encode()
ACCEPTED = {"scale-up": b'{"workerIds":["new1","new2"]}', "scale-down": b"{}"}


class Connection:
    """The server's end of a connection over HTTP/2."""

    def __init__(self, connection: ssl.SSLSocket, stream: BinaryIO) -> None:
        self._connection = connection
        self._stream = stream
        self._stream.read(len(PREFACE))
        self.send(SETTINGS, 0, 0)

    def send(self, kind: int, flags: int, stream: int, payload: bytes = b"") -> None:
        self._connection.sendall(struct.pack(">IBI", len(payload) << 8 | kind, flags, stream) + payload)

    def requests(self) -> Iterator[tuple[str, int]]:
        """The method of each request, and the stream that it has."""
        while len(head := self._stream.read(9)) == 9:
            length_and_kind, flags, stream = struct.unpack(">IBI", head)
            payload = self._stream.read(length_and_kind >> 8)
            kind = length_and_kind & 0xFF
            if kind == SETTINGS and not flags & ACK:
                self.send(SETTINGS, ACK, 0)
            elif kind == HEADERS:
                block = payload[5 if flags & PRIORITY else 0 :]
                yield "GET" if block.startswith(METHOD_GET) else "POST", stream


Reply = Callable[[Connection, int], None]


def answer(body: bytes) -> Reply:
    def reply(connection: Connection, stream: int) -> None:
        connection.send(HEADERS, END_HEADERS, stream, STATUS_200)
        connection.send(DATA, END_STREAM, stream, body)

    return reply


def reset(error: int) -> Reply:
    return lambda connection, stream: connection.send(RST_STREAM, 0, stream, struct.pack(">I", error))


def refuse_late(connection: Connection, stream: int) -> None:
    """Begins an answer, and refuses the request then."""
    connection.send(HEADERS, END_HEADERS, stream, STATUS_200)
    reset(REFUSED_STREAM)(connection, stream)


def hang_up(_connection: Connection, _stream: int) -> None:
    raise ConnectionAbortedError


def go_away(connection: Connection, stream: int) -> None:
    """Says that it has looked at no request, and leaves."""
    connection.send(GOAWAY, 0, 0, struct.pack(">II", 0, NO_ERROR))
    hang_up(connection, stream)


def accept(exchange: fake_platform.Exchange) -> None:
    exchange.answer(ACCEPTED[exchange.change])


class Platform(fake_platform.FakePlatform):
    """It speaks TLS, and HTTP/2 with all who can. Over HTTP/1.1 it is a FakePlatform."""

    def __init__(self, authority: network.Authority) -> None:
        self.over_http2: list[str] = []  # the methods of the requests so far
        self.looks: Sequence[Reply] = [answer(LISTING)]  # what the first GET gets, the second, …
        self.change = answer(ACCEPTED["scale-up"])  # what each POST gets
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*authority.sign("platform"))
        self._context.set_alpn_protocols(["h2", "http/1.1"])
        super().__init__()
        self.url = self.url.replace("http:", "https:")
        self.behaviours["app"] = accept

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(30)
        with contextlib.suppress(OSError):
            with self._context.wrap_socket(connection, server_side=True) as secured:
                if secured.selected_alpn_protocol() != "h2":
                    super()._serve(secured)
                    return
                with secured.makefile("rb") as stream:
                    self._serve_http2(Connection(secured, stream))

    def _serve_http2(self, connection: Connection) -> None:
        for method, stream in connection.requests():
            self.over_http2.append(method)
            reply = self.looks[self.over_http2.count("GET") - 1] if method == "GET" else self.change
            reply(connection, stream)


@pytest.fixture(scope="module", autouse=True)
def _libcurl_has_http2() -> None:
    version = ctypes.CDLL("libcurl.so.4").curl_version
    version.restype = ctypes.c_char_p
    if b"nghttp2/" not in version():
        pytest.skip("this libcurl speaks no HTTP/2")


@pytest.fixture
def authority(tmp_path) -> network.Authority:
    return network.Authority(tmp_path / "authority", "everai test")


@pytest.fixture
def platform(authority) -> Iterator[Platform]:
    platform = Platform(authority)
    yield platform
    platform.close()


@pytest.fixture
def call(tmp_path, authority, platform) -> Callable[..., on_call.Ended]:
    config = tmp_path / "everai.yml"
    harness.write_whole(
        config, json.dumps({"global": {"tls_config": {"ca_file": str(authority.certificate)}}})
    )

    def call(change: str, *arguments: str) -> on_call.Ended:
        env = on_call.variables(platform.url)
        return on_call.call(change, on_call.APP, *arguments, f"--config.file={config}", env=env)

    return call


CHANGES = {
    "refused": reset(REFUSED_STREAM),
    "HTTP/1.1 required": reset(HTTP_1_1_REQUIRED),
    "failed": reset(INTERNAL_ERROR),
    "gone away": go_away,
    "hung up": hang_up,
    "accepted": answer(ACCEPTED["scale-up"]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_leaves_once_and_over_http_1(platform, call, change):
    platform.change = change
    ended = call("scale-up", "--count", "2", "--api.timeout", "10s")
    assert platform.over_http2 == ["GET"]
    assert platform.changes == [("scale-up", '{"scaleUpWorkersNum":"2"}')]
    assert (ended.code, ended.out) == (DONE, "new1\nnew2\n"), ended


def test_a_change_leaves_once_after_a_listing_that_was_refused(platform, call):
    """libcurl remembers the refusal, and takes the lost connection of a later request for it."""
    platform.looks = [answer(LISTING), refuse_late]
    platform.behaviours["app"] = lambda exchange: None
    ended = call("scale-down", "--worker", "old1", "--yes")
    assert platform.over_http2 == ["GET", "GET"]
    assert [change for change, _ in platform.changes] == ["scale-down"]
    assert (ended.code, ended.out) == (PERHAPS, ""), ended
    assert "everai_workers: POST scale-down: no answer: " in ended.err
    assert "pre-request" not in ended.err
