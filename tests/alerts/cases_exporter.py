"""Cases of the alerts about the exporter itself."""

from collections.abc import Sequence

from case import Alert, Case, app, fires, join, lose, series, silent

DOWN = "EverAIExporterDown"
REPLICA = "EverAIExporterReplicaFailing"
SHARD = "EverAIShardMissing"
UNREACHABLE = "EverAIAPIUnreachable"
UNAUTHORIZED = "EverAIAPIUnauthorized"
LIMITED = "EverAIAPIRateLimited"
POLL_FAILING = "EverAIAppPollFailing"
HISTORY = "EverAIHistoryUnreadable"
STALE = "EverAIAppDataStale"
LAG = "EverAIPollLag"
RELOAD = "EverAIConfigReloadFailed"
STATE_FILE = "EverAIStateFileNotWritten"
SKIPPED = "EverAIWorkersSkipped"
ENUM = "EverAIUnknownEnumValue"


def of_job(description: str, **labels: str) -> Alert:
    return Alert(description, app=None, labels={"job": "everai", **labels})


def down(of: str = " of job everai", **labels: str) -> Alert:
    return Alert(
        f"Prometheus has reached no exporter{of} for 5 minutes; no other EverAI alert can be relied on.",
        app=None,
        labels=labels,
    )


def replica_failing(instance: str) -> Alert:
    return of_job(
        f"The exporter at {instance} has been down, or without one good poll, for 15 minutes. "
        "If others watch the same apps, nobody would notice the loss of those.",
        instance=instance,
    )


def shard_missing(count: int) -> Alert:
    return of_job(
        f"Only {count} shard(s) of job everai have been there for 8 minutes, fewer than they say there are: "
        "nobody watches the apps of the others."
    )


UNREACHABLE_ALERT = of_job(
    "Every poll of job everai has failed for 10 minutes. Nothing is known of its apps now."
)
UNAUTHORIZED_ALERT = of_job(
    "No poll of job everai has succeeded for 7 minutes, and the platform refuses the token: "
    "it is missing, wrong, revoked or expired."
)
POLL_FAILING_ALERT = Alert(
    "No poll of app default/sd has succeeded for 15 minutes, while others do."
)


HISTORY_ALERT = Alert(
    "The history listing of app default/sd has not been read for 15 minutes, while the live listing is: "
    "workers in error and ends of workers are unknown."
)


SKIPPED_ALERT = Alert(
    "For 10 minutes the platform has listed workers of app default/sd that the exporter cannot read: "
    "no metric counts them."
)


def limited(share: str) -> Alert:
    return of_job(f"The platform answers {share} of the requests of job everai with 429.")


def stale(age: str) -> Alert:
    return Alert(
        f"The last good poll of app default/sd was {age} ago, and no poll has failed since: "
        "the poll loop hangs, or a clock is wrong."
    )


def requests(code: str, values: str, **labels: str) -> dict[str, str]:
    return series("everai_exporter_api_requests_total", values, endpoint="live", code=code, **labels)


def skipped(values: str, name: str = "sd", **labels: str) -> dict[str, str]:
    labels = {"app_namespace": "default", "app": name} | labels
    return series("everai_app_workers_skipped_total", values, **labels)


def own(metric: str, values: str, **labels: str) -> dict[str, str]:
    return series(f"everai_exporter_{metric}", values, **labels)


