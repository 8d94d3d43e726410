"""A person or a script that calls everai_workers: by a pipe, or at a terminal."""

import contextlib
import dataclasses
import json
import os
import pathlib
import pty
import subprocess
from collections.abc import Mapping, Sequence

import fake_platform
import harness

APP = "e2e/app"
DEADLINE = 30.0

# What the platforms of these tests say of the time, whatever ours is.
NOW = "Sun, 29 Sep 2024 12:00:00 GMT"


@dataclasses.dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


def variables(endpoint: str, token: str | None = harness.TOKEN) -> dict[str, str]:
    """The environment of a call."""
    return harness.environment(
        EVERAI_ENDPOINT=endpoint, **({} if token is None else {"EVERAI_TOKEN": token})
    )


def call(*arguments: str, env: Mapping[str, str]) -> Ended:
    """A call by a script: nobody answers questions."""
    ended = subprocess.run(
        [harness.installed("everai_workers"), *arguments],
        env=dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=DEADLINE,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def call_at_terminal(*arguments: str, env: Mapping[str, str], reply: bytes = b"") -> tuple[int, str]:
    """A call by a person, who types `reply` once asked. @return exit code and all that was shown."""
    ours, theirs = pty.openpty()
    program = [harness.installed("everai_workers"), *arguments]
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, ours)
        process = subprocess.Popen(
            program, env=dict(env), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        stack.callback(process.kill)
        os.close(theirs)
        shown = b""
        # The terminal ends with an error when the program has gone.
        with contextlib.suppress(OSError):
            while data := os.read(ours, 65536):
                shown += data
                if reply and b"[y/N] " in shown:
                    os.write(ours, reply)
                    reply = b""
        return process.wait(DEADLINE), shown.decode().replace("\r\n", "\n")


class Call(harness.Process):
    """A call that goes on while the test does something else."""

    def __init__(self, folder: pathlib.Path, *arguments: str, env: Mapping[str, str]) -> None:
        super().__init__(
            "workers", [harness.installed("everai_workers"), *arguments], folder, env
        )

    def ended(self) -> Ended:
        """How it ended, once it has."""
        return Ended(self.wait(DEADLINE), self.output(), self.log())


def fleet(
    live: Sequence[Mapping[str, object]],
    ended: Sequence[Mapping[str, object]] = (),
    *,
    keep: bool = False,
    **app: object,
) -> fake_platform.Behaviour:
    """Lists workers as the platform does: those that ended or errored in the history alone."""

    def behave(exchange: fake_platform.Exchange) -> None:
        workers = [*live, *(ended if "showAll=true" in exchange.query else ())]
        body = json.dumps({"workers": workers, **app}).encode()
        exchange.answer(body, extra=f"Date: {NOW}\r\n", keep=keep)

    return behave


def worker(name: str, **fields: object) -> dict[str, object]:
    """A worker as the platform lists it: free, unless `fields` say otherwise."""
    return {
        "id": name,
        "status": "STATUS_RUNNING",
        "detailStatus": "DETAIL_STATUS_FREE",
        "createdAt": "2024-09-29T11:00:00Z",
        **fields,
    }
