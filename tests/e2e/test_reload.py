"""A new configuration while the exporter runs: who scrapes does not notice, and it is all or nothing."""

import json
import pathlib
import re
import signal
import time

import pytest

import fake_platform
import harness
import network
import scraper

UNCHANGED = ["sd", "whisper"]
CHANGED = "llm"  # what it exposes of its configuration changes, not its polls
KEPT = [*UNCHANGED, CHANGED]
ADDED = "extra"
APPS = [f"default/{app}" for app in [*KEPT, ADDED]]
SCRAPES_A_STEP = 12

SUCCESSFUL = "everai_exporter_config_last_reload_successful"
TIMESTAMP = "everai_exporter_config_last_reload_success_timestamp_seconds"
BAD = "apps:\n  - name: sd\n    scrape_interval: 30\n"
BAD_REASON = ":3:22: scrape_interval: '30' is no duration such as 30s or 1m30s"


def file_text(endpoint: str, number: int, added: bool) -> str:
    """A configuration of the kept apps, and of one that must not wait for an interval to be polled."""
    apps = [{"name": app} for app in UNCHANGED]
    apps.append({"name": CHANGED, "queue_backlog_threshold": 100 + number})
    if added:
        apps.append({"name": ADDED, "scrape_interval": "1d"})
    polls = {"scrape_interval": "1s", "scrape_timeout": "1s"}
    return json.dumps({"global": {"endpoint": endpoint, **polls}, "apps": apps})


class Operator:
    """Changes the configuration of an exporter, and sees to it that it takes each change as it should."""

    def __init__(self, start, endpoint: str, config: pathlib.Path, way: str) -> None:
        self._endpoint = endpoint
        self._config = config
        self._way = way
        self._number = 0
        config.write_text(file_text(endpoint, 0, added=False))
        flags = {
            "signal": [],
            "post": ["--web.enable-lifecycle"],
            "watch": ["--config.auto-reload-interval", "1s"],
        }[way]
        self.exporter = start(harness.Exporter, *flags, config=config)
        self._loaded = self.exporter.page().value(TIMESTAMP)

    def good(self, added: bool) -> None:
        """Adds, or takes away, an app, and changes another one."""
        self._number += 1
        before = time.time()
        harness.write_whole(self._config, file_text(self._endpoint, self._number, added))
        said = self._reload("configuration reloaded", 200, "reloaded")

        page = self._page_after(successful=1)
        self._loaded = page.value(TIMESTAMP)
        assert before - 0.01 <= self._loaded <= time.time()
        assert page.value("everai_app_queue_backlog_threshold", app=CHANGED) == 100 + self._number
        wanted = {*KEPT, ADDED} if added else set(KEPT)
        assert {labels["app"] for _, labels, _ in page.samples if "app" in labels} == wanted
        here, gone = (f"1: default/{ADDED}" if yes else "0" for yes in (added, not added))
        assert (said["added"], said["removed"]) == (here, gone)
        assert said["changed"] == f"1: default/{CHANGED}"
        if added:
            self.exporter.wait_for_page(
                lambda page: page.value("everai_app_up", app=ADDED) == 1, "the new app is polled"
            )

    def bad(self) -> None:
        harness.write_whole(self._config, BAD)
        self._refused(f"{self._config}{BAD_REASON}")

    def missing(self) -> None:
        self._config.unlink()
        self._refused(f"{self._config}: No such file or directory")

    def _refused(self, reason: str) -> None:
        said = self._reload("configuration not reloaded", 500, reason)
        assert said["error"] == reason
        assert self._page_after(successful=0).value(TIMESTAMP) == self._loaded
        assert self.exporter.status()["config"]["last_error"] == reason

    def _reload(self, message: str, status: int, answer: str) -> dict[str, str]:
        """Sees to a reload. @return what the log says of it."""
        before = len(self._said())
        if self._way == "post":
            answered = self.exporter.reload()
            assert answered.status == status
            assert answer in answered.text
        elif self._way == "signal":
            self.exporter.send_signal(signal.SIGHUP)
        said = harness.wait_for(lambda: self._said()[before:], "it is reloaded")
        assert [line["msg"].startswith(message) for line in said] == [True], said
        return said[0]

    def _said(self) -> list[dict[str, str]]:
        lines = self.exporter.log_lines("configuration ")
        return [line for line in map(harness.parse_record, lines) if "reloaded" in line["msg"]]

    def _page_after(self, successful: int) -> harness.Page:
        if self._way == "post":
            page = self.exporter.page()  # the first one after the answer
            assert page.value(SUCCESSFUL) == successful
            return page
        # The log tells a moment before the page does.
        newer = float("-inf") if successful == 0 else self._loaded
        return self.exporter.wait_for_page(
            lambda page: page.value(SUCCESSFUL) == successful and page.value(TIMESTAMP) >= newer,
            "the page tells of the reload",
        )


