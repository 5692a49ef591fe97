"""The tokens of a dead grant are destroyed a week after a person was asked, and count as gone from
then on (spec section 4, Retention).
"""

import pytest

from tests.functional.aging import Aging, narrow, tick, work, work_off
from tests.functional.breakdowns import failing
from tests.functional.gateway import User
from tests.functional.google import CALENDAR, come_back
from tests.functional.journey import result
from tests.functional.stored import ledger, rows, sealed
from tests.functional.test_audit import lines
from tests.functional.test_google_accounts import without_prompt

WEEK = 7 * 86_400
BOB = User(organization="org-b", id="bob", expires_in=10**9)
GRACE = "grace@example.org"


@pytest.fixture
def google(clock, journey):
    return Aging(journey, clock, "google")


@pytest.fixture
def asana(clock, journey):
    return Aging(journey, clock, "asana")


def refused(google):
    integration = google.connect()
    google.until(-10)
    google.simulator.uninstall("google", google.simulator.state()["google"]["grants"][0]["sub"])
    assert google.act(integration).error == "reauth_required"
    return integration


def unreadable(google):
    integration = google.connect()
    row = google.sealed()
    google.change_sealed(sealed=row["sealed"][:-1] + bytes([row["sealed"][-1] ^ 1]))
    assert google.act(integration).error == "reauth_required"
    return integration


def narrowed(google):
    integration = google.connect()
    google.until(-10)
    with pytest.MonkeyPatch.context() as patch:
        narrow(patch, ["openid"])
        google.act(integration)
    return integration


def unticked(google):
    come_back(google.journey, untick=[CALENDAR])
    (row,) = rows("integrations")
    return row["integrationId"]


DEATHS = {
    refused: "grant_refused",
    unreadable: "credentials_unreadable",
    narrowed: "insufficient_scope",
    unticked: "insufficient_scope",
}


@pytest.fixture(params=DEATHS, ids=lambda death: death.__name__)
def dead(request, google):
    integration = request.param(google)
    problem = google.shown(integration)["problem"]
    assert problem["category"] == DEATHS[request.param]
    google.asked_at = google.clock.now
    return integration


def salts(integration):
    return [row for row in rows("keys") if row["keyId"] == f"salt#{integration}"]


def run_schedule(aging):
    """Two ticks: what was due for a refresh is found to be dead by the first."""
    assert work_off() == []
    aging.pass_(60)
    assert work_off() == []


def test_a_week_later_and_no_earlier_tokens_and_salt_are_gone(google, dead):
    google.pass_(WEEK - 400)
    run_schedule(google)
    assert dead in sealed()
    assert salts(dead)
    asked = len(google.refreshes())
    google.pass_(400)
    run_schedule(google)

    assert dead not in sealed()
    assert salts(dead) == []
    shown = google.shown(dead)
    assert (shown["status"], shown["tokenExpiresAt"]) == ("reauth_required", None)
    assert shown["problem"]["category"] in DEATHS.values()
    (entry,) = ledger("tokens_destroyed")
    assert (entry["integrationId"], entry["subject"]) == (dead, "system")
    assert len(google.refreshes()) == asked  # RF-14
    google.pass_(WEEK)
    assert tick() == ({"sent": 0, "late": 0}, [])


def test_a_message_that_comes_twice_destroys_once(google):
    refused(google)
    google.pass_(WEEK)
    ((body, _),) = tick()[1]

    assert work(body, body) == []
    assert work(body) == []
    assert len(ledger("tokens_destroyed")) == 1


def test_tokens_without_an_end_are_found_too(clock, journey):
    """Slack's, where they do not rotate: nothing of them was ever due."""
    integration = journey.connect()
    slack = Aging(journey, clock, "slack")
    for installation in slack.simulator.state()["slack"]["installations"]:
        slack.simulator.uninstall("slack", installation["team"])
    assert slack.act(integration).error == "reauth_required"
    slack.pass_(WEEK)
    run_schedule(slack)

    assert sealed() == set()
    assert salts(integration) == []


