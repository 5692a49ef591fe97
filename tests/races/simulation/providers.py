"""Providers of every kind that there is, by what a refresh does to the token before it, on
simulated time. A call can end in every way that calls end, and may take effect long after we gave
up on it.
"""

import json
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import urlsplit

from hub.errors import ProviderTimeout, ProviderUnavailable
from hub.http_types import Answer, Request
from hub.models import Secret
from hub.providers._provider import Access, Provider
from hub.providers._values import Client, RefreshRule
from tests.functional.made_up import made_up
from tests.races.simulation.turns import Turns
from tests.simulator.journal import Mint
from tests.simulator.oauth import ClientCredentials, Context
from tests.simulator.standard.grants import Grants, Pair
from tests.simulator.standard.rules import OAuthError, Rotation, Rules, StandardSettings

LIFE = 3600
SCOPES = ("notes:write", "notes:read")


@dataclass(frozen=True)
class Kind:
    """How a provider rotates, and what its declaration says of that."""

    rotation: Rotation | None
    rule: RefreshRule

    @property
    def strict(self) -> bool:
        """A token that got lost on its way to us cannot be had again."""
        return self.rotation is not None and self.rotation.grace == 0


KINDS = {
    "strict": Kind(Rotation(grace=0, reuse_ends_grant=True), RefreshRule(rotates=True, grace=0)),
    "lenient": Kind(
        Rotation(grace=600, reuse_ends_grant=True), RefreshRule(rotates=True, grace=600)
    ),
    "repeating": Kind(
        Rotation(grace=1800, replays=True, ends_access_token=True),
        RefreshRule(rotates=True, grace=1800),
    ),
    "endless": Kind(Rotation(grace=None), RefreshRule(rotates=True)),
    "still": Kind(None, RefreshRule(rotates=False)),
}


@dataclass(frozen=True, kw_only=True)
class Conduct:
    """What becomes of one call. `effect` is when it takes effect, None: never; `seconds` when it is
    answered: with this, or else not at all.
    """

    effect: float | None = 0.2
    seconds: float = 0.4
    status: int = 200
    body: bytes | None = None
    lost: bool = False
    retry_after: int | None = None


WELL = Conduct()
SLOW = (Conduct(effect=0.2, seconds=11), Conduct(effect=10.8, seconds=11))
TOO_SLOW = (Conduct(effect=0.2, seconds=15), Conduct(effect=14.8, seconds=15))
LOST = (Conduct(lost=True), Conduct(body=b'{"access_tok'), Conduct(body=b"<html>", seconds=3))
DOWN = (
    Conduct(effect=None, status=503, body=b"{}"),
    Conduct(effect=None, status=429, body=b"{}", retry_after=20),
    Conduct(effect=None, body=b"<!doctype html>"),
    Conduct(effect=None, lost=True),
)


class Played:
    """A provider with one registered client: us. `conduct` is how the next calls go."""

    def __init__(self, id_: str, kind: Kind, turns: Turns) -> None:
        self.id, self.kind, self.turns = id_, kind, turns
        context = Context(client=ClientCredentials("us", "secret"), mint=Mint(), now=turns.clock)
        rules = Rules(
            provider=id_,
            account_word="Account",
            scopes=None,
            rotation=kind.rotation,
            access_life=LIFE,
        )
        self.grants = Grants(context, rules, StandardSettings())
        self.conduct: list[Conduct] = []
        self.revoked: list[str] = []
        self.declared: Provider = made_up(id=id_, refresh=kind.rule)

    def consent(self, account: str) -> Pair:
        return self.grants.issue(self.grants.begin(account, SCOPES))

    def written(self, pair: Pair) -> dict[str, Any]:
        """What a token endpoint tells of a pair."""
        told: dict[str, Any] = {"access_token": pair.access.value, "expires_in": LIFE}
        if pair.refresh:
            told["refresh_token"] = pair.refresh.value
        return told

    def send(
        self, request: Request, *, seconds: float, max_bytes: int = 0, attempts: int = 1
    ) -> Answer:
        form = dict(request.form or {})
        if urlsplit(request.url).path == "/revoke":
            self.revoked.append(form["token"])
            return Answer(status=200, headers={}, body=b"{}", sent_at=self.turns.now)
        conduct = self.conduct.pop(0) if self.conduct else WELL
        return self._refresh(form["refresh_token"], conduct, seconds)

    def _refresh(self, token: str, conduct: Conduct, seconds: float) -> Answer:
        sent_at, taken = self.turns.now, list[Answer]()
        if conduct.effect is not None:
            self.turns.start(lambda: taken.append(self._take(token, sent_at)), after=conduct.effect)
        if conduct.seconds > seconds:
            self.turns.sleep(seconds)
            raise ProviderTimeout
        self.turns.sleep(conduct.seconds)
        if conduct.lost:
            raise ProviderUnavailable
        if taken and conduct.body is None:
            return taken[0]
        headers = {} if conduct.retry_after is None else {"retry-after": str(conduct.retry_after)}
        return Answer(
            status=conduct.status, headers=headers, body=conduct.body or b"", sent_at=sent_at
        )

    def _take(self, token: str, sent_at: float) -> Answer:
        """What the provider does of its own; it cannot know whether anybody still listens."""
        try:
            status, told = 200, self.written(self.grants.refresh(token))
        except OAuthError as refused:
            status, told = 400, {"error": refused.error}
        self.took_effect(token, told)
        return Answer(status=status, headers={}, body=json.dumps(told).encode(), sent_at=sent_at)

    def took_effect(self, token: str, told: dict[str, Any]) -> None:
        """Noticed by whoever keeps the history."""

    def access(self, send: Any) -> Access:
        client = Client(id="us", secret=Secret("secret"), endpoints=self.declared.endpoints)
        return Access(provider=self.declared, client=client, send=send)


def misfortune(lots: Random, *, much: float) -> Conduct:
    """Draw how a call goes."""
    if lots.random() >= much:
        seconds = lots.choice((0.1, 0.5, 2, 7))
        return Conduct(effect=seconds * lots.random(), seconds=seconds)
    return lots.choice(lots.choice((TOO_SLOW, LOST, DOWN)))
