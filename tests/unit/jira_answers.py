"""Answers as Atlassian could give them, and who is found in them."""

import json
from collections.abc import Callable
from typing import Any

from hub.http_types import Answer, Request
from hub.models import Account, Secret
from hub.providers import get
from hub.providers._provider import Access
from hub.providers._values import Client
from tests.providers.sample import fixture

JIRA = get("jira")
SENT_AT = 1_790_000_000.0  # 2026-09-21T14:13:20Z


def said(content: Any, status: int = 200, **headers: str) -> Answer:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=headers, body=body, sent_at=SENT_AT)


def answered(*answers: Answer) -> tuple[Callable[..., Answer], list[Request]]:
    """A way to call that gives these answers in turn, and what was asked."""
    asked: list[Request] = []
    waiting = list(answers)

    def send(request: Request, **_: Any) -> Answer:
        asked.append(request)
        return waiting.pop(0)

    return send, asked


def identify(*answers: Answer) -> tuple[tuple[Account, ...], list[Request]]:
    """Whose grant it is by these answers, and what was asked to find out."""
    send, asked = answered(*answers)
    client = Client(id="id", secret=Secret("secret"), endpoints=JIRA.endpoints)
    token = JIRA.read_tokens(fixture("jira", "token"))
    return JIRA.identify(token, Access(provider=JIRA, client=client, send=send)), asked
