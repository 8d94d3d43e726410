"""`everai_workers scale-up` and `scale-down`: what they ask for, whom they ask before, and how they wait."""

import json
import re
import time

import pytest

import fake_platform
import harness
import on_call
from on_call import APP, fleet, worker

DONE = json.dumps({"workerIds": ["new1"]}).encode()
SUMMARY = "e2e/app: 1 worker (1 free), at most 5, queue 3\n"
ACCEPTED = "the platform accepted it\n"


@pytest.fixture
def simulator(start):
    """A fleet without workers and requests, whose time stands still. A start takes under a second.

    The third app of a simulator is scaled by hand: it keeps what it is given."""
    flags = ["--scenario", "idle", "--time-factor", "30", "--paused"]
    return start(harness.Simulator, *flags, apps=["e2e/first", "e2e/second", APP])


def truth(simulator) -> dict:
    return simulator.truth()["apps"][2]


@pytest.fixture
def willing(platform):
    """A platform that says yes to any change, and never shows that one came about."""
    platform.behaviours["app"] = answering(DONE)
    return platform


def answering(body: bytes, listing: fake_platform.Behaviour = fake_platform.good):
    """A platform that answers every scale-up with this body, and a scale-down as is documented."""

    def change(exchange: fake_platform.Exchange) -> None:
        exchange.answer(body if exchange.change == "scale-up" else b"{}")

    return fake_platform.changing(change, listing)


def listed_ids(env, *flags: str) -> list[str]:
    ended = on_call.call("list", APP, *flags, "--output", "json", env=env)
    assert ended.code == 0, ended.err
    return [each["id"] for each in json.loads(ended.out)["workers"]]


# Scale up


def test_scale_up_prints_the_new_ids_and_waits_until_they_serve(start, simulator):
    env = on_call.variables(simulator.url)
    call = start(on_call.Call, "scale-up", APP, "--count", "2", "--wait", env=env)
    call.wait_for_log("2 starting")
    # The ids are printed before the wait, for whom does not want to wait on.
    ids = call.output().splitlines()
    assert truth(simulator)["workers_created"] == 2 and sorted(listed_ids(env)) == sorted(ids)
    simulator.resume()
    assert call.ended() == on_call.Ended(
        0,
        "".join(f"{each}\n" for each in ids),
        f"e2e/app: 0 workers, queue 0\n{ACCEPTED}0 of 2 serve, 2 starting\n2 of 2 serve\n",
    )


def test_progress_is_one_line_at_a_terminal(simulator):
    simulator.resume()
    env = on_call.variables(simulator.url)
    code, shown = on_call.call_at_terminal("scale-up", APP, "--count", "1", "--wait", env=env)
    assert code == 0
    (new,) = listed_ids(env)
    begin = f"e2e/app: 0 workers, queue 0\n{new}\n{ACCEPTED}"
    assert shown.startswith(begin)
    line = shown.removeprefix(begin)
    assert line.startswith("\r\x1b[K") and line.endswith("\r\x1b[K1 of 1 serve\n")
    assert line.count("\n") == 1


def test_fewer_than_asked_is_told(simulator):
    env = on_call.variables(simulator.url)
    ended = on_call.call("scale-up", APP, "--count", "20", "--yes", env=env)
    assert (ended.code, len(ended.out.splitlines()), truth(simulator)["workers_created"]) == (9, 10, 10)
    assert ended.err == (
        f"e2e/app: 0 workers, queue 0\n{ACCEPTED}"
        "everai_workers: the platform accepted it, but it names 10 new workers instead of 20\n"
    )
    # There is nothing to wait for.
    none = on_call.call("scale-up", APP, "--count", "1", "--wait", env=env)
    assert (none.code, none.out, truth(simulator)["workers_created"]) == (9, "", 10)
    assert none.err.endswith(
        "everai_workers: the platform accepted it, but it names 0 new workers instead of 1\n"
    )


def test_a_new_worker_that_errors_is_told(simulator):
    simulator.set_faults({"failed-start": 1})
    simulator.resume()
    env = on_call.variables(simulator.url)
    ended = on_call.call("scale-up", APP, "--count", "1", "--wait", env=env)
    assert ended.code == 9
    new = ended.out.strip()
    assert ended.err.endswith(
        f"\neverai_workers: worker {new}: error\n"
        "everai_workers: the platform accepted it, but 0 of 1 serve, 1 error\n"
    )


