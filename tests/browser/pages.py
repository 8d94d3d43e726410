"""Exporters whose status pages are worth a look, on platforms that are made up for them."""

import itertools
import json
import urllib.parse
from collections.abc import Callable
from typing import Any

import fake_platform
import harness

# How the platform says it; see docs/metrics.md.
_WORDS = {
    "error": ("ERROR", "UNSPECIFIED"),
    "unavailable": ("UNAVAILABLE", "UNSPECIFIED"),
    "removing": ("TERMINATING", "REMOVE"),
    "rolling_in": ("RUNNING", "ROLLIN"),
    "starting": ("PENDING", "IN_FLIGHT"),
    "busy": ("RUNNING", "BUSY"),
    "free": ("RUNNING", "FREE"),
    "unknown": ("RUNNING", "UNSPECIFIED"),
}


def fleet(
    queue: int = 0, most: int | None = None, fails: float = 0.002, **states: int
) -> fake_platform.Behaviour:
    """An app with workers in these states, the first of which serves 1000 requests an answer."""
    answers = itertools.count(1)

    def behave(exchange: fake_platform.Exchange) -> None:
        served = 1000 * next(answers)
        workers: list[dict[str, Any]] = []
        for state, count in states.items():
            status, detail = _WORDS[state]
            for _ in range(count):
                workers.append(
                    {
                        "id": f"w{len(workers)}",
                        "status": f"STATUS_{status}",
                        "detailStatus": f"DETAIL_STATUS_{detail}",
                    }
                )
        if workers:
            failed = int(served * fails)
            workers[0] |= {"successCount": served - failed, "failedCount": failed}
        listing = {"workers": workers, "queueSize": queue}
        exchange.answer(json.dumps(listing | ({} if most is None else {"maxWorkers": most})).encode())

    return behave


def then(count: int, first: fake_platform.Behaviour, later: fake_platform.Behaviour) -> fake_platform.Behaviour:
    """Another behaviour after some answers; a poll asks for two."""
    answers = itertools.count()
    return lambda exchange: (first if next(answers) < count else later)(exchange)


def error(line: str, code: int, message: str) -> fake_platform.Behaviour:
    body = json.dumps({"code": code, "message": message, "details": []}).encode()
    return lambda exchange: exchange.answer(body, line)


def status_of(exporter: harness.Exporter) -> dict[str, Any]:
    answer = harness.fetch(exporter.url + "/status.json")
    assert answer.status == 200, answer
    return json.loads(answer.text)


def wait_for_status(
    exporter: harness.Exporter, test: Callable[[dict[str, Any]], bool], what: str
) -> None:
    harness.wait_for(lambda: test(status_of(exporter)), what, 60)


def _start(
    start: Callable[..., Any],
    platform: fake_platform.FakePlatform,
    apps: dict[str, fake_platform.Behaviour],
    *flags: str,
) -> harness.Exporter:
    for app, behaviour in apps.items():
        name = app.partition("/")[2]
        platform.behaviours[urllib.parse.quote(name, safe="")] = behaviour
    exporter = start(harness.Exporter, *flags, endpoint=platform.url, apps=list(apps))
    wait_for_status(exporter, lambda status: status["apps_not_polled"] == 0, "every app is polled")
    return exporter


TROUBLES = {
    "whisper-large": ["down", "stale"],
    "sdxl-turbo": ["down"],
    "old-app": ["down"],
    "tts": ["unavailable_workers"],
    "sd": ["error_workers", "unavailable_workers"],
    "llama-3-8b": ["error_workers"],
    "ocr": ["backlog"],
}


def start_trouble(start: Callable[..., Any], platform: fake_platform.FakePlatform) -> harness.Exporter:
    unauthorized = error("401 Unauthorized", 16, "token has expired")
    exporter = _start(
        start,
        platform,
        {
            "default/whisper-large": then(2, fleet(busy=5, free=1), unauthorized),
            "team-vision/sdxl-turbo": fake_platform.hang,
            "default/old-app": fake_platform.not_found,
            "default/sd": fleet(
                4, 32, 0.015, busy=14, error=2, unavailable=1, removing=1, rolling_in=1, starting=3,
                free=2, unknown=1,
            ),
            "default/llama-3-8b": fleet(0, 8, error=1, busy=4),
            "default/tts": fleet(0, 8, busy=4, unavailable=2),
            "team-vision/ocr": fleet(57, 8, busy=8, starting=1),
            "default/llama-3-70b": fleet(3, 20, busy=12, starting=2, free=4),
            "default/embeddings": fleet(0, 6, 0, busy=2, free=2),
            "team-vision/pose": fleet(busy=4, rolling_in=2, free=6),
            "team-vision/segment": fleet(0, 12),
            "research/qwen-72b": fleet(9, 500, 0.00001, busy=400, free=97, unknown=3),
        },
    )
    wait_for_status(
        exporter,
        lambda status: TROUBLES
        == {app["name"]: app["troubles"] for app in status["apps"] if app["troubles"]}
        and all(app["requests"] and app["requests"]["finished"] for app in status["apps"][-3:-1]),
        "the apps have the troubles that they are to have, and served",
    )
    return exporter


def start_many(start: Callable[..., Any], platform: fake_platform.FakePlatform) -> harness.Exporter:
    apps: dict[str, fake_platform.Behaviour] = {}
    names = ("llama", "whisper", "sdxl", "qwen", "flux", "ocr", "tts", "embed", "rerank", "pose")
    for i in range(200):
        behaviour = fleet(i % 7, 32, 0.0001 * (i % 9), busy=i % 19, free=i % 8, starting=i % 3)
        if i in (17, 60):
            behaviour = error("503 Service Unavailable", 14, "no healthy upstream")
        elif i % 50 == 5:
            behaviour = fleet(i % 7, 32, 0, busy=9, error=1 + i // 100)
        elif i % 40 == 7:
            behaviour = fleet(11 + i % 7, 32, 0, busy=32)
        apps[f"{'team-vision' if i % 3 else 'default'}/{names[i % 10]}-{i:03}"] = behaviour
    return _start(
        start, platform, apps, "--scrape.interval", "10s", "--scrape.timeout", "10s"
    )


HOSTILE_NAMES = (
    "<script>document.title='pwned'",
    "<img src=x onerror=document.title='pwned'>",
    "x\" onmouseover=\"document.title='pwned'",
    "'&amp;<b>",
    "safe\u202etxt.exe",
    "\u05e9\u05dc\u05d5\u05dd",
    "n" * 253,
    "zalgo Z" + "\u0300\u0301\u0302\u0303\u0304" * 3,
)


def start_hostile(start: Callable[..., Any], platform: fake_platform.FakePlatform) -> harness.Exporter:
    apps = {f"default/{name}": fleet(0, 2, busy=1) for name in HOSTILE_NAMES}
    message = "<img src=x onerror=document.title='pwned'> \u202e " + "m" * 500
    apps["default/down"] = error("500 Internal Server Error", 13, message)
    apps["s" * 253 + "/huge"] = fleet(2**53, 10**9, busy=1, error=2, unavailable=3)
    return _start(start, platform, apps)
