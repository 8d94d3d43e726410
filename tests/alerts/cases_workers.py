"""Cases of the alerts about an app's workers."""

from case import Alert, Case, app, fires, join, silent

NO_SERVING = "EverAINoServingWorkers"
ERROR = "EverAIWorkersInError"
UNAVAILABLE = "EverAIWorkersUnavailable"
CRASHING = "EverAIWorkersCrashLooping"
STUCK = "EverAIWorkerStuckStarting"
BLOCKED = "EverAIScaleUpBlocked"
ROLLOUT = "EverAIRolloutStuck"
FLAPPING = "EverAIWorkersFlapping"


def no_serving(waiting: int) -> Alert:
    return Alert(
        f"At least {waiting} requests have waited for app default/sd for 8 minutes, and no worker is busy or free."
    )


def in_error(workers: int) -> Alert:
    return Alert(
        f"{workers} worker(s) of app default/sd are in STATUS_ERROR, and the last one has not been for an hour yet."
    )


def unavailable(workers: int) -> Alert:
    return Alert(
        f"At least {workers} worker(s) of app default/sd have been in STATUS_UNAVAILABLE for 10 minutes."
    )


def crashing(times: int) -> Alert:
    return Alert(
        f"Workers of app default/sd failed {times} times in 30 minutes, more than half as often as any were created."
    )


def stuck(age: str) -> Alert:
    return Alert(
        f"A worker of app default/sd was created {age} ago and is still starting. The app is not scaled up meanwhile."
    )


def blocked(age: str) -> Alert:
    return Alert(
        f"App default/sd has waiting requests and a worker that has been starting for {age}; "
        "the platform scales up no further before that worker is gone."
    )


def rollout(workers: int) -> Alert:
    return Alert(
        f"{workers} worker(s) of app default/sd have been rolling in for 25 minutes, and no other was replaced meanwhile."
    )


def flapping(created: int) -> Alert:
    return Alert(
        f"{created} workers of app default/sd were created in the last hour, over four times as many as it has."
    )


SERVING_CASES = [
    Case(
        "requests wait and nothing serves: workers start, error or are unavailable",
        app(queue="0x4 1x40", starting="1x44", error="1x44", unavailable="1x44", lost=[9, 12]),
        [*silent(NO_SERVING, 12), fires(13, NO_SERVING, no_serving(1))],
    ),
    Case(
        "both of a pair see it, one of them a longer queue",
        join(
            app(queue="4x40", busy="0x40", instance="a", pod="a"),
            app(queue="5x40", busy="0x40", instance="b", pod="b"),
        ),
        [fires(13, NO_SERVING, no_serving(4))],
    ),
    Case(
        "requests wait while workers are busy, or are free and about to take them",
        join(
            app("busy", queue="4x40", busy="2x40"),
            app("free", queue="4x40", free="2x40"),
            # One of a pair has not yet seen the worker that the other one has.
            app("late", queue="4x40", busy="0x40", instance="a"),
            app("late", queue="4x40", busy="1x40", instance="b"),
        ),
        silent(NO_SERVING, 13, 40),
    ),
    Case(
        "an app scaled to zero; a cold start of six minutes; the queue empties now and then; gauges vanish",
        join(
            app("zero", queue="0x40", busy="0x40"),
            app("cold", queue="0x4 3x6 0x28", busy="0x10 1x29"),
            app("bursts", queue="3 3 3 3 0 " * 8, busy="0x40"),
            app("gone", queue="0x4 3x3 stale", busy="0x8 stale"),
        ),
        silent(NO_SERVING, 9, 11, 13, 20, 39),
    ),
]

