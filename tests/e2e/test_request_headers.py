"""No header of a request makes the exporter send a byte that is not of the body."""

import contextlib
import re
import socket

import pytest

import harness
import request_headers

APP = "e2e/headers"

# Texts of 400 and 416 that the library answers by itself have no body.
STATUSES = {200, 400, 403, 404, 405, 411, 413, 414, 416, 417, 431}


@pytest.fixture
def exporter(start):
    simulator = start(harness.Simulator, "--paused", apps=[APP])
    exporter = start(harness.Exporter, endpoint=simulator.url, apps=[APP])
    exporter.wait_until_ready()
    return exporter


class Torn(Exception):
    """More is announced than has come."""


def responses(received: bytes, method: str) -> list[tuple[int, bytes]]:
    """Status and body of each response but 100."""
    found = []
    while received:
        head, end, received = received.partition(b"\r\n\r\n")
        if not end:
            raise Torn(f"a head is cut off: {head[:200]!r}")
        status = re.match(rb"HTTP/1\.1 (\d{3}) ", head)
        assert status, head[:200]
        length = re.search(rb"(?im)^content-length: (\d+)\r?$", head)
        size = int(length[1]) if length and method != "HEAD" else 0
        if size > len(received):
            raise Torn(f"{size} bytes are announced, {len(received)} came")
        if status[1] != b"100":
            found.append((int(status[1]), received[:size]))
        received = received[size:]
    if not found:
        raise Torn("no response")
    return found


def exchange(port: int, request: bytes, method: str) -> list[tuple[int, bytes]]:
    """All responses to a request after which the client sends nothing more."""
    received = bytearray()
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(request)
        asked = False
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(1 << 20):
                received += piece
                if not asked:
                    # Whoever closes its side too early gets no body.
                    with contextlib.suppress(Torn, OSError):
                        responses(bytes(received), method)
                        connection.shutdown(socket.SHUT_WR)
                        asked = True
    return responses(bytes(received), method)


def check_body(path: str, body: bytes) -> None:
    text = body.decode()  # UTF-8, or it is none of ours
    assert "\0" not in text
    assert harness.TOKEN not in text
    expected = {"/-/healthy": "healthy\n", "/-/ready": "ready\n", "/nothing": "not found\n"}
    if path in expected:
        assert text == expected[path]
    elif path == "/":
        assert text.startswith("<!DOCTYPE html>") and text.endswith("</html>\n")
    elif path == "/status.json":
        assert text.startswith("{") and text.endswith("}\n")
    elif path == "/metrics":
        harness.Page(text)
        assert text.endswith("\n")


PATHS = ["/-/healthy", "/-/ready", "/metrics", "/", "/status.json", "/-/reload", "/nothing"]


@pytest.mark.parametrize(("method", "path"), [("HEAD", "/metrics"), *(("GET", path) for path in PATHS)])
def test_no_header_of_the_library_changes_what_is_sent(exporter, method, path):
    names = request_headers.names()
    assert request_headers.KNOWN <= set(names)
    for name in names:
        for value in request_headers.VALUES:
            head = f"{method} {path} HTTP/1.1\r\nHost: test\r\n{name}: {value}\r\n\r\n"
            try:
                for status, body in exchange(exporter.port, head.encode("latin-1"), method):
                    assert status in STATUSES
                    if method == "GET" and (status == 200 or body):
                        check_body(path, body)
            except (AssertionError, UnicodeDecodeError, OSError, Torn) as error:
                raise AssertionError(f"{name}: {value[:80]!r}: {error}") from error
    assert exporter.alive()


@pytest.mark.parametrize("value", ["bytes=0-4095", "bytes=99999999-", "bytes=0-0,1-1", "bytes=-4096"])
def test_a_range_is_ignored(exporter, value):
    answer = harness.fetch(exporter.url + "/-/healthy", headers={"Range": value})
    assert (answer.status, answer.text) == (200, "healthy\n")
    assert answer.headers["accept-ranges"] == "none"
    assert "content-range" not in answer.headers


def test_many_ranges_make_no_bigger_answer(exporter):
    ranges = "bytes=" + ",".join(["0-"] * 1200)
    answer = harness.fetch(exporter.url + "/-/healthy", headers={"Range": ranges})
    assert answer.text in ("healthy\n", "")
    assert int(answer.headers["content-length"]) <= len("healthy\n")
