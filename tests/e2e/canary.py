"""Secrets that are searched for in all that a program shows."""

import base64
import json
from collections.abc import Iterator, Mapping

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