ERROR_CASES = [
    Case(
        "a worker errors at minute 10 and is listed for hours",
        app(error="0x9 1x200", last_error="_x10 600x200", lost=[12]),
        [
            *silent(ERROR, 14),
            fires(15, ERROR, in_error(1)),
            fires(70, ERROR, in_error(1)),
            *silent(ERROR, 71),
        ],
    ),
    Case(
        "another worker errors two hours after the first",
        app(error="1x119 2x60", last_error="0x119 7200x60"),
        [*silent(ERROR, 119, 124), fires(125, ERROR, in_error(2))],
    ),
    Case(
        "the exporter does not know since when, having restarted",
        app(error="1x40", free="1x40"),
        [*silent(ERROR, 4), fires(5, ERROR, in_error(1))],
    ),
    Case(
        "one of a pair knows that the error is old; an error is gone within a minute; other troubles",
        join(
            app(error="1x100", last_error="0x100", instance="a", pod="a"),
            app(error="1x100", instance="b", pod="b"),
            app("llm", error="0x9 1 0x89", last_error="_x10 600x89"),
            app("tts", unavailable="1x100", unknown="1x100"),
        ),
        silent(ERROR, 16, 80, 100)[1:] + silent(CRASHING, 16),
    ),
    Case(
        "both of a pair see the errors, one of them one more",
        join(
            app(error="1x40", last_error="0x40", instance="a", pod="a"),
            app(error="2x40", last_error="60x40", instance="b", pod="b"),
        ),
        [fires(10, ERROR, in_error(2))],
    ),
    Case(
        "one of a pair saw the last error, the other an old one",
        join(
            app(error="1x100", last_error="0x100", instance="a", pod="a"),
            app(error="1x100", last_error="0x69 4200x30", instance="b", pod="b"),
        ),
        [*silent(ERROR, 69), fires(76, ERROR, in_error(1))],
    ),
]

UNAVAILABLE_CASES = [
    Case(
        "a worker is unavailable, which one of a pair of exporters does not see",
        join(
            app(unavailable="0x4 1x40", instance="a", pod="a", lost=[8, 13]),
            app(unavailable="0x44", instance="b", pod="b", lost=[8, 13]),
        ),
        [*silent(UNAVAILABLE, 14), fires(15, UNAVAILABLE, unavailable(1))],
    ),
    Case(
        "a worker comes and goes; others err",
        join(app(unavailable="1 1 1 1 0 " * 8), app("llm", error="1x40", removing="1x40")),
        silent(UNAVAILABLE, 15, 39),
    ),
]

CRASH_CASES = [
    Case(
        "four of six workers fail within half an hour, twice as many as one of a pair saw",
        join(
            app(
                errors="0x9 1x4 2x4 3x4 4x40",
                created="0x9 2x4 3x4 4x4 6x40",
                instance="a",
                pod="a",
                lost=[22],
            ),
            app(errors="0x19 1x4 2x40", created="0x19 1x4 3x40", instance="b", pod="b"),
        ),
        [
            *silent(CRASHING, 24),
            fires(25, CRASHING, crashing(4)),
            fires(42, CRASHING, crashing(3)),
            *silent(CRASHING, 46),
        ],
    ),
    Case(
        "a worker's container fails again and again, and none is created",
        app(errors="0x9 1x4 2x4 3x40", created="0x60"),
        [*silent(CRASHING, 24), fires(25, CRASHING, crashing(3))],
    ),
    Case(
        "six of six failed, and later three of ten",
        app(errors="0x4 6x34 7x1 8x1 9x40", created="0x4 6x29 16x50"),
        [fires(10, CRASHING, crashing(6)), *silent(CRASHING, 52)],
    ),
    Case(
        "two workers fail; four of ten do; three of many do, of which one of a pair knows little",
        join(
            app("pair", errors="0x9 3x60", created="0x9 10x60", instance="a", pod="a"),
            app("pair", errors="0x69", created="0x69", instance="b", pod="b"),
            app("two", errors="0x9 1x4 2x60", created="0x9 1x4 2x60"),
            app("ten", errors="0x9 1x2 2x2 3x2 4x60", created="0x9 3x2 6x2 9x2 10x60"),
            app("many", errors="0x9 1x4 2x4 3x60", created="0+1x60"),
        ),
        silent(CRASHING, 20, 25, 30, 39),
    ),
]

START_CASES = [
    Case(
        "a worker does not finish its start, with and without a queue",
        join(
            app("sd", oldest_start="_x10 600x60", queue="0x24 1x60", lost=[27]),
            app("llm", oldest_start="_x10 600x60", queue="0x84", lost=[27]),
        ),
        [
            *silent(STUCK, 27),
            fires(28, STUCK, stuck("18m 0s"), Alert(stuck("18m 0s").description.replace("sd", "llm"), "llm")),
            *silent(BLOCKED, 31),
            # The queue has not been empty for five minutes at minute 30.
            fires(32, BLOCKED, blocked("22m 0s")),
        ],
    ),
    Case(
        "requests wait, and then a worker does not finish its start; scrapes are lost",
        app(oldest_start="_x10 600x60", queue="7x70", lost=[27]),
        [*silent(BLOCKED, 27), fires(28, BLOCKED, blocked("18m 0s"))],
    ),
    Case(
        "one of a pair has not yet seen the oldest",
        join(
            app(oldest_start="600x60", queue="7x60", instance="a", pod="a"),
            app(oldest_start="900x60", queue="6x60", instance="b", pod="b"),
        ),
        [
            *silent(STUCK, 27),
            fires(28, STUCK, stuck("18m 0s")),
            fires(28, BLOCKED, blocked("18m 0s")),
        ],
    ),
    Case(
        "a worker starts in time; one after the other starts; one is late, and the queue empties now and then",
        join(
            app("quick", oldest_start="0x14 stale _x40", queue="7x60"),
            app("many", oldest_start="0+60x60", queue="7x60"),
        ),
        silent(STUCK, 18, 19, 40, 60) + silent(BLOCKED, 18, 19, 40, 60),
    ),
    Case(
        "a worker is late, and the queue empties now and then",
        app(oldest_start="0x60", queue="7 7 7 0 " * 15),
        [*silent(BLOCKED, 40, 59), fires(40, STUCK, stuck("40m 0s"))],
    ),
]

