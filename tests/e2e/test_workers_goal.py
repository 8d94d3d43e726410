"""`--to`, which can be asked again without harm, and `--output json`, which tells a script what became of a change."""

import json

import pytest

import fake_platform
import on_call
from on_call import APP, fleet, worker

FIVE = [
    worker("busy", detailStatus="DETAIL_STATUS_BUSY"),
    worker("free"),
    worker("new", status="STATUS_PENDING"),
    worker("bad", status="STATUS_ERROR"),
    worker("old", status="STATUS_TERMINATING"),
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
        (["scale-up", APP, "--to", "3"], "3 workers serve or start: there is nothing to add"),
        (["scale-up", APP, "--to", "0"], "3 workers serve or start: there is nothing to add"),
        (["scale-down", APP, "--to", "3", "--yes"], "3 workers serve or start: there is nothing to remove"),
    ],
    ids=["up", "up to none", "down"],
)
def test_a_goal_that_is_reached_sends_nothing(platform, arguments, message):
    platform.behaviours["app"] = scales(fleet(FIVE))
    ended = on_call.call(*arguments, "--wait", env=on_call.variables(platform.url))
    assert (ended.code, ended.out, asked(platform)) == (0, "", [])
    assert ended.err.endswith(f"everai_workers: {message}\n")


@pytest.mark.parametrize(
    ("arguments", "other"),
    [(["scale-up", APP, "--to", "3"], []), (["scale-down", APP, "--to", "3", "--yes"], [*FIVE, worker("late")])],
    ids=["up", "down"],
)
def test_one_look_does_not_decide_how_far_the_goal_is(platform, arguments, other):
    """It is reached, and the first two of three looks do not show it."""
    looks = [*[fleet(other)] * 4, *[fleet(FIVE)] * 2]
    platform.behaviours["app"] = scales(lambda exchange: looks.pop(0)(exchange))
    ended = on_call.call(*arguments, env=on_call.variables(platform.url))
    assert (ended.code, asked(platform)) == (0, []), ended.err


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
            "50 are listed, which may be all that the platform lists",
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
        "everai_workers: 3 workers serve or start, and 5000 is further away than the 1000 that can "
        "be asked for at once\n"
    )


# JSON


def report(ended: on_call.Ended) -> dict:
    told = json.loads(ended.out)
    assert told["exitCode"] == ended.code
    return told


def test_a_script_is_told_what_was_asked_accepted_and_seen(platform):
    platform.behaviours["app"] = scales(
        fleet([worker("x"), worker("y", status="STATUS_ERROR")], maxWorkers=5)
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
                "message": "would add up to 2 workers to e2e/app, which has 5",
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
