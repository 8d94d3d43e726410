"""How everai_workers ends when something is wrong: the exit code tells the class, one line the reason."""

import dataclasses
import json
import re
import subprocess
import time

import pytest

import fake_platform
import harness
import on_call
from on_call import APP, fleet, worker

NOWHERE = "http://127.0.0.1:9"
PERHAPS = "; it may have been done all the same, look with list"
ADD = ["scale-up", APP, "--count", "1"]
REMOVE = ["scale-down", APP, "--worker", "9zFtE2", "--yes"]
LIST = ["list", APP]
SUMMARY = "e2e/app: 1 worker (1 free), at most 5, queue 3\n"


def says(code: int, message: str, before: str = "") -> on_call.Ended:
    return on_call.Ended(code, "", f"{before}everai_workers: {message}\n")


# Wrong usage

WRONG = {
    "": "expected a command: list, scale-up or scale-down",
    "frob a/b": "'frob' is no command, expected list, scale-up or scale-down",
    "list": "list: expected an app, NAMESPACE/NAME",
    "list --output a/b": "list: expected an app, NAMESPACE/NAME",
    "list sd": "list: 'sd' is no app such as default/sd",
    "list a/b/c": "list: 'a/b/c' is no app such as default/sd",
    "list a/b c": "unexpected argument 'c'",
    "list a/b --output": "Option 'output' is missing an argument",
    "list a/b --output xml": "--output: 'xml' is no output, expected table, wide, json or yaml",
    "list a/b --recent-days 0": "--recent-days: '0' is no number of days from 1 to 30",
    "list a/b --recent-days 31": "--recent-days: '31' is no number of days from 1 to 30",
    "list a/b --count 1": "--count: it is no flag of list",
    "list a/b --worker c": "--worker: it is no flag of list",
    "list a/b --yes": "--yes: it is no flag of list",
    "list a/b --all=maybe": "Argument 'maybe' failed to parse",
    "list a/b --bogus": "Option 'bogus' does not exist",
    "list a/b --api.timeout 0s": "--api.timeout: '0s' is no timeout above 0, up to 1d",
    "list a/b --api.timeout 5": "--api.timeout: '5' is no duration such as 30s or 1m30s",
    "list a/b --api.endpoint x": "--api.endpoint: 'x' is no endpoint such as https://everai.expvent.com",
    "list a/b --api.token-file --all": "--api.token-file: '--all' is a flag, expected a value",
    "list a/b --config.file --all": "--config.file: '--all' is a flag, expected a value",
    "scale-up a/b": "scale-up: expected one of --count N and --to N",
    "scale-up a/b --count 1 --to 2": "scale-up: expected one of --count N and --to N",
    "scale-up a/b --to -1": "--to: '-1' is not a number of workers from 0 to 100000",
    "scale-up a/b --to 1e3": "--to: '1e3' is not a number of workers from 0 to 100000",
    "scale-up a/b --to 1 --to 1": "--to: it is given more than once",
    "scale-up a/b --count 0": "--count: '0' is not a number of workers from 1 to 1000",
    "scale-up a/b --count 1001": "--count: '1001' is not a number of workers from 1 to 1000",
    "scale-up a/b --count -1": "--count: '-1' is not a number of workers from 1 to 1000",
    "scale-up a/b --count --wait": "--count: '--wait' is a flag, expected a value",
    "scale-up a/b --count 1 --count 2": "--count: it is given more than once",
    "list a/b --all --all": "--all: it is given more than once",
    "scale-up a/b --count 1 --timeout 0s": "--timeout: '0s' is no timeout above 0, up to 1d",
    "scale-up a/b --count 1 --worker c": "--worker: it is no flag of scale-up",
    "scale-up a/b --count 1 --output yaml": (
        "--output: 'yaml' is no output of a change, expected text or json"
    ),
    "scale-up a/b --count 1 --yes --yes": "--yes: it is given more than once",
    "scale-down a/b --yes": "scale-down: expected one of --count N, --to N and --worker ID",
    "scale-down a/b --yes --count 1 --worker c": (
        "scale-down: expected one of --count N, --to N and --worker ID"
    ),
    "scale-down a/b --yes --to 1 --worker c": (
        "scale-down: expected one of --count N, --to N and --worker ID"
    ),
    "scale-down a/b --yes --count 1 c": "unexpected argument 'c'",
    "scale-down a/b --yes --worker --wait": "--worker: '--wait' is a flag, expected a value",
    "scale-down a/b --yes --worker c --all": "--all: it is no flag of scale-down",
    "scale-down --worker a/b --yes": "scale-down: expected an app, NAMESPACE/NAME",
}