def test_a_failure_of_ours_leaves_it_to_the_next_tick(google):
    integration = refused(google)
    google.pass_(WEEK)
    ((body, _),) = tick()[1]
    with failing("dynamodb", "TransactWriteItems"):
        assert work(body) == ["message-0"]
    assert integration in sealed()

    assert work_off() == []
    assert integration not in sealed()


def test_who_consents_anew_keeps_the_new_tokens(google, dead):
    google.reconnect(dead)
    google.pass_(google.asked_at + WEEK + 60 - google.clock.now)
    run_schedule(google)

    assert dead in sealed()
    assert google.act(dead).status == 200
    assert ledger("tokens_destroyed") == []


@pytest.mark.parametrize("destroyed", [False, True], ids=["not yet destroyed", "destroyed"])
def test_after_a_week_they_count_as_gone(google, dead, logs, capsys, destroyed):
    """AW-08: by whoever comes first, a person or the schedule."""
    google.pass_(WEEK)
    if destroyed:
        run_schedule(google)
    google.journey.run_jobs()
    since, calls = len(logs.getvalue()), len(google.simulator.calls("revoke"))
    capsys.readouterr()

    reply = google.gateway.delete(f"/api/integrations/{dead}")
    assert reply.json == {"success": True, "data": None}
    assert google.shown(dead)["revocation"] == "destroyed_before"
    assert lines(logs, since) == []
    assert "CredentialsUnreadable" not in capsys.readouterr().out
    assert (sealed(), salts(dead)) == (set(), [])
    google.journey.run_jobs()
    assert len(google.simulator.calls("revoke")) == calls


@pytest.mark.parametrize("destroyed", [False, True], ids=["not yet destroyed", "destroyed"])
def test_a_refresh_token_that_counts_as_gone_is_not_kept(google, journey, destroyed):
    """Google gives one at the first consent only, unless it is asked to show it again."""
    integration = unticked(google)
    assert result(come_back(journey, url=without_prompt))["integration"] == integration
    google.gateway.delete(f"/api/integrations/{integration}")
    integration = unticked(google)
    google.pass_(WEEK)
    if destroyed:
        run_schedule(google)

    assert result(come_back(journey, url=without_prompt))["error"] == "authorization_failed"
    assert result(come_back(journey))["integration"] == integration


# Revocation: what lacks a permission is alive at the provider.


def revoked(aging):
    aging.journey.run_jobs()
    return [entry["outcome"] for entry in ledger("revocation_settled")]


def test_what_is_alive_at_the_provider_is_revoked(google):
    integration = unticked(google)
    google.pass_(WEEK)
    run_schedule(google)

    assert revoked(google) == ["revoked"]
    assert google.simulator.state()["google"]["grants"] == []
    assert google.shown(integration)["revocation"] == "revoked"
    assert sealed() == set()


def test_what_another_organization_depends_on_is_not_revoked(google, journey):
    unticked(google)
    journey.connect(GRACE, provider="google", user=BOB)
    google.pass_(WEEK)
    work_off()

    assert revoked(google) == ["kept_for_other_integrations"]
    assert len(google.simulator.state()["google"]["grants"]) == 1


def test_what_was_connected_anew_meanwhile_is_not_revoked(google):
    """Between the end of the old tokens and the call at the provider."""
    integration = unticked(google)
    google.pass_(WEEK)
    run_schedule(google)
    google.reconnect(integration)

    assert revoked(google) == ["kept_for_other_integrations"]
    assert google.act(integration).status == 200


@pytest.mark.parametrize("death", [refused, unreadable], ids=lambda death: death.__name__)
def test_what_is_dead_is_not_revoked(google, death):
    death(google)
    google.pass_(WEEK)
    run_schedule(google)

    assert revoked(google) == []
    assert google.simulator.calls("revoke") == []
    assert sealed() == set()


def test_what_does_not_open_is_destroyed_all_the_same(google, logs):
    integration = unticked(google)
    row = google.sealed()
    google.change_sealed(sealed=row["sealed"][:-1] + bytes([row["sealed"][-1] ^ 1]))
    google.pass_(WEEK)
    run_schedule(google)

    assert sealed() == set()
    assert [(line["purpose"], line["outcome"]) for line in lines(logs)] == [
        ("retire", "Unreadable")
    ]
    assert google.shown(integration)["status"] == "reauth_required"
