"""Small mistakes that one could make in a rule: every one of them must make a test fail."""

import dataclasses
import re
from collections.abc import Iterator

# An operator between two operands of a rule stands on a line of its own.
_SET_OPERATOR = re.compile(r"\n((?:and|or|unless)\b[^\n]*)\n")
_OVER_TIME = re.compile(r"\w+_over_time\((?P<selector>[\w:]+(?:\{[^}]*\})?)\[\w+\]\)")
_RANGE = re.compile(r"\[(\d+)([smhd])\]")
_BRIDGE = re.compile(r"last_over_time\([^\[\]]*$")
_SELECTOR = re.compile(r"\{([^}]*)\}")
_COMPARISON = re.compile(r"(?<=[\s)])(>=|<=|==|>|<)(?=\s)")
_NUMBER = re.compile(r"(?<![\w:.\[\"])\d+(?:\.\d+)?(?![\w.])")
_AGGREGATION = re.compile(r"\b(max|min|sum|count|count_values) without \(([^)]*)\)")

FLIPPED = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "==": "!="}
SHIFTED = {">": ">=", ">=": ">", "<": "<=", "<=": "<"}
AGGREGATED = {"max": "min", "min": "max", "sum": "min", "count": "sum"}
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclasses.dataclass(frozen=True)
class Mutant:
    what: str
    rule: dict


def mutants(rule: dict) -> Iterator[Mutant]:
    """The rule with each of the mistakes in turn."""
    name = rule.get("alert") or rule["record"]
    for what, changed in _mutated_durations(rule):
        yield Mutant(f"{name}: {what}", changed)
    for what, expr in mutated_expressions(rule["expr"].strip()):
        yield Mutant(f"{name}: {what}", rule | {"expr": expr})


def _mutated_durations(rule: dict) -> Iterator[tuple[str, dict]]:
    if "for" not in rule:
        return
    yield "no for", {key: value for key, value in rule.items() if key != "for"}
    for factor in (0.5, 2):
        changed = scaled(rule["for"], factor)
        yield f"for: {changed}", rule | {"for": changed}


def scaled(duration: str, factor: float) -> str:
    return f"{round(int(duration[:-1]) * SECONDS[duration[-1]] * factor)}s"


def mutated_expressions(expr: str) -> Iterator[tuple[str, str]]:
    yield from _without_an_operand(expr)
    yield from _without_a_window(expr)
    yield from _other_comparisons(expr)
    yield from _other_numbers(expr)
    yield from _other_ranges(expr)
    yield from _other_selectors(expr)
    yield from _other_aggregations(expr)


def _replaced(expr: str, match: re.Match[str], text: str) -> str:
    return expr[: match.start()] + text + expr[match.end() :]


def _without_an_operand(expr: str) -> Iterator[tuple[str, str]]:
    parts = _SET_OPERATOR.split(expr)  # operand, operator, operand, ...
    if len(parts) == 1:
        return
    yield f"without {parts[0].strip()!r}", "\n".join(parts[2:])
    for at in range(1, len(parts), 2):
        rest = parts[:at] + parts[at + 2 :]
        yield f"without {parts[at]} {parts[at + 1].strip()!r}", "\n".join(rest)


def _without_a_window(expr: str) -> Iterator[tuple[str, str]]:
    for match in _OVER_TIME.finditer(expr):
        yield f"{match['selector']} instead of {match[0]}", _replaced(expr, match, match["selector"])


def _outside_of_selectors(pattern: re.Pattern[str], expr: str) -> Iterator[re.Match[str]]:
    inside = [selector.span() for selector in _SELECTOR.finditer(expr)]
    for match in pattern.finditer(expr):
        if not any(begin <= match.start() < end for begin, end in inside):
            yield match


def _other_comparisons(expr: str) -> Iterator[tuple[str, str]]:
    for match in _outside_of_selectors(_COMPARISON, expr):
        # Whether just 5 % is too much is a matter of taste; whether one worker is, is not.
        counts = re.match(r"\s+\d+\s*(\)|\n|$)", expr[match.end() :])
        for other in (FLIPPED[match[0]], SHIFTED.get(match[0]) if counts else None):
            if other:
                yield f"{other} for {_at(expr, match)}", _replaced(expr, match, other)


def _other_numbers(expr: str) -> Iterator[tuple[str, str]]:
    for match in _outside_of_selectors(_NUMBER, expr):
        number = float(match[0])
        for other in (2 * number, number / 2) if number else (1,):
            yield f"{other:g} for {_at(expr, match)}", _replaced(expr, match, f"{other:g}")


def _other_ranges(expr: str) -> Iterator[tuple[str, str]]:
    for match in _RANGE.finditer(expr):
        # How many lost scrapes are bridged is a matter of taste.
        if _BRIDGE.search(expr[: match.start()]):
            continue
        for factor in (0.5, 2):
            other = f"[{scaled(match[0][1:-1], factor)}]"
            yield f"{other} for {_at(expr, match)}", _replaced(expr, match, other)


def _other_selectors(expr: str) -> Iterator[tuple[str, str]]:
    for selector in _SELECTOR.finditer(expr):
        matchers = selector[1].split(",")
        for at, matcher in enumerate(matchers):
            rest = ",".join(matchers[:at] + matchers[at + 1 :])
            yield f"without {_at(expr, selector)}", _replaced(expr, selector, f"{{{rest}}}")
            for narrower in _narrowed(matcher):
                text = "{" + ",".join([*matchers[:at], narrower, *matchers[at + 1 :]]) + "}"
                yield f"{narrower} for {_at(expr, selector)}", _replaced(expr, selector, text)


def _narrowed(matcher: str) -> Iterator[str]:
    """A regular expression that matches less: an alternative is gone, or it must match the whole."""
    label, operator, value = re.fullmatch(r'(\w+)(=~|!~|!=|=)"(.*)"', matcher).groups()
    if operator != "=~":
        return
    alternatives = value.split("|")
    for at in range(len(alternatives)) if len(alternatives) > 1 else ():
        yield f'{label}=~"{"|".join(alternatives[:at] + alternatives[at + 1 :])}"'
    if value.startswith(".*"):
        yield f'{label}=~"{value[2:]}"'
    if value.endswith(".*"):
        yield f'{label}=~"{value[:-2]}"'


def _other_aggregations(expr: str) -> Iterator[tuple[str, str]]:
    for match in _AGGREGATION.finditer(expr):
        operation, labels = match[1], match[2].split(", ")
        if operation in AGGREGATED:
            other = f"{AGGREGATED[operation]} without ({match[2]})"
            yield f"{other} for {_at(expr, match)}", _replaced(expr, match, other)
        for label in {"instance", "pod", "shard"} & set(labels):
            rest = ", ".join(each for each in labels if each != label)
            text = f"{operation} without ({rest})"
            yield f"{text} for {_at(expr, match)}", _replaced(expr, match, text)


def _at(expr: str, match: re.Match[str]) -> str:
    """What is changed, with enough around it to find it."""
    around = expr[match.start() : match.end() + 50].splitlines()[0]
    return f"{match[0]!r} at {match.start()}: {around!r}"
