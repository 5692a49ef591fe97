"""An access token that the provider's API refuses before its time: another one is fetched, once,
and the action is done with it; where that does not help either, people are told to reconnect.
"""

import pytest

from hub.http_client import HttpClient
from tests.functional.aging import Aging, told, work_off
from tests.functional.stored import rows

REFUSALS = [
    ("slack", "chat.postMessage", "ok_false", "token_expired"),
    ("slack", "chat.postMessage", "ok_false", "invalid_auth"),
    ("google", "messages.send", "ok_false", "authError"),
    ("microsoft", "messages.post", "ok_false", "InvalidAuthenticationToken"),
    ("asana", "tasks.create", "ok_false", "not_authorized"),
    ("asana", "tasks.create", "ok_false", "expired"),
    ("notion", "pages.create", "ok_false", "unauthorized"),
    ("linear", "graphql", "ok_false", "AUTHENTICATION_ERROR"),
    ("linear", "graphql", "status", 401),
    ("jira", "issue.create", "ok_false", "unauthorized"),
    ("jira", "issue.create", "ok_false", "not_installed"),
    ("github", "issues.create", "ok_false", "bad_credentials"),
    ("zoom", "meetings.create", "ok_false", "124"),
    ("zoom", "meetings.create", "ok_false", "1001"),
    ("zoom", "meetings.create", "ok_false", "1010"),
    ("trello", "cards.create", "ok_false", "invalid token"),
    ("trello", "cards.create", "ok_false", "expired token"),
]


@pytest.fixture(params=REFUSALS, ids=lambda each: f"{each[0]}-{each[3]}")
def refused(request, clock, journey):
    provider_id, operation, kind, value = request.param
    aging = Aging(journey, clock, provider_id)
    aging.spoil = lambda times=1: aging.simulator.fault(
        provider_id, operation, kind, value=value, times=times
    )
    aging.asked = lambda: len(aging.simulator.calls(operation, provider_id))
    return aging


def test_another_token_is_fetched_and_the_action_done_once(refused):
    integration = refused.connect()
    before = refused.asked()
    refused.spoil()

    assert refused.act(integration).status == 200
    assert refused.asked() - before == 2
    assert len(refused.done()) == 1
    assert [call.outcome for call in refused.refreshes()] == ["ok"]
    assert refused.shown(integration)["status"] == "active"


def test_a_second_refusal_is_told_and_nothing_is_done(refused):
    integration = refused.connect()
    before = refused.asked()
    refused.spoil(times=2)
    reply = refused.act(integration, headers={"idempotency-key": "key-1"})

    assert (reply.status, reply.error) == (409, "reauth_required")
    assert "Reconnect" in reply.json["error"]["message"]
    assert (refused.asked() - before, len(refused.refreshes())) == (2, 1)
    assert refused.done() == []
    assert rows("idempotency") == []
    assert refused.act(integration, headers={"idempotency-key": "key-1"}).status == 200


@pytest.fixture
def notion(clock, journey):
    return Aging(journey, clock, "notion")


def test_what_never_ends_is_never_refreshed_by_the_schedule(notion):
    integration = notion.connect()
    assert "refreshDueAt" not in notion.sealed()
    notion.pass_(400 * 86_400)

    assert work_off() == []
    assert notion.act(integration).status == 200
    assert notion.refreshes() == []
    assert notion.shown(integration)["tokenExpiresAt"] is None


def test_what_nothing_can_renew_is_dead_when_it_is_refused(notion):
    notion.simulator.configure("notion", refresh_tokens=False)
    integration = notion.connect()
    notion.simulator.fault("notion", "pages.create", "ok_false", value="unauthorized")

    assert notion.act(integration).error == "reauth_required"
    calls = len(notion.simulator.log())
    assert notion.act(integration).error == "reauth_required"
    assert len(notion.simulator.log()) == calls
    assert notion.shown(integration)["problem"]["category"] == "grant_refused"
    (event,) = told("integration.reauth_required")
    assert event["cause"] == "grant_refused"


def test_renewing_what_needs_no_renewing_leaves_it_as_it_is(notion):
    """Negative: a working connection must not be called one that needs a new consent."""
    notion.simulator.configure("notion", refresh_tokens=False)
    integration = notion.connect()
    reply = notion.refresh(integration)

    assert reply.status == 200, reply.text
    assert reply.json["data"]["status"] == "active"
    assert notion.refreshes() == []


def test_a_token_that_a_siblings_refresh_killed_is_read_anew_and_not_refreshed_again(
    clock, journey, monkeypatch
):
    """RF-20: GitHub ends the access token before, at once."""
    github = Aging(journey, clock, "github")
    integration = github.connect()
    send, meanwhile = HttpClient.send, []

    def late(client, request, **options):
        if not meanwhile and request.url.endswith("/issues"):
            meanwhile.append("once")
            assert github.refresh(integration).status == 200
        return send(client, request, **options)

    monkeypatch.setattr(HttpClient, "send", late)
    reply = github.act(integration)

    assert (reply.status, meanwhile) == (200, ["once"]), reply.text
    assert len(github.refreshes()) == 1
    assert len(github.done()) == 1