@pytest.mark.parametrize(("line", "message"), WRONG.items(), ids=WRONG)
def test_a_wrong_command_line_is_refused_before_anything_is_asked(platform, line, message):
    ended = on_call.call(*line.split(), env=on_call.variables(platform.url))
    # Versions of the library that reads the flags differ in their quotation marks.
    plain = dataclasses.replace(ended, err=re.sub("[‘’]", "'", ended.err))
    assert plain == says(2, f"{message} (see --help)")
    assert platform.requests == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("EVERAI_ENDPOINT", "x", "'x' is no endpoint such as https://everai.expvent.com"),
        (
            "EVERAI_TOKEN",
            "two words",
            "the token has a control character, a space or a byte beyond ASCII in it",
        ),
    ],
    ids=["endpoint", "token"],
)
def test_a_wrong_environment_is_refused(name, value, message):
    env = on_call.variables(NOWHERE) | {name: value}
    assert on_call.call(*LIST, env=env) == says(2, f"{name}: {message} (see --help)")


# What the platform answers, or does not


@pytest.mark.parametrize("command", [LIST, ADD, REMOVE], ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("behaviour", "code", "message"),
    [
        (fake_platform.for_token("another"), 3, "status 401: refused (code 16)"),
        (fake_platform.status("403 Forbidden", 7), 3, "status 403: refused (code 7)"),
        (fake_platform.not_found, 2, "status 404: app not found (code 5)"),
        (fake_platform.status("429 Too Many Requests", 8), 4, "status 429: refused (code 8)"),
        (fake_platform.status("500 Internal", 13), 4, "status 500: refused (code 13)"),
        (fake_platform.status("402 Payment Required", 9), 4, "status 402: refused (code 9)"),
        (
            lambda exchange: exchange.answer(b"<html>", "403 Forbidden"),
            4,
            "status 403: an HTML page",
        ),
        (lambda exchange: exchange.answer(b"<html>"), 5, None),
        (lambda exchange: exchange.answer(b'{"workers": 7}'), 5, None),
    ],
    ids=["token", "forbidden", "no app", "rate", "server", "balance", "firewall", "no json", "no workers"],
)
def test_nothing_is_changed_at_a_platform_that_does_not_list(
    platform, command, behaviour, code, message
):
    platform.behaviours["app"] = behaviour
    ended = on_call.call(*command, env=on_call.variables(platform.url))
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.startswith("everai_workers: GET workers (live): ") and ended.err.count("\n") == 1
    assert message is None or ended == says(code, f"GET workers (live): {message}")
    assert platform.changes == []


def test_without_a_token_the_platform_is_asked_without_one(platform):
    platform.behaviours["app"] = fake_platform.for_token("any")
    ended = on_call.call(*LIST, env=on_call.variables(platform.url, token=None))
    assert ended == says(
        3,
        "GET workers (live): status 401: refused (code 16)",
        "everai_workers: warning: no API token for e2e/app: requests go without one\n",
    )
    assert platform.authorizations == {None}


def test_a_token_file_that_is_not_there_is_said(platform, tmp_path):
    flags = ["--api.token-file", str(tmp_path / "token")]
    ended = on_call.call(*ADD, *flags, env=on_call.variables(platform.url, token=None))
    assert ended == says(
        3, f"GET workers (live): token file {tmp_path}/token: No such file or directory"
    )
    assert platform.requests == []


def test_nobody_answers():
    ended = on_call.call(*ADD, env=on_call.variables(f"http://127.0.0.1:{harness.free_port()}"))
    assert (ended.code, ended.out) == (4, "")
    assert ended.err.startswith("everai_workers: GET workers (live): no answer: ")
    assert PERHAPS not in ended.err


def test_an_app_that_is_not_there(start):
    simulator = start(harness.Simulator, "--scenario", "idle", apps=[APP])
    ended = on_call.call("list", "e2e/none", env=on_call.variables(simulator.url))
    assert ended == says(2, "GET workers (live): status 404: app e2e/none not found (code 5)")


