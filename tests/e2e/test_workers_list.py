"""`everai_workers list`: its forms, whom it shows, and what it makes of hostile text."""

import json
import re

import pytest
import yaml

import fake_platform
import harness
import on_call
from on_call import APP, fleet, worker

LIVE = [
    worker(
        "busy7K",
        detailStatus="DETAIL_STATUS_BUSY",
        deviceId="8033ad92-2c2e-4ca6-bcc4-5ffaeba2bbdb",
        createdAt="2024-09-27T08:00:00Z",
        launchAt="2024-09-27T08:01:00Z",
        lastServeAt="2024-09-29T11:59:15Z",
        successCount="12",
        failedCount=3,
        sessionNumber=2,
        CPUs=8,
        memory=32768,
        gpuModel="NVIDIA A100 80GB",
        gpuNum=2,
        appId="Qnzx5r",
        appRevision="v5",
    ),
    worker(
        "12345",
        status="STATUS_INITIALIZED",
        detailStatus="DETAIL_STATUS_ROLLIN",
        createdAt="2024-09-29T11:54:48Z",
        replaceWorkerId="busy7K",
    ),
]
ERRORED = worker("error1", status="STATUS_ERROR", createdAt="2024-09-29T09:00:00Z", failedCount=1)
ENDED = worker(
    "ended1",
    status="STATUS_TERMINATED",
    createdAt="2024-09-28T12:00:00Z",
    deletedAt="2024-09-29T11:59:00Z",
    successCount=7,
)
SUMMARY = "e2e/app: 3 workers (1 error, 1 rolling_in, 1 busy), at most 5, queue 3\n"


@pytest.fixture
def listed(platform):
    """The environment of calls on a platform that lists the workers above."""
    platform.behaviours["app"] = fleet(LIVE, [ERRORED, ENDED], queueSize="3", maxWorkers=5)
    return on_call.variables(platform.url)


def test_the_table_shows_who_is_there_the_oldest_first(listed):
    assert on_call.call("list", APP, env=listed) == on_call.Ended(
        0,
        "ID      STATUS       DETAIL  AGE    REQUESTS  FAILED  GPU                  DEVICE\n"
        "busy7K  RUNNING      BUSY    2d4h   15        3       2x NVIDIA A100 80GB  8033ad92\n"
        "error1  ERROR        FREE    3h     1         1       -                    -\n"
        "12345   INITIALIZED  ROLLIN  5m12s  0         0       -                    -\n",
        SUMMARY,
    )


def test_all_shows_those_that_ended_too(listed):
    ended = on_call.call("list", APP, "--all", env=listed)
    assert (ended.code, ended.err) == (0, SUMMARY)
    assert [line.split()[:4] for line in ended.out.splitlines()] == [
        ["ID", "STATUS", "DETAIL", "AGE"],
        ["busy7K", "RUNNING", "BUSY", "2d4h"],
        ["ended1", "TERMINATED", "FREE", "1d"],
        ["error1", "ERROR", "FREE", "3h"],
        ["12345", "INITIALIZED", "ROLLIN", "5m12s"],
    ]


def test_wide_shows_more_of_each(listed):
    ended = on_call.call("list", APP, "--output", "wide", env=listed)
    assert (ended.code, ended.err) == (0, SUMMARY)
    header, busy, error, rolling = (re.split("  +", line) for line in ended.out.splitlines())
    names = "STATE LAUNCHED SERVED DELETED SESSIONS CPUS MEMORY REVISION REPLACES"
    assert header[8:] == names.split()
    device = "8033ad92-2c2e-4ca6-bcc4-5ffaeba2bbdb"
    assert busy[7:] == [device, "busy", "2d3h", "45s", "-", "2", "8", "32768Mi", "v5", "-"]
    assert error[7:] == ["-", "error", "-", "-", "-", "0", "0", "-", "-", "-"]
    assert rolling[7:] == ["-", "rolling_in", "-", "-", "-", "0", "0", "-", "-", "busy7K"]


def test_json_tells_all_in_the_words_of_the_platform(listed):
    ended = on_call.call("list", APP, "--all", "--output", "json", env=listed)
    assert (ended.code, ended.err) == (0, SUMMARY)
    app = json.loads(ended.out)
    workers = {each["id"]: each for each in app.pop("workers")}
    assert app == {
        "namespace": "e2e",
        "name": "app",
        "queueSize": 3,
        "maxWorkers": 5,
        "complete": True,
        "unreadableWorkers": 0,
    }
    assert list(workers) == ["busy7K", "ended1", "error1", "12345"]
    assert workers["busy7K"] == {
        **LIVE[0],
        "present": True,
        "state": "busy",
        "createdAt": "2024-09-27T08:00:00.000Z",
        "launchAt": "2024-09-27T08:01:00.000Z",
        "lastServeAt": "2024-09-29T11:59:15.000Z",
        "successCount": 12,
    }
    assert workers["ended1"] == {
        "id": "ended1",
        "present": False,
        "status": "STATUS_TERMINATED",
        "detailStatus": "DETAIL_STATUS_FREE",
        "createdAt": "2024-09-28T12:00:00.000Z",
        "deletedAt": "2024-09-29T11:59:00.000Z",
        "successCount": 7,
        **dict.fromkeys(("failedCount", "sessionNumber", "CPUs", "memory", "gpuNum"), 0),
    }


