"""Secrets that are searched for in all that a program shows."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping

import fake_platform


def forms(secret: str) -> Iterator[str]:
    """A secret as it is, and as base64 shows it, wherever it begins in what is encoded."""
    yield secret
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + secret.encode()).decode()
        yield encoded[(0, 2, 3)[before] : -4]


def leaks(outputs: Mapping[str, str], secrets: Mapping[str, str]) -> list[str]:
    """Which output shows which secret."""
    return [
        f"{output} shows {place}"
        for output, text in outputs.items()
        for place, secret in secrets.items()
        if any(form in text for form in forms(secret))
    ]


def repeats_the_token(exchange: fake_platform.Exchange) -> None:
    """Refuses a request, and shows in what the answer says what it bore."""
    message = f"{exchange.authorization} is revoked"
    exchange.answer(json.dumps({"code": 16, "message": message}).encode(), "401 Unauthorized")


def failures(secrets: Mapping[str, str]) -> dict[str, fake_platform.Behaviour]:
    """The ways in which a platform or a proxy can fail, by the name of an app for each. Wherever
    there is room for a text, it repeats what it was sent, and the secrets themselves."""

    def echo(exchange: fake_platform.Exchange) -> str:
        known = [text for secret in secrets.values() for text in (secret, f"http://u:{secret}@host")]
        return " ".join([*known, *exchange.head.split("\r\n")])

    def answer(status: str, make: Callable[[str], str], extra: str = "") -> fake_platform.Behaviour:
        def behave(exchange: fake_platform.Exchange) -> None:
            text = echo(exchange)
            exchange.answer(make(text).encode(), status, extra=extra.replace("ECHO", text))

        return behave

    def raw(data: str) -> fake_platform.Behaviour:
        return lambda exchange: exchange.send(data.replace("ECHO", echo(exchange)).encode())

    def as_message(text: str) -> str:
        return json.dumps({"code": 16, "message": text, "details": [text]})

    def as_page(text: str) -> str:
        return f"<html>{text}</html>"

    def as_worker(text: str) -> str:
        return json.dumps({"workers": [{"id": [text], "status": text}], "code": text})

    def as_itself(text: str) -> str:
        return text

    made: dict[str, fake_platform.Behaviour] = {}
    for code in (301, 400, 401, 402, 403, 404, 407, 429, 500, 502, 503):
        status, extra = f"{code} ECHO", "Retry-After: ECHO\r\nProxy-Authenticate: Basic ECHO\r\n"
        for kind, make in (("message", as_message), ("page", as_page)):
            made[f"{kind}-{code}"] = answer(str(code), make, extra)
        made[f"status-{code}"] = raw(f"HTTP/1.1 {status}\r\nConnection: close\r\n\r\nECHO")
    head = "HTTP/1.1 200 OK\r\nConnection: close\r\n"
    for number, secret in enumerate(secrets.values()):
        for place in (f"http://{secret}/", f"http://u:{secret}@host/", f"{secret}", f"//{secret}.test"):
            name = f"redirect-{number}-{len(made)}"
            made[name] = raw(f"HTTP/1.1 302 Found\r\nLocation: {place}\r\n\r\n")
        # As much of it as fits into what a message shows.
        for before in range(20, 40, 3):
            made[f"cut-{number}-{before}"] = answer("200 OK", lambda _, b=before, s=secret: "x" * b + s)
    made |= {
        "text": answer("200 OK", as_itself),
        "list": answer("200 OK", lambda text: json.dumps([text])),
        "spaces": answer("200 OK", lambda text: f" \n {text}"),
        "error": answer("200 OK", as_message),
        "no-array": answer("200 OK", lambda text: json.dumps({"workers": text})),
        "no-worker": answer("200 OK", as_worker),
        "cut-json": answer("200 OK", lambda text: as_worker(text)[:-5]),
        "key": answer("200 OK", lambda text: json.dumps({text: text})[:-1] + "x"),
        "encoding": raw(head + "Content-Encoding: ECHO\r\n\r\nECHO"),
        "bad-gzip": raw(head + "Content-Encoding: gzip\r\n\r\nECHO"),
        "transfer": raw(head + "Transfer-Encoding: ECHO\r\n\r\nECHO"),
        "chunk": raw(head + "Transfer-Encoding: chunked\r\n\r\nECHO\r\n"),
        "length": raw(head + "Content-Length: ECHO\r\n\r\nECHO"),
        "short": raw(head + "Content-Length: 99999\r\n\r\nECHO"),
        "huge": raw(head + "X: ECHO\r\n" * 3000),
        "long-line": raw(head + "X: " + "ECHO" * 3000),
        "bad-header": raw(head + "ECHO\r\n\r\n"),
        "no-http": raw("ECHO"),
        "bad-version": raw("HTTP/9.9 ECHO\r\n\r\n"),
        "bad-status": raw("HTTP/1.1 ECHO\r\n\r\n"),
        "date": answer("200 OK", lambda _: "{}", "Date: ECHO\r\n"),
        "reset": lambda exchange: None,
        "hang": fake_platform.hang,
    }
    return made
