"""Providers made up for a test: the engine must take any, and Slack does not have every trait."""

import json
from dataclasses import dataclass
from typing import Annotated, Any

import boto3
import pytest
from annotated_types import Len

from hub import providers
from hub.http_types import Request
from hub.models import Account
from hub.providers._provider import Access, Provider
from hub.providers._values import (
    Action,
    ActsAs,
    Connection,
    Endpoints,
    RevocationScope,
    Scope,
    TokenAnswer,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    text: Annotated[str, Len(1, 100)]


@dataclass(frozen=True, kw_only=True)
class Place:
    street_name: str


@dataclass(frozen=True, kw_only=True)
class Pin:
    place: Place


class MadeUpClient:
    def __init__(self, to: Connection) -> None:
        self._to = to

    def note(self, text: str) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self._to.token.reveal()}"}
        request = Request(
            url=f"{self._to.endpoints.api}/note", headers=headers, form={"text": text}
        )
        return self._to.send(request, seconds=5).json()


def _identify(answer: TokenAnswer, access: Access) -> Account:
    return Account(id=answer.body["account"], name=f"Account {answer.body['account']}")


def made_up(**traits: Any) -> Provider:
    """A provider that is all standard, but for the traits given."""
    standard: dict[str, Any] = {
        "id": "madeup",
        "name": "Made Up",
        "features": ("Notes",),
        "acts_as": ActsAs.APP,
        "account": "account",
        "endpoints": Endpoints(
            authorization="https://made-up.example/authorize",
            token="https://made-up.example/token",
            revocation="https://made-up.example/revoke",
            api="https://made-up.example",
        ),
        "scopes": (
            Scope(id="notes:write", explanation="Write notes"),
            Scope(id="notes:read", explanation="Read notes", required=False),
        ),
        "identify": _identify,
        "revocation_scope": RevocationScope.TOKEN,
        "make_client": MadeUpClient,
        "load_actions": lambda: (
            Action(
                id="note",
                explanation="Write a note",
                scope="notes:write",
                takes=Note,
                perform=lambda client, note: client.note(note.text),
            ),
            Action(
                id="pin",
                explanation="Pin a place",
                scope="notes:read",
                takes=Pin,
                perform=lambda client, pin: client.note(pin.place.street_name),
            ),
        ),
    }
    return Provider(**{**standard, **traits})


def declare(monkeypatch: pytest.MonkeyPatch, provider: Provider, url: str | None = None) -> None:
    """Put a provider into the registry; with `url`, set it up there in this deployment."""
    known = providers._load
    monkeypatch.setattr(providers, "IDS", (*providers.IDS, provider.id))
    monkeypatch.setattr(
        providers, "_load", lambda id_: provider if id_ == provider.id else known(id_)
    )
    if url is None:
        return
    registration = {
        "clientId": f"client-of-{provider.id}",
        "clientSecret": f"secret-of-{provider.id}",
        "authorizationUrl": f"{url}/authorize",
        "tokenUrl": f"{url}/token",
        "revocationUrl": f"{url}/revoke",
        "apiUrl": url,
    }
    boto3.client("ssm").put_parameter(
        Name=f"/targetym/local/providers/{provider.id}",
        Value=json.dumps(registration),
        Type="SecureString",
        Overwrite=True,
    )