def test_the_wait_ends_in_its_time(simulator):
    simulator.set_faults({"stuck-start": 1})
    simulator.resume()
    begin = time.monotonic()
    ended = on_call.call(
        *("scale-up", APP, "--count", "1", "--wait", "--timeout", "3s"),
        env=on_call.variables(simulator.url),
    )
    assert 3 <= time.monotonic() - begin < 8
    assert ended.code == 6
    assert ended.err == (
        f"e2e/app: 0 workers, queue 0\n{ACCEPTED}"
        "0 of 1 serve, 1 starting\n"
        "everai_workers: the platform accepted it, but after 3s 0 of 1 serve, 1 starting\n"
    )


def test_a_platform_that_hangs_does_not_lengthen_the_wait(start, willing):
    call = start(
        *(on_call.Call, "scale-up", APP, "--count", "1", "--wait", "--timeout", "3s"),
        env=on_call.variables(willing.url),
    )
    call.wait_for_log("1 not listed")
    willing.behaviours["app"] = fake_platform.hang
    begin = time.monotonic()
    ended = call.ended()
    assert time.monotonic() - begin < 15
    assert ended.code == 6
    assert ended.err.splitlines()[-2].endswith("; looking again")
    assert re.search(r"accepted it, but after [3-9]s 0 of 1 serve, 1 not listed\n$", ended.err)


def test_the_wait_leaves_the_platform_the_quiet_that_it_asks_for(start, willing):
    call = start(
        *(on_call.Call, "scale-up", APP, "--count", "1", "--wait", "--timeout", "10s"),
        env=on_call.variables(willing.url),
    )
    call.wait_for_log("1 not listed")
    willing.behaviours["app"] = fake_platform.status(
        "429 Too Many Requests", 8, "Retry-After: 60\r\n"
    )
    seen = len(willing.requests)
    ended = call.ended()
    # One look that was asked for quiet, and one at the end.
    assert (ended.code, len(willing.requests)) == (6, seen + 2)
    assert ended.err.endswith(
        "everai_workers: GET workers (live): status 429: refused (code 8); looking again\n"
        "everai_workers: the platform accepted it, but after 10s 0 of 1 serve, 1 not listed\n"
    )


def test_a_long_quiet_does_not_end_the_wait_early(start, willing):
    call = start(
        *(on_call.Call, "scale-up", APP, "--count", "1", "--wait", "--timeout", "6s"),
        env=on_call.variables(willing.url),
    )
    call.wait_for_log("1 not listed")
    asked = willing.note_requests(
        "app", fake_platform.status("503 Service Unavailable", 14, "Retry-After: 3600\r\n")
    )
    assert asked.wait(20)
    willing.behaviours["app"] = fleet([worker("new1")])
    ended = call.ended()
    assert ended.code == 0
    assert ended.err.endswith("; looking again\n1 of 1 serve\n")


def test_hiccups_of_the_platform_do_not_end_the_wait(start, simulator):
    env = on_call.variables(simulator.url)
    call = start(on_call.Call, "scale-up", APP, "--count", "1", "--wait", env=env)
    call.wait_for_log("1 starting")
    simulator.set_faults({"error-503": 1})
    call.wait_for_log("looking again")
    simulator.set_faults({"error-503": 0})
    simulator.resume()
    ended = call.ended()
    assert ended.code == 0
    assert ended.err.splitlines()[3:] == [
        "everai_workers: GET workers (live): status 503: upstream is not available (code 14); looking again",
        "1 of 1 serve",
    ]


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        (fake_platform.for_token("another"), "status 401: refused (code 16)"),
        (fake_platform.not_found, "status 404: app not found (code 5)"),
    ],
    ids=["revoked", "app gone"],
)
def test_what_will_not_pass_ends_the_wait(start, willing, behaviour, message):
    env = on_call.variables(willing.url)
    call = start(on_call.Call, "scale-up", APP, "--count", "1", "--wait", env=env)
    call.wait_for_log("1 not listed")
    willing.behaviours["app"] = behaviour
    ended = call.ended()
    assert (ended.code, ended.out) == (6, "new1\n")
    assert ended.err.endswith(
        "everai_workers: the platform accepted it, 0 of 1 serve, 1 not listed; "
        f"gave up looking: GET workers (live): {message}\n"
    )


def in_turn(*listings: bytes) -> fake_platform.Behaviour:
    """Answers one request for a listing after the other, and from the last one on always with that."""
    left = list(listings)

    def behave(exchange: fake_platform.Exchange) -> None:
        exchange.answer(left.pop(0) if len(left) > 1 else left[0])

    return behave


