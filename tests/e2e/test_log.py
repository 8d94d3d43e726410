"""The log of a running exporter: lines that programs can read, of all that can come from outside."""

import json
import re

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
    flags = ["--web.enable-lifecycle"]
    exporter = start(harness.Exporter, *flags, endpoint=platform.url, apps=["e2e/app"])
    failures = "everai_app_poll_failures_total"

    def wait_for_page(test, what: str) -> None:
        """A reload has an app with trouble polled at once: no need to wait for the next try."""

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
            lambda page, reason=reason: page.value(failures, reason=reason) >= 3
            and exporter.log_lines(f"reason={reason} "),
            f"3 times {reason}",
        )
    platform.behaviours["app"] = fake_platform.good
    wait_for_page(lambda page: page.value("everai_app_up") == 1, "it is up again")
    exporter.wait_for_log("poll works again")
    told = [line for line in exporter.records() if line.get("app") == "e2e/app"]
    # The very first poll may have come before there was an app to find.
    told = [line for line in told if line.get("reason") != "not_found"]
    assert [(line["msg"], line["level"], line.get("reason")) for line in told] == [
        ("poll failed", "warn", "server_error"),
        ("poll failed", "warn", "unauthorized"),
        ("poll works again", "info", None),
    ]
    assert int(told[-1]["failed_polls"]) >= 6


def test_many_apps_with_the_same_trouble_are_one_line(start, platform):
    """Without a token it is one line at the start, and one when the platform refuses them."""
    apps = [f"e2e/app-{number}" for number in range(200)]
    platform.behaviours = {
        app.partition("/")[2]: fake_platform.status("401 Unauthorized", 16) for app in apps
    }
    exporter = start(harness.Exporter, endpoint=platform.url, apps=apps, token=None)
    exporter.wait_for_page(
        lambda page: page.values("everai_app_up") == [0] * len(apps), "all have failed"
    )
    exporter.wait_for_log("polls failed")
    told = [line for line in exporter.records() if line["level"] == "warn"]
    assert [line["msg"] for line in told] == ["configuration", "polls failed"]
    assert re.fullmatch(
        r"no API token for e2e/app-0, .* and \d+ more: requests go without one", told[0]["warning"]
    )
    assert re.fullmatch(r"200: e2e/app-0, .* and \d+ more", told[1]["apps"])
    assert told[1]["reason"] == "unauthorized"


def test_an_app_that_flaps_is_told_once(start, platform):
    """It works every other time: that is no recovery."""
    polls = []

    def every_other_time(exchange: fake_platform.Exchange) -> None:
        if not exchange.query:  # the first listing of a poll
            polls.append(exchange)
        good = len(polls) % 2 == 0
        (fake_platform.good if good else fake_platform.status("503 Busy", 14))(exchange)

    platform.behaviours["app"] = every_other_time
    exporter = start(harness.Exporter, endpoint=platform.url, apps=["e2e/app"])
    harness.wait_for(lambda: len(polls) >= 7, "it has been polled 7 times")
    exporter.terminate()
    told = [(line["msg"], line["reason"]) for line in exporter.records() if "reason" in line]
    assert told == [("poll failed", "server_error")]
    assert exporter.log_lines("works again") == []


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
