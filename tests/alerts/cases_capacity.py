"""Cases of the alerts about an app's queue, limit and cost."""

from case import Alert, Case, app, fires, join, recorded, silent

BACKLOG = "EverAIQueueBacklog"
NOT_DRAINING = "EverAIQueueNotDraining"
SATURATED = "EverAIAppSaturated"
LAGGING = "EverAIAutoscalerLagging"
IDLE = "EverAIIdleGPUs"

UTILISATION = "app:everai_app_utilisation:ratio"


def backlog(waiting: int) -> Alert:
    return Alert(f"At least {waiting} requests have waited for app default/sd for 15 minutes.")


def not_draining(waiting: int) -> Alert:
    return Alert(
        f"App default/sd has workers and at least {waiting} waiting requests, "
        "and has finished none for half an hour: its workers hang."
    )


def saturated(workers: int) -> Alert:
    return Alert(
        f"App default/sd has {workers} workers, as many as it may; over 90 % of them are busy, and requests wait."
    )


def lagging(waiting: int) -> Alert:
    return Alert(
        f"At least {waiting} requests have waited for app default/sd for 15 minutes; "
        "it is below its limit, and no worker is starting."
    )


def idle(gpus: int) -> Alert:
    return Alert(
        f"App default/sd has held at least {gpus} free GPU(s) for 2 hours without finishing a request."
    )


BACKLOG_CASES = [
    Case(
        "a queue just as long as its threshold",
        app(queue="0x4 10x60", threshold="10x64", lost=[8, 15]),
        [*silent(BACKLOG, 19), fires(20, BACKLOG, backlog(10))],
    ),
    Case(
        "both of a pair see it, one of them a longer queue, the other a threshold that was just raised",
        join(
            app(queue="28x40", threshold="10x40", instance="a", pod="a"),
            app(queue="30x40", threshold="12x40", instance="b", pod="b"),
        ),
        [fires(20, BACKLOG, backlog(28))],
    ),
    Case(
        "a shorter queue; one that drains now and then; another app's threshold; one of a pair sees it drain",
        join(
            app("short", queue="9x60", threshold="10x60"),
            app("drains", queue="30 30 30 2 " * 15, threshold="10x60"),
            app("patient", queue="30x60", threshold="50x60"),
            app("pair", queue="11x60", threshold="10x60", instance="a", pod="a"),
            app("pair", queue="11x60", threshold="12x60", instance="b", pod="b"),
            app("gone", queue="30x10 stale", threshold="10x60"),
        ),
        silent(BACKLOG, 20, 40, 59),
    ),
]

DRAINING_CASES = [
    Case(
        "the last request is finished at minute 30, requests wait",
        app(queue="1x100", requests="0+1x30 30x70", busy="1x100", lost=[20, 50]),
        [*silent(NOT_DRAINING, 64), fires(65, NOT_DRAINING, not_draining(1))],
    ),
    Case(
        "both of a pair see it, one has just begun",
        join(
            app(queue="4x60", requests="500x60", busy="2x60", instance="a", pod="a"),
            app(queue="3x60", requests="0x60", free="1x60", instance="b", pod="b"),
        ),
        [*silent(NOT_DRAINING, 25), fires(26, NOT_DRAINING, not_draining(3))],
    ),
    Case(
        "a request every eight minutes; nothing waits; nobody serves; the queue empties; one of a pair restarts",
        join(
            app("slow", queue="3x79", requests="0x7 1x7 2x7 3x7 4x7 5x7 6x7 7x7 8x7 9x7", busy="1x79"),
            app("calm", queue="0x79", requests="5x79", free="1x79"),
            app("dead", queue="3x79", requests="5x79", error="1x79"),
            app("empties", queue="3 3 3 3 0 " * 16, requests="5x79", busy="1x79"),
            app("pair", queue="3x79", requests="5+1x79", busy="1x79", instance="a", pod="a"),
            app("pair", queue="3x79", requests="0x79", busy="1x79", instance="b", pod="b"),
        ),
        silent(NOT_DRAINING, 26, 40, 60, 79),
    ),
]

