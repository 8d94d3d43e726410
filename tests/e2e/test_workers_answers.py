"""What everai_workers says of a change, for whatever a platform may answer or not: nothing that is not known.

The platform is the simulator, which knows what was truly done."""

import concurrent.futures
import dataclasses
import datetime
import json
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence

import pytest

import fake_platform
import harness
import network
import on_call

DONE, NOT_SEEN, REFUSED, NOT_AS_ASKED, PERHAPS = 0, 6, 8, 9, 10
# What a script may take from an exit code.
NOTHING_CHANGED = {1, 2, 3, 4, 5, 7, REFUSED}
MAY_HAVE_CHANGED = {DONE, NOT_SEEN, NOT_AS_ASKED, PERHAPS}

UP, DOWN = "scale-up", "scale-down"
# Where no whole answer comes; longer than a listing takes.
SHORT = ["--api.timeout", "4s"]


@dataclasses.dataclass(frozen=True)
class Expected:
    """How a call ends. In the texts {0} and {1} stand for the ids of the workers that were added, or {0} for
    that of the one that was to be removed."""

    code: int
    err: str  # matches the last line of standard error, without the program's name
    out: str = ""


@dataclasses.dataclass(frozen=True)
class Row:
    answer: str  # as the simulator names it
    up: Expected  # of a call that asks for two workers
    down: Expected  # of one that removes a worker


BOTH = "{0}\n{1}\n"


def perhaps(why: str = "") -> Expected:
    return Expected(PERHAPS, f"{why}.*it may have been done.*")


def refused(status: int) -> Expected:
    return Expected(REFUSED, rf"POST scale-(up|down): status {status}\b(?!.*may have been done).*")


def added(out: str) -> Expected:
    return Expected(DONE, "the platform accepted it", out)


REMOVED = Expected(DONE, "the platform accepted it")


def not_as_asked(out: str, err: str) -> Expected:
    return Expected(NOT_AS_ASKED, rf"(?!.*may have been done){err}", out)


def perhaps_both(answer: str, why: str = "") -> Row:
    return Row(answer, perhaps(why), perhaps(why))


def refused_both(answer: str, status: int) -> Row:
    return Row(answer, refused(status), refused(status))


TABLE = [
    Row("normal", added(BOTH), REMOVED),
    # Status 200, and not the documented answer.
    perhaps_both("html", ".*HTML page"),
    perhaps_both("empty"),
    perhaps_both("null-body"),
    perhaps_both("list"),
    perhaps_both("text"),
    perhaps_both("broken-json"),
    perhaps_both("error-object", ".*permission denied"),
    perhaps_both("error-member", ".*app not found"),
    perhaps_both("other-fields"),
    Row("no-fields", not_as_asked("", ".*0 new workers instead of 2"), REMOVED),
    Row("null-ids", not_as_asked("", ".*0 new workers instead of 2"), REMOVED),
    perhaps_both("number-ids"),
    perhaps_both("ids-and-error", ".*permission denied"),
    perhaps_both("huge"),
    # As documented, and not what was asked for.
    Row("fewer", not_as_asked("{0}\n", ".*1 new worker instead of 2"), perhaps()),
    Row("more", not_as_asked(BOTH + r"\w{22}" + "\n", ".*3 new workers instead of 2"), perhaps()),
    Row("twice", not_as_asked("{0}\n{0}\n", ".*a worker twice, 1 new worker instead of 2"), perhaps()),
    Row("empty-id", not_as_asked("{0}\n\n", ".*a worker without an id, 1 new worker instead of 2"), perhaps()),
    # As asked, with ids that no terminal is to show.
    Row("odd-ids", added(r"\\x1b\[2J\\x07.*{0}.*\n\\x1b\[2J\\x07.*{1}.*" + "\n"), perhaps()),
    Row("long-ids", added("{0}x.*\n{1}x.*\n"), perhaps()),
    # Other statuses.
    *(perhaps_both(status, f".*status {status}") for status in ("201", "202", "204")),
    *(perhaps_both(status, f".*status {status}") for status in ("301", "303", "307")),
    *(refused_both(status, int(status)) for status in ("400", "401", "402", "403", "404", "409")),
    refused_both("403-html", 403),
    refused_both("429", 429),
    *(perhaps_both(status, f".*status {status}") for status in ("408", "499", "500", "503", "504")),
    perhaps_both("502-html", ".*status 502"),
    # None, or not a whole one.
    perhaps_both("hang"),
    perhaps_both("close"),
    perhaps_both("reset"),
    perhaps_both("cut-off"),
]
ANSWERS = [row.answer for row in TABLE]


# Apps


