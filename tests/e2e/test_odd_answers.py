"""Answers with status 200 that are odd: what the exporter shows of them, and what everai_workers says."""

import json

import pytest

import fake_platform
import harness
import on_call

GOOD = '{"id": "good", "status": "STATUS_RUNNING", "detailStatus": "DETAIL_STATUS_FREE", "successCount": 7}'
BRACKETS = "[" * 1_000_000 + "]" * 1_000_000

# Answers that are a listing of one free worker, whatever else they have.
READ_AROUND = {
    "plain": '{"workers": [%s]}' % GOOD,
    "mark": '\ufeff{"workers": [%s]}' % GOOD,
    "deep": '{"x": %s, "workers": [%s]}' % (BRACKETS, GOOD),
    "deep-in-worker": '{"workers": [%s]}' % GOOD.replace("{", '{"x": %s, ' % BRACKETS),
    "surrogate": r'{"\udc00": "\ud800", "workers": [%s]}' % GOOD.replace("{", r'{"x": "\udfff", '),
    "huge": '{"x": 1e999, "workers": [%s]}' % GOOD.replace("{", '{"x": -1e999, '),
    "memory": '{"workers": [%s]}' % GOOD.replace("{", '{"memory": "16Gi", "createdAt": 7, '),
    "nothing": '{"code": 0, "message": "", "error": null, "workers": [%s]}' % GOOD,
    "skipped": '{"workers": [%s, {"id": "b", "successCount": "many"}, {}]}' % GOOD,
    "year-10000": '{"workers": [%s]}' % GOOD.replace("{", '{"launchAt": "9999-12-31T23:59:60Z", '),
    "long": '{"workers": [%s]}' % GOOD.replace("{", '{"appRevision": "%s", ' % ("ü" * 2_000_000)),
}

# Answers that are no listing, and what is said of them.
REFUSED = {
    "error": (
        '{"code": 16, "message": "token %s expired"}' % harness.TOKEN,
        "the answer is an error: code 16: token <secret> expired",
    ),
    "error-beside": ('{"workers": [%s], "code": 5}' % GOOD, "the answer is an error: code 5"),
    "gateway": ('{"error": {"message": "no\\nroute"}}', r"the answer is an error: no\x0aroute"),
    "other": ('{"items": []}', "the answer has no field of a worker listing"),
    "none-readable": (
        '{"workers": [{"id": "a", "status": 1.5}, {}], "queueSize": 3}',
        "none of its 2 workers can be read: field status has a wrong type",
    ),
    "malformed": (
        '{"workers": [%s]}' % GOOD.replace("{", '{"x": [[[1 2]]], '),
        "body is no JSON object: it is malformed or cut off",
    ),
}


def answers(body: str) -> fake_platform.Behaviour:
    return lambda exchange: exchange.answer(body.encode())


@pytest.fixture
def odd(platform):
    """A platform with an app for each answer."""
    bodies = READ_AROUND | {name: body for name, (body, _) in REFUSED.items()}
    platform.behaviours = {name: answers(body) for name, body in bodies.items()}
    return platform


def test_the_exporter_shows_what_can_be_read_and_nothing_else(start, odd):
    names = [*READ_AROUND, *REFUSED]
    exporter = start(
        harness.Exporter,
        endpoint=odd.url,
        apps=[f"e2e/{name}" for name in names],
    )
    exporter.wait_for_page(
        lambda page: len(page.values("everai_app_up")) == len(names)
        and min(page.values("everai_app_last_poll_success_timestamp_seconds"), default=0) > 0,
        "every app was polled",
    )
    page = exporter.page()
    for name in READ_AROUND:
        assert page.values("everai_app_up", app=name) == [1], name
        assert page.values("everai_app_workers", app=name, state="free") == [1], name
    for name in REFUSED:
        assert page.values("everai_app_up", app=name) == [0], name
        assert page.values("everai_app_workers", app=name) == [], name
        assert page.values("everai_app_poll_failures_total", app=name, reason="parse")[0] > 0, name
        assert exporter.app_status(name)["failure"]["message"] == (
            f"GET workers (live): {REFUSED[name][1]}"
        )
    assert page.values("everai_app_workers_skipped_total", app="skipped")[0] >= 4
    for field, least in {"memory": 2, "createdAt": 2, "launchAt": 0, "queueSize": 0}.items():
        (count,) = page.values("everai_exporter_unreadable_fields_total", field=field)
        assert count >= least and (count > 0) == (least > 0), field
    exporter.terminate()
    skipped = [record for record in exporter.records() if record["msg"].startswith("workers skipped")]
    assert [(each["app"], each["workers"], each["reason"]) for each in skipped] == [
        ("e2e/skipped", "2", "field successCount has a wrong type")
    ]
    assert harness.TOKEN not in exporter.log()


@pytest.mark.parametrize("name", READ_AROUND)
def test_list_shows_the_worker_of_an_odd_answer(odd, name):
    ended = on_call.call("list", f"e2e/{name}", "--output", "json", env=on_call.variables(odd.url))
    assert ended.code == 0, ended.err
    (worker,) = json.loads(ended.out)["workers"]
    assert (worker["id"], worker["successCount"]) == ("good", 7)


def test_list_says_which_workers_it_leaves_out(odd):
    ended = on_call.call("list", "e2e/skipped", env=on_call.variables(odd.url))
    left_out = "2 workers left out that cannot be read: field successCount has a wrong type"
    assert (ended.code, ended.err) == (
        0,
        "e2e/skipped: 1 worker (1 free), queue 0\n"
        f"everai_workers: GET workers (live): {left_out}\n"
        f"everai_workers: GET workers (history): {left_out}\n",
    )


@pytest.mark.parametrize("name", REFUSED)
def test_list_says_why_an_answer_is_no_listing(odd, name):
    ended = on_call.call("list", f"e2e/{name}", env=on_call.variables(odd.url))
    message = f"everai_workers: GET workers (live): {REFUSED[name][1]}\n"
    assert ended == on_call.Ended(5, "", message)