DOWN_CASES = [
    Case(
        "the only exporter cannot be scraped",
        series("up", "1x4 0x20"),
        [*silent(DOWN, 9), fires(10, DOWN, down(job="everai"))],
    ),
    Case(
        "the only exporter is no target any more, though others are",
        join(series("up", "1x4 stale"), series("up", "1x20", job="node")),
        [*silent(DOWN, 9), fires(10, DOWN, down(of=""))],
    ),
    Case(
        "a restart, and another job that is down",
        join(series("up", "1x4 0x4 1x20"), series("up", "0x30", job="node")),
        silent(DOWN, 9, 10, 20) + silent(REPLICA, 20, 30),
    ),
    Case(
        "one of a pair is down, of a job with a longer name",
        join(
            series("up", "1x40", job="team/everai-exporter", pod="x-0"),
            series("up", "1x4 0x40", job="team/everai-exporter", instance="b", pod="x-1"),
        ),
        [
            *silent(DOWN, 40),
            *silent(REPLICA, 19),
            fires(
                20,
                REPLICA,
                Alert(
                    replica_failing("b").description,
                    app=None,
                    labels={"job": "team/everai-exporter", "instance": "b", "pod": "x-1"},
                ),
            ),
        ],
    ),
    Case(
        "one of two shards is down, which have a label each",
        join(
            series("up", "1x20", job="team/everai-exporter", shard="0"),
            series("up", "1x4 0x20", job="team/everai-exporter", shard="1", instance="b"),
        ),
        [
            *silent(DOWN, 9),
            fires(
                10,
                DOWN,
                down(of=" of job team/everai-exporter", job="team/everai-exporter", shard="1"),
            ),
        ],
    ),
    Case(
        "every other scrape of one of a pair fails",
        join(series("up", "1x40"), series("up", "0 1 0 1 " * 10, instance="b")),
        silent(REPLICA, 20, 39) + silent(DOWN, 39),
    ),
    Case(
        "one of a pair reads nothing, and another but one of its two apps",
        join(
            series("up", "1x40"),
            app("sd", up="1x44"),
            app("sd", instance="b", up="1x4 0x40"),
            app("llm", instance="b", up="1x4 0x6 stale 0x32"),
            app("sd", instance="c", up="0x44"),
            app("llm", instance="c", up="1x44"),
        ),
        [
            *silent(REPLICA, 19),
            fires(20, REPLICA, replica_failing("b")),
            *silent(UNREACHABLE, 44),
            *silent(POLL_FAILING, 20),
        ],
    ),
]


def shard(number: int, total: int, *, minutes: int = 30, lost: Sequence[int] = (), **labels: str) -> dict[str, str]:
    """What an exporter says of itself, for so many minutes but for some lost scrapes."""
    return {
        name: lose(f"{values} stale", lost)
        for metric, value in (("shard", number), ("total_shards", total))
        for name, values in own(metric, f"{value}x{minutes - 1}", **labels).items()
    }


SHARD_CASES = [
    Case(
        "one of three shards goes, and the others lose a scrape later",
        join(
            shard(0, 3, lost=[10], pod="x-0"),
            shard(1, 3, minutes=5, instance="b", pod="x-1"),
            shard(2, 3, lost=[10], instance="c", pod="x-2"),
        ),
        [*silent(SHARD, 4, 12), fires(13, SHARD, shard_missing(2))],
    ),
    Case(
        "one of two shards was never there, the other is a pair, and they have a label each",
        join(shard(0, 2, shard="0"), shard(0, 2, instance="b", shard="0")),
        [*silent(SHARD, 4), fires(5, SHARD, shard_missing(1))],
    ),
    Case(
        "two shards have labels, and only one knows of the third",
        join(shard(0, 2, shard="0"), shard(1, 3, instance="b", shard="1")),
        [fires(5, SHARD, shard_missing(2))],
    ),
    Case(
        "one of three shards does not know of the third yet, and one of them is a pair",
        join(
            shard(0, 2),
            shard(1, 3, instance="b"),
            shard(2, 3, instance="c"),
            shard(2, 3, instance="d", minutes=5),
        ),
        silent(SHARD, 4, 20),
    ),
    Case("a pair that has all apps", join(shard(0, 1), shard(0, 1, instance="b")), silent(SHARD, 20)),
    Case(
        "all shards are gone",
        join(shard(0, 2, minutes=5), shard(1, 2, minutes=5, instance="b")),
        silent(SHARD, 4, 20),
    ),
]

