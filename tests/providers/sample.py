"""What tests of every provider need to know of one: each `<provider>/sample.py` has a SAMPLE.

Beside it, `<provider>/fixtures/` holds the provider's documented answers, with their source.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from hub.http_types import Answer

FOLDER = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Sample:
    """`account` and `other` are two accounts on the simulator's consent page, by id or label;
    `body` is what `action` is asked with, and `words` the field of it that holds a person's words;
    `done` finds in the simulator's state what came of it.
    `token` and `revoke` are the simulator's operations of these endpoints; `narrowing` are its
    settings under which people grant scopes one by one.
    """

    account: str
    other: str
    action: str
    body: Mapping[str, Any]
    words: str
    done: Callable[[Mapping[str, Any]], list[Any]]
    token: str = "token"
    revoke: str = "revoke"
    narrowing: Mapping[str, Any] = field(default_factory=dict)


def sample(provider_id: str) -> Sample:
    found: Sample = import_module(f"tests.providers.{provider_id}.sample").SAMPLE
    return found


def fixture(provider_id: str, name: str, *, sent_at: float = 1_000.0) -> Answer:
    """A documented answer: status, headers and body as the provider gives them."""
    path = FOLDER / provider_id / "fixtures" / f"{name}.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    body = told["body"]
    return Answer(
        status=told["status"],
        headers={key.lower(): value for key, value in told.get("headers", {}).items()},
        body=(body if isinstance(body, str) else json.dumps(body)).encode(),
        sent_at=sent_at,
    )


def fixtures(provider_id: str) -> list[str]:
    return sorted(path.stem for path in (FOLDER / provider_id / "fixtures").glob("*.json"))
