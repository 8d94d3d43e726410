"""`everai_workers scale-up` and `scale-down`: what they ask for, whom they ask before, and how they wait."""

import json
import time

import pytest

import fake_platform
import harness
import on_call
from on_call import APP, fleet, worker

DONE = json.dumps({"workerIds": ["new1"]}).encode()
SUMMARY = "e2e/app: 1 worker (1 free), at most 5, queue 3\n"


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
    platform.behaviours["app"] = fake_platform.changing(lambda exchange: exchange.answer(DONE))
    return platform


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
        "e2e/app: 0 workers, queue 0\n0 of 2 serve, 2 starting\n2 of 2 serve\n",
    )


def test_progress_is_one_line_at_a_terminal(simulator):
    simulator.resume()
    env = on_call.variables(simulator.url)
    code, shown = on_call.call_at_terminal("scale-up", APP, "--count", "1", "--wait", env=env)
    assert code == 0
    (new,) = listed_ids(env)
    begin = f"e2e/app: 0 workers, queue 0\n{new}\n"
    assert shown.startswith(begin)
    line = shown.removeprefix(begin)
    assert line.startswith("\r\x1b[K") and line.endswith("\r\x1b[K1 of 1 serve\n")
    assert line.count("\n") == 1


def test_fewer_than_asked_is_a_failure(simulator):
    env = on_call.variables(simulator.url)
    ended = on_call.call("scale-up", APP, "--count", "20", env=env)
    assert (ended.code, len(ended.out.splitlines()), truth(simulator)["workers_created"]) == (1, 10, 10)
    assert ended.err == (
        "e2e/app: 0 workers, queue 0\n"
        "everai_workers: the platform added 10 of 20 workers\n"
    )
    # There is nothing to wait for.
    none = on_call.call("scale-up", APP, "--count", "1", "--wait", env=env)
    assert (none.code, none.out, truth(simulator)["workers_created"]) == (1, "", 10)
    assert none.err.endswith("everai_workers: the platform added 0 of 1 worker\n")


def test_a_new_worker_that_errors_is_a_failure(simulator):
    simulator.set_faults({"failed-start": 1})
    simulator.resume()
    env = on_call.variables(simulator.url)
    ended = on_call.call("scale-up", APP, "--count", "1", "--wait", env=env)
    assert ended.code == 1
    new = ended.out.strip()
    assert ended.err.endswith(f"\neverai_workers: worker {new} is in error, or gone\n")


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
        "e2e/app: 0 workers, queue 0\n"
        "0 of 1 serve, 1 starting\n"
        "everai_workers: not there after 3s\n"
    )


def test_a_platform_that_hangs_does_not_lengthen_the_wait(start, willing):
    call = start(
        *(on_call.Call, "scale-up", APP, "--count", "1", "--wait", "--timeout", "3s"),
        env=on_call.variables(willing.url),
    )
    call.wait_for_log("1 not listed yet")
    willing.behaviours["app"] = fake_platform.hang
    begin = time.monotonic()
    ended = call.ended()
    assert time.monotonic() - begin < 15
    assert ended.code == 6
    assert ended.err.endswith("; looking again\neverai_workers: not there after 3s\n")


def test_the_wait_leaves_the_platform_the_quiet_that_it_asks_for(start, willing):
    call = start(
        *(on_call.Call, "scale-up", APP, "--count", "1", "--wait", "--timeout", "10s"),
        env=on_call.variables(willing.url),
    )
    call.wait_for_log("1 not listed yet")
    willing.behaviours["app"] = fake_platform.status(
        "429 Too Many Requests", 8, "Retry-After: 60\r\n"
    )
    seen = len(willing.requests)
    ended = call.ended()
    assert (ended.code, len(willing.requests)) == (6, seen + 1)
    assert ended.err.endswith(
        "everai_workers: GET workers (live): status 429: refused (code 8); looking again\n"
        "everai_workers: not there after 10s\n"
    )


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
    assert ended.err.splitlines()[2:] == [
        "everai_workers: GET workers (live): status 503: upstream is not available (code 14); looking again",
        "1 of 1 serve",
    ]