SATURATED_CASES = [
    Case(
        "at the limit, one minute of rest, and at minute 40 half the workers become free",
        app(busy="5x11 0 5x27 2x30", free="0x11 5 0x27 3x30", limit="5x70", queue="1x11 0 1x57", lost=[9]),
        [
            *silent(SATURATED, 14),
            fires(15, SATURATED, saturated(5)),
            fires(41, SATURATED, saturated(5)),
            *silent(SATURATED, 43),
        ],
    ),
    Case(
        "the queue is empty from minute 40 on; a worker is starting, another is unavailable",
        app(busy="3x70", starting="1x70", unavailable="1x70", error="1x70", limit="5x70", queue="2x39 0x30"),
        [fires(20, SATURATED, saturated(5)), fires(50, SATURATED, saturated(5)), *silent(SATURATED, 56)],
    ),
    Case(
        "both of a pair see it, at slightly different times",
        join(
            app(busy="4x40", starting="1x40", limit="5x40", queue="2x40", instance="a", pod="a"),
            app(busy="4x40", starting="0x40", limit="5x40", queue="2x40", instance="b", pod="b"),
        ),
        [fires(15, SATURATED, saturated(5))],
    ),
    Case(
        "room to grow; limit unknown; one in five is free; nothing waits; scaled to zero",
        join(
            app("room", busy="5x60", limit="6x60", queue="2x60"),
            app("unknown", busy="5x60", queue="2x60"),
            app("free", busy="4x60", free="1x60", limit="5x60", queue="2x60"),
            app("calm", busy="5x60", limit="5x60", queue="0x60"),
            app("zero", busy="0x60", limit="0x60", queue="0x60"),
            # The limit was just raised, which one of a pair has not seen yet.
            app("raised", busy="5x60", limit="5x60", queue="2x60", instance="a", pod="a"),
            app("raised", busy="5x60", limit="6x60", queue="2x60", instance="b", pod="b"),
            # Errored workers do not take a place under the limit.
            app("error", busy="4x60", error="1x60", limit="5x60", queue="2x60"),
            # One of a pair sees the queue empty all the time.
            app("pair", busy="5x60", limit="5x60", queue="1x60", instance="a", pod="a"),
            app("pair", busy="5x60", limit="5x60", queue="0x60", instance="b", pod="b"),
        ),
        silent(SATURATED, 20, 40, 60),
    ),
    Case(
        "one of a pair sees less of the load",
        join(
            app(busy="5x60", limit="5x60", queue="2x60", instance="a", pod="a"),
            app(busy="4x60", free="1x60", limit="5x60", queue="2x60", instance="b", pod="b"),
        ),
        [fires(20, SATURATED, saturated(5))],
    ),
]

LAG_CASES = [
    Case(
        "a backlog, and the last worker is ready at minute 6",
        app(queue="10x60", threshold="10x60", limit="5x60", busy="2x60", starting="1x5 0x54", lost=[20]),
        [*silent(LAGGING, 25), fires(26, LAGGING, lagging(10))],
    ),
    Case(
        "scaled to zero and not woken, seen by both of a pair",
        join(
            app(queue="25x40", threshold="10x40", limit="5x40", busy="0x40", instance="a", pod="a"),
            app(queue="26x40", threshold="10x40", limit="5x40", busy="0x40", instance="b", pod="b"),
        ),
        [*silent(LAGGING, 9), fires(10, LAGGING, lagging(25))],
    ),
    Case(
        "a short queue; one that drains; at the limit; limit unknown; a worker starts or rolls in now and then",
        join(
            app("short", queue="9x60", threshold="10x60", limit="5x60", busy="2x60"),
            app("drains", queue="25 25 25 25 0 " * 12, threshold="10x60", limit="5x60", busy="2x60"),
            app("limit", queue="25x60", threshold="10x60", limit="5x60", busy="4x60", unavailable="1x60"),
            app("unknown", queue="25x60", threshold="10x60", busy="2x60"),
            app("starts", queue="25x60", threshold="10x60", limit="5x60", starting="1 0x8 " * 6 + "0x2"),
            app("rolls", queue="25x60", threshold="10x60", limit="5x60", rolling_in="1x60"),
            # One of a pair sees a worker start that the other one does not.
            app("pair", queue="25x60", threshold="10x60", limit="5x60", starting="1x60", instance="a"),
            app("pair", queue="25x60", threshold="10x60", limit="5x60", starting="0x60", instance="b"),
        ),
        silent(LAGGING, 10, 26, 40, 59),
    ),
]

IDLE_CASES = [
    Case(
        "no request after minute 30, and two models of GPU are held, more of them at times",
        app(gpus_free={"A100": "2x60 1x200", "H100": "1x260"}, requests="0+1x30 30x230", lost=[100]),
        [*silent(IDLE, 164), fires(165, IDLE, idle(2))],
    ),
    Case(
        "a GPU is free from minute 40 on, and one of a pair has just begun",
        join(
            app(gpus_free={"A100": "0x39 1x220"}, requests="7x260", instance="a", pod="a"),
            app(gpus_free={"A100": "0x259"}, requests="7x260", instance="b", pod="b"),
        ),
        [*silent(IDLE, 174), fires(175, IDLE, idle(1))],
    ),
    Case(
        "a request every quarter of an hour; all are busy; no GPUs; one of a pair restarts",
        join(
            app("seldom", gpus_free={"A100": "1x200"}, requests="0x13 1x13 2x13 3x13 4x13 5x13 6x13 7x13 8x13 9x13 10x13 11x13 12x13 13x13 14x5"),
            app("busy", gpus_free={"A100": "0x200"}, requests="7x200"),
            app("cpus", free="1x200", requests="7x200"),
            app("pair", gpus_free={"A100": "1x200"}, requests="0+1x200", instance="a", pod="a"),
            app("pair", gpus_free={"A100": "1x200"}, requests="0x200", instance="b", pod="b"),
        ),
        silent(IDLE, 130, 160, 200),
    ),
]

RECORD_CASES = [
    Case(
        "how much of what serves is busy, also while a scrape is lost",
        join(
            app(busy="3x10", free="1x10", starting="4x10", instance="a", pod="a", lost=[8]),
            app(busy="1x10", free="1x10", starting="4x10", instance="b", pod="b", lost=[8]),
            app("one", busy="1x10"),
            app("none", starting="1x10"),
        ),
        [],
        [recorded(minute, UTILISATION, sd=0.75, one=1) for minute in (7, 8)],
    ),
]

CASES = [*RECORD_CASES, *BACKLOG_CASES, *DRAINING_CASES, *SATURATED_CASES, *LAG_CASES, *IDLE_CASES]
