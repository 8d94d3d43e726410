"""`--to`, which can be asked again without harm, and `--output json`, which tells a script what became of a change."""

import contextlib
import json
import os
import signal
import subprocess
import threading

import pytest

import fake_platform
import harness
import on_call
from on_call import APP, fleet, worker

FIVE = [
    worker("busy", detailStatus="DETAIL_STATUS_BUSY"),
    worker("free"),
    worker("new", status="STATUS_PENDING"),
    worker("bad", status="STATUS_ERROR"),
    worker("old", status="STATUS_TERMINATING"),
    worker("lost", status="STATUS_UNAVAILABLE"),
]


def scales(listing: fake_platform.Behaviour) -> fake_platform.Behaviour:
    """A platform that makes two workers of whatever is asked for."""

    def change(exchange: fake_platform.Exchange) -> None:
        exchange.answer(b'{"workerIds": ["x", "y"]}' if exchange.change == "scale-up" else b"{}")

    return fake_platform.changing(change, listing)


def asked(platform) -> list[tuple[str, dict]]:
    return [(change, json.loads(body)) for change, body in platform.changes]


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        (["scale-up", APP, "--to", "5"], ("scale-up", {"scaleUpWorkersNum": "2"})),
        (["scale-down", APP, "--to", "1", "--yes"], ("scale-down", {"scaleDownWorkersNum": "2"})),
    ],
    ids=["up", "down"],
)
def test_what_serves_or_starts_counts_for_the_goal(platform, arguments, sent):
    platform.behaviours["app"] = scales(fleet(FIVE))
    ended = on_call.call(*arguments, env=on_call.variables(platform.url))
    assert ended.code == 0, ended.err
    assert asked(platform) == [sent]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["scale-up", APP, "--to", "3"], "3 workers for a goal of 3: there is nothing to add"),
        (["scale-up", APP, "--to", "0"], "3 workers for a goal of 0: there is nothing to add"),
        (["scale-down", APP, "--to", "3", "--yes"], "3 workers for a goal of 3: there is nothing to remove"),
    ],
    ids=["up", "up to none", "down"],
)
def test_a_goal_that_is_reached_sends_nothing(platform, arguments, message):
    platform.behaviours["app"] = scales(fleet(FIVE))
    ended = on_call.call(*arguments, "--wait", env=on_call.variables(platform.url))
    assert (ended.code, ended.out, asked(platform)) == (0, "", [])
    assert ended.err.endswith(f"everai_workers: {message}\n")


@pytest.mark.parametrize(
    ("arguments", "other", "shown"),
    [
        (["scale-up", APP, "--to", "3"], [], "0, then 3, then 3"),
        (["scale-down", APP, "--to", "2", "--yes"], [], "0, then 3, then 3"),
        (["scale-down", APP, "--to", "3", "--yes"], [*FIVE, worker("late")], "4, then 3, then 3"),
    ],
    ids=["up", "down from none", "down"],
)
def test_looks_that_do_not_agree_on_a_goal_decide_nothing(platform, arguments, other, shown):
    looks = [*[fleet(other)] * 2, *[fleet(FIVE)] * 4]
    platform.behaviours["app"] = scales(lambda exchange: looks.pop(0)(exchange))
    ended = on_call.call(*arguments, env=on_call.variables(platform.url))
    assert (ended.code, ended.out, asked(platform)) == (5, "", [])
    assert ended.err == f"{UNKNOWN}the listings show {shown}\n"


def test_the_look_with_the_smallest_change_decides(platform):
    looks = [*[fleet(FIVE)] * 2, *[fleet([*FIVE, worker("late")])] * 2, *[fleet(FIVE)] * 2]
    platform.behaviours["app"] = scales(lambda exchange: looks.pop(0)(exchange))
    ended = on_call.call("scale-up", APP, "--to", "6", env=on_call.variables(platform.url))
    assert (ended.code, asked(platform)) == (0, [("scale-up", {"scaleUpWorkersNum": "2"})]), ended.err


def test_an_answer_that_took_its_time_is_checked(platform):
    """Two workers have gone while the person thought."""
    looks = [*[fleet(FIVE)] * 6, *[fleet([worker("free")])] * 2]
    platform.behaviours["app"] = scales(lambda exchange: looks.pop(0)(exchange))
    code, shown = on_call.call_at_terminal(
        "scale-down", APP, "--to", "1", env=on_call.variables(platform.url), reply=b"y\n"
    )
    assert "remove 2 workers of e2e/app to come to 1, which the platform chooses? [y/N] y\n" in shown
    assert shown.endswith("everai_workers: 1 worker now, and not 3: nothing was sent\n")
    assert (code, asked(platform)) == (5, [])


