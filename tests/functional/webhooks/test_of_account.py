"""What a declaration may say of subscriptions that a provider has once for an account, and of keys
that it publishes; shown with a made-up provider.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest

from hub.errors import ProviderUnavailable
from hub.keyrings import Ring
from hub.providers._values import RefreshRule
from hub.providers._webhooks import Made, Subscribing, Wanted, Webhooks
from hub.schemes import Verdict
from tests.functional.authorization_server import AuthorizationServer
from tests.functional.conftest import Clock
from tests.functional.gateway import User
from tests.functional.journey import Journey, result
from tests.functional.made_up import declare, made_up
from tests.functional.stored import rows
from tests.functional.webhooks.heard import subscriptions

BOB = User(organization="org-b", id="bob")
DAY = 86_400
KEYS = {"one": {"n": "AQAB", "e": "AQAB"}}


@dataclass
class Remote:
    """What is asked of the provider, and what it says."""

    now: Clock
    asked: list[str] = field(default_factory=list)
    names: tuple[str, ...] = ("acct-1",)
    renews: bool = True
    keys: Any = field(default_factory=lambda: dict(KEYS))

    def made(self, what: str) -> Made:
        self.asked.append(what)
        return Made(external_id="me", ends_at=int(self.now()) + 7 * DAY, renew_in=DAY)

    def published(self, send: Any, registration: Any) -> Any:
        self.asked.append("keys")
        if self.keys is ProviderUnavailable:
            raise ProviderUnavailable
        return self.keys

    def webhooks(self) -> Webhooks:
        return Webhooks(
            events=(),
            verify=lambda incoming, keyring: Verdict.INVALID,
            read=lambda incoming: (),
            example=lambda of, keyring: pytest.fail("nobody asks"),
            routes=lambda reach: self.names,
            published=self.published,
            subscribing=Subscribing(
                wanted=lambda reach: (Wanted(key="box"),),
                create=lambda reach, wanted, notify: self.made("create"),
                renew=lambda reach, held, notify: self.made("renew") if self.renews else None,
                delete=lambda reach, held: self.asked.append("delete"),
                of_account=frozenset({"box"}),
            ),
        )


@pytest.fixture
def remote(
    clock: Clock, journey: Journey, server: AuthorizationServer, monkeypatch: pytest.MonkeyPatch
) -> Remote:
    remote = Remote(clock)
    provider = made_up(load_webhooks=remote.webhooks, refresh=RefreshRule(rotates=False))
    declare(monkeypatch, provider, server.url)
    return remote


def connect(journey: Journey, server: AuthorizationServer, user: User | None = None) -> str:
    started = journey.start({"providerId": "madeup"}, user=user)
    reply = journey.return_(server.approve(started.url), started.cookie)
    assert journey.run_jobs() == []
    return result(reply)["integration"]


def tick(clock: Clock, journey: Journey, seconds: int) -> list[dict[str, str]]:
    clock.advance(seconds)
    journey.gateway.invoke("webhook_dispatcher", {})
    return journey.run_jobs()


def routes() -> int:
    return len([row for row in rows("webhooks") if row["whose"].startswith("route#")])


def test_the_keys_are_there_before_anything_can_be_told(
    journey: Journey, server: AuthorizationServer, remote: Remote
):
    connect(journey, server)

    assert remote.asked == ["keys", "create"]
    assert Ring("madeup").published() == KEYS


def test_keys_that_are_fresh_are_not_fetched_again(
    journey: Journey, server: AuthorizationServer, remote: Remote
):
    connect(journey, server)
    connect(journey, server, BOB)

    assert remote.asked.count("keys") == 1


def test_keys_are_fetched_every_hour_and_read_every_ten_minutes(
    clock: Clock, journey: Journey, server: AuthorizationServer, remote: Remote
):
    connect(journey, server)
    assert Ring("madeup").published().keys() == {"one"}
    remote.keys = {"two": KEYS["one"]}
    assert tick(clock, journey, 599) == []
    assert Ring("madeup").published().keys() == {"one"}

    clock.advance(1)
    assert Ring("madeup").published().keys() == {"two"}


def test_nothing_is_subscribed_to_while_no_key_can_be_fetched(
    journey: Journey, server: AuthorizationServer, remote: Remote
):
    remote.keys = ProviderUnavailable
    started = journey.start({"providerId": "madeup"})
    reply = journey.return_(server.approve(started.url), started.cookie)

    assert len(journey.run_jobs()) == 1
    assert remote.asked == ["keys"]
    assert subscriptions(result(reply)["integration"]) == []


@pytest.mark.parametrize("forgets", [True, False])
def test_keys_that_nobody_uses_any_more_are_forgotten(
    clock: Clock, journey: Journey, server: AuthorizationServer, remote: Remote, forgets: bool
):
    connect(journey, server)
    remote.keys = None if forgets else remote.keys
    assert tick(clock, journey, 3600) == []

    kept = [row for row in rows("webhooks") if row["part"] == "keys"]
    assert bool(kept) is not forgets


def test_it_is_renewed_when_that_is_advised_and_routes_are_seen_to(
    clock: Clock, journey: Journey, server: AuthorizationServer, remote: Remote
):
    integration = connect(journey, server)
    assert routes() == 1
    remote.names = ("acct-1", "another name")
    for _ in range(27):
        assert tick(clock, journey, 3600) == []

    assert remote.asked.count("renew") == 1
    assert routes() == 2
    assert len(subscriptions(integration)) == 1


def test_one_that_cannot_be_renewed_is_made_anew_before_the_old_one_ends(
    clock: Clock, journey: Journey, server: AuthorizationServer, remote: Remote
):
    integration = connect(journey, server)
    (old,) = subscriptions(integration)
    remote.renews = False
    remote.asked.clear()
    assert tick(clock, journey, DAY + DAY // 10) == []

    assert [each for each in remote.asked if each != "keys"] == ["create", "delete"]
    (new,) = subscriptions(integration)
    assert new["whose"] != old["whose"]


def test_only_the_last_integration_of_an_account_ends_it(
    journey: Journey, server: AuthorizationServer, remote: Remote
):
    first, last = connect(journey, server), connect(journey, server, BOB)
    for integration, user, ended in ((first, None, 0), (last, BOB, 1)):
        journey.gateway.delete(f"/api/integrations/{integration}", user=user)
        assert journey.run_jobs() == []
        assert remote.asked.count("delete") == ended
        assert subscriptions(integration) == []