API_CASES = [
    Case(
        "every app's polls fail, scrapes are lost meanwhile",
        join(
            app("sd", up="1x4 0x30", pod="x-0", lost=[12]),
            app("llm", up="1x4 0x30", pod="x-0", lost=[12]),
        ),
        [
            *silent(UNREACHABLE, 14),
            fires(15, UNREACHABLE, UNREACHABLE_ALERT),
            *silent(POLL_FAILING, 34),
        ],
    ),
    Case(
        "no poll was ever good",
        app("sd", up="0x30"),
        [
            *silent(UNREACHABLE, 4),
            fires(5, UNREACHABLE, UNREACHABLE_ALERT),
            *silent(POLL_FAILING, 30),
            *silent(STALE, 30),
        ],
    ),
    Case(
        "every other poll fails",
        app("sd", up="1 0 0 0 " * 10),
        silent(UNREACHABLE, 20, 39) + silent(POLL_FAILING, 39),
    ),
    Case(
        "one of a pair cannot poll",
        join(app("sd", up="1x40", pod="x-0"), app("sd", up="0x40", instance="b", pod="x-1")),
        silent(UNREACHABLE, 40) + silent(POLL_FAILING, 40),
    ),
    Case(
        "both of a pair cannot poll one of the apps",
        join(
            *(app("sd", up="1x4 0x40", instance=one, pod=one, lost=[15]) for one in "ab"),
            *(app("llm", up="1x44", instance=one, pod=one) for one in "ab"),
        ),
        [
            *silent(POLL_FAILING, 19),
            fires(20, POLL_FAILING, POLL_FAILING_ALERT),
            *silent(UNREACHABLE, 44),
        ],
    ),
    Case(
        "an app was never polled well; another fails now and then, and for good from minute 33 on",
        join(app("sd", up="0x50"), app("llm", up="1 0 0 0 " * 8 + "1 0x17")),
        [
            *silent(POLL_FAILING, 9),
            fires(10, POLL_FAILING, POLL_FAILING_ALERT),
            fires(37, POLL_FAILING, POLL_FAILING_ALERT),
            # Now nothing can be polled.
            *silent(POLL_FAILING, 39),
        ],
    ),
]

HISTORY_CASES = [
    Case(
        "the history cannot be read, a scrape is lost meanwhile; then the app cannot be polled at all",
        app(up="1x34 0x20", history="1x4 0x50", lost=[12]),
        [
            *silent(HISTORY, 19),
            fires(20, HISTORY, HISTORY_ALERT),
            fires(39, HISTORY, HISTORY_ALERT),
            *silent(HISTORY, 40),
            *silent(POLL_FAILING, 54),
        ],
    ),
    Case(
        "one of a pair cannot read the history",
        join(
            app(up="1x40", history="0x40", pod="x-0"),
            app(up="1x40", history="1x40", instance="b", pod="x-1"),
        ),
        silent(HISTORY, 20, 40),
    ),
    Case(
        "neither of a pair can, and one of them cannot poll the app at all",
        join(
            app(up="0x40", history="0x40", pod="x-0"),
            app(up="1x40", history="1x4 0x36", instance="b", pod="x-1"),
        ),
        [*silent(HISTORY, 19), fires(20, HISTORY, HISTORY_ALERT)],
    ),
    Case(
        "the history was never read, and now and then a poll fails",
        app(up="1 0 0 0 " * 10, history="0x40"),
        [*silent(HISTORY, 9), fires(10, HISTORY, HISTORY_ALERT), fires(39, HISTORY, HISTORY_ALERT)],
    ),
    Case("every fourth poll reads the history", app(up="1x40", history="1 0 0 0 " * 10), silent(HISTORY, 20, 39)),
    Case(
        "an app is down, and then its history alone is for a while",
        app(up="1x4 0x20 1x20", history="1x4 0x28 1x12"),
        silent(HISTORY, 20, 24, 34, 44),
    ),
]

