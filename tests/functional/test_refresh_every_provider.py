"""Tokens that run out, at every provider: renewed on the way by whoever needs one, and by the
schedule before anybody does.
"""

import pytest

from tests.functional.aging import EXPIRING, Aging, removable, tick, told, work, work_off
from tests.functional.stored import dump, leaks

pytestmark = pytest.mark.usefixtures("readers")
DAY = 86_400


@pytest.fixture(params=EXPIRING)
def aging(request, clock, journey):
    return Aging(journey, clock, request.param)


def test_an_action_renews_an_expired_token_on_the_way_with_one_call(aging):
    integration = aging.connect()
    before = aging.ends()
    aging.until(-10)

    assert aging.act(integration).status == 200

    (refresh,) = aging.refreshes()
    assert (refresh.outcome, refresh.client_authenticated) == ("ok", True)
    assert len(aging.done()) == 1
    assert aging.ends() > before + 60
    assert aging.act(integration).status == 200
    assert len(aging.refreshes()) == 1


def test_the_token_endpoint_renews_an_expired_token_and_gives_the_new_one(aging, logs):
    integration = aging.connect()
    first = aging.token(integration).json["data"]["accessToken"]
    aging.until(-10)
    reply, again = aging.token(integration), aging.token(integration)

    assert reply.status == again.status == 200, reply.text
    told = reply.json["data"]
    assert told == again.json["data"]
    assert told["accessToken"] not in {first, ""}
    assert told["tokenType"] == "Bearer"
    assert told["expiresAt"] == aging.shown(integration)["tokenExpiresAt"]
    assert len(aging.refreshes()) == 1
    assert aging.act(integration).status == 200
    for secret in aging.simulator.issued_secrets():
        assert secret not in logs.getvalue()


def test_the_schedule_renews_before_the_token_ends(aging):
    integration = aging.connect()
    ends, due = aging.ends(), aging.sealed()["refreshDueAt"]
    aging.pass_(due - aging.clock.now - 400)
    assert tick()[1] == []
    aging.pass_(400)

    assert aging.clock.now < ends - 60
    assert work_off() == []

    assert len(aging.refreshes()) == 1
    row = aging.sealed()
    assert row["refreshDueAt"] > due
    assert (row["revision"], row.get("leaseUntil"), row.get("attempts")) == (1, None, None)
    assert aging.act(integration).status == 200
    assert len(aging.refreshes()) == 1


def test_refreshing_again_and_again_keeps_the_grant(aging):
    """Rotated refresh tokens are kept, and those that stay are kept too."""
    integration = aging.connect()
    for turn in range(1, 5):
        aging.until(-10)
        assert aging.act(integration).status == 200, turn
        assert len(aging.refreshes()) == turn
    sent = [call.fingerprints["refresh_token"] for call in aging.refreshes()]
    assert {call.outcome for call in aging.refreshes()} == {"ok"}
    assert len(set(sent)) == (4 if aging.provider.refresh.rotates else 1)


def test_no_renewed_token_is_stored_readable(aging):
    integration = aging.connect()
    aging.until(-10)
    aging.act(integration)

    everything = dump()
    for secret in aging.simulator.issued_secrets():
        assert not leaks(secret, everything)


def test_a_person_can_have_it_renewed_and_sees_when(aging):
    integration = aging.connect()
    assert aging.shown(integration)["lastRefreshAt"] is None
    aging.pass_(30)
    reply = aging.refresh(integration)

    assert reply.status == 200, reply.text
    shown = aging.shown(integration)
    assert reply.json["data"] == {
        name: value for name, value in shown.items() if name not in {"webhookSubscriptions", "sync"}
    }
    assert shown["lastRefreshAt"] == shown["lastVerifiedAt"]
    assert (shown["refreshProblem"], shown["status"]) == (None, "active")
    assert len(aging.refreshes()) == 1
    assert aging.act(integration).status == 200


def test_a_grant_taken_back_at_the_provider_is_told_once_and_then_left_alone(aging):
    """RF-14."""
    integration = aging.connect()
    aging.until(-10)
    for account in removable(aging.simulator.state()[aging.id]):
        aging.simulator.uninstall(aging.id, account)

    assert aging.act(integration).error == "reauth_required"
    calls = len(aging.simulator.log())
    shown = aging.shown(integration)
    assert (shown["status"], shown["healthStatus"]) == ("reauth_required", "disconnected")
    assert shown["problem"]["category"] == "grant_refused"
    assert shown["problem"]["actor"] == "user"
    for later in (0, 3600, 30 * DAY):
        aging.pass_(later)
        assert aging.act(integration).error == "reauth_required"
        assert aging.token(integration).error == "reauth_required"
        assert aging.refresh(integration).error == "reauth_required"
        assert work_off() == []
    assert len(aging.simulator.log()) == calls
    assert len(told("integration.reauth_required")) == 1


def test_a_grant_that_ended_is_connected_anew_under_the_same_id(aging):
    integration = aging.connect()
    aging.until(-10)
    for account in removable(aging.simulator.state()[aging.id]):
        aging.simulator.uninstall(aging.id, account)
    aging.act(integration)

    assert aging.reconnect(integration) == integration
    assert aging.shown(integration)["status"] == "active"
    assert aging.shown(integration)["problem"] is None
    assert aging.act(integration).status == 200


def test_what_nobody_uses_is_kept_alive_and_its_next_time_is_on_record(aging):
    """RF-23."""
    aging.connect()
    for turn in range(1, 6):
        aging.pass_(aging.sealed()["refreshDueAt"] - aging.clock.now)
        assert work_off() == []
        assert len(aging.refreshes()) == turn
        assert aging.sealed()["refreshDueAt"] > aging.clock.now
    assert {call.outcome for call in aging.refreshes()} == {"ok"}


def test_ticks_that_were_missed_are_caught_up(aging):
    """AW-05: due is what is due by now, not what became due this minute."""
    integration = aging.connect()
    aging.pass_(3 * DAY)
    _, sent = tick()

    assert [delay for _, delay in sent] == [0]
    assert work(*[body for body, _ in sent]) == []
    assert work(*[body for body, _ in sent]) == []
    assert len(aging.refreshes()) == 1
    assert aging.act(integration).status == 200
