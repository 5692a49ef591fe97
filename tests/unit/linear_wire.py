"""Linear as a wire that always answers the same."""

import json
from typing import Any

from hub.http_types import Answer, Request


class Wire:
    """Keeps what it was asked, and how."""

    def __init__(self, told: Answer) -> None:
        self.told = told
        self.requests: list[Request] = []
        self.options: list[dict[str, Any]] = []

    def __call__(self, request: Request, **options: Any) -> Answer:
        self.requests.append(request)
        self.options.append(options)
        return self.told


def answer(status: int, content: Any, **headers: str) -> Answer:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Answer(status=status, headers=headers, body=body, sent_at=1_000.0)


def created(**changes: Any) -> Answer:
    issue = {"id": "id-1", "identifier": "ENG-1", "url": "https://linear.app/g/issue/ENG-1"}
    return answer(200, {"data": {"issueCreate": {"success": True, "issue": issue | changes}}})