def test_a_worker_in_error_that_goes_does_not_reach_the_goal(platform):
    ended = worker("bad", status="STATUS_ERROR", deletedAt="2024-09-29T11:00:00Z")
    left = [each for each in FIVE if each["id"] != "bad"]
    looks = [fleet(FIVE)] * 6
    platform.behaviours["app"] = scales(
        lambda exchange: (looks.pop(0) if looks else fleet(left, [ended]))(exchange)
    )
    told = on_call.call(
        *("scale-down", APP, "--to", "2", "--yes", "--wait", "--timeout", "1s"),
        env=on_call.variables(platform.url),
    )
    assert told.code == 6 and told.err.endswith("but after 1s 0 of 1 gone\n")


UNKNOWN = "everai_workers: it is not known how many workers there are: "


@pytest.mark.parametrize("command", [["scale-up"], ["scale-down", "--yes"]], ids=["up", "down"])
@pytest.mark.parametrize(
    ("listing", "message"),
    [
        (fleet([worker("a"), worker("b", failedCount={})]), "1 worker cannot be read"),
        (
            fleet([worker("a"), worker("b")], nextPageToken="x"),
            "GET workers (history): it may lack workers: nextPageToken names a next page",
        ),
        (
            fleet([worker(f"w{i}") for i in range(50)]),
            "50 are listed, which may be one page of more",
        ),
    ],
    ids=["unreadable", "page", "round"],
)
def test_no_goal_is_taken_where_workers_may_be_missing(platform, command, listing, message):
    platform.behaviours["app"] = scales(listing)
    goal = "60" if command[0] == "scale-up" else "1"
    ended = on_call.call(*command, APP, "--to", goal, env=on_call.variables(platform.url))
    assert (ended.code, ended.out) == (5, "")
    assert ended.err == f"{UNKNOWN}{message}\n"
    assert asked(platform) == []


def test_a_goal_that_is_reached_is_reached_however_many_there_are(platform):
    platform.behaviours["app"] = scales(fleet([worker(f"w{i}") for i in range(50)]))
    ended = on_call.call("scale-up", APP, "--to", "50", env=on_call.variables(platform.url))
    assert (ended.code, asked(platform)) == (0, [])


def test_a_goal_that_is_too_far_away_is_refused(platform):
    platform.behaviours["app"] = scales(fleet(FIVE))
    ended = on_call.call("scale-up", APP, "--to", "5000", "--yes", env=on_call.variables(platform.url))
    assert (ended.code, asked(platform)) == (2, [])
    assert ended.err.endswith(
        "everai_workers: 3 workers for a goal of 5000: at most 1000 can be asked for at once\n"
    )


# JSON


def report(ended: on_call.Ended) -> dict:
    told = json.loads(ended.out)
    assert told["exitCode"] == ended.code
    return told


def test_a_script_is_told_what_was_asked_accepted_and_seen(platform):
    before = [fleet([], maxWorkers=5)]
    after = fleet([worker("x"), worker("y", status="STATUS_ERROR")], maxWorkers=5)
    platform.behaviours["app"] = scales(
        lambda exchange: (before.pop() if before else after)(exchange)
    )
    ended = on_call.call(
        *("scale-up", APP, "--count", "2", "--wait", "--output", "json"),
        env=on_call.variables(platform.url),
    )
    assert report(ended) == {
        "command": "scale-up",
        "namespace": "e2e",
        "name": "app",
        "asked": {"count": 2},
        "dryRun": False,
        "sent": True,
        "answer": "accepted",
        "workerIds": ["x", "y"],
        "seen": {
            "wanted": 2,
            "done": 1,
            "failed": 1,
            "workers": [{"id": "x", "state": "free"}, {"id": "y", "state": "error"}],
        },
        "message": "the platform accepted it, but 1 of 2 serve, 1 error",
        "exitCode": 9,
    }