@pytest.mark.parametrize(("way", "rounds"), [("signal", 3), ("post", 3), ("watch", 1)])
def test_who_scrapes_does_not_notice_a_reload(start, tmp_path, way, rounds):
    flags = ["--scenario", "churn", "--time-factor", "30", "--paused"]
    simulator = start(harness.Simulator, *flags, apps=APPS)
    operator = Operator(start, simulator.url, tmp_path / "everai.yml", way)
    exporter = operator.exporter
    exporter.wait_until_ready()
    served = {app: simulator.served(app, "success", "failed") for app in KEPT}
    simulator.resume()

    with scraper.scraping(exporter.port) as scrapers:

        def let_them_scrape() -> None:
            wanted = [len(each.pages) + SCRAPES_A_STEP for each in scrapers]
            harness.wait_for(
                lambda: all(len(each.pages) >= n for each, n in zip(scrapers, wanted)), "scrapes"
            )

        for _ in range(rounds):
            for change in (
                lambda: operator.good(added=True),
                operator.bad,
                operator.missing,
                lambda: operator.good(added=False),
            ):
                change()
                let_them_scrape()
        simulator.pause()
        truth = {
            app: simulator.served(app, "success", "failed") - served[app] for app in KEPT
        }
        exporter.wait_for_page(
            lambda page: truth
            == {app: page.value("everai_app_requests_total", app=app) for app in KEPT},
            f"the counters are {truth}",
        )

    assert min(truth.values()) > 0
    for each in scrapers:
        assert each.failures == []
        assert len(each.pages) >= 4 * rounds * SCRAPES_A_STEP
        assert scraper.faults(each.pages, KEPT) == []
        assert any(f'app="{ADDED}"' in page for page in each.pages)


def test_faults_of_pages_are_found():
    page = 'everai_app_up{app="a"} 1\neverai_app_requests_total{app="a"} 5\n'
    assert scraper.faults([page, page, page.replace(" 5", " 6")], ["a"]) == []
    assert scraper.faults([page, page.replace(" 5", " 4")], ["a"]) == [
        'page 1: everai_app_requests_total{app="a"} fell from 5.0 to 4.0'
    ]
    assert scraper.faults([page, page.split("\n", 1)[1]], ["a"]) == [
        'page 1 has no everai_app_up{app="a"}'
    ]


@pytest.mark.parametrize(
    ("flags", "method", "status", "allow"),
    [
        (["--web.enable-lifecycle"], "GET", 405, "POST"),
        ([], "GET", 403, None),
        ([], "POST", 405, "GET, HEAD"),
    ],
    ids=["get", "get-when-off", "post-when-off"],
)
def test_only_a_post_reloads_and_only_if_allowed(start, tmp_path, flags, method, status, allow):
    config = tmp_path / "everai.yml"
    config.write_text(file_text("http://127.0.0.1:9", 0, added=False))
    exporter = start(harness.Exporter, *flags, config=config)
    config.unlink()
    answer = harness.fetch(exporter.url + "/-/reload", method)
    assert (answer.status, answer.headers.get("allow")) == (status, allow)
    assert exporter.page().value(SUCCESSFUL) == 1


def test_a_file_that_is_being_written_is_taken_whole(start, platform, tmp_path):
    """Its first half is valid, and would take an app away, with its counters."""
    platform.behaviours = dict.fromkeys(["a", "b"], fake_platform.good)
    polls = json.dumps({"endpoint": platform.url, "scrape_interval": "1s"})
    text = f"global: {polls}\napps:\n  - name: a\n  - name: b\n    queue_backlog_threshold: "
    config = tmp_path / "everai.yml"
    config.write_text(text + "1\n")
    exporter = start(
        harness.Exporter, "--config.auto-reload-interval", "1s", config=config, token=None
    )
    exporter.wait_until_ready()
    with open(config, "w") as file:
        for piece in re.findall(".{1,8}", text + "12345\n", re.DOTALL):
            file.write(piece)
            file.flush()
            time.sleep(0.2)  # the writer's pace
    exporter.wait_for_log("configuration reloaded")
    told = [line for line in exporter.records() if "reloaded" in line["msg"]]
    assert [(line["msg"], line["removed"], line["changed"]) for line in told] == [
        ("configuration reloaded", "0", "1: default/b")
    ]
    assert exporter.page().value("everai_app_queue_backlog_threshold", app="b") == 12345