def test_a_worker_that_is_not_there(start):
    simulator = start(harness.Simulator, "--scenario", "idle", apps=[APP])
    env = on_call.variables(simulator.url)
    ended = on_call.call("scale-down", APP, "--worker", "none", "--yes", "--wait", env=env)
    assert ended == says(
        2, "worker none is not listed", "e2e/app: 0 workers, at most 12, queue 0\n  none  not listed\n"
    )


def close_at_once(exchange: fake_platform.Exchange) -> None:
    """The request was read; who knows what was done."""


CHANGES = {
    "refused": (fake_platform.status("400 Bad Request", 9), 8, "status 400: refused (code 9)"),
    "conflict": (fake_platform.status("409 Conflict", 10), 8, "status 409: refused (code 10)"),
    "revoked": (fake_platform.status("401 Unauthorized", 16), 8, "status 401: refused (code 16)"),
    "forbidden": (fake_platform.status("403 Forbidden", 7), 8, "status 403: refused (code 7)"),
    "not there": (fake_platform.not_found, 8, "status 404: app not found (code 5)"),
    "too many": (
        fake_platform.status("429 Too Many Requests", 8),
        8,
        "status 429: refused (code 8)",
    ),
    "server": (
        fake_platform.status("500 Internal Server Error", 13),
        10,
        f"status 500: refused (code 13){PERHAPS}",
    ),
    "too late": (
        fake_platform.status("408 Request Timeout", 4),
        10,
        f"status 408: refused (code 4){PERHAPS}",
    ),
    "given up": (
        fake_platform.status("499 Client Closed Request", 1),
        10,
        f"status 499: refused (code 1){PERHAPS}",
    ),
    "redirect": (
        fake_platform.status("307 Temporary Redirect", 0, f"Location: {NOWHERE}/other\r\n"),
        10,
        f"status 307: redirect to 127.0.0.1 not followed{PERHAPS}",
    ),
    "error with status 200": (
        lambda exchange: exchange.answer(b'{"code": 16, "message": "token expired"}'),
        10,
        f"the answer is an error: code 16: token expired{PERHAPS}",
    ),
    "overdue": (fake_platform.hang, 10, None),
    "closed": (close_at_once, 10, None),
    "cut off": (
        lambda exchange: exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
        10,
        None,
    ),
}


@pytest.mark.parametrize("command", [ADD, REMOVE], ids=lambda command: command[0])
@pytest.mark.parametrize(("behaviour", "code", "message"), CHANGES.values(), ids=CHANGES)
def test_a_change_that_fails_is_asked_for_once(platform, command, behaviour, code, message):
    """Even where a client library likes to try again: on a connection that was kept, and then closed."""
    platform.behaviours["app"] = fake_platform.changing(behaviour, fleet([worker("9zFtE2")], keep=True))
    env = on_call.variables(platform.url)
    ended = on_call.call(*command, "--wait", "--api.timeout", "1s", env=env)
    assert (ended.code, ended.out) == (code, "")
    *_, last = ended.err.splitlines()
    call = f"everai_workers: POST {command[0]}: "
    assert last.startswith(call)
    if message is None:
        assert last.endswith(PERHAPS)
    else:
        assert last == call + message
    assert [change for change, _ in platform.changes] == [command[0]]
    looks = 1 if command is ADD else 2
    assert [head.split(" ")[0] for head in platform.heads] == ["GET"] * looks + ["POST"]


OTHER = "the answer is not the documented one: "
ODD = {
    b"": "the answer is empty",
    b"[]": f"{OTHER}[]",
    b'{"workerIds": "a"}': f'{OTHER}{{"workerIds": "a"}}',
    b'{"workerIds": [7]}': f'{OTHER}{{"workerIds": [7]}}',
    b'{"worker_ids": ["a"]}': f'{OTHER}{{"worker_ids": ["a"]}}',
    b'{"\x1b[2J": 1}': f'{OTHER}{{"\\x1b[2J": 1}}',
    b"<html>login</html>": "an HTML page in place of the platform's answer",
}