@pytest.mark.parametrize(
    ("arguments", "behaviour", "told"),
    [
        (
            ["scale-down", "--worker", "free", "bad", "--yes"],
            scales(fleet(FIVE)),
            {"asked": {"workerIds": ["free", "bad"]}, "sent": True, "answer": "accepted", "exitCode": 0},
        ),
        (
            ["scale-up", "--to", "5", "--dry-run"],
            scales(fleet(FIVE)),
            {
                "asked": {"to": 5, "count": 2},
                "dryRun": True,
                "sent": False,
                "answer": "none",
                "message": "would add up to 2 workers to e2e/app, which has 6",
                "exitCode": 0,
            },
        ),
        (
            ["scale-up", "--to", "2"],
            scales(fleet(FIVE)),
            {"asked": {"to": 2}, "sent": False, "answer": "none", "exitCode": 0},
        ),
        (
            ["scale-down", "--worker", "typo", "--yes"],
            scales(fleet(FIVE)),
            {"sent": False, "answer": "none", "message": "worker typo is not listed", "exitCode": 2},
        ),
        (
            ["scale-up", "--count", "1"],
            fake_platform.for_token("another"),
            {"sent": False, "answer": "none", "exitCode": 3},
        ),
        (
            ["scale-up", "--count", "1"],
            fake_platform.changing(fake_platform.status("409 Conflict", 10), fleet([])),
            {"sent": True, "answer": "refused", "exitCode": 8},
        ),
        (
            ["scale-up", "--count", "1", "--api.timeout", "1s"],
            fake_platform.changing(fake_platform.hang, fleet([])),
            {"sent": True, "answer": "unknown", "workerIds": [], "seen": None, "exitCode": 10},
        ),
        (
            ["scale-down", "--count", "1"],
            scales(fleet(FIVE)),
            {"sent": False, "answer": "none", "exitCode": 2},
        ),
    ],
    ids=["removed", "dry", "reached", "typo", "token", "refused", "unknown", "nobody to ask"],
)
def test_a_script_is_told_how_far_it_came(platform, arguments, behaviour, told):
    platform.behaviours["app"] = behaviour
    command, *flags = arguments
    ended = on_call.call(
        command, APP, *flags, "--output", "json", env=on_call.variables(platform.url)
    )
    whole = report(ended)
    assert {name: whole[name] for name in told} == told


def test_a_script_is_told_of_a_file_that_is_bad(tmp_path):
    path = tmp_path / "everai.yml"
    path.write_text("global: {slo_objective: 7}\n")
    ended = on_call.call(
        *("scale-down", APP, "--to", "2", "--output", "json", "--config.file", str(path)),
        env=on_call.variables("http://127.0.0.1:9"),
    )
    told = report(ended)
    assert (ended.code, told["asked"], told["answer"]) == (2, {"to": 2}, "none")
    assert told["message"].startswith(f"{path}:1:")


def full_pipe() -> tuple[int, int]:
    """A pipe that takes nothing more, until somebody reads it."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b"x" * 4096)
    os.set_blocking(writer, True)
    return reader, writer


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("blocked", ["stdout", "stderr"])
def test_a_signal_loses_no_ids_however_a_stream_blocks(platform, form, blocked):
    done = threading.Event()

    def change(exchange: fake_platform.Exchange) -> None:
        exchange.answer(b'{"workerIds": ["new1", "new2"]}')
        done.set()

    platform.behaviours["app"] = fake_platform.changing(change, fleet([worker("a")]))
    reader, writer = full_pipe()
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    if blocked == "stdout":
        streams["stdout"] = writer
    else:
        # Room for the line before the change, and not for the one after it.
        os.read(reader, 4096)
        os.write(writer, b"x" * (4096 - len("e2e/app: 1 worker (1 free), queue 0\n")))
        streams["stderr"] = writer
    program = [harness.installed("everai_workers"), "scale-up", APP, "--count", "2", "--output", form]
    with subprocess.Popen(program, env=on_call.variables(platform.url), text=True, **streams) as process:
        try:
            assert done.wait(20)
            harness.pause(0.5)
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=20)
        finally:
            process.kill()
    os.close(reader)
    os.close(writer)
    told = (out or "") + (err or "")
    assert process.returncode in {6, 9} or (process.returncode == 0 and blocked == "stderr"), told
    assert "new1" in told and "new2" in told
    assert len(platform.changes) == 1


def test_a_list_tells_whether_it_has_all(platform):
    env = on_call.variables(platform.url)

    def completeness(listing: fake_platform.Behaviour) -> tuple[int, bool, int]:
        platform.behaviours["app"] = listing
        ended = on_call.call("list", APP, "--output", "json", env=env)
        told = json.loads(ended.out)
        return ended.code, told["complete"], told["unreadableWorkers"]

    assert completeness(fleet(FIVE)) == (0, True, 0)
    assert completeness(fleet([worker("a", failedCount={}), worker("b")])) == (0, False, 2)
    assert completeness(fleet(FIVE, nextPageToken="x")) == (0, False, 0)
    broken = fake_platform.status("500 Internal Server Error", 13)
    live = fleet(FIVE)
    partly = lambda exchange: (broken if "showAll" in exchange.query else live)(exchange)
    assert completeness(partly) == (4, False, 0)
