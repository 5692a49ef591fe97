"""What else a refresh can come to: two tokens in one grant, fewer scopes than before, a grant that
is dead, and a provider that only says so.
"""

import copy
from urllib.parse import urlencode

import pytest

from hub import assembly, refresh_attempt, runtime, vault
from hub.store import health
from hub.store.health import Answered
from tests.functional.aging import Aging, narrow, tick, told, work_off
from tests.functional.stored import ledger

pytestmark = pytest.mark.usefixtures("readers")


@pytest.fixture
def at(clock, journey):
    return lambda provider_id: Aging(journey, clock, provider_id)


def held(integration):
    found = vault.find(runtime.database(), "org-a", integration)
    return vault.open_tokens(found, runtime.key_cache(), assembly.audit("test", "test")).tokens


# Slack: a bot's and a person's token


@pytest.fixture
def both(at):
    slack = at("slack")
    started = slack.journey.start({"providerId": "slack"})
    asked = copy.replace(started, url=f"{started.url}&{urlencode({'user_scope': 'users:read'})}")
    integration = slack.come_back(asked)
    assert set(held(integration).extra) == {"person"}
    return slack, integration


def test_each_of_two_tokens_is_renewed_with_its_own_refresh_token(both):
    slack, integration = both
    first = held(integration)
    for _ in range(2):
        slack.pass_(slack.sealed()["refreshDueAt"] - slack.clock.now)
        assert work_off() == []

    second = held(integration)
    assert [call.outcome for call in slack.refreshes()] == ["ok", "ok"]
    assert len({call.fingerprints["refresh_token"] for call in slack.refreshes()}) == 2
    for before, after in (
        (first.main, second.main),
        (first.extra["person"], second.extra["person"]),
    ):
        assert after.access != before.access
        assert after.refresh != before.refresh
        assert after.expires_at > before.expires_at
    assert second.main.access.reveal().startswith("xoxe.xoxb-")
    assert second.extra["person"].access.reveal().startswith("xoxe.xoxp-")
    assert slack.act(integration).status == 200


def test_an_action_renews_the_bots_token_and_leaves_the_persons_as_it_is(both):
    slack, integration = both
    first = held(integration)
    slack.until(-10)

    assert slack.act(integration).status == 200
    second = held(integration)
    assert second.main.access != first.main.access
    assert second.extra == first.extra
    assert slack.sealed()["refreshDueAt"] <= slack.clock.now  # the person's is due
    assert work_off() == []
    assert held(integration).extra != first.extra
    assert len(slack.refreshes()) == 2


# Fewer scopes


def test_scopes_that_a_refresh_takes_away_are_taken_off_the_record(at, monkeypatch):
    """OA-18."""
    google = at("google")
    started = google.journey.start({"providerId": "google"})
    integration = google.come_back(started)
    granted = google.shown(integration)["scopesGranted"]
    needed = google.provider.required_scopes
    lost = needed[-1]
    narrow(monkeypatch, [scope for scope in granted if scope != lost])
    google.until(-10)

    assert google.act(integration).error == "reauth_required"
    shown = google.shown(integration)
    assert lost not in shown["scopesGranted"]
    assert (shown["status"], shown["scopesMissing"]) == ("reauth_required", [lost])
    assert shown["problem"]["category"] == "insufficient_scope"
    assert shown["problem"]["missing"] == [lost]
    (event,) = told("integration.reauth_required")
    assert event["cause"] == "insufficient_scope"
    calls = len(google.simulator.log())
    google.pass_(7200)
    assert google.act(integration).error == "reauth_required"
    assert work_off() == []
    assert tick()[1] == []
    assert len(google.simulator.log()) == calls


def test_scopes_that_nobody_needs_may_go(at, monkeypatch):
    asana = at("asana")
    integration = asana.connect()
    narrow(monkeypatch, [*asana.shown(integration)["scopesGranted"], "more"])
    asana.until(-10)

    assert asana.act(integration).status == 200
    assert asana.shown(integration)["status"] == "active"
    assert "more" not in asana.shown(integration)["scopesGranted"]


# Dead, or only said to be


def test_dead_for_good_is_in_the_ledger_with_its_cause(at):
    github = at("github")
    integration = github.connect()
    github.until(-10)
    github.fail("lost_answer")
    github.act(integration)
    github.pass_(61)
    github.act(integration)

    assert [entry["outcome"] for entry in ledger("reauth_required")] == [
        refresh_attempt.LOST_ROTATION
    ]
    assert ledger("reauth_required")[0]["subject"] == "system"
    assert tick()[1] == []


def test_a_provider_that_calls_every_grant_dead_for_a_while_costs_nobody_a_consent(at):
    """RF-13: and when it has come to its senses, all are renewed without anybody's doing."""
    google = at("google")
    people = [google.connect(name) for name in ("grace@example.org", "ada@example.org")]
    google.pass_(3700)
    for _ in range(6):
        health.count(runtime.database(), "google", Answered.REFUSED, google.clock.now)
    google.fail("ok_false", "invalid_grant", times=2)

    assert [google.token(each).error for each in people] == ["provider_unavailable"] * 2
    assert {google.shown(each)["status"] for each in people} == {"active"}
    assert told("integration.reauth_required") == []
    google.pass_(2000)
    for _ in range(3):
        assert work_off() == []
        google.pass_(300)
    assert [google.token(each).status for each in people] == [200, 200]
    assert told("integration.reauth_required") == []


def test_a_grant_that_dies_alone_is_believed(at):
    """Negative control."""
    google = at("google")
    integration = google.connect()
    google.until(-10)
    google.fail("ok_false", "invalid_grant")

    assert google.token(integration).error == "reauth_required"
    assert len(told("integration.reauth_required")) == 1