def listing(*workers: dict) -> bytes:
    return json.dumps({"workers": workers}).encode()


EMPTY = b"{}"
ERROR = b'{"code": 13, "message": "try again"}'
STARTING = listing(worker("new1", status="STATUS_PENDING"))
SERVING = listing(worker("new1"))


@pytest.mark.parametrize("odd", [[ERROR], [EMPTY] * 4], ids=["error", "empty twice"])
def test_one_look_does_not_decide_that_a_new_worker_is_lost(willing, odd):
    # A scale-up looks once before; a look takes two answers, unless the first one is an error.
    looks = [EMPTY, STARTING, STARTING, *odd, SERVING]
    willing.behaviours["app"] = answering(DONE, in_turn(*looks))
    ended = on_call.call(
        "scale-up", APP, "--count", "1", "--wait", env=on_call.variables(willing.url)
    )
    assert (ended.code, ended.out) == (0, "new1\n"), ended.err
    assert ended.err.endswith("\n1 of 1 serve\n")


def test_three_looks_decide_that_a_new_worker_is_lost(willing):
    willing.behaviours["app"] = answering(DONE, in_turn(EMPTY, STARTING, STARTING, EMPTY))
    ended = on_call.call(
        "scale-up", APP, "--count", "1", "--wait", env=on_call.variables(willing.url)
    )
    assert ended.code == 9
    assert ended.err.endswith(
        f"{ACCEPTED}0 of 1 serve, 1 starting\n0 of 1 serve, 1 missing\n0 of 1 serve, 1 gone\n"
        "everai_workers: worker new1: gone\n"
        "everai_workers: the platform accepted it, but 0 of 1 serve, 1 gone\n"
    )


def without_history(live: fake_platform.Behaviour) -> fake_platform.Behaviour:
    broken = fake_platform.status("500 Internal Server Error", 13)
    return lambda exchange: (broken if "showAll" in exchange.query else live)(exchange)


def test_scale_up_needs_no_history(willing):
    willing.behaviours["app"] = answering(DONE, without_history(fleet([])))
    env = on_call.variables(willing.url)
    assert on_call.call("scale-up", APP, "--count", "1", env=env).code == 0
    assert len(willing.requests) == 2
    serving = without_history(fleet([worker("new1")]))
    willing.behaviours["app"] = answering(
        DONE, lambda exchange: (serving if len(willing.requests) > 4 else fleet([]))(exchange)
    )
    ended = on_call.call("scale-up", APP, "--count", "1", "--wait", env=env)
    assert (ended.code, ended.out) == (0, "new1\n")
    assert ended.err.endswith("status 500: refused (code 13); looking again\n1 of 1 serve\n")


@pytest.mark.parametrize(
    ("body", "out", "why"),
    [
        (b"{}", "", "it names 0 new workers instead of 2"),
        (b'{"workerIds": ["a"]}', "a\n", "it names 1 new worker instead of 2"),
        (b'{"workerIds": ["a", "b", "c"]}', "a\nb\nc\n", "it names 3 new workers instead of 2"),
        (
            b'{"workerIds": ["a", "a", ""]}',
            "a\na\n\n",
            "it names a worker without an id, a worker twice, 1 new worker instead of 2",
        ),
    ],
    ids=["none", "fewer", "more", "odd"],
)
def test_odd_ids_are_told(willing, body, out, why):
    willing.behaviours["app"] = answering(body)
    ended = on_call.call("scale-up", APP, "--count", "2", env=on_call.variables(willing.url))
    assert (ended.code, ended.out) == (9, out)
    assert f"everai_workers: the platform accepted it, but {why}\n" in ended.err


MANY = "add 11 workers to e2e/app, which has 1, limit 5? [y/N] "


def test_many_workers_are_not_added_without_a_yes(willing):
    env = on_call.variables(willing.url)
    ended = on_call.call("scale-up", APP, "--count", "11", env=env)
    assert ended == on_call.Ended(
        2,
        "",
        f"{SUMMARY}everai_workers: there is nobody to ask, expected --yes (see --help): "
        "add 11 workers to e2e/app, which has 1, limit 5?\n",
    )
    code, shown = on_call.call_at_terminal("scale-up", APP, "--count", "11", env=env, reply=b"n\n")
    assert (code, shown) == (7, f"{SUMMARY}{MANY}n\neverai_workers: nothing was sent\n")
    assert willing.changes == []
    code, shown = on_call.call_at_terminal("scale-up", APP, "--count", "11", env=env, reply=b"y\n")
    assert code == 9 and shown.startswith(f"{SUMMARY}{MANY}y\nnew1\n{ACCEPTED}")
    assert on_call.call("scale-up", APP, "--count", "11", "--yes", env=env).code == 9
    assert len(willing.changes) == 2


