"""Canaries: every secret of a test, known by name, and everywhere that the product writes to.

Nothing is trusted to be harmless: whole log records, whole requests to AWS, whole answers and
whole tables are kept, and searched in the end.
"""

import json
import logging
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hub import runtime
from tests.functional.gateway import Gateway, Reply, User
from tests.functional.stored import leaks
from tests.taps import PROVIDER, Call, Step

ADDRESS = "203.0.113.7"
BROWSER = "Canary/1.0 (of the person; who consents)"
CALLBACK_SECRETS = ("code", "state")


class Canaries:
    def __init__(self) -> None:
        self.secrets = {"the person's address": ADDRESS, "the person's browser": BROWSER}
        self.written: dict[str, list[Any]] = {}
        self.logged = StringIO()

    def know(self, name: str, secret: str) -> None:
        self.secrets[f"{name} {len(self.secrets)}"] = secret

    def wrote(self, place: str, value: Any) -> None:
        self.written.setdefault(place, []).append(value)

    def found(self) -> list[str]:
        """Say which secret stands where, in whatever form."""
        written = {**self.written, "logs": self.logged.getvalue()}
        places = {place: b"\n".join(_flat(values)) for place, values in written.items()}
        return [
            f"{name} in {place}"
            for name, secret in self.secrets.items()
            for place, text in places.items()
            if any(leaks(form, text) for form in _escaped(secret))
        ]

    def watch(self, step: Step, call: Call) -> Any:
        """Let a step happen; keep what was sent, and learn the keys that came back."""
        if step.service == PROVIDER:
            self.wrote("addresses of providers", call.args[1].url)
            return call()
        self.wrote(f"requests to {step.service}", call.keywords)
        answer = call()
        if step.service == "kms":
            self.know("data key", b64encode(answer["Plaintext"]).decode())
        return answer

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Keep every log record of this process, with all its fields, at the lowest level."""
        handler = logging.StreamHandler(self.logged)
        handler.setFormatter(_Everything())
        loggers = [
            logging.getLogger(),
            logging.getLogger("aws_lambda_powertools"),
            runtime.logger()._logger,
        ]
        for player in ("moto", "responses"):  # they play AWS, and are not deployed
            logging.getLogger(player).setLevel(logging.WARNING)
        levels = [logger.level for logger in loggers]
        for logger in loggers:
            logger.addHandler(handler)
            logger.setLevel(logging.DEBUG)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.removeHandler(handler)
                logger.setLevel(level)


class _Everything(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"{super().format(record)} {vars(record)}"


class WatchedGateway(Gateway):
    """The API as a browser reaches it, token and all; keeps what it answers.

    What a connect answers is meant to hold its own state, twice, and its cookie the binding: those
    are left out, there and nowhere else.
    """

    def __init__(self, canaries: Canaries, token: str) -> None:
        super().__init__()
        self._canaries, self._token = canaries, token

    def event(self, method: str, url: str, **options: Any) -> tuple[str, dict[str, Any]]:
        headers = {"authorization": f"Bearer {self._token}", "user-agent": BROWSER}
        headers |= options.pop("headers", None) or {}
        query = parse_qs(urlsplit(url).query)
        for name in CALLBACK_SECRETS:
            for value in query.get(name, []):
                self._canaries.know(f"{name} brought back", value)
        return super().event(method, url, headers=headers, **options)

    def send(self, function: str, event: dict[str, Any]) -> Reply:
        reply = super().send(function, event)
        text, cookies = reply.text, reply.cookies
        if function == "connect" and reply.status == 200:
            state, cookie = reply.json["data"]["state"], cookies[0].partition(";")[0]
            binding = cookie.partition("=")[2]
            self._canaries.know("state", state)
            self._canaries.know("binding", binding)
            text = text.replace(state, "", 2)
            cookies = [cookies[0].replace(binding, "", 1), *cookies[1:]]
        self._canaries.wrote("answers", [text, reply.headers, cookies])
        return reply


def _escaped(secret: str) -> set[str]:
    once = json.dumps(secret)[1:-1]
    quoted = json.dumps(secret, ensure_ascii=False)[1:-1]
    return {secret, once, quoted, json.dumps(once)[1:-1], repr(secret.encode())[2:-1]}


def _flat(value: Any) -> Iterator[bytes]:
    match value:
        case str():
            yield value.encode("utf-8", "surrogatepass")
        case bytes():
            yield value
        case dict():
            yield from _flat([*value.items()])
        case list() | tuple():
            for each in value:
                yield from _flat(each)
        case _:
            yield str(value).encode()


def someone(number: int) -> User:
    """A person who has not started any flow yet."""
    return User(id=f"person-{number}")