@pytest.mark.parametrize("command", [ADD, REMOVE], ids=lambda command: command[0])
@pytest.mark.parametrize(("body", "message"), ODD.items(), ids=[repr(body) for body in ODD])
def test_nothing_is_claimed_of_an_answer_that_is_not_understood(platform, command, body, message):
    platform.behaviours["app"] = fake_platform.changing(
        lambda exchange: exchange.answer(body), fleet([worker("9zFtE2")])
    )
    ended = on_call.call(*command, "--wait", env=on_call.variables(platform.url))
    assert (ended.code, ended.out) == (10, "")
    assert ended.err.splitlines()[-1] == (
        f"everai_workers: POST {command[0]}: {message}{PERHAPS}"
    )
    assert len(platform.changes) == 1


# Standard streams


def run_shell(redirections: str, *arguments: str, platform) -> on_call.Ended:
    """A call whose standard streams a shell has prepared."""
    program = ["sh", "-c", f'exec "$0" "$@" {redirections}', harness.installed("everai_workers")]
    ended = subprocess.run(
        [*program, *arguments],
        env=on_call.variables(platform.url),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=on_call.DEADLINE,
        check=False,
    )
    return on_call.Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize(
    ("redirection", "why"),
    [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")],
    ids=["full", "closed"],
)
@pytest.mark.parametrize(
    "arguments",
    [LIST, [*LIST, "--output", "json"], [*ADD, "--dry-run"], ["--help"], ["--version"]],
    ids=" ".join,
)
def test_an_output_that_cannot_be_written_is_a_failure(platform, arguments, redirection, why):
    platform.behaviours["app"] = fleet([worker("9zFtE2")])
    ended = run_shell(redirection, *arguments, platform=platform)
    assert (ended.code, ended.out) == (1, "")
    assert f"everai_workers: standard output: {why}\n" in ended.err


@pytest.mark.parametrize(
    ("redirection", "why"),
    [
        (">/dev/full", "No space left on device"),
        (">&-", "Bad file descriptor"),
        ("| exec 0<&-", "Broken pipe"),
    ],
    ids=["full", "closed", "gone"],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_what_was_accepted_is_told_whatever_becomes_of_the_output(platform, form, redirection, why):
    done = json.dumps({"workerIds": ["new1"]}).encode()

    def change(exchange: fake_platform.Exchange) -> None:
        # Whoever reads standard output has had the time to leave.
        time.sleep(0.5)
        exchange.answer(done)

    platform.behaviours["app"] = fake_platform.changing(change, fleet([worker("9zFtE2")]))
    program = f'"$0" "$@" {redirection}; exit "${{PIPESTATUS[0]}}"'
    ended = subprocess.run(
        ["bash", "-c", program, harness.installed("everai_workers"), *ADD, "--output", form],
        env=on_call.variables(platform.url),
        capture_output=True,
        text=True,
        timeout=on_call.DEADLINE,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (9, ""), ended.stderr
    assert f"standard output: {why}" in ended.stderr and "new1" in ended.stderr
    assert len(platform.changes) == 1


def test_a_reader_that_has_gone_is_no_failure(platform):
    workers = [worker(f"worker{number}") for number in range(5000)]
    platform.behaviours["app"] = fleet(workers)
    program = f'"$0" "$@" | head -n 1 >/dev/null; exit "${{PIPESTATUS[0]}}"'
    ended = subprocess.run(
        ["bash", "-c", program, harness.installed("everai_workers"), *LIST],
        env=on_call.variables(platform.url),
        capture_output=True,
        text=True,
        timeout=on_call.DEADLINE,
        check=False,
    )
    assert ended.returncode == 0
    assert "standard output" not in ended.stderr


@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-", "2>&- <&-"])
def test_errors_that_cannot_be_written_change_nothing(platform, redirection):
    done = json.dumps({"workerIds": ["new1"]}).encode()
    before, after = fleet([worker("9zFtE2")], keep=True), fleet([worker("new1")], keep=True)
    platform.behaviours["app"] = fake_platform.changing(
        lambda exchange: exchange.answer(done),
        lambda exchange: (after if platform.changes else before)(exchange),
    )
    ended = run_shell(redirection, *ADD, "--wait", platform=platform)
    assert ended == on_call.Ended(0, "new1\n", "")
    assert len(platform.changes) == 1
    assert run_shell(redirection, "frob", platform=platform).code == 2