# Scale down


def test_one_worker_in_error_is_removed(simulator):
    env = on_call.variables(simulator.url)
    simulator.set_faults({"failed-start": 1})
    assert on_call.call("scale-up", APP, "--count", "2", env=env).code == 0

    def errored() -> list[str]:
        """Those there are after a little while; then time stands still again."""
        simulator.resume()
        harness.pause(0.1)
        simulator.pause()
        shown = on_call.call("list", APP, env=env).out.splitlines()[1:]
        return [line.split()[0] for line in shown if line.split()[1] == "ERROR"]

    bad = harness.wait_for(errored, "a worker errors")[0]
    others = [each for each in listed_ids(env) if each != bad]
    ended = on_call.call("scale-down", APP, "--worker", bad, "--yes", "--wait", env=env)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.splitlines()[1:] == [
        f"  {bad}  STATUS_ERROR",
        ACCEPTED.strip(),
        "1 of 1 gone",
    ]
    assert listed_ids(env) == others and bad in listed_ids(env, "--all")


def test_the_platform_chooses_if_only_a_count_is_given(start, simulator):
    env = on_call.variables(simulator.url)
    simulator.resume()
    assert on_call.call("scale-up", APP, "--count", "3", "--wait", env=env).code == 0
    simulator.pause()
    call = start(
        *(on_call.Call, "scale-down", APP, "--count", "2", "--yes", "--wait"), env=env
    )
    call.wait_for_log("0 of 2 gone, 2 removing")
    simulator.resume()
    assert call.ended() == on_call.Ended(
        0,
        "",
        f"e2e/app: 3 workers (3 free), queue 0\n{ACCEPTED}0 of 2 gone, 2 removing\n2 of 2 gone\n",
    )


@pytest.mark.parametrize(
    ("flags", "body"),
    [
        (["--count", "2"], {"scaleDownWorkersNum": "2"}),
        (["--worker", "a"], {"workerIds": ["a"]}),
        (["--worker", "a", "12", "c"], {"workerIds": ["a", "12", "c"]}),
        (["--worker=a", "--worker=b", "--worker", "a"], {"workerIds": ["a", "b"]}),
        (["--worker", 'q"\\,é'], {"workerIds": ['q"\\,é']}),
    ],
    ids=["count", "one", "several after a flag", "several flags", "odd"],
)
def test_the_platform_is_asked_for_what_was_said(willing, flags, body):
    env = on_call.variables(willing.url)
    there = [worker(each) for each in ("a", "b", "12", "c", 'q"\\,é')]
    willing.behaviours["app"] = answering(DONE, fleet(there))
    ended = on_call.call("scale-down", APP, *flags, "--yes", env=env)
    assert (ended.code, ended.out) == (0, "")
    ((change, sent),) = willing.changes
    assert (change, json.loads(sent)) == ("scale-down", body)


def test_named_workers_are_described_before_they_go(platform):
    platform.behaviours["app"] = answering(
        b"", fleet([worker("a", sessionNumber=1), worker("b", detailStatus="DETAIL_STATUS_BUSY")])
    )
    ended = on_call.call(
        *("scale-down", APP, "--worker", "a", "b", "--dry-run"),
        env=on_call.variables(platform.url),
    )
    assert ended == on_call.Ended(
        0,
        "would remove 2 workers of e2e/app\n",
        "e2e/app: 2 workers (1 busy, 1 free), queue 0\n"
        "  a  STATUS_RUNNING, 1 open session: it may stay until they end\n"
        "  b  STATUS_RUNNING\n",
    )


@pytest.mark.parametrize("reply", [b"y\n", b"Y\n", b"yes\n"])
def test_a_person_who_says_yes_removes_workers(willing, reply):
    code, shown = on_call.call_at_terminal(
        "scale-down", APP, "--count", "1", env=on_call.variables(willing.url), reply=reply
    )
    question = "remove 1 worker of e2e/app, which the platform chooses? [y/N] "
    assert (code, shown) == (0, f"{SUMMARY}{question}{reply.decode()}{ACCEPTED}")
    assert willing.changes == [("scale-down", '{"scaleDownWorkersNum":"1"}')]


