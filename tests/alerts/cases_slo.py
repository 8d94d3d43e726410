"""Cases of the error budget's alert, which has four pairs of windows."""

from case import Alert, Case, app, expand, fires, join, recorded, silent

BURN = "EverAIErrorBudgetBurn"

# By the long window: its minutes, the short one, and the words for it.
WINDOWS = {
    "1h": (60, "5m", "the last hour"),
    "6h": (360, "30m", "6 hours"),
    "1d": (1440, "2h", "1 day"),
    "3d": (4320, "6h", "3 days"),
}


# A thousand requests a minute, so that a failed one is 0.1 %.
A_MINUTE = 1000


def failing(*parts: tuple[int, int]) -> str:
    """A counter of failed requests, from 0: for so many minutes, so many a minute."""
    values, total = ["0"], 0
    for minutes, a_minute in parts:
        values.append(f"{total + a_minute}+{a_minute}x{minutes - 1}")
        total += minutes * a_minute
    return " ".join(values)


def busy(failed: str, objective: str = "0.99", **settings: object) -> dict[str, str]:
    """An app with a thousand requests a minute."""
    length = len(expand(failed)) - 1
    values = {"requests": f"0+{A_MINUTE}x{length}", "objective": f"{objective}x{length}"}
    return app(failed=failed, **values, **settings)