@dataclasses.dataclass
class App:
    """One of the simulator's apps, which serves one test, and what truly became of it."""

    simulator: harness.Simulator
    name: str
    ids: list[str]

    def set_faults(self, **faults: object) -> None:
        wanted = {name.replace("_", "-"): value for name, value in faults.items()}
        self.simulator.set_faults(wanted, app=self.name)

    def truth(self) -> dict[str, int]:
        app = next(app for app in self.simulator.truth()["apps"] if f"e2e/{app['name']}" == self.name)
        return {key: app[key] for key in ("scale_calls", "scaled_up", "scaled_down")}

    def listed(self) -> list[str]:
        return [worker["id"] for worker in self._ask("").get("workers", [])]

    def add(self, count: int) -> None:
        self.ids += self._ask(f":{UP}", {"scaleUpWorkersNum": str(count)})["workerIds"]

    def arguments(self, change: str) -> list[str]:
        asked = ["--count", "2"] if change == UP else ["--worker", self.ids[0], "--yes"]
        return [change, self.name, *asked]

    def call(self, change: str, *flags: str) -> on_call.Ended:
        env = on_call.variables(self.simulator.url)
        return on_call.call(*self.arguments(change), *flags, env=env)

    def _ask(self, verb: str, body: dict | None = None) -> dict:
        answer = harness.fetch(
            f"{self.simulator.url}/api/apps/v1/namespaces/e2e/apps/{self.name[4:]}/workers{verb}",
            "POST" if verb else "GET",
            body=json.dumps(body),
            headers={"Authorization": f"Bearer {harness.TOKEN}"},
        )
        assert answer.status == 200, answer
        return json.loads(answer.text)


@pytest.fixture(scope="module")
def apps(tmp_path_factory) -> Iterator[Iterator[App]]:
    """Apps with three free workers each, whose time stands still. An app is used once."""
    count = 4 * len(TABLE) + 40  # two for each answer to each change, and one for each test besides
    # Every third app is scaled by hand: it keeps what it is given.
    names = [f"e2e/app{number}" for number in range(3 * count)]
    flags = ["--scenario", "idle", "--time-factor", "600", "--paused"]
    simulator = harness.Simulator(tmp_path_factory.mktemp("answers"), *flags, apps=names)
    try:
        made = [App(simulator, name, []) for name in names[2::3]]
        for app in made:
            app.add(3)

        def now() -> datetime.datetime:
            return datetime.datetime.fromisoformat(simulator.truth()["time"].replace("Z", "+00:00"))

        begin = now()
        simulator.resume()
        harness.wait_for(lambda: (now() - begin).total_seconds() > 30, "the workers have started")
        simulator.pause()
        yield iter(made)
    finally:
        simulator.close()


def expect_honest(code: int, before: dict[str, int], after: dict[str, int]) -> None:
    """What holds for every call: it asks for a change at most once, and its exit code does not lie."""
    sent = after["scale_calls"] - before["scale_calls"]
    changed = after["scaled_up"] + after["scaled_down"] > before["scaled_up"] + before["scaled_down"]
    assert sent <= 1
    assert code in NOTHING_CHANGED | MAY_HAVE_CHANGED
    assert not changed or code in MAY_HAVE_CHANGED
    assert sent == 1 or code in NOTHING_CHANGED


def expect(ended: on_call.Ended, expected: Expected, ids: Sequence[str]) -> None:
    def filled(pattern: str) -> str:
        for number, name in enumerate(ids):
            pattern = pattern.replace(f"{{{number}}}", re.escape(name))
        return pattern

    last = ended.err.splitlines()[-1].removeprefix("everai_workers: ")
    assert ended.code == expected.code, ended
    assert re.fullmatch(filled(expected.err), last), ended
    assert re.fullmatch(filled(expected.out), ended.out), ended
    # What an answer says is no order to the terminal.
    assert all(line.isprintable() for line in (ended.out + ended.err).split("\n")), ended


def plain(text: str) -> str:
    """A text without what differs from app to app, from worker to worker and from time to time."""
    text = re.sub(r"after \d+ milliseconds", "after SOME milliseconds", text)
    return re.sub(r"\b[1-9A-HJ-NP-Za-km-z]{22,}", "ID", re.sub(r"e2e/\w+", "APP", text))


# What the simulator answers


def test_the_table_has_every_answer_of_the_simulator():
    told = subprocess.run(
        [harness.installed("everai_simulator"), "--help"], capture_output=True, text=True, check=True
    ).stdout
    section = re.search(r"^Values of scale-answer.*:\n((?: {2}.*\n)+)", told, re.MULTILINE)
    assert section
    names = [line.split()[0] for line in section[1].splitlines()]
    assert sorted(names) == sorted(ANSWERS) and len(set(names)) == len(names) > 25