@pytest.mark.parametrize(
    ("behaviour", "code", "message"),
    [
        (fake_platform.for_token("another"), 3, "status 401: refused (code 16)"),
        (fake_platform.status("403 Forbidden", 7), 3, "status 403: refused (code 7)"),
        (fake_platform.not_found, 2, "status 404: app not found (code 5)"),
    ],
    ids=["revoked", "forbidden", "app gone"],
)
def test_what_will_not_pass_ends_the_wait(start, willing, behaviour, code, message):
    env = on_call.variables(willing.url)
    call = start(on_call.Call, "scale-up", APP, "--count", "1", "--wait", env=env)
    call.wait_for_log("1 not listed yet")
    willing.behaviours["app"] = behaviour
    assert call.ended() == on_call.Ended(
        code,
        "new1\n",
        f"{SUMMARY}0 of 1 serve, 1 not listed yet\neverai_workers: GET workers (live): {message}\n",
    )


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
    assert ended.err.splitlines()[1:] == [f"  {bad}  STATUS_ERROR", "1 of 1 gone"]
    assert listed_ids(env) == others and bad in listed_ids(env, "--all")


def test_the_platform_chooses_if_only_a_count_is_given(start, simulator):
    env = on_call.variables(simulator.url)
    simulator.resume()
    assert on_call.call("scale-up", APP, "--count", "3", "--wait", env=env).code == 0
    simulator.pause()
    call = start(
        *(on_call.Call, "scale-down", APP, "--count", "2", "--yes", "--wait"), env=env
    )
    call.wait_for_log("0 of 2 gone")
    simulator.resume()
    assert call.ended() == on_call.Ended(
        0, "", "e2e/app: 3 workers (3 free), queue 0\n0 of 2 gone\n2 of 2 gone\n"
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
    ended = on_call.call("scale-down", APP, *flags, "--yes", env=env)
    assert (ended.code, ended.out) == (0, "")
    ((change, sent),) = willing.changes
    assert (change, json.loads(sent)) == ("scale-down", body)


def test_named_workers_are_described_before_they_go(platform):
    platform.behaviours["app"] = fake_platform.changing(
        lambda exchange: exchange.answer(b"{}"),
        fleet(
            [worker("a", sessionNumber=1), worker("b", detailStatus="DETAIL_STATUS_BUSY")],
            [worker("c", status="STATUS_TERMINATED", deletedAt="2024-09-29T11:00:00Z")],
        ),
    )
    ended = on_call.call(
        *("scale-down", APP, "--worker", "a", "b", "c", "d", "--dry-run"),
        env=on_call.variables(platform.url),
    )
    assert ended == on_call.Ended(
        0,
        "would remove 4 workers of e2e/app\n",
        "e2e/app: 2 workers (1 busy, 1 free), queue 0\n"
        "  a  STATUS_RUNNING, 1 open session: it may stay until they end\n"
        "  b  STATUS_RUNNING\n"
        "  c  STATUS_TERMINATED, not there any more\n"
        "  d  not listed\n",
    )


@pytest.mark.parametrize("reply", [b"y\n", b"Y\n", b"yes\n"])
def test_a_person_who_says_yes_removes_workers(willing, reply):
    code, shown = on_call.call_at_terminal(
        "scale-down", APP, "--count", "1", env=on_call.variables(willing.url), reply=reply
    )
    question = "remove 1 worker of e2e/app, which the platform chooses? [y/N] "
    assert (code, shown) == (0, f"{SUMMARY}{question}{reply.decode()}")
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
        "everai_workers: nothing was removed\n",
    )
    assert len(willing.requests) == 2 and willing.changes == []


@pytest.mark.parametrize("flags", [[], ["--yes=false"]], ids=["unsaid", "denied"])
def test_a_script_must_say_yes_itself(willing, flags):
    env = on_call.variables(willing.url)
    assert on_call.call("scale-down", APP, "--count", "1", *flags, env=env) == on_call.Ended(
        2,
        "",
        "everai_workers: scale-down: there is nobody to ask, expected --yes (see --help)\n",
    )
    assert willing.requests == []


@pytest.mark.parametrize(
    ("arguments", "would"),
    [
        (["scale-up", APP, "--count", "1", "--wait"], "would add 1 worker to e2e/app\n"),
        (["scale-up", APP, "--count", "3"], "would add 3 workers to e2e/app\n"),
        (
            ["scale-down", APP, "--count", "2", "--yes"],
            "would remove 2 workers of e2e/app, which the platform chooses\n",
        ),
    ],
    ids=["add one", "add", "remove"],
)
def test_a_dry_run_only_looks(willing, arguments, would):
    ended = on_call.call(*arguments, "--dry-run", env=on_call.variables(willing.url))
    assert ended == on_call.Ended(0, would, SUMMARY)
    assert len(willing.requests) == 2 and willing.changes == []