ROLLOUT_CASES = [
    Case(
        "a worker rolls in from minute 5 on, and nothing goes on",
        app(rolling_in="0x4 1x90", replaced="0x4 1x90", free="2x94", lost=[8, 30]),
        # It was created to replace another, which counts as progress until minute 19.
        [*silent(ROLLOUT, 39), fires(40, ROLLOUT, rollout(1))],
    ),
    Case(
        "both of a pair see it, one of them one worker more",
        join(
            app(rolling_in="0x4 2x60", replaced="1x64", instance="a", pod="a"),
            app(rolling_in="0x4 1x60", replaced="7x64", instance="b", pod="b"),
        ),
        [*silent(ROLLOUT, 29), fires(30, ROLLOUT, rollout(2))],
    ),
    Case(
        "a long rollout that goes on; a short one; starts and removals; one of a pair restarts",
        join(
            app("long", rolling_in="1x120", replaced="0x13 1x13 2x13 3x13 4x13 5x13 6x13 7x13 8x8"),
            app("short", rolling_in="0x4 1x10 0x104", replaced="0x120"),
            app("none", starting="1x120", removing="1x120", replaced="0x120"),
            app("pair", rolling_in="1x120", replaced="0+1x120", instance="a", pod="a"),
            app("pair", rolling_in="1x120", replaced="0x120", instance="b", pod="b"),
        ),
        silent(ROLLOUT, 39, 40, 60, 110),
    ),
    Case(
        "a worker rolls in for three minutes and again",
        app(rolling_in="1 1 1 0 " * 15, replaced="0x60"),
        silent(ROLLOUT, 30, 59),
    ),
]

FLAPPING_CASES = [
    Case(
        "thirty workers an hour for an app of one, seen by a pair",
        join(
            app(free="1x200", created="0+0.5x200", instance="a", pod="a", lost=[30]),
            app(free="1x200", created="0x200", instance="b", pod="b"),
        ),
        [
            # Over ten from minute 21 on.
            *silent(FLAPPING, 50),
            fires(56, FLAPPING, flapping(28)),
            fires(150, FLAPPING, flapping(30)),
        ],
    ),
    Case(
        "thirty an hour, of which not one stays",
        app(error="1x200", created="0+0.5x200"),
        [fires(150, FLAPPING, flapping(30))],
    ),
    Case(
        "it ends: the hour that is looked at does so ten minutes later for six than for five times as many",
        app(free="6x200", created="0+0.5x120 60x80"),
        [
            fires(120, FLAPPING, flapping(30)),
            fires(130, FLAPPING, flapping(25)),
            *silent(FLAPPING, 135),
        ],
    ),
    Case(
        "twenty workers, of which all but one went at minute 95",
        app(busy="20x95 1x104", created="0+0.5x200"),
        [*silent(FLAPPING, 127, 160), fires(170, FLAPPING, flapping(30))],
    ),
    Case(
        "thirty an hour for an app of ten; nine for an app of one; one big scale-up",
        join(
            app("ten", busy="10x200", created="0+0.5x200"),
            app("one", busy="1x200", created="0+0.15x200"),
            app("grown", busy="0x50 12x150", created="0x50 12x150"),
        ),
        silent(FLAPPING, 60, 100, 127, 150),
    ),
]

CASES = [
    *SERVING_CASES,
    *ERROR_CASES,
    *UNAVAILABLE_CASES,
    *CRASH_CASES,
    *START_CASES,
    *ROLLOUT_CASES,
    *FLAPPING_CASES,
]