@pytest.mark.parametrize("change", [UP, DOWN])
@pytest.mark.parametrize("row", TABLE, ids=ANSWERS)
def test_what_is_said_of_an_answer(apps, row, change):
    expected = row.up if change == UP else row.down
    app, ignoring = next(apps), next(apps)
    app.set_faults(scale_answer=row.answer)
    ignoring.set_faults(scale_answer=row.answer, scale_ignored=1)
    before = app.truth()
    flags = SHORT if row.answer == "hang" else []
    if expected.code == PERHAPS:
        with concurrent.futures.ThreadPoolExecutor() as pool:
            ended, ignored = pool.map(lambda one: one.call(change, *flags), [app, ignoring])
    else:
        ended, ignored = app.call(change, *flags), None

    after = app.truth()
    new = [name for name in app.listed() if name not in app.ids]
    expect(ended, expected, new if change == UP else app.ids)
    expect_honest(ended.code, before, after)
    assert after["scale_calls"] == before["scale_calls"] + 1
    # A refusal is the only answer to what was not done.
    done = ("scaled_up", 2) if change == UP else ("scaled_down", 1)
    assert after[done[0]] - before[done[0]] == (0 if expected.code == REFUSED else done[1])
    if ignored is not None:
        # Nobody can tell from here.
        assert (ignored.code, ignored.out) == (ended.code, ended.out)
        assert plain(ignored.err) == plain(ended.err)
        assert ignoring.truth() == {**before, "scale_calls": before["scale_calls"] + 1}


@pytest.mark.parametrize("change", [UP, DOWN])
def test_what_was_perhaps_done_is_not_waited_for(apps, change):
    """The code would tell of the wait, and not that nobody knows what was done."""
    app = next(apps)
    app.set_faults(scale_answer="500")
    ended = app.call(change, "--wait", "--timeout", "1h")
    assert ended.code == PERHAPS
    assert "it may have been done" in ended.err


def test_workers_are_added_while_the_history_cannot_be_read(apps):
    app = next(apps)
    app.set_faults(error_history=1)
    ended = app.call(UP)
    assert (ended.code, len(ended.out.splitlines())) == (DONE, 2), ended
    assert app.truth()["scaled_up"] == 5


def test_workers_that_are_not_there_are_not_removed(apps):
    app = next(apps)
    before = app.truth()
    env = on_call.variables(app.simulator.url)
    ended = on_call.call(DOWN, app.name, "--worker", app.ids[0], "typo", "--yes", env=env)
    assert ended.code == 2 and "typo" in ended.err
    assert app.truth() == before


# What no simulator answers

NEW = b'{"workerIds":["new1","new2"]}'


def raw(*pieces: bytes) -> fake_platform.Behaviour:
    """Sends bytes as they are, and closes the connection."""
    return lambda exchange: exchange.send(b"".join(pieces))


def head(status: str, *fields: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *fields, "", ""]).encode()


RAW = {
    "no HTTP": (PERHAPS, raw(b"SSH-2.0-OpenSSH_9.2p1\r\n")),
    "HTTP/0.9": (PERHAPS, raw(NEW)),
    "half a head": (PERHAPS, raw(b"HTTP/1.1 200 OK\r\nContent-")),
    "a head alone": (PERHAPS, raw(head("200 OK", f"Content-Length: {len(NEW)}"))),
    "an interim answer alone": (PERHAPS, raw(head("103 Early Hints"))),
    "half a chunk": (PERHAPS, raw(head("200 OK", "Transfer-Encoding: chunked"), b"ff\r\n{")),
    "a broken encoding": (
        PERHAPS,
        raw(head("200 OK", "Content-Encoding: gzip", f"Content-Length: {len(NEW)}"), NEW),
    ),
    "an unknown status": (PERHAPS, raw(head("999 What", "Content-Length: 2"), b"{}")),
    "a head without end": (PERHAPS, raw(head("200 OK", "X: " + "x" * 300_000))),
    "a drip": (PERHAPS, fake_platform.drip),
    "an answer after an interim one": (
        DONE,
        raw(head("103 Early Hints"), head("200 OK", f"Content-Length: {len(NEW)}"), NEW),
    ),
    "an answer that ends with its connection": (DONE, raw(head("200 OK"), NEW)),
}


@pytest.mark.parametrize(("code", "behaviour"), RAW.values(), ids=RAW)
def test_what_is_said_of_odd_bytes(platform, code, behaviour):
    listing = on_call.fleet([on_call.worker(name) for name in ("old1", "old2", "old3")])
    platform.behaviours["app"] = fake_platform.changing(behaviour, listing)
    flags = SHORT if behaviour is fake_platform.drip else []
    env = on_call.variables(platform.url)
    ended = on_call.call(UP, on_call.APP, "--count", "2", *flags, env=env)
    assert (ended.code, ended.out) == (code, "new1\nnew2\n" if code == DONE else ""), ended
    assert ("it may have been done" in ended.err) == (code == PERHAPS), ended
    assert len(platform.changes) == 1


# Where nobody is asked