TOKEN_CASES = [
    Case(
        "the token is refused: seldom asked, since the polls back off",
        join(
            app("sd", up="1x4 0x30", failures={"unauthorized": "0x4 1x30"}, lost=[11]),
            app("llm", up="1x4 0x30", failures={"unauthorized": "0x34"}, lost=[11]),
        ),
        [
            *silent(UNAUTHORIZED, 11),
            fires(12, UNAUTHORIZED, UNAUTHORIZED_ALERT),
            fires(14, UNAUTHORIZED, UNAUTHORIZED_ALERT),
            *silent(UNREACHABLE, 14),
            *silent(UNAUTHORIZED, 17),
        ],
    ),
    Case(
        "the token may do nothing, for both of a pair",
        join(
            *(
                app("sd", up="1x4 0x30", failures={"forbidden": "0x4 1+1x30"}, instance=one, pod=one)
                for one in "ab"
            )
        ),
        [*silent(UNAUTHORIZED, 11), fires(12, UNAUTHORIZED, UNAUTHORIZED_ALERT)],
    ),
    Case(
        "the token may not read one of two apps; one of a pair has a bad one",
        join(
            app("sd", up="0x30", failures={"forbidden": "0+1x30"}),
            app("llm", up="1x30", failures={"forbidden": "0x30"}),
            app("llm", up="0x30", failures={"unauthorized": "0+1x30"}, instance="b"),
        ),
        silent(UNAUTHORIZED, 15, 30),
    ),
    Case(
        "polls fail, but not for the token",
        app("sd", up="0x30", failures={"unauthorized": "0x30", "connect": "0+1x30"}),
        silent(UNAUTHORIZED, 15, 30),
    ),
]

LIMIT_CASES = [
    Case(
        "8 % of the requests are limited for an hour",
        join(requests("200", "0+23x60 1405+25x30"), requests("429", "0+2x60 120x30")),
        [
            *silent(LIMITED, 15),
            fires(16, LIMITED, limited("8%")),
            fires(40, LIMITED, limited("8%")),
            # Then none are: the share falls below 5 % within six minutes.
            fires(63, LIMITED, limited("6.4%")),
            *silent(LIMITED, 68),
        ],
    ),
    Case(
        "4 % of the requests of a pair are limited",
        join(
            *(requests("200", "0+24x60", instance=one, pod=one) for one in "ab"),
            *(requests("429", "0+1x60", instance=one, pod=one) for one in "ab"),
        ),
        silent(LIMITED, 30, 60),
    ),
    Case(
        "all requests of one of a pair are limited, and few of the other's",
        join(
            requests("429", "0+1x60", pod="a"),
            requests("429", "0+1x60", instance="b", pod="b"),
            requests("200", "0+18x60", instance="b", pod="b"),
            requests("200", "0+1x60", job="everai-2"),
        ),
        [fires(40, LIMITED, limited("10%"))],
    ),
    Case("nothing is asked", requests("429", "7x60"), silent(LIMITED, 60)),
]

DATA_CASES = [
    Case(
        "the poll loop hangs, scrapes are lost meanwhile",
        app(up="1x60", last_poll="0+60x10 600x49", lost=[23]),
        [*silent(STALE, 25), fires(26, STALE, stale("16m 0s"))],
    ),
    Case(
        "the polls fail; the poll loop of one of a pair hangs",
        join(
            app("sd", up="0x60", last_poll="0x60"),
            app("llm", up="1x60", last_poll="0x60", instance="a", pod="a"),
            app("llm", up="1x60", last_poll="0+60x60", instance="b", pod="b"),
        ),
        silent(STALE, 40, 60),
    ),
    Case(
        "the poll loop of one of a pair hangs, and the polls of the other have failed for longer",
        join(
            app(up="0x60", last_poll="0x60", instance="a", pod="a"),
            app(up="1x60", last_poll="0+60x10 600x49", instance="b", pod="b"),
        ),
        [*silent(STALE, 25), fires(26, STALE, stale("16m 0s"))],
    ),
    Case(
        "polls start eight seconds late from minute 10 on",
        own("poll_lag_seconds", "0x9 8x40"),
        [
            *silent(LAG, 25),
            fires(
                26,
                LAG,
                of_job("Polls of the exporter at a start 8s late on average.", instance="a"),
            ),
        ],
    ),
    Case(
        "polls start late for a while",
        own("poll_lag_seconds", "0x9 8x24 0x30"),
        [
            fires(
                38,
                LAG,
                of_job("Polls of the exporter at a start 5.091s late on average.", instance="a"),
            ),
            *silent(LAG, 39),
        ],
    ),
    Case(
        "one poll in five starts late; all start five seconds late",
        join(
            own("poll_lag_seconds", "0 0 0 0 20 " * 10),
            own("poll_lag_seconds", "5x50", instance="b"),
        ),
        silent(LAG, 20, 30, 49),
    ),
]

