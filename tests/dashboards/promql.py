"""As much of PromQL as the checks of the dashboards need: which series a query selects, and inside which functions.

Whether a query is valid at all is for `promtool` to say; here a valid one is taken apart."""

import dataclasses
import re

AGGREGATIONS = {
    "avg", "bottomk", "count", "count_values", "group", "max", "min", "quantile", "stddev", "stdvar", "sum", "topk",
}  # fmt: skip
GROUPINGS = {"by", "without"}
MATCHINGS = {"on", "ignoring", "group_left", "group_right"}
OPERATORS = {"and", "or", "unless", "bool", "offset", "atan2"}

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
      | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
      | (?P<range>\[[^\]]*\])
      | (?P<number>\d[\w.]*|\.\d+)
      | (?P<name>[a-zA-Z_:$][\w:$]*)
      | (?P<sign>=~|!~|!=|==|>=|<=|[-+*/%^=<>(){},@])""",
    re.VERBOSE,
)


@dataclasses.dataclass(frozen=True)
class Call:
    """A function or an aggregation around a selector; a mere parenthesis is none."""

    name: str
    grouping: str = ""  # "by", "without", or nothing
    labels: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Selector:
    metric: str
    matchers: tuple[tuple[str, str, str], ...]  # label, operator, value without its quotes
    range: str  # what stands in the brackets after it, or nothing
    calls: tuple[Call, ...]  # from the outermost to the innermost

    def matcher(self, label: str) -> tuple[str, str] | None:
        """Operator and value of the first matcher of a label."""
        return next(((op, value) for name, op, value in self.matchers if name == label), None)


def tokens(query: str) -> list[tuple[str, str]]:
    """Kind and text of each token. ValueError if there is something that PromQL does not have."""
    found, at = [], 0
    while at < len(query):
        match = _TOKEN.match(query, at)
        if match is None:
            raise ValueError(f"no PromQL at {query[at:at + 20]!r} in {query!r}")
        at = match.end()
        if match.lastgroup != "space":
            found.append((match.lastgroup or "", match[0]))
    return found


class _Reader:
    def __init__(self, query: str) -> None:
        self.tokens = tokens(query)
        self.at = 0
        self.selectors: list[Selector] = []

    def text(self, ahead: int = 0) -> str:
        position = self.at + ahead
        return self.tokens[position][1] if position < len(self.tokens) else ""

    def kind(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        text = self.text()
        self.at += 1
        return text

    def labels(self) -> tuple[str, ...]:
        """A parenthesis of label names, from its opening on."""
        assert self.take() == "("
        names = []
        while (text := self.take()) != ")":
            assert text, "a list of labels has no end"
            if text != ",":
                names.append(text)
        return tuple(names)

    def matchers(self) -> tuple[tuple[str, str, str], ...]:
        assert self.take() == "{"
        found = []
        while (label := self.take()) != "}":
            assert label, "a selector has no end"
            if label != ",":
                operator, value = self.take(), self.take()
                found.append((label, operator, value[1:-1]))
        return tuple(found)

    def select(self, metric: str, calls: tuple[Call, ...]) -> None:
        matchers = self.matchers() if self.text() == "{" else ()
        window = self.take()[1:-1] if self.kind() == "range" else ""
        self.selectors.append(Selector(metric, matchers, window, calls))

    def call(self, name: str, calls: tuple[Call, ...]) -> None:
        grouping, labels = "", ()
        if name in AGGREGATIONS and self.text() in GROUPINGS:
            grouping, labels = self.take(), self.labels()
        assert self.take() == "("
        start = len(self.selectors)
        self.read(calls + (Call(name, grouping, labels),), ")")
        if name in AGGREGATIONS and self.text() in GROUPINGS:  # sum (...) by (...)
            call = Call(name, self.take(), self.labels())
            depth = len(calls)
            self.selectors[start:] = [
                dataclasses.replace(one, calls=one.calls[:depth] + (call,) + one.calls[depth + 1 :])
                for one in self.selectors[start:]
            ]

    def read(self, calls: tuple[Call, ...], end: str) -> None:
        while (text := self.text()) != end:
            assert text, f"{end!r} is missing"
            if text == "{":
                self.select("", calls)
                continue
            kind = self.kind()
            self.take()
            if text == "(":
                self.read(calls, ")")
            elif kind != "name" or text in OPERATORS or text.startswith("$"):  # $... is a number
                continue
            elif text in MATCHINGS:
                if self.text() == "(":
                    self.labels()
            elif self.text() == "(" or (text in AGGREGATIONS and self.text() in GROUPINGS):
                self.call(text, calls)
            else:
                self.select(text, calls)
        self.take()


def selectors(query: str) -> list[Selector]:
    """The selectors of a valid query, Grafana's variables in it or not, from left to right."""
    reader = _Reader(query)
    reader.read((), "")
    return reader.selectors