@pytest.mark.parametrize("change", [UP, DOWN])
def test_nothing_is_sent_where_nobody_listens_any_more(platform, change):
    listing = on_call.fleet([on_call.worker(name) for name in ("old1", "old2", "old3")], keep=True)

    def look(exchange: fake_platform.Exchange) -> None:
        # The connection is kept for another look, but a change takes one of its own.
        platform.stop_listening()
        listing(exchange)

    platform.behaviours["app"] = look
    asked = ["--count", "2"] if change == UP else ["--worker", "old1", "--yes"]
    ended = on_call.call(change, on_call.APP, *asked, env=on_call.variables(platform.url))
    assert (ended.code, ended.out) == (4, ""), ended
    assert f"everai_workers: POST {change}: " in ended.err
    assert "it may have been done" not in ended.err
    assert platform.changes == []


@pytest.mark.parametrize("change", [UP, DOWN])
def test_nothing_is_sent_to_an_unknown_host(change):
    asked = ["--count", "2"] if change == UP else ["--worker", "old1", "--yes"]
    env = on_call.variables("http://platform.invalid")
    ended = on_call.call(change, on_call.APP, *asked, env=env)
    assert (ended.code, ended.out) == (4, "")
    assert "it may have been done" not in ended.err


def test_nothing_is_sent_to_a_stranger(tmp_path):
    """The platform shows another certificate once it is asked for a change."""
    ours = network.Authority(tmp_path / "ours", "everai test")
    certificate, key = ours.sign("on-call")
    config = tmp_path / "everai.yml"
    tls = {"ca_file": str(ours.certificate), "cert_file": str(certificate), "key_file": str(key)}
    config.write_text(json.dumps({"global": {"tls_config": tls}, "apps": []}))
    config.chmod(0o600)
    platform = network.Platform(ours)
    try:
        flag = f"--config.file={config}"
        env = on_call.variables(platform.url)
        dry = on_call.call(UP, on_call.APP, "--count", "1", "--dry-run", flag, env=env)
        assert dry.code == 0, dry
        looks = len(platform.clients)
        platform.after(2 * looks, lambda: platform.trust(network.Authority(tmp_path / "other", "other")))
        ended = on_call.call(UP, on_call.APP, "--count", "1", flag, env=env)
        assert len(platform.clients) == 2 * looks
    finally:
        platform.close()
    assert (ended.code, ended.out) == (4, ""), ended
    assert "everai_workers: POST scale-up: tls failed" in ended.err
    assert "it may have been done" not in ended.err


# Signals

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


class Call(on_call.Call):
    """A call that minds signals, whatever the tests were told to ignore."""

    def __init__(self, folder, *arguments: str, env) -> None:
        argv = ["env", "--default-signal", harness.installed("everai_workers"), *arguments]
        harness.Process.__init__(self, "workers", argv, folder, env)


@pytest.fixture
def call(start, apps) -> Callable[..., tuple[App, Call]]:
    """Calls for a change at an app with some faults, and does not wait for its end."""

    def begin(change: str, *flags: str, **faults: object) -> tuple[App, Call]:
        app = next(apps)
        app.set_faults(**faults)
        env = on_call.variables(app.simulator.url)
        return app, start(Call, *app.arguments(change), *flags, env=env)

    return begin


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("change", [UP, DOWN])
def test_a_signal_while_an_answer_is_awaited(call, change, number):
    app, process = call(change, scale_answer="hang")
    # The setup has asked for three workers.
    harness.wait_for(lambda: app.truth()["scale_calls"] == 2, "the platform was asked")
    process.send_signal(number)
    ended = process.ended()
    assert (ended.code, ended.out) == (PERHAPS, ""), ended
    assert ended.err.endswith("\n") and "it may have been done" in ended.err.splitlines()[-1]


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("change", [UP, DOWN])
def test_a_signal_while_it_waits_for_what_was_accepted(call, change, number):
    app, process = call(change, "--wait")
    process.wait_for_log("0 of [12] ")
    process.send_signal(number)
    ended = process.ended()
    new = [name for name in app.listed() if name not in app.ids]
    assert len(new) == (2 if change == UP else 0)
    assert (ended.code, ended.out) == (NOT_SEEN, "".join(f"{name}\n" for name in new)), ended
    assert ended.err.endswith("\n") and "may have been done" not in ended.err
    assert app.truth()["scale_calls"] == 2


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_before_anything_was_sent(start, platform, number):
    asked = platform.note_requests("app", fake_platform.hang)
    process = start(Call, UP, on_call.APP, "--count", "2", env=on_call.variables(platform.url))
    assert asked.wait(20)
    process.send_signal(number)
    ended = process.ended()
    assert ended.code in (1, -number) and ended.out == "", ended
    assert "may have been done" not in ended.err
    assert platform.changes == []