@pytest.mark.parametrize("flags", [[], ["--all"]], ids=["present", "all"])
def test_yaml_says_what_json_says(listed, flags):
    said = {}
    for output, load in (("json", json.loads), ("yaml", yaml.safe_load)):
        ended = on_call.call("list", APP, *flags, "--output", output, env=listed)
        assert (ended.code, ended.err) == (0, SUMMARY)
        said[output] = load(ended.out)
    # The id of digits is a text in both.
    assert "12345" in [each["id"] for each in said["yaml"]["workers"]]
    assert said["yaml"] == said["json"]


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("table", "ID  STATUS  DETAIL  AGE  REQUESTS  FAILED  GPU  DEVICE\n"),
        (
            "json",
            '{\n  "namespace": "e2e",\n  "name": "app",\n  "queueSize": 0,\n'
            '  "complete": true,\n  "unreadableWorkers": 0,\n  "workers": []\n}\n',
        ),
        (
            "yaml",
            'namespace: "e2e"\nname: "app"\nqueueSize: 0\n'
            'complete: true\nunreadableWorkers: 0\nworkers: []\n',
        ),
    ],
    ids=["table", "json", "yaml"],
)
def test_an_app_without_workers_is_a_good_answer(platform, output, shown):
    platform.behaviours["app"] = fleet([])
    env = on_call.variables(platform.url)
    ended = on_call.call("list", APP, "--output", output, env=env)
    assert ended == on_call.Ended(0, shown, "e2e/app: 0 workers, queue 0\n")


def test_ages_are_by_our_clock_if_the_platform_does_not_tell_its_own(platform):
    body = json.dumps({"workers": [worker("old", createdAt="2024-09-29T11:00:00Z")]}).encode()
    platform.behaviours["app"] = lambda exchange: exchange.answer(body)
    ended = on_call.call("list", APP, env=on_call.variables(platform.url))
    age = re.search(r"FREE +(\d+)d", ended.out)
    assert age and int(age[1]) > 365


@pytest.mark.parametrize(("flags", "days"), [([], 2), (["--recent-days", "30"], 30)])
def test_recent_days_reach_the_platform(platform, flags, days):
    platform.behaviours["app"] = fake_platform.good
    assert on_call.call("list", APP, *flags, env=on_call.variables(platform.url)).code == 0
    path = "/api/apps/v1/namespaces/e2e/apps/app/workers"
    assert [head.split("\r\n")[0] for head in platform.heads] == [
        f"GET {path} HTTP/1.1",
        f"GET {path}?showAll=true&recentDays={days} HTTP/1.1",
    ]


def test_the_simulator_is_listed_as_it_is(start):
    simulator = start(harness.Simulator, "--scenario", "steady", "--paused", apps=[APP])
    env = on_call.variables(simulator.url)
    ended = on_call.call("list", APP, "--output", "json", env=env)
    assert ended.code == 0
    (app,) = simulator.truth()["apps"]
    assert len(json.loads(ended.out)["workers"]) == app["workers_live"] > 0


# What must not reach a terminal as it is: escapes that move its cursor or retitle it, in the old
# eight-bit form too, ends of lines, and what turns the direction of text.
HOSTILE = {
    "escape": "\x1b]0;owned\x07\x1b[2J",
    "eight bits": "\x9b2J",
    "newline": "a\nID forged",
    "return": "real\rforged",
    "separator": "a\u2028b\u2029c",
    "direction": "\u202egnp\u2066x\u2069",
    "nothing": "\x00\x7f\b",
    "huge": "x" * 100_000,
}
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("output", ["table", "wide", "json", "yaml"])
def test_hostile_text_never_reaches_the_terminal(platform, output):
    places = ["deviceId", "gpuModel", "appRevision", "replaceWorkerId", "appId"]
    workers = [
        worker(f"{number}{text[:200]}", gpuNum=1, **dict.fromkeys(places, text))
        for number, text in enumerate(HOSTILE.values())
    ]
    enums = worker("enums", status=HOSTILE["escape"], detailStatus=HOSTILE["newline"])
    platform.behaviours["app"] = fleet([*workers, enums], queueName=HOSTILE["escape"])
    env = on_call.variables(platform.url)
    ended = on_call.call("list", APP, "--output", output, env=env)
    assert ended.code == 0, ended.err
    assert not RAW.search(ended.out + ended.err)
    if output in ("table", "wide"):
        lines = ended.out.splitlines()
        assert len(lines) == 1 + len(HOSTILE) + 1
        assert max(map(len, lines)) < 1500
        assert r"0\x1b]0;owned\x07\x1b[2J" in ended.out
    else:
        assert ended.out.isascii()
        load = json.loads if output == "json" else yaml.safe_load
        app = load(ended.out)
        shown = {each["id"]: each for each in app["workers"]}
        for number, text in enumerate(HOSTILE.values()):
            assert shown[f"{number}{text[:200]}"]["appRevision"] == text[:256]
        assert app["queueName"] == HOSTILE["escape"]


def test_a_hostile_answer_to_a_change_never_reaches_the_terminal(platform):
    ids = json.dumps({"workerIds": list(HOSTILE.values())}).encode()
    platform.behaviours["app"] = fake_platform.changing(lambda exchange: exchange.answer(ids))
    env = on_call.variables(platform.url)
    ended = on_call.call("scale-up", APP, "--count", str(len(HOSTILE)), env=env)
    assert ended.code == 0
    assert len(ended.out.splitlines()) == len(HOSTILE)
    assert not RAW.search(ended.out + ended.err)

    message = json.dumps({"message": "".join(HOSTILE.values())}).encode()
    platform.behaviours["app"] = fake_platform.changing(
        lambda exchange: exchange.answer(message, "400 Bad Request")
    )
    ended = on_call.call("scale-up", APP, "--count", "1", env=env)
    assert ended.code == 8
    assert len(ended.err) < 500 and not RAW.search(ended.err)
