"""Captured deliveries sent again, in time and late, under other transport headers, in another
order, and after what they tell of has ended (WH-08, WH-09, WH-20).
"""

from uuid import uuid4

import pytest

from hub import providers
from tests.functional.stored import rows
from tests.functional.webhooks import attacks
from tests.functional.webhooks.case import BOB, Case
from tests.functional.webhooks.conftest import TOLD
from tests.functional.webhooks.heard import changes, subscriptions
from tests.functional.webhooks.proofs import with_headers
from tests.providers.told import told

DAY = 86_400
REVOKING = [each for each in TOLD if told(each).revoked]
# Whatever providers number, name or date deliveries by, outside of what they sign.
TRANSPORT = (
    "x-slack-retry-num",
    "x-slack-retry-reason",
    "x-github-delivery",
    "linear-delivery",
    "linear-timestamp",
    "x-atlassian-webhook-identifier",
    "x-atlassian-webhook-retry",
    "x-zm-trackingid",
    "x-trello-webhook-id",
    "x-request-id",
    "request-id",
    "client-request-id",
    "webhook-id",
    "x-amzn-trace-id",
    "user-agent",
    "x-forwarded-for",
)


def test_a_replay_within_the_window_has_no_second_effect(case: Case):
    sent = case.genuine()
    assert case.deliver(sent).status == 200
    before = case.everything()

    for _ in range(3):
        answer = case.deliver(sent)
        attacks.note("replayed at once", case.provider, f"{answer.status}, no effect")
        assert answer.status == 200
    assert case.everything() == before


@pytest.mark.parametrize("days", [0.02, 1, 4, 29])
def test_a_late_replay_has_no_second_effect(case: Case, days: float):
    """WH-08: where nothing is stamped, marks outlive the provider's redelivery."""
    sent = case.genuine()
    assert case.deliver(sent).status == 200
    before = case.everything()

    case.clock.advance(days * DAY)
    answer = case.deliver(sent)
    attacks.note("replayed late", case.provider, f"{answer.status}, no effect")
    assert answer.status == 401 if case.proof.tolerance else answer.status in {200, 401}
    assert case.everything() == before


def test_other_transport_headers_make_no_other_event(case: Case):
    """WH-09: an unsigned id never tells deliveries apart."""
    sent = case.genuine()
    assert case.deliver(sent).status == 200
    before = case.everything()

    for value in (str(uuid4()), "2", ""):
        other = with_headers(sent, dict.fromkeys(TRANSPORT, value))
        answer = case.deliver(other)
        attacks.note(
            "replayed under new delivery ids", case.provider, f"{answer.status}, no effect"
        )
        assert answer.status in {200, 400}
    assert case.everything() == before


def test_the_providers_own_retry_is_the_same_event(case: Case):
    """WH-09: with another stamp, where it signs one."""
    sent = case.genuine()
    assert case.deliver(sent).status == 200
    assert len(case.events()) == 1

    case.pass_time(90)
    again = case.journey.simulator._engine.provider(case.provider).again(sent, 2)
    assert case.deliver(again).status == 200
    assert len(case.events()) == 1


def test_two_events_are_two(case: Case):
    """Else refusing every second one would pass."""
    first = case.genuine()
    case.pass_time(2)
    second = case.genuine()

    assert case.deliver(first).status == case.deliver(second).status == 200
    assert len(case.events()) == 2


def test_what_is_heard_late_does_not_turn_back_what_is_known(case: Case):
    """WH-20."""
    older = case.genuine()
    case.pass_time(20)
    newer = case.genuine()

    assert case.deliver(newer).status == 200
    case.hear()
    known = _changed(case)
    assert case.deliver(older).status == 200
    case.hear()

    after = _changed(case)
    assert after["revision"] == known["revision"] + 1
    assert {**after, "revision": 0} == {**known, "revision": 0}
    assert len(case.events()) == 2  # it is told all the same, with its own time
    attacks.note("older after newer", case.provider, "state stays the newer's")


def _changed(case: Case) -> dict[str, int]:
    (row,) = (
        row
        for row in rows("webhooks")
        if row["part"] == "changes" and row["whose"].endswith(case.integration)
    )
    return {name: value for name, value in row.items() if isinstance(value, int)}


def test_a_reconnected_integration_hears_everything_once(case: Case):
    old = case.genuine()
    _reconnect(case)
    case.pass_time(20)

    details = case.told.details
    sent = case.journey.simulator.notifications(
        case.provider, case.told.event, case.sample.account, **details
    )
    for each in sent:
        assert case.deliver(each).status == 200
    assert len(case.events()) == 1
    assert case.deliver(old).status in {200, 401}
    case.hear()
    generations = {row["generation"] for row in subscriptions(case.integration)}
    assert len(generations) <= 1


def _reconnect(case: Case) -> None:
    started = case.journey.reconnect(case.integration)
    back = case.journey.consent(started, case.sample.account)
    reply = case.journey.choose_first(back, case.journey.return_(back, started.cookie))
    assert reply.status == 303
    case.work()


def test_a_disconnected_integration_hears_nothing(case: Case):
    """Neither of what comes late nor of what its provider goes on sending."""
    early, account = case.genuine(), case.sample.account
    assert case.journey.gateway.delete(f"/api/integrations/{case.integration}").status == 200
    case.work()
    before = case.everything()
    later = case.journey.simulator.notifications(
        case.provider, case.told.event, account, **case.told.details
    )

    for sent in (early, *later):
        answer = case.deliver(sent)
        attacks.note("after disconnection", case.provider, f"{answer.status}, no effect")
        assert answer.status in {200, 401}
    assert case.everything() == before
    assert changes(case.integration) == set()
    assert subscriptions(case.integration) == []


@pytest.mark.parametrize("provider", REVOKING, indirect=True)
def test_a_revoked_grant_is_told_once_and_hears_no_more(case: Case):
    revoked, event = case.genuine(case.told.revoked), case.genuine()
    assert case.deliver(revoked).status == 200
    case.hear()
    assert _status(case) == "reauth_required"
    before = case.everything()

    case.deliver(revoked)
    case.deliver(event)
    assert case.everything() == before


@pytest.mark.parametrize("provider", REVOKING, indirect=True)
def test_a_stale_revocation_does_not_undo_a_reconnect(case: Case):
    """WH-20. Where the provider does not date what it tells, it counts from when it came: nothing
    in it says that it is old.
    """
    revoked = case.genuine(case.told.revoked)
    (heard,) = providers.get(case.provider).load_webhooks().read(case.incoming(revoked))
    if heard.events[0].occurred_at is None:
        attacks.note("stale revocation", case.provider, "not dated: counts from when it came")
        return
    case.pass_time(20)
    _reconnect(case)

    answer = case.deliver(revoked)
    assert answer.status in {200, 401}
    case.hear()
    assert _status(case) == "active"
    attacks.note("stale revocation", case.provider, f"{answer.status}, still connected")


@pytest.mark.parametrize("provider", REVOKING, indirect=True)
def test_a_revocation_ends_the_grants_of_that_account_alone(case: Case):
    other = case.connect(case.sample.other, user=BOB)

    assert case.deliver(case.genuine(case.told.revoked)).status == 200
    case.hear()
    assert _status(case) == "reauth_required"
    shown = case.journey.gateway.get(f"/api/integrations/{other}", user=BOB).json["data"]
    assert shown["status"] == "active"


def _status(case: Case) -> str:
    shown = case.journey.gateway.get(f"/api/integrations/{case.integration}").json["data"]
    status: str = shown["status"]
    return status