OWN_CASES = [
    Case(
        "a configuration cannot be loaded, another is mended in time",
        join(
            own("config_last_reload_successful", lose_at_15 := "1x4 0x9 stale 0x30"),
            own("config_last_reload_successful", "1x4 0x10 1x29", instance="b"),
        ),
        [
            *silent(RELOAD, 19),
            fires(
                20,
                RELOAD,
                of_job(
                    "The exporter at a goes on with its old configuration, since the new one has a mistake.",
                    instance="a",
                ),
            ),
        ],
    ),
    Case(
        "a state file cannot be written, another now and then",
        join(
            own("state_last_write_successful", lose_at_15),
            own("state_last_write_successful", "1 0 0 0 " * 11, instance="b"),
        ),
        [
            *silent(STATE_FILE, 19),
            fires(
                20,
                STATE_FILE,
                of_job(
                    "The exporter at a has not been able to save its counters for 15 minutes; "
                    "they would fall at a restart.",
                    instance="a",
                ),
            ),
        ],
    ),
    Case(
        "one of a pair cannot read a worker from minute 5 on; each of them lost a scrape",
        join(
            skipped(lose("0x4 1+2x40", [12]), instance="a", pod="x-0"),
            skipped(lose("0x45", [9]), instance="b", pod="x-1"),
            skipped("5x45", name="llm"),
        ),
        [*silent(SKIPPED, 14), fires(15, SKIPPED, SKIPPED_ALERT), fires(44, SKIPPED, SKIPPED_ALERT)],
    ),
    Case(
        "a worker cannot be read every ten minutes, when the app is polled",
        skipped("0x9 1x9 2x9 3x9 4x9"),
        [*silent(SKIPPED, 19), fires(20, SKIPPED, SKIPPED_ALERT), fires(45, SKIPPED, SKIPPED_ALERT)],
    ),
    Case(
        "a worker could not be read at one poll, and at one more much later",
        skipped("0x4 2x24 4x20"),
        silent(SKIPPED, 5, 14, 15, 16, 29, 39, 40),
    ),
    Case(
        "a worker cannot be read for a while",
        skipped("0x4 1+1x13 14x20"),
        [fires(15, SKIPPED, SKIPPED_ALERT), fires(27, SKIPPED, SKIPPED_ALERT), *silent(SKIPPED, 29)],
    ),
    Case(
        "one of a pair has met an unknown word",
        join(
            own("unknown_enum_values_total", "0x4 1x120", field="status", pod="x-0"),
            own("unknown_enum_values_total", "0x124", field="status", instance="b", pod="x-1"),
            own("unknown_enum_values_total", "3x124", field="detailStatus"),
        ),
        [
            *silent(ENUM, 4),
            *(
                fires(
                    minute,
                    ENUM,
                    of_job(
                        "The field status of a worker had an unknown value within the last hour; "
                        'such workers count as state="unknown".',
                        field="status",
                    ),
                )
                for minute in (5, 63)
            ),
            *silent(ENUM, 67),
        ],
    ),
]

CASES = [
    *DOWN_CASES,
    *SHARD_CASES,
    *API_CASES,
    *HISTORY_CASES,
    *TOKEN_CASES,
    *LIMIT_CASES,
    *DATA_CASES,
    *OWN_CASES,
]
