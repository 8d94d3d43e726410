"""How every command of the documents is run: one entry for each, none too many.

A new command in a document needs an entry here, or the test fails. Most are `Run`; `Elsewhere` is for those that
need an engine, a package, a build or a service manager, and says which test has them, or why none can."""

import dataclasses
import re
from collections.abc import Callable

import how
from how import Elsewhere, Run, Watch
from markdown import Command
from sandbox import Sandbox


@dataclasses.dataclass(frozen=True)
class Entry:
    pattern: str  # matches the whole command
    how: Callable[[Sandbox, Command], None]
    at: str = ""  # only there: a page, or page#anchor

    def takes(self, command: Command) -> bool:
        place = f"{command.page}#{command.anchor}" if "#" in self.at else command.page
        return self.at in ("", place) and bool(re.fullmatch(self.pattern, command.text, re.DOTALL))


TROUBLE = "docs/troubleshooting.md"
ONCE = r"everai_exporter --app (default/sd|NS/APP) --once"
MACHINE = "tests/packages/bare-machine"
CHECK = "everai_exporter --config.file everai.yml --config.check"

ENTRIES = [
    # Looking at the exporter that runs.
    Entry(r"curl (-s )?http://\w+:10880/-/healthy", Run(prints="^healthy$")),
    Entry(r"curl -s http://localhost:10880/-/ready", Run()),
    Entry(r"curl -s http://\w+:10880/metrics \| grep '\^everai_app_up'", Run(prints='app="sd"} 1$')),
    Entry(r"curl -s http://.*/metrics \| grep 'app=\"APP\"'", Run(prints='^everai_app_workers{.*app="sd"')),
    Entry(r"curl -s http://.* \| grep '\^everai_app_poll_failures_total' .*", Run(prints='reason="not_found"} [1-9]')),
    Entry(r"curl -s 'http://.*\?app=default/sd' \| grep .*", Run(prints="^everai_app_up{")),
    Entry(r"curl -s http://.*/status.json \| grep .*", Run(prints='"data": "fresh"')),
    Entry(r"curl -s http://.* \| grep '\^everai_exporter_state_last_write_successful'", Run(prints=" 1$")),
    Entry(r"curl -sv https://everai.expvent.com/ -o /dev/null", Run(prints="HTTP/1.1 404")),
    Entry(r"ss -l?tnp 'sport = :10880'", Run(prints=r"^State +Recv-Q")),
    # The exporter itself.
    Entry(r"read -rs EVERAI_TOKEN( && export EVERAI_TOKEN)?", Run()),
    Entry(ONCE, Run(prints="^everai_app_up{.*} 1$")),
    Entry(r"everai_(exporter|simulator|workers) --help", Run(prints="^Usage:")),
    Entry(r"everai_exporter --version", Run(prints=r"^everai_exporter, version \d")),
    Entry(r"everai_exporter --app default/sd", Watch()),
    Entry(
        r"everai_exporter --config.file everai.yml --state.file /var/lib/everai/state",
        Watch(how.config_of("README.md")),
        at="README.md",
    ),
    Entry(CHECK, Run(prints="^apps:", given=how.config_of("docs/configuration.md")), at="docs/configuration.md"),
    Entry(
        r"everai_exporter --config.file mistaken.yml --config.check",
        Run(code=2, given=how.config("global:\n  scrape_timeout: 10s\n  scrape_interval: 30\n", "mistaken.yml")),
    ),
    Entry(r"everai_exporter --config.file everai.yml --state.file \S+ --shard \d --total-shards 3", how.watch_shard),
    Entry(
        r"everai_exporter --config.file everai.yml --shard 2 --total-shards 3 --config.check",
        Run(prints="^apps:", given=how.config_of("README.md")),
    ),
    Entry(r"all_proxy='.*' everai_exporter --app default/sd --config.check", Run(code=2)),
    Entry(r"everai_exporter --config.check", Run(prints="^apps:", more="--app default/sd")),
    Entry(r"shard_of\(\) {.*}", Run()),
    Entry(r"shard_of default/sd 3", Run(prints=r"\A[012]\n\Z")),
    Entry(
        CHECK,
        Run(code=2, given=how.config("global:\n  scrape_interval: 30\n")),
        at=f"{TROUBLE}#it-does-not-start",
    ),
    Entry(CHECK, Run(given=how.token_in_file), at=f"{TROUBLE}#401-although-the-token-is-right"),
    Entry(
        r"everai_exporter --config.file everai.yml --once >/dev/null",
        Run(code=3, given=how.refused_token),
        at=TROUBLE,
    ),
    Entry(r"everai_exporter --app default/sd --web.listen-address 127.0.0.1:10880", Run(code=1), at=TROUBLE),
    Entry(r"everai_exporter .* --state.file /var/lib/everai/state", Run(code=1, given=how.state_in_use), at=TROUBLE),
    Entry(r"everai_exporter .* --state.file /nonexistent/state", Run(code=1), at=TROUBLE),
    Entry(r"printf 'two words' >token; everai_exporter .*", Run(code=3, given=how.no_token), at=TROUBLE),
    Entry(r"chmod o= FILE", how.close_to_others),
    # The simulator.
    Entry(r"everai_simulator (--app default/sd|--scenario steady)", how.start_simulator),
    Entry(r"everai_exporter --api.endpoint http://127.0.0.1:10881 --app default/sd", Watch()),
    # The on-call's hands.
    Entry(r"everai_workers (list|scale-up|scale-down) [^()]*", how.scale),
    Entry(
        r"everai_workers scale-(up|down) NAMESPACE/NAME \(.*\)",
        Elsewhere("tests/e2e/test_workers_scale.py", "it shows the choice of flags", how.flags),
    ),
    Entry(
        r"everai_workers scale-up \S+ --to 8",
        Elsewhere("tests/e2e/test_workers_goal.py", "the fleet of the others changes too fast for a goal", how.flags),
        at="docs/workers.md#ask-again-without-harm",
    ),
    Entry(
        r"for attempt in .*|exit \"\$code\"",
        Elsewhere("tests/e2e/test_workers_incident.py", "it is for a platform that loses answers", how.syntax),
    ),
    # The rules.
    Entry(r"sed -i .* everai.rules.yml", how.set_addresses),
    Entry(r"promtool check rules everai.rules.yml", Run(prints="SUCCESS", given=how.in_alerts)),
    Entry(
        r"promtool test rules alerts/\*_test.yml",
        Elsewhere("tests/alerts/test_rules.py", "they take a minute, and are run one by one there", how.paths),
    ),
    # Builds and tests.
    Entry(r"scripts/demo", how.show_demo),
    Entry(r"scripts/install-deps( --test| --package)?", Elsewhere("scripts/test", "every run of it begins with this", how.script)),
    Entry(r"scripts/test( --quick)?", Elsewhere("scripts/test", "this very test is a step of it", how.script)),
    Entry(r"cmake --preset \w+ && cmake --build --preset \w+", Elsewhere("scripts/test", "it builds so", how.presets)),
    Entry(r"cmake --build --preset dev --target \w+", Elsewhere("scripts/test", "it builds all of them", how.presets)),
    Entry(r"ctest --preset dev", Elsewhere("scripts/test", "its steps of tests, one for each preset", how.presets)),
    Entry(
        r"build/dev/tests/\w+ --gtest_filter=\S+",
        Elsewhere("scripts/test", "its step dev-tests runs all of them", how.targets),
    ),
    Entry(
        r"EVERAI_GOLDEN_REWRITE=1 build/dev/tests/everai_golden_tests",
        Elsewhere("tests/golden", "it would write into the repository; dev-tests compares instead", how.targets),
    ),
    Entry(r"(sudo )?cmake --install build/release.*", Elsewhere("scripts/test", "it installs so, with a prefix", how.built)),
    Entry(r"/usr/bin/python3 tests/alerts/make_rule_tests.py", how.write_rule_tests),
    Entry(
        r"EVERAI_BIN=\S+ (/usr/bin/)?python3 -m pytest .*",
        Elsewhere("scripts/test", "each folder of tests is a step of it", how.paths),
    ),
    Entry(r"EVERAI_BIN=\S+ /usr/bin/python3 tests/docs/measure.py 10", Run(prints="^script .* ms CPU", given=how.in_tree)),
    Entry(
        r"EVERAI_PROPERTY_COUNT=1000000 build/dev/tests/everai_property_tests",
        Elsewhere("tests/property", "a million histories take long; the step dev-tests runs ten thousand", how.targets),
    ),
    # What needs systemd as the first process.
    Entry(r"cpack -G DEB .*", Elsewhere("scripts/test", "it packs so, in its step packages", how.built)),
    Entry(r"sudo apt (install|remove|purge) \S*everai-exporter\S*", Elsewhere(MACHINE, "it changes the system", how.packed)),
    Entry(r"sudoedit /etc/everai_exporter/everai.yml", Elsewhere(MACHINE, "it is for people", how.unit)),
    Entry(r"printf %s \"\$EVERAI_TOKEN\" \| sudo install .* /etc/everai_exporter/token", how.install_token),
    Entry(r"(sudo )?systemctl \w+( everai_exporter(\.\w+)?)?", Elsewhere(MACHINE, "it needs systemd", how.unit)),
    Entry(r"journalctl -u everai_exporter", Elsewhere(MACHINE, "it needs systemd", how.unit)),
    Entry(
        r"systemd-analyze security everai_exporter",
        Elsewhere("tests/packages/test_units.py", "it needs systemd; there it reads the file of the unit", how.unit),
    ),
    # What needs a cluster.
    Entry(
        r"(printf %s \"\$EVERAI_TOKEN\" \|\s+)?kubectl .*",
        Elsewhere("tests/kubernetes/test_docs.py", "it needs a cluster", how.paths),
    ),
    # What needs an engine for containers.
    Entry(
        r"docker (build|run) .*",
        Elsewhere("tests/deploy/test_image.py", "it needs Docker; there the files and flags are checked", how.image),
    ),
    Entry(r"docker compose -f deploy/compose.yaml .*", Elsewhere("tests/deploy", "it needs Docker", how.compose)),
    Entry(r"printf %s \"\$EVERAI_TOKEN\" \| sudo install .* /etc/everai/token", how.install_token),
]
