"""The log of a running exporter: lines that programs can read, of all that can come from outside."""

import json

import pytest

import fake_platform
import harness

NASTY = (
    'line\nbreak\r"quoted"\\ back=slash \x1b[31mred\x1b[0m \x00nul \u2028 \x85 \u202e größe 漢字 '
    + "x" * 900
)
FOREIGN_APP = 'e2e/a "b"=c\\'


def nasty_status(exchange: fake_platform.Exchange) -> None:
    body = json.dumps({"code": 13, "message": NASTY}).encode()
    exchange.answer(body, "500 Internal Server Error")


def nasty_listing(exchange: fake_platform.Exchange) -> None:
    worker = {"id": "w", "status": NASTY, "detailStatus": NASTY}
    exchange.answer(json.dumps({"workers": [worker]}).encode())


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_foreign_text_stays_within_its_field(start, platform, form):
    platform.behaviours = {"status": nasty_status, "listing": nasty_listing}
    apps = ["e2e/status", "e2e/listing", "e2e/größe 漢字", FOREIGN_APP]
    flags = ["--log.format", form, "--log.level", "debug"]
    exporter = start(harness.Exporter, *flags, endpoint=platform.url, apps=apps)
    exporter.wait_for_page(
        lambda page: sum(page.values("everai_app_poll_failures_total")) >= 5, "polls have failed"
    )
    exporter.terminate()

    raw = exporter.log()
    assert {character for character in raw if not character.isprintable()} == {"\n"}
    records = exporter.records()
    assert len(records) >= 6
    for line, record in zip(raw.splitlines(), records, strict=True):
        assert list(record)[:3] == ["ts", "level", "msg"]
        assert record["level"] in {"debug", "info", "warn", "error"}
        assert len(line) < 2000
        assert line.startswith("{") == (form == "json")
    failed = {record["app"]: record for record in records if record["msg"] == "poll failed"}
    assert failed.keys() == {"e2e/status", "e2e/größe 漢字", FOREIGN_APP}
    error = failed["e2e/status"]["error"]
    assert r'line\x0abreak\x0d"quoted"\ back=slash \x1b[31mred' in error
    assert "größe 漢字" in error and error.count("x") > 50 and "…" in error
    unknown = {record["field"] for record in records if "value" in record}
    assert unknown == {"status", "detailStatus"}


def test_a_trouble_is_told_when_it_begins_changes_and_ends(start, platform):
    flags = ["--web.enable-lifecycle", "--scrape.interval", "1h"]
    exporter = start(harness.Exporter, *flags, endpoint=platform.url, apps=["e2e/app"])
    failures = "everai_app_poll_failures_total"

    def wait_for_page(test, what: str) -> None:
        """A reload has an app with trouble polled at once: no need to wait for the next interval."""

        def ask() -> bool:
            assert exporter.reload().status == 200
            return test(exporter.page())

        harness.wait_for(ask, what)

    for behaviour, reason in (
        (fake_platform.status("500 Internal Server Error", 13), "server_error"),
        (fake_platform.status("401 Unauthorized", 16), "unauthorized"),
    ):
        platform.behaviours["app"] = behaviour
        wait_for_page(
            lambda page, reason=reason: page.value(failures, reason=reason) >= 3, f"3 times {reason}"
        )
    platform.behaviours["app"] = fake_platform.good
    wait_for_page(lambda page: page.value("everai_app_up") == 1, "it is up again")
    told = [line for line in exporter.records() if line.get("app") == "e2e/app"]
    # The very first poll may have come before there was an app to find.
    told = [line for line in told if line.get("reason") != "not_found"]
    assert [(line["msg"], line["level"], line.get("reason")) for line in told] == [
        ("poll failed", "warn", "server_error"),
        ("poll failed", "warn", "unauthorized"),
        ("poll works again", "info", None),
    ]
    assert int(told[-1]["failed_polls"]) >= 6


def test_what_is_less_than_the_level_is_not_logged(start, platform):
    """Of level info there is the line with the port, so this one cannot be a harness.Exporter."""
    platform.behaviours["app"] = fake_platform.status("500 Internal Server Error", 13)
    argv = harness.exporter_argv("--log.level", "error", endpoint=platform.url, apps=["e2e/app"])
    argv += ["--web.listen-address", "127.0.0.1:0"]
    env = harness.environment(EVERAI_TOKEN=harness.TOKEN)
    exporter = start(lambda folder: harness.Process("exporter", argv, folder, env))
    harness.wait_for(lambda: len(platform.requests) >= 2, "it has failed and tries again")
    exporter.terminate()
    assert exporter.log() == ""