@pytest.mark.parametrize(
    "reply", [b"n\n", b"\n", b"yeah\n", b" \n", b"\x04"], ids=["n", "empty", "other", "blank", "end"]
)
def test_a_person_who_says_anything_else_does_not(willing, reply):
    code, shown = on_call.call_at_terminal(
        "scale-down", APP, "--worker", "9zFtE2", env=on_call.variables(willing.url), reply=reply
    )
    typed = reply.decode().replace("\x04", "\n")
    assert (code, shown) == (
        7,
        f"{SUMMARY}  9zFtE2  STATUS_RUNNING\n"
        f"remove 1 worker of e2e/app? [y/N] {typed}"
        "everai_workers: nothing was sent\n",
    )
    assert len(willing.requests) == 2 and willing.changes == []


@pytest.mark.parametrize("flags", [[], ["--yes=false"]], ids=["unsaid", "denied"])
def test_a_script_must_say_yes_itself(willing, flags):
    env = on_call.variables(willing.url)
    assert on_call.call("scale-down", APP, "--count", "1", *flags, env=env) == on_call.Ended(
        2,
        "",
        "everai_workers: there is nobody to ask, expected --yes (see --help): scale-down\n",
    )
    assert willing.requests == []


@pytest.mark.parametrize(
    ("arguments", "would", "requests"),
    [
        (
            ["scale-up", APP, "--count", "1", "--wait"],
            "would add up to 1 worker to e2e/app, which has 1, limit 5\n",
            1,
        ),
        (
            ["scale-up", APP, "--count", "30"],
            "would add up to 30 workers to e2e/app, which has 1, limit 5\n",
            1,
        ),
        (
            ["scale-down", APP, "--count", "1", "--yes"],
            "would remove 1 worker of e2e/app, which the platform chooses\n",
            2,
        ),
        (["scale-down", APP, "--count", "2"], "would remove 2 workers of e2e/app, of which 1 can be seen\n", 2),
    ],
    ids=["add one", "add many", "remove", "remove too many"],
)
def test_a_dry_run_only_looks(willing, arguments, would, requests):
    ended = on_call.call(*arguments, "--dry-run", env=on_call.variables(willing.url))
    assert ended == on_call.Ended(0, would, SUMMARY)
    assert len(willing.requests) == requests and willing.changes == []


@pytest.mark.parametrize(
    ("ids", "why"),
    [
        (["typo"], "worker typo is not listed"),
        (["a,b"], "worker a,b is not listed"),
        (["a", "typo", "b"], "worker typo is not listed"),
        (["a", "past"], "worker past has ended"),
    ],
    ids=["typo", "comma", "one of three", "ended"],
)
def test_workers_that_are_not_there_are_not_removed(willing, ids, why):
    past = worker("past", status="STATUS_TERMINATED", deletedAt="2024-09-29T11:00:00Z")
    willing.behaviours["app"] = answering(b"", fleet([worker("a"), worker("b")], [past]))
    ended = on_call.call(
        *("scale-down", APP, "--worker", *ids, "--yes", "--wait"),
        env=on_call.variables(willing.url),
    )
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.endswith(f"everai_workers: {why}\n")
    assert willing.changes == []


def test_a_worker_in_error_is_not_removed_unseen(willing):
    """The live listing does not have it, and the history does not answer."""
    willing.behaviours["app"] = answering(b"", without_history(fleet([worker("a")])))
    env = on_call.variables(willing.url)
    ended = on_call.call("scale-down", APP, "--worker", "bad", "--yes", env=env)
    assert ended.code == 4 and "worker bad is not listed, and those in error are not known" in ended.err
    assert willing.changes == []
    assert on_call.call("scale-down", APP, "--worker", "a", "--yes", env=env).code == 0


@pytest.mark.parametrize(
    ("workers", "code", "why"),
    [
        ([], 2, "0 workers can be removed, not 2"),
        (
            [worker("a", successCount={}), worker("b")],
            5,
            "1 worker can be removed, not 2, and it is not known whether all are listed",
        ),
        (
            [worker("a"), worker("b", status="STATUS_TERMINATING")],
            2,
            "1 worker can be removed, not 2",
        ),
    ],
    ids=["empty", "unreadable", "leaving"],
)
def test_more_than_there_are_is_never_a_success(willing, workers, code, why):
    willing.behaviours["app"] = answering(b"", fleet(workers))
    ended = on_call.call(
        *("scale-down", APP, "--count", "2", "--yes", "--wait"), env=on_call.variables(willing.url)
    )
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.endswith(f"everai_workers: {why}\n")
    assert willing.changes == []