def test_a_reload_leaves_connections_to_the_platform_behind(start, tmp_path):
    """Those that were made before DNS or a proxy changed, say; no poll fails of it."""
    platforms = {app: network.Platform() for app in ("unchanged", "changed")}
    config = tmp_path / "everai.yml"

    def write(days: int) -> None:
        apps = [{"name": app, "endpoint": each.url} for app, each in platforms.items()]
        apps[1]["recent_days"] = days
        config.write_text(json.dumps({"global": {"scrape_interval": "1s"}, "apps": apps}))

    write(1)
    exporter = start(harness.Exporter, "--web.enable-lifecycle", config=config, token=None)
    exporter.wait_until_ready()
    try:
        for days in range(2, 5):
            polled = "everai_app_last_poll_success_timestamp_seconds"
            before = exporter.page()
            write(days)
            assert exporter.reload().status == 200
            exporter.wait_for_page(
                lambda page: all(
                    page.value(polled, app=app) > before.value(polled, app=app) for app in platforms
                ),
                "both are polled again",
            )
        assert sum(exporter.page().values("everai_app_poll_failures_total")) == 0
        assert [each.connections for each in platforms.values()] == [4, 4]
    finally:
        for each in platforms.values():
            each.close()


class ClientFiles:
    """The certificates and the key of an exporter, and a configuration that names them."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self.paths = {name: folder / name for name in ("ca.pem", "client.pem", "client.key")}

    def install(self, authority: network.Authority, client: str) -> None:
        sources = (authority.certificate, *authority.sign(client))
        for path, source in zip(self.paths.values(), sources):
            harness.write_whole(path, source.read_text())
            path.chmod(0o600)

    def configure(self, endpoint: str) -> pathlib.Path:
        path = self._folder / "everai.yml"
        tls = {"ca_file": "ca.pem", "cert_file": "client.pem", "key_file": "client.key"}
        common = {"endpoint": endpoint, "scrape_interval": "1s", "tls_config": tls}
        path.write_text(json.dumps({"global": common, "apps": [{"name": "sd"}]}))
        return path


def test_changed_certificates_are_taken_and_bad_ones_refused(start, tmp_path):
    old, new = (network.Authority(tmp_path / name, name) for name in ("old", "new"))
    files = ClientFiles(tmp_path)
    files.install(old, "client-1")
    platform = network.Platform(old)
    config = files.configure(platform.url)
    try:
        exporter = start(harness.Exporter, "--web.enable-lifecycle", config=config, token=None)

        def wait_until(up: int, client: str) -> None:
            seen = len(platform.clients)
            exporter.wait_for_page(lambda page: page.value("everai_app_up") == up, f"up is {up}")
            if up:
                harness.wait_for(lambda: client in platform.clients[seen:], f"{client} asks")
                assert set(platform.clients[seen:]) == {client}

        wait_until(1, "client-1")
        platform.trust(new)
        wait_until(0, "")
        assert exporter.app_status("sd")["failure"]["reason"] == "tls"

        files.install(new, "client-2")
        assert exporter.reload().status == 200
        # The log is written by a thread of its own.
        exporter.wait_for_log('changed="1: default/sd"')
        wait_until(1, "client-2")

        for name, text, reason in (
            ("ca.pem", "no certificate", "it has no certificate in it"),
            ("client.key", old.sign("other")[1].read_text(), "it is not the key of cert_file's"),
        ):
            right = files.paths[name].read_text()
            harness.write_whole(files.paths[name], text)
            answer = exporter.reload()
            assert answer.status == 500
            assert re.search(rf":1:\d+: \w+_file \S+/{re.escape(name)}: {reason}", answer.text)
            wait_until(1, "client-2")
            harness.write_whole(files.paths[name], right)
        assert exporter.page().value("everai_app_up") == 1
    finally:
        platform.close()


def test_replaced_certificates_are_used_without_a_reload(start, tmp_path):
    old, new = (network.Authority(tmp_path / name, name) for name in ("old", "new"))
    files = ClientFiles(tmp_path)
    files.install(old, "client-1")
    platform = network.Platform(old)
    config = files.configure(platform.url)
    try:
        exporter = start(harness.Exporter, config=config, token=None)
        exporter.wait_for_page(lambda page: page.value("everai_app_up") == 1, "it is up")
        platform.trust(new)
        files.install(new, "client-2")
        harness.wait_for(lambda: "client-2" in platform.clients, "client-2 asks")
        exporter.wait_for_log('msg="certificates replaced"')

        # A certificate without its key: the pair of before stays in use.
        harness.write_whole(files.paths["client.pem"], new.sign("client-3")[0].read_text())
        refused = exporter.wait_for_log('msg="certificates not replaced, [^"]*" error="([^"]*)"')
        assert refused[1].endswith("client.key: it is not the key of cert_file's first certificate")
        seen = len(platform.clients)
        harness.wait_for(lambda: len(platform.clients) > seen + 2, "it goes on asking")
        assert set(platform.clients[seen:]) == {"client-2"}
        assert exporter.page().value("everai_app_up") == 1
        assert len(exporter.log_lines("certificates not replaced")) == 1
    finally:
        platform.close()
