"""Someone who scrapes without a break, and notes all that was served."""

import contextlib
import http.client
import re
import threading

# Series of an app that are there from its first good poll on, whatever its fleet does; counters and
# histograms come with their first event and then stay.
LASTING = re.compile(
    r"everai_app_(?:\w+_(?:total|bucket|sum|count)|up|info|workers|workers_by_status"
    r"|workers_by_detail_status|queue_size|sessions|cpus|memory_bytes|slo_objective_ratio"
    r"|queue_backlog_threshold|last_poll_success_timestamp_seconds|poll_duration_seconds)\{"
)
COUNTER = re.compile(r"\w+_(?:total|bucket|sum|count)\{")


class Scraper:
    """A thread that scrapes about 50 times a second, over one connection or a new one each time."""

    def __init__(self, port: int, keep_alive: bool) -> None:
        self._port = port
        self._keep_alive = keep_alive
        self._stop = threading.Event()
        self.pages: list[str] = []
        self.failures: list[str] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        connection = self._connect()
        while not self._stop.wait(0.02):
            if not self._keep_alive:
                connection.close()
            try:
                self._take(self._scrape(connection))
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
        connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)

    def _scrape(self, connection: http.client.HTTPConnection) -> tuple[int, str]:
        # A connection that was kept may have been idle for so long that the server closed it, which
        # every client has to expect.
        for last_try in (connection.sock is None, True):
            try:
                connection.request("GET", "/metrics")
                response = connection.getresponse()
                return response.status, response.read().decode()
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                connection.close()
                if last_try:
                    raise
        raise AssertionError("not reached")

    def _take(self, answer: tuple[int, str]) -> None:
        status, text = answer
        self.pages.append(text)
        if status != 200:
            self.failures.append(f"status {status}: {text[:200]}")

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(20)


@contextlib.contextmanager
def scraping(port: int):
    """Two scrapers, one of each kind, for as long as the block lasts."""
    scrapers = [Scraper(port, keep_alive) for keep_alive in (True, False)]
    try:
        yield scrapers
    finally:
        for scraper in scrapers:
            scraper.stop()


def series(text: str) -> dict[str, float]:
    """The samples of a page by name and labels."""
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def faults(pages: list[str], apps: list[str]) -> list[str]:
    """What is wrong with a sequence of pages: series of these apps that went, counters that fell."""
    found = []
    labels = [f'app="{app}"' for app in apps]
    before: dict[str, float] = {}
    for number, text in enumerate(pages):
        now = {
            name: value
            for name, value in series(text).items()
            if LASTING.match(name) and any(label in name for label in labels)
        }
        found += [f"page {number} has no {name}" for name in before.keys() - now.keys()]
        found += [
            f"page {number}: {name} fell from {before[name]} to {value}"
            for name, value in now.items()
            if COUNTER.match(name) and value < before.get(name, 0)
        ]
        before = now
    return found