def few(gap: int, length: int) -> dict[str, str]:
    """An app with a request every `gap` minutes; each fails."""
    values = " ".join(f"{count}x{gap - 1}" for count in range(length // gap + 1))
    return app(requests=values, failed=values, objective=f"0.99x{length}")


def burn(window: str, percent: float) -> Alert:
    _, short, words = WINDOWS[window]
    return Alert(
        f"App default/sd fails {percent:.4g}% of its requests over {words}.",
        labels={"long": window, "short": short},
    )


def share(failed: str, minute: int, minutes: int) -> float:
    """Of the requests of some minutes before a minute, the share that failed."""
    counts = [float(value) for value in expand(failed)]
    begin = max(minute - minutes, 0)
    return (counts[minute] - counts[begin]) / (minute - begin) / A_MINUTE


def burns(failed: str, minute: int, *windows: str) -> tuple:
    """The alerts of these windows fire at the minute, and tell the share that failed."""
    shares = {window: share(failed, minute, WINDOWS[window][0]) for window in windows}
    return fires(minute, BURN, *(burn(window, 100 * shares[window]) for window in windows))


def ratio(failed: str, minute: int, **windows: int) -> list[tuple]:
    """What is recorded of the windows, given with their minutes."""
    return [
        recorded(minute, f"app:everai_app_request_failures:ratio_{window}", sd=share(failed, minute, minutes))
        for window, minutes in windows.items()
    ]


def grown_ratio(begin: int, minute: int, **windows: int) -> list[tuple]:
    """The same, where a hundred requests a minute fail, of a thousand, and of three thousand from a minute on."""
    return [
        recorded(
            minute,
            f"app:everai_app_request_failures:ratio_{window}",
            sd=100 * minutes / (1000 * minutes + 2000 * min(minute - begin, minutes)),
        )
        for window, minutes in windows.items()
    ]


def grown(begin: int, minute: int) -> dict[str, str]:
    requests = f"0+1000x{begin} {1000 * begin + 3000}+3000x{minute - begin - 1}"
    return app(requests=requests, failed=f"0+100x{minute}")


def no_ratio(minute: int, *windows: str) -> list[tuple]:
    return [recorded(minute, f"app:everai_app_request_failures:ratio_{window}") for window in windows]


def all_burn(minute: int, *windows: str) -> tuple:
    return fires(minute, BURN, *(burn(window, 100) for window in windows))


QUICK = failing((60, 0), (120, 250), (60, 100))
SLOW = failing((400, 0), (500, 100), (100, 50))
MODEST = failing((60, 0), (86, 850), (60, 600))
LOW = failing((60, 0), (540, 600), (150, 300))
DAY = failing((1500, 0), (1500, 50), (300, 20))
THREE_DAYS = failing((4400, 0), (3190, 15), (500, 6))

HOURS = [
    Case(
        "a quarter fails from minute 60 on, a tenth from minute 180 on; scrapes are lost",
        busy(QUICK, lost=[80, 90]),
        [
            *silent(BURN, 93),
            burns(QUICK, 94, "6h"),
            burns(QUICK, 96, "6h"),
            burns(QUICK, 97, "1h", "6h"),
            # The short window ends it, though a tenth is over half of what it takes.
            burns(QUICK, 183, "1h", "6h", "1d"),
            burns(QUICK, 184, "6h", "1d"),
            burns(QUICK, 200, "6h", "1d"),
        ],
    ),
    Case(
        "the same, seen by one of a pair; the other has seen nothing yet, and has an old objective",
        join(
            busy(QUICK, instance="a", pod="a"),
            app(requests="0x240", failed="0x240", objective="0.9x240", instance="b", pod="b"),
        ),
        [*silent(BURN, 93), burns(QUICK, 97, "1h", "6h")],
    ),
    Case(
        "a tenth fails from minute 400 on, a twentieth from minute 900 on",
        busy(SLOW),
        [
            *silent(BURN, 624),
            burns(SLOW, 631, "3d"),
            burns(SLOW, 632, "6h", "1d", "3d"),
            burns(SLOW, 923, "6h", "1d", "3d"),
            burns(SLOW, 925, "1d", "3d"),
            burns(SLOW, 940, "1d", "3d"),
        ],
        ratio(SLOW, 903, rate5m=5, rate30m=30, rate1h=60, rate2h=120, rate6h=360),
    ),
    Case(
        "an objective of 90 %, which 14.4 times as many failures as it allows cannot miss",
        busy(MODEST, objective="0.9"),
        [*silent(BURN, 118), burns(MODEST, 119, "1h"), burns(MODEST, 146, "1h"), *silent(BURN, 150)],
    ),
    Case(
        "an objective of 50 %, which three times as many failures as it allows cannot miss",
        busy(LOW, objective="0.5"),
        [
            *silent(BURN, 375),
            burns(LOW, 376, "6h"),
            burns(LOW, 420, "6h"),
            burns(LOW, 421, "6h", "1d"),
            burns(LOW, 541, "6h", "1d", "3d"),
            burns(LOW, 625, "1d", "3d"),
            burns(LOW, 700, "3d"),
        ],
    ),
    Case(
        "three times as many requests from minute 900 on",
        grown(900, 903),
        [],
        grown_ratio(900, 903, rate5m=5, rate30m=30, rate1h=60, rate2h=120, rate6h=360),
    ),
    Case("half a per cent fails", busy(failing((400, 5))), silent(BURN, 100, 200, 300, 400)),
    Case(
        "there are no requests",
        app(requests="100x400", failed="3x400"),
        silent(BURN, 400),
        no_ratio(400, "rate5m", "rate30m", "rate1h", "rate2h", "rate6h"),
    ),
    Case("five failures an hour", few(12, 160), [all_burn(147, "1h", "6h")]),
    Case("four failures an hour", few(15, 160), [all_burn(153, "6h")]),
    Case("five failures in six hours", few(72, 530), [all_burn(524, "6h")]),
    Case("four failures in six hours", few(90, 660), silent(BURN, 650)),
]

DAYS = [
    Case(
        "a twentieth fails for a day; one of a pair has seen nothing yet",
        join(
            busy(DAY, instance="a", pod="a"),
            app(requests="0x3300", failed="0x3300", instance="b", pod="b"),
        ),
        [
            burns(DAY, 2400, "3d"),
            burns(DAY, 2430, "1d", "3d"),
            burns(DAY, 3060, "1d", "3d"),
            burns(DAY, 3090, "3d"),
            burns(DAY, 3150, "3d"),
        ],
    ),
    Case(
        "one in seventy fails for two days",
        busy(THREE_DAYS),
        [
            *silent(BURN, 7440),
            burns(THREE_DAYS, 7470, "3d"),
            burns(THREE_DAYS, 7770, "3d"),
            *silent(BURN, 7800, 7980),
        ],
        ratio(THREE_DAYS, 7620, rate1d=1440, rate3d=4320),
    ),
    Case(
        "three times as many requests from minute 7440 on",
        grown(7440, 7620),
        [],
        grown_ratio(7440, 7620, rate1d=1440, rate3d=4320),
    ),
    Case(
        "there have been no requests for days",
        app(requests="100x600", failed="3x600"),
        [],
        no_ratio(600, "rate1d", "rate3d"),
    ),
    Case("ten failures a day", few(144, 3000), [all_burn(2970, "1d", "3d")]),
    Case("eight failures a day", few(180, 3000), [all_burn(2970, "3d")]),
    Case("ten failures in three days", few(432, 5070), [all_burn(5040, "3d")]),
    Case("nine failures in three days", few(500, 5820), silent(BURN, 5790)),
]
