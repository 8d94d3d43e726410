"""Platforms whose connections matter: those that are kept, and those with TLS."""

import http.server
import pathlib
import ssl
import subprocess
import threading
from collections.abc import Callable

import fake_platform


class Authority:
    """A certificate authority in a folder of its own."""

    def __init__(self, folder: pathlib.Path, name: str) -> None:
        folder.mkdir()
        self._folder = folder
        self.certificate = folder / "ca.pem"
        self._key = folder / "ca.key"
        self._openssl(name, self.certificate, self._key)

    def sign(self, name: str) -> tuple[pathlib.Path, pathlib.Path]:
        """A new certificate for this machine and its key."""
        files = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        signer = ["-CA", str(self.certificate), "-CAkey", str(self._key)]
        self._openssl(name, *files, *signer, "-addext", "subjectAltName=IP:127.0.0.1")
        return files

    @staticmethod
    def _openssl(name: str, certificate: pathlib.Path, key: pathlib.Path, *flags: str) -> None:
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"]
        command += ["ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", f"/CN={name}"]
        command += ["-out", str(certificate), "-keyout", str(key), *flags]
        subprocess.run(command, check=True, capture_output=True)
        key.chmod(0o600)


class Platform:
    """A platform at which every app has the same listing. It keeps connections open and counts them.

    With an authority it speaks TLS, asks for a client certificate, and closes each connection after
    its answer, so that each request shows a certificate anew."""

    def __init__(self, authority: Authority | None = None) -> None:
        self.connections = 0
        self.clients: list[str] = []  # the names in the certificates of the requests so far
        self._context: ssl.SSLContext | None = None
        self._events: dict[int, Callable[[], None]] = {}
        if authority is not None:
            self.trust(authority)
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        scheme = "http" if authority is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def trust(self, authority: Authority) -> None:
        """From the next connection on it takes and shows certificates of this authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority.certificate)
        context.load_cert_chain(*authority.sign("platform"))
        self._context = context

    def after(self, requests: int, event: Callable[[], None]) -> None:
        """Has something happen before the answer to one of the requests, counted from the start."""
        self._events[requests] = event

    def begin(self, connection):
        """The connection as its handler is to use it."""
        self.connections += 1
        return self._context.wrap_socket(connection, server_side=True) if self._context else connection

    def note_client(self, connection) -> None:
        if isinstance(connection, ssl.SSLSocket):
            subject = dict(pair for part in connection.getpeercert()["subject"] for pair in part)
            self.clients.append(subject["commonName"])
            self._events.get(len(self.clients), lambda: None)()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *args: object) -> None:
        """Handshakes are meant to fail here; the test looks at what the exporter makes of it."""


def _handler(platform: Platform) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0" if platform._context else "HTTP/1.1"
        timeout = 30

        def setup(self) -> None:
            # Here and not at the accept: a slow handshake is its own thread's matter.
            self.request = platform.begin(self.request)
            super().setup()

        def do_GET(self) -> None:
            platform.note_client(self.request)
            self.send_response(200)
            self.send_header("Content-Length", str(len(fake_platform.LISTING)))
            self.end_headers()
            self.wfile.write(fake_platform.LISTING)

        def log_message(self, *args: object) -> None:
            """Standard error is the tests'."""

    return Handler