def test_a_person_may_ask_for_more_than_there_are(willing):
    gone = worker("9zFtE2", status="STATUS_TERMINATED", deletedAt="2024-09-29T11:00:00Z")
    one = json.dumps({"workers": [worker("9zFtE2")]}).encode()
    willing.behaviours["app"] = answering(b"", in_turn(one, one, EMPTY, listing(gone)))
    code, shown = on_call.call_at_terminal(
        "scale-down", APP, "--count", "2", "--wait", env=on_call.variables(willing.url), reply=b"y\n"
    )
    assert code == 9
    assert "remove 2 workers of e2e/app, of which 1 can be seen? [y/N] y\n" in shown
    assert shown.endswith("everai_workers: the platform accepted it, but 1 of 2 gone\n")


def test_one_look_does_not_decide_that_a_worker_is_gone(start, willing):
    there = listing(worker("a"))
    leaving = listing(worker("a", status="STATUS_TERMINATING"))
    willing.behaviours["app"] = answering(
        b"", in_turn(there, there, EMPTY, EMPTY, ERROR, leaving, leaving, EMPTY, EMPTY, leaving)
    )
    call = start(
        *(on_call.Call, "scale-down", APP, "--worker", "a", "--yes", "--wait"),
        env=on_call.variables(willing.url),
    )
    harness.wait_for(lambda: len(willing.requests) >= 11, "five looks")
    assert "1 of 1 gone" not in call.log()
    ended = worker("a", status="STATUS_TERMINATED", deletedAt="2024-09-29T11:00:00Z")
    willing.behaviours["app"] = answering(b"", fleet([], [ended]))
    assert call.ended().err.endswith("1 of 1 gone\n")


def test_a_worker_that_cannot_be_read_is_not_gone(start, willing):
    bad = listing(worker("a", successCount={}), worker("b"))
    there = listing(worker("a"), worker("b"))
    willing.behaviours["app"] = answering(b"", in_turn(there, there, bad))
    call = start(
        *(on_call.Call, "scale-down", APP, "--worker", "a", "--yes", "--wait"),
        env=on_call.variables(willing.url),
    )
    harness.wait_for(lambda: len(willing.requests) >= 11, "four looks")
    assert "1 of 1 gone" not in call.log() and "1 missing" in call.log()


def test_a_worker_that_was_leaving_already_is_not_what_this_removed(start, willing):
    leaving = worker("old", status="STATUS_TERMINATING")
    before = listing(leaving, worker("a"), worker("b"))
    after = listing(worker("a", detailStatus="DETAIL_STATUS_REMOVE"), worker("b"))
    willing.behaviours["app"] = answering(b"", in_turn(before, before, after))
    call = start(
        *(on_call.Call, "scale-down", APP, "--count", "1", "--yes", "--wait"),
        env=on_call.variables(willing.url),
    )
    call.wait_for_log("0 of 1 gone, 1 removing")
    harness.wait_for(lambda: len(willing.requests) >= 9, "three looks")
    assert "1 of 1 gone" not in call.log()
    past = worker("a", status="STATUS_TERMINATED", deletedAt="2024-09-29T11:00:00Z")
    willing.behaviours["app"] = answering(b"", fleet([worker("b")], [past]))
    ended = call.ended()
    assert ended.code == 0 and ended.err.endswith("1 of 1 gone\n")


def test_a_worker_that_was_there_is_not_a_new_one(willing):
    willing.behaviours["app"] = answering(b'{"workerIds": ["old", "new1"]}', fleet([worker("old")]))
    ended = on_call.call("scale-up", APP, "--count", "2", env=on_call.variables(willing.url))
    assert (ended.code, ended.out) == (9, "old\nnew1\n")
    assert ended.err.endswith(
        "it names a worker that was there already, 1 new worker instead of 2\n"
    )


def test_a_worker_beyond_a_full_page_is_not_gone(start, willing):
    """Another one has pushed it off the page of 50."""
    page = [worker(f"w{number:02}") for number in range(50)]
    full = json.dumps({"workers": page}).encode()
    other = json.dumps({"workers": [*page[1:], worker("z")]}).encode()
    willing.behaviours["app"] = answering(b"", in_turn(full, full, other))
    call = start(
        *(on_call.Call, "scale-down", APP, "--worker", "w00", "--yes", "--wait"),
        env=on_call.variables(willing.url),
    )
    harness.wait_for(lambda: len(willing.requests) >= 11, "four looks")
    assert "1 of 1 gone" not in call.log() and "1 missing" in call.log()
